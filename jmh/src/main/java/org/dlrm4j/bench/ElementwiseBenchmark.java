package org.dlrm4j.bench;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.SplittableRandom;
import org.dlrm4j.kernels.Activations;
import org.dlrm4j.kernels.Reductions;
import org.dlrm4j.os.NativeMemory;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What is done to a layer's outputs and their gradients beside the matrix products. Bandwidth counts each operand once, and
 * once more if it is written.
 */
public class ElementwiseBenchmark extends KernelBenchmark {
    /**
     * Outputs of the layer. 1: the click probability; 16 to 512: Criteo Kaggle and the RMC models; 1024: MLPerf. Relu and
     * gradients occur at all of them, sigmoid at 1.
     */
    @Param({"1", "16", "64", "256", "512", "1024"})
    int n;

    /** 1: one request; 128: Kaggle's training batch, and the engine's piece of larger ones; 2048: MLPerf's. */
    @Param({"1", "128", "2048"})
    int m;

    NativeMemory x;
    NativeMemory y;
    NativeMemory dy;
    NativeMemory sums;
    long strideBytes;

    /** Allocates the matrices. */
    @Setup(Level.Trial)
    public void setUp() {
        // The column of click probabilities is dense, all others begin at cache lines.
        strideBytes = n == 1 ? Float.BYTES : Operands.strideBytes(n);
        final long count = m * strideBytes / Float.BYTES;
        x = Operands.floats(count, 1);
        dy = Operands.floats(count, 2);
        sums = Operands.floats(n, 3);
        y = NativeMemory.allocate(count * Float.BYTES);
        // Probabilities, multiples of 1/8: derivatives are exact, and repeated calls end in zeros, not in infinities.
        final SplittableRandom random = new SplittableRandom(4);
        for (long i = 0; i < count; i++) {
            y.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextInt(9) / 8f);
        }
    }

    /**
     * Replaces {@code x} by its sigmoid.
     *
     * @return {@code x}
     */
    @Benchmark
    public MemorySegment sigmoid() {
        Activations.sigmoid(x.segment(), 0, strideBytes, m, n);
        return x.segment();
    }

    /**
     * Multiplies {@code dy} by the derivative of relu at its output, for which {@code x} stands.
     *
     * @return {@code dy}
     */
    @Benchmark
    public MemorySegment reluBackward() {
        Activations.reluBackward(x.segment(), 0, strideBytes, dy.segment(), 0, strideBytes, m, n);
        return dy.segment();
    }

    /**
     * Multiplies {@code dy} by the derivative of the sigmoid at its output {@code y}.
     *
     * @return {@code dy}
     */
    @Benchmark
    public MemorySegment sigmoidBackward() {
        Activations.sigmoidBackward(y.segment(), 0, strideBytes, dy.segment(), 0, strideBytes, m, n);
        return dy.segment();
    }

    /**
     * Sums the columns of {@code dy}: the gradient of the bias.
     *
     * @return the sums
     */
    @Benchmark
    public MemorySegment columnSums() {
        Reductions.columnSums(dy.segment(), 0, strideBytes, m, n, false, sums.segment(), 0);
        return sums.segment();
    }

    /**
     * Looks for an infinity or a NaN in {@code y} and finds none.
     *
     * @return -1
     */
    @Benchmark
    public long firstNonFinite() {
        return Reductions.firstNonFinite(y.segment(), 0, m * strideBytes / Float.BYTES);
    }

    /** Frees the matrices. */
    @TearDown(Level.Trial)
    public void tearDown() {
        List.of(x, y, dy, sums).forEach(NativeMemory::close);
    }
}
