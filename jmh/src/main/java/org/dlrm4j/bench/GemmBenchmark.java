package org.dlrm4j.bench;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.dlrm4j.kernels.Activation;
import org.dlrm4j.kernels.Gemm;
import org.dlrm4j.os.NativeMemory;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The three matrix products of a fully connected layer {@code y = relu(x·Wᵀ + b)}, {@code W} being {@code out × in}, laid
 * out as the engine does. Each does {@code 2·m·in·out} floating-point operations.
 */
public class GemmBenchmark extends KernelBenchmark {
    /**
     * Inputs x outputs. By model, each shape once:
     *
     * <ul>
     * <li>Criteo Kaggle: bottom MLP 13-512-256-64-16, top MLP 367-512-256-1.
     * <li>Criteo Terabyte adds bottom 13-512-256-64 (nothing new), top 415-512-512-256-1.
     * <li>MLPerf (Terabyte with 128 floats a row) adds bottom 13-512-256-128, top 479-1024-1024-512-256-1.
     * <li>RMC1 of DeepRecSys adds bottom 128-64-32, top 288-256-64-1; as DLRM with Criteo's dense features it adds
     * bottom 13-256-128-32, top 68-64-1.
     * <li>RMC2 adds bottom 256-128-64, top 2112-128-64-1.
     * <li>RMC3 adds bottom 2560-1024-256-32, top 352-512-256-1.
     * </ul>
     */
    @Param({"13x512", "512x256", "256x64", "64x16", "367x512", "256x1", // Kaggle
            "415x512", "512x512", // Terabyte
            "256x128", "479x1024", "1024x1024", "1024x512", // MLPerf
            "128x64", "64x32", "288x256", "64x1", "13x256", "128x32", "68x64", // RMC1
            "2112x128", // RMC2
            "2560x1024", "1024x256", "256x32", "352x512"}) // RMC3
    String layer;

    /** 1: one request; 16: candidates of one request; 128: Kaggle's training batch; 2048: MLPerf's, and bulk scoring. */
    @Param({"1", "16", "128", "2048"})
    int m;

    int in;
    int out;
    long xStrideBytes;
    long yStrideBytes;
    NativeMemory x;
    NativeMemory y;
    NativeMemory weights;
    NativeMemory bias;
    NativeMemory dx;
    NativeMemory dw;
    private NativeMemory packedForward;
    private NativeMemory packedBackward;
    private NativeMemory packedX;

    /** Allocates and packs. */
    @Setup(Level.Trial)
    public void setUp() {
        final int[] shape = shape(layer);
        in = shape[0];
        out = shape[1];
        xStrideBytes = Operands.strideBytes(in);
        yStrideBytes = Operands.strideBytes(out);
        x = Operands.floats(m * xStrideBytes / Float.BYTES, 1);
        y = Operands.floats(m * yStrideBytes / Float.BYTES, 2);
        weights = Operands.floats((long) in * out, 3);
        bias = Operands.floats(out, 4);
        dx = Operands.floats(m * xStrideBytes / Float.BYTES, 5);
        dw = Operands.floats((long) in * out, 6);
        packedForward = NativeMemory.allocate(Gemm.packedBytes(in, out));
        packedBackward = NativeMemory.allocate(Gemm.packedBytes(out, in));
        packedX = NativeMemory.allocate(Gemm.packedBytes(m, Gemm.panelColumns()));
        final long rowBytes = (long) in * Float.BYTES;
        Gemm.pack(weights.segment(), 0, Float.BYTES, rowBytes, in, out, packedForward.segment(), 0);
        Gemm.pack(weights.segment(), 0, rowBytes, Float.BYTES, out, in, packedBackward.segment(), 0);
    }

    static int[] shape(String layer) {
        final String[] sizes = layer.split("x");
        return new int[]{Integer.parseInt(sizes[0]), Integer.parseInt(sizes[1])};
    }

    /**
     * Computes {@code y = relu(x·Wᵀ + b)} with packed weights.
     *
     * @return {@code y}
     */
    @Benchmark
    public MemorySegment forward() {
        Gemm.multiply(x.segment(), 0, xStrideBytes, Float.BYTES, packedForward.segment(), 0, m, in, out, 0, out,
                y.segment(), 0, yStrideBytes, false, bias.segment(), 0, Activation.RELU);
        return y.segment();
    }

    /**
     * Computes {@code dx = dy·W} with packed weights; {@code y} stands for {@code dy}.
     *
     * @return {@code dx}
     */
    @Benchmark
    public MemorySegment dgrad() {
        Gemm.multiply(y.segment(), 0, yStrideBytes, Float.BYTES, packedBackward.segment(), 0, m, out, in, 0, in,
                dx.segment(), 0, xStrideBytes, false, null, 0, Activation.NONE);
        return dx.segment();
    }

    /**
     * Computes {@code dW = dyᵀ·x}, packing {@code x} panel by panel as a training step does; {@code y} stands for
     * {@code dy}.
     *
     * @return {@code dW}
     */
    @Benchmark
    public MemorySegment wgrad() {
        for (int from = 0; from < in; from += Gemm.panelColumns()) {
            final int columns = Math.min(Gemm.panelColumns(), in - from);
            final long columnOffset = (long) from * Float.BYTES;
            Gemm.pack(x.segment(), columnOffset, xStrideBytes, Float.BYTES, m, columns, packedX.segment(), 0);
            Gemm.multiply(y.segment(), 0, Float.BYTES, yStrideBytes, packedX.segment(), 0, out, m, columns, 0, columns,
                    dw.segment(), columnOffset, (long) in * Float.BYTES, false, null, 0, Activation.NONE);
        }
        return dw.segment();
    }

    /** Frees the operands. */
    @TearDown(Level.Trial)
    public void tearDown() {
        List.of(x, y, weights, bias, dx, dw, packedForward, packedBackward, packedX).forEach(NativeMemory::close);
    }
}
