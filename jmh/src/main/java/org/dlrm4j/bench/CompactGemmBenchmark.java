package org.dlrm4j.bench;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.dlrm4j.kernels.Activation;
import org.dlrm4j.kernels.CompactGemm;
import org.dlrm4j.kernels.Gemm;
import org.dlrm4j.kernels.WeightFormat;
import org.dlrm4j.os.NativeMemory;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** The forward product of a layer {@code y = relu(x·Wᵀ + b)} for few samples, in every format of {@code W}. */
public class CompactGemmBenchmark extends KernelBenchmark {
    /** How weights are stored. */
    @Param({"F32", "BF16", "I8"})
    WeightFormat format;

    /** Inputs x outputs: Kaggle's, Terabyte's and MLPerf's MLPs; one half of a cross layer of DLRM-DCNv2. */
    @Param({"512x256", "512x512", "1024x1024", "3456x512"})
    String layer;

    /** Samples. */
    @Param({"1", "2", "4", "8", "16", "32"})
    int m;

    int in;
    int out;
    long xStrideBytes;
    long yStrideBytes;
    NativeMemory x;
    NativeMemory y;
    NativeMemory weights;
    NativeMemory bias;
    private NativeMemory packed;

    /** Allocates and packs. */
    @Setup(Level.Trial)
    public void setUp() {
        final int[] shape = GemmBenchmark.shape(layer);
        in = shape[0];
        out = shape[1];
        xStrideBytes = Operands.strideBytes(in);
        yStrideBytes = Operands.strideBytes(out);
        x = Operands.floats(m * xStrideBytes / Float.BYTES, 1);
        y = Operands.floats(m * yStrideBytes / Float.BYTES, 2);
        bias = Operands.floats(out, 4);
        weights = Operands.floats((long) in * out, 3);
        if (format == WeightFormat.F32) {
            packed = NativeMemory.allocate(Gemm.packedBytes(in, out));
            Gemm.pack(weights.segment(), 0, Float.BYTES, (long) in * Float.BYTES, in, out, packed.segment(), 0);
        } else {
            packed = NativeMemory.allocate(CompactGemm.packedBytes(format, in, out));
            CompactGemm.pack(format, weights.segment(), 0, in, out, 0, out, packed.segment(), 0);
        }
    }

    /**
     * Computes {@code y}.
     *
     * @return {@code y}
     */
    @Benchmark
    public MemorySegment forward() {
        if (format == WeightFormat.F32) {
            Gemm.multiply(x.segment(), 0, xStrideBytes, Float.BYTES, packed.segment(), 0, m, in, out, 0, out,
                    y.segment(), 0, yStrideBytes, false, bias.segment(), 0, Activation.RELU);
        } else {
            CompactGemm.multiply(format, x.segment(), 0, xStrideBytes, packed.segment(), 0, m, in, out, y.segment(), 0,
                    yStrideBytes, bias.segment(), 0, Activation.RELU);
        }
        return y.segment();
    }

    /** Frees the operands. */
    @TearDown(Level.Trial)
    public void tearDown() {
        List.of(x, y, weights, bias, packed).forEach(NativeMemory::close);
    }
}
