package org.dlrm4j.bench.peers;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.dlrm4j.bench.MeasuredLimits;
import org.dlrm4j.bench.MemoryLevel;
import org.dlrm4j.kernels.Activation;
import org.dlrm4j.kernels.Gemm;
import org.dlrm4j.os.NativeMemory;

/**
 * The three matrix products of a layer {@code y = x·Wᵀ + b} of {@code m} samples. Ours take {@code W} packed, as it is once
 * loaded or after an optimizer step, and pack {@code x} for the weights' gradient within the time; libtorch takes plain
 * matrices and packs within the time. Both write into memory that is there already. Our rows of {@code dy} are not a
 * multiple of 1 KiB apart, as the engine lays them out.
 */
final class GemmRows implements AutoCloseable {
    /** Operands are small integers, so that products and sums are exact. */
    private static final int LARGEST = 3;
    private static final double TOLERANCE = 0;

    /** How the names of the products begin. */
    static final String OPERATION = "GEMM ";

    private final int m;
    private final int in;
    private final int out;
    private final NativeMemory x;
    private final NativeMemory y;
    private final NativeMemory dy;
    private final NativeMemory dyRows;
    private final long dyRowBytes;
    private final NativeMemory weights;
    private final NativeMemory bias;
    private final NativeMemory dx;
    private final NativeMemory dw;
    private final NativeMemory packedForward;
    private final NativeMemory packedBackward;
    private final NativeMemory packedX;

    private GemmRows(int m, int in, int out) {
        this.m = m;
        this.in = in;
        this.out = out;
        x = operand((long) m * in, 1);
        y = operand((long) m * out, 2);
        dy = operand((long) m * out, 7);
        dyRowBytes = rowBytes(out) + (rowBytes(out) % 1024 == 0 ? 64 : 0);
        dyRows = NativeMemory.allocate(m * dyRowBytes);
        for (int i = 0; i < m; i++) {
            MemorySegment.copy(dy.segment(), i * rowBytes(out), dyRows.segment(), i * dyRowBytes, rowBytes(out));
        }
        weights = operand((long) in * out, 3);
        bias = operand(out, 4);
        dx = operand((long) m * in, 5);
        dw = operand((long) in * out, 6);
        packedForward = NativeMemory.allocate(Gemm.packedBytes(in, out));
        packedBackward = NativeMemory.allocate(Gemm.packedBytes(out, in));
        packedX = NativeMemory.allocate(Gemm.packedBytes(m, Gemm.panelColumns()));
        Gemm.pack(weights.segment(), 0, Float.BYTES, rowBytes(in), in, out, packedForward.segment(), 0);
        Gemm.pack(weights.segment(), 0, rowBytes(in), Float.BYTES, out, in, packedBackward.segment(), 0);
    }

    /** Adds the limits, and three rows for each shape; of one sample two, whose limit is reading the weights. */
    static void run(boolean quick, Rows rows) {
        final double peak = MeasuredLimits.multiplyAddGflops();
        rows.addLimit("multiply-adds", "registers", "GFLOP/s", peak);
        final Map<MemoryLevel, Double> bandwidths = new EnumMap<>(MemoryLevel.class);
        for (MemoryLevel level : MemoryLevel.values()) {
            bandwidths.put(level, MeasuredLimits.sequentialGigabytes(level));
            rows.addLimit("reading in order", level.name(), "GB/s", bandwidths.get(level));
        }
        try (PointerScope tensors = new PointerScope(); NoGradGuard guard = new NoGradGuard()) {
            for (int[] layer : quick ? new int[][]{{512, 256}} : new int[][]{{512, 512}, {512, 256}, {1024, 1024}}) {
                final double weightBytes = (double) Float.BYTES * layer[0] * layer[1];
                final double bandwidth = bandwidths.get(MemoryLevel.holding(weightBytes));
                for (int m : quick ? List.of(1, 128) : List.of(1, 16, 128, 2048)) {
                    final Work work = m == 1
                            ? Work.bytes(weightBytes, bandwidth)
                            : Work.flops(2.0 * m * layer[0] * layer[1], peak);
                    try (GemmRows gemm = new GemmRows(m, layer[0], layer[1])) {
                        gemm.addTo(rows, work);
                    }
                }
            }
        }
    }

