package org.dlrm4j.bench;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.dlrm4j.kernels.DotInteraction;
import org.dlrm4j.os.NativeMemory;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Pairwise dot products of samples' feature vectors. With {@code p = features·(features - 1)/2} pairs
 * the forward pass does {@code 2·p·dim} operations a sample, the backward pass twice as many.
 */
public class InteractionBenchmark extends KernelBenchmark {
    /**
     * Feature vectors x floats. 27x16: Criteo Kaggle; 27x64: Terabyte; 27x128: MLPerf; 9x32, 33x64 and 11x32: the tables of
     * RMC1, RMC2 and RMC3, and the dense features.
     */
    @Param({"27x16", "27x64", "27x128", "9x32", "33x64", "11x32"})
    String shape;

    /** 1: one request; 16: candidates of one request; 128: Kaggle's training batch, and the engine's piece of larger ones. */
    @Param({"1", "16", "128"})
    int m;

    int features;
    int dim;
    int width;
    long tStrideBytes;
    long outStrideBytes;
    NativeMemory t;
    NativeMemory out;
    NativeMemory dt;
    private NativeMemory scratch;

    /** Allocates the vectors. */
    @Setup(Level.Trial)
    public void setUp() {
        final int[] sizes = GemmBenchmark.shape(shape);
        features = sizes[0];
        dim = sizes[1];
        width = DotInteraction.outputWidth(features, dim, false);
        tStrideBytes = Operands.strideBytes(features * dim);
        outStrideBytes = Operands.strideBytes(width);
        t = Operands.floats(m * tStrideBytes / Float.BYTES, 1);
        out = Operands.floats(m * outStrideBytes / Float.BYTES, 2);
        dt = Operands.floats(m * tStrideBytes / Float.BYTES, 3);
        scratch = NativeMemory.allocate(DotInteraction.scratchBytes(features, dim));
    }

    /**
     * Computes the interactions.
     *
     * @return the output
     */
    @Benchmark
    public MemorySegment forward() {
        DotInteraction.forward(t.segment(), 0, tStrideBytes, features, dim, false, m, out.segment(), 0, outStrideBytes,
                scratch.segment(), 0);
        return out.segment();
    }

    /**
     * Computes the gradient of the vectors; {@code out} stands for the output's gradient.
     *
     * @return the gradient
     */
    @Benchmark
    public MemorySegment backward() {
        DotInteraction.backward(t.segment(), 0, tStrideBytes, features, dim, false, m, out.segment(), 0,
                outStrideBytes, dt.segment(), 0, tStrideBytes, scratch.segment(), 0);
        return dt.segment();
    }

    /** Frees the vectors. */
    @TearDown(Level.Trial)
    public void tearDown() {
        List.of(t, out, dt, scratch).forEach(NativeMemory::close);
    }
}