    private static NativeMemory operand(long count, long seed) {
        final NativeMemory memory = NativeMemory.allocate(count * Float.BYTES);
        final SplittableRandom random = new SplittableRandom(seed);
        for (long i = 0; i < count; i++) {
            memory.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextInt(-LARGEST, LARGEST + 1));
        }
        return memory;
    }

    private static long rowBytes(int columns) {
        return (long) columns * Float.BYTES;
    }

    private void addTo(Rows rows, Work work) {
        final Tensor tx = Torch.floats(x.segment(), 0, m, in);
        final Tensor tw = Torch.floats(weights.segment(), 0, out, in);
        final Tensor tb = Torch.floats(bias.segment(), 0, out);
        final Tensor transposed = tw.t();
        final Tensor ty = torch.zeros(m, out);
        add(rows, OPERATION + "forward", work, this::forward, y, ty,
                () -> torch.addmm_out(ty, tb, tx, transposed));
        final Tensor tdy = Torch.floats(dy.segment(), 0, m, out);
        final Tensor tdx = torch.zeros(m, in);
        add(rows, OPERATION + "data gradient", work, this::dataGradient, dx, tdx, () -> torch.mm_out(tdx, tdy, tw));
        if (m == 1) {
            // An outer product: it writes a matrix and reads none.
            return;
        }
        final Tensor tdw = torch.zeros(out, in);
        final Tensor tdyTransposed = tdy.t();
        add(rows, OPERATION + "weight gradient", work, this::weightGradient, dw, tdw,
                () -> torch.mm_out(tdw, tdyTransposed, tx));
    }

    private void add(Rows rows, String operation, Work work, Runnable ours, NativeMemory ourResult,
            Tensor torchResult, Runnable torchCall) {
        final Runnable scoped = () -> {
            try (PointerScope scope = new PointerScope()) {
                torchCall.run();
            }
        };
        ours.run();
        scoped.run();
        final double difference = Answers.maxDifference(ourResult.segment().toArray(ValueLayout.JAVA_FLOAT),
                Torch.copy(torchResult));
        rows.add(operation, String.format("%d x %d -> %d", m, in, out), work,
                TOLERANCE, ours, new Rows.Peer(new Contestant(Row.LIBTORCH, scoped), difference));
    }

    private void forward() {
        Gemm.multiply(x.segment(), 0, rowBytes(in), Float.BYTES, packedForward.segment(), 0, m, in, out, 0, out,
                y.segment(), 0, rowBytes(out), false, bias.segment(), 0, Activation.NONE);
    }

    private void dataGradient() {
        Gemm.multiply(dyRows.segment(), 0, dyRowBytes, Float.BYTES, packedBackward.segment(), 0, m, out, in, 0, in,
                dx.segment(), 0, rowBytes(in), false, null, 0, Activation.NONE);
    }

    private void weightGradient() {
        for (int from = 0; from < in; from += Gemm.panelColumns()) {
            final int columns = Math.min(Gemm.panelColumns(), in - from);
            final long columnOffset = (long) from * Float.BYTES;
            Gemm.pack(x.segment(), columnOffset, rowBytes(in), Float.BYTES, m, columns, packedX.segment(), 0);
            Gemm.multiply(dyRows.segment(), 0, Float.BYTES, dyRowBytes, packedX.segment(), 0, out, m, columns, 0,
                    columns,
                    dw.segment(), columnOffset, rowBytes(in), false, null, 0, Activation.NONE);
        }
    }

    @Override
    public void close() {
        for (NativeMemory memory : List.of(x, y, dy, dyRows, weights, bias, dx, dw, packedForward, packedBackward,
                packedX)) {
            memory.close();
        }
    }
}
