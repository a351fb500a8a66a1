package org.dlrm4j.bench.peers;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.dlrm4j.bench.MeasuredLimits;
import org.dlrm4j.bench.MemoryLevel;
import org.dlrm4j.bench.PageSize;
import org.dlrm4j.kernels.Pooling;
import org.dlrm4j.kernels.SparseLengthsSum;
import org.dlrm4j.kernels.SparseUpdate;
import org.dlrm4j.os.NativeMemory;
import org.dlrm4j.store.EmbeddingTable;

/**
 * Pooled lookups of {@value #BAGS} bags in one table, which both engines read in the same memory, and lookups with their
 * backward pass and update. libtorch has no fused backward on a CPU: autograd makes a sparse gradient, which the optimizer
 * adds; row-wise Adagrad is written in its tensor operations.
 */
final class LookupRows implements AutoCloseable {
    static final String SLS = "SLS 64 floats x 32";
    static final String ROW_ADAGRAD_ALONE = "bw. + row Adagrad alone";
    private static final int BAGS = 128;
    private static final int DIM = 64;
    private static final int POOLING = 32;
    private static final long ROW_BYTES = (long) DIM * Float.BYTES;
    private static final int INDICES = BAGS * POOLING;
    private static final long BLOCK_ROWS = 1 << 12;
    private static final int MAX_BATCHES = 1024;
    private static final int LARGEST = 3;
    private static final double TOLERANCE = 1e-4;
    private static final float LEARNING_RATE = 1f / 1024;
    private static final float COMPARED_LEARNING_RATE = 0.5f;
    private static final float EPSILON = 1e-10f;

    private final EmbeddingTable table;
    private final int batches;
    private final NativeMemory indices;
    private final NativeMemory offsets;
    private final NativeMemory pooled = NativeMemory.allocate(BAGS * ROW_BYTES);
    private final NativeMemory gradient = NativeMemory.allocate(BAGS * ROW_BYTES);
    private final NativeMemory state;
    private final NativeMemory scratch = NativeMemory.allocate(SparseUpdate.scratchBytes(INDICES, DIM));
    private final Tensor torchTable;
    private final Tensor torchOffsets;
    private final Tensor torchGradient;
    private final Tensor torchState;
    private final List<Tensor> torchIndices = new ArrayList<>();
    private final TensorOptional none = new TensorOptional();

    private LookupRows(long tableBytes) {
        final SplittableRandom random = new SplittableRandom(1);
        final long rows = tableBytes / ROW_BYTES;
        table = EmbeddingTable.anonymous("table", rows, DIM);
        if (table.rowStrideBytes() != ROW_BYTES) {
            throw new IllegalStateException("rows are padded to " + table.rowStrideBytes() + " bytes");
        }
        fillTable(random);
        // Few batches for a small table, whose indices must not push it out of its cache.
        batches = Math.clamp(2 * rows / INDICES, 3, MAX_BATCHES);
        indices = NativeMemory.allocate((long) batches * INDICES * Long.BYTES);
        for (long i = 0; i < (long) batches * INDICES; i++) {
            indices.segment().setAtIndex(ValueLayout.JAVA_LONG, i, random.nextLong(rows));
        }
        offsets = NativeMemory.allocate((BAGS + 1L) * Integer.BYTES);
        final long[] starts = new long[BAGS];
        for (int b = 0; b <= BAGS; b++) {
            offsets.segment().setAtIndex(ValueLayout.JAVA_INT, b, b * POOLING);
        }
        for (int b = 0; b < BAGS; b++) {
            starts[b] = (long) b * POOLING;
        }
        fill(gradient.segment(), 0, (long) BAGS * DIM, random);
        state = NativeMemory.allocate(rows * Float.BYTES);
        // Pages that were never written all show the same zeros, which stay in L1.
        state.segment().fill((byte) 0);
        torchTable = Torch.floats(table.segment(), table.dataOffset(), rows, DIM);
        torchOffsets = torch.tensor(starts);
        torchGradient = Torch.floats(gradient.segment(), 0, BAGS, DIM);
        torchState = torch.zeros(rows).fill_(new Scalar(0f));
        for (int b = 0; b < batches; b++) {
            torchIndices.add(Torch.longs(indices.segment(), (long) b * INDICES * Long.BYTES, INDICES));
        }
    }

    /** Adds the rows. */
    static void run(boolean quick, Rows rows) {
        final List<String> sizes = quick ? List.of("DRAM 4 GiB") : List.of("L2 512 KiB", "L3 16 MiB", "DRAM 4 GiB");
        if (!quick) {
            rows.addLimit("random rows, read", "DRAM, 4 KiB pages", "GB/s", MeasuredLimits
                    .randomReadGigabytes((int) ROW_BYTES, MemoryLevel.DRAM.bytes(), PageSize.SMALL));
        }
        for (String size : sizes) {
            final long bytes = switch (size) {
                case "L2 512 KiB" -> 512L << 10;
                case "L3 16 MiB" -> 16L << 20;
                default -> 4L << 30;
            };
            final double readLimit = MeasuredLimits.randomReadGigabytes((int) ROW_BYTES, bytes, PageSize.HUGE);
            rows.addLimit("random rows, read", size, "GB/s", readLimit);
            final double updateLimit = MeasuredLimits.randomUpdateGigabytes((int) ROW_BYTES, bytes);
            rows.addLimit("random rows, read+write", size, "GB/s", updateLimit);
            try (PointerScope tensors = new PointerScope(); LookupRows lookups = new LookupRows(bytes)) {
                lookups.addForward(size, readLimit, rows);
                lookups.addUpdates(size, updateLimit, rows);
            }
        }
    }

    /** Copies one block of rows over and over: drawing 4 GiB of random numbers takes too long. */
    private void fillTable(SplittableRandom random) {
        final MemorySegment segment = table.segment();
        final long blockBytes = Math.min(table.rows(), BLOCK_ROWS) * ROW_BYTES;
        fill(segment, table.dataOffset(), blockBytes / Float.BYTES, random);
        final long end = table.rows() * ROW_BYTES;
        for (long at = blockBytes; at < end; at += blockBytes) {
            MemorySegment.copy(segment, table.dataOffset(), segment, table.dataOffset() + at,
                    Math.min(blockBytes, end - at));
        }
    }

    private static void fill(MemorySegment segment, long offset, long count, SplittableRandom random) {
        for (long i = 0; i < count; i++) {
            segment.set(ValueLayout.JAVA_FLOAT, offset + i * Float.BYTES, random.nextInt(-LARGEST, LARGEST + 1));
        }
    }

    private List<Integer> batchNumbers() {
        return IntStream.range(0, batches).boxed().toList();
    }

    private void addForward(String size, double limit, Rows rows) {
        try (NoGradGuard guard = new NoGradGuard(); PointerScope scope = new PointerScope()) {
            forward(0);
            final double difference = Answers.maxDifference(pooled.segment().toArray(ValueLayout.JAVA_FLOAT),
                    Torch.copy(torchForward(0)));
            rows.add(SLS, size, Work.bytes((double) INDICES * ROW_BYTES, limit), TOLERANCE,
                    new Turns<>(batchNumbers(), 0, this::forward),
                    new Rows.Peer(new Contestant(Row.LIBTORCH, new Turns<>(batchNumbers(), 1, batch -> {
                        try (PointerScope inner = new PointerScope()) {
                            torchForward(batch);
                        }
                    })), difference));
        }
    }

    private void addUpdates(String size, double limit, Rows rows) {
        torchTable.set_requires_grad(true);
        addUpdate("SLS + backward + SGD", size, this::sgd, this::torchSgd, rows);
        addUpdate("SLS + bw. + row Adagrad", size, this::rowWiseAdagrad, this::torchRowWiseAdagrad, rows);
        // Last: it changes the state, from which the engines must start alike to be compared.
        rows.add(ROW_ADAGRAD_ALONE, size, Work.bytes(2.0 * INDICES * ROW_BYTES, limit), TOLERANCE,
                new Turns<>(batchNumbers(), 0, batch -> rowWiseAdagradUpdate(batch, LEARNING_RATE)));
    }

    private interface Update {
        void run(int batch, float learningRate);
    }

    private void addUpdate(String operation, String size, Update ours, Update torchs, Rows rows) {
        final float[] ourRows;
        final float[] torchRows;
        try (NoGradGuard guard = new NoGradGuard(); PointerScope scope = new PointerScope()) {
            final Tensor before = torchTable.index_select(0, torchIndices.getFirst());
            ours.run(0, COMPARED_LEARNING_RATE);
            ourRows = Torch.copy(torchTable.index_select(0, torchIndices.getFirst()));
            torchTable.index_copy_(0, torchIndices.getFirst(), before);
        }
        torchs.run(0, COMPARED_LEARNING_RATE);
        try (NoGradGuard guard = new NoGradGuard(); PointerScope scope = new PointerScope()) {
            torchRows = Torch.copy(torchTable.index_select(0, torchIndices.getFirst()));
        }
        rows.add(operation, size, new Work(BAGS * 1e9, "bags/s", 0), TOLERANCE,
                new Turns<>(batchNumbers(), 0, batch -> ours.run(batch, LEARNING_RATE)),
                new Rows.Peer(new Contestant(Row.LIBTORCH,
                        new Turns<>(batchNumbers(), 1, batch -> torchs.run(batch, LEARNING_RATE))),
                        Answers.maxDifference(ourRows, torchRows)));
    }

    private void forward(int batch) {
        SparseLengthsSum.forward("table", table.segment(), table.dataOffset(), ROW_BYTES, table.rows(), DIM,
                indices.segment(), indicesOffset(batch), INDICES, offsets.segment(), 0, BAGS, Pooling.SUM, null, 0,
                pooled.segment(), 0, ROW_BYTES);
    }

    private static long indicesOffset(int batch) {
        return (long) batch * INDICES * Long.BYTES;
    }

    private void sgd(int batch, float learningRate) {
        forward(batch);
        SparseUpdate.sgd("table", table.segment(), table.dataOffset(), ROW_BYTES, table.rows(), DIM, indices.segment(),
                indicesOffset(batch), INDICES, offsets.segment(), 0, BAGS, Pooling.SUM, null, 0, gradient.segment(), 0,
                ROW_BYTES, learningRate, 0, 1);
    }

    private void rowWiseAdagrad(int batch, float learningRate) {
        forward(batch);
        rowWiseAdagradUpdate(batch, learningRate);
    }

    private void rowWiseAdagradUpdate(int batch, float learningRate) {
        SparseUpdate.rowWiseAdagrad("table", table.segment(), table.dataOffset(), ROW_BYTES, table.rows(), DIM,
                state.segment(), 0, indices.segment(), indicesOffset(batch), INDICES, offsets.segment(), 0, BAGS,
                Pooling.SUM, null, 0, gradient.segment(), 0, ROW_BYTES, learningRate, EPSILON, 0, 1, scratch.segment(),
                0);
    }

    private Tensor torchForward(int batch) {
        return torch.embedding_bag(torchTable, torchIndices.get(batch), torchOffsets, false, 0, true, none, false)
                .get0();
    }

    /** Leaves the table's sparse gradient in {@code torchTable.mutable_grad()}. */
    private void torchBackward(int batch) {
        torchForward(batch).backward(torchGradient, new BoolOptional(), false, new TensorArrayRefOptional());
    }

    private void torchSgd(int batch, float learningRate) {
        try (PointerScope scope = new PointerScope()) {
            torchBackward(batch);
            try (NoGradGuard guard = new NoGradGuard()) {
                final Tensor sparse = torchTable.mutable_grad();
                torchTable.add_(sparse, new Scalar(-learningRate));
                sparse.reset();
            }
        }
    }

    private void torchRowWiseAdagrad(int batch, float learningRate) {
        try (PointerScope scope = new PointerScope()) {
            torchBackward(batch);
            try (NoGradGuard guard = new NoGradGuard()) {
                final Tensor sparse = torchTable.mutable_grad();
                final Tensor distinct = sparse.coalesce();
                final Tensor rows = distinct._indices().view(-1);
                final Tensor values = distinct._values();
                torchState.index_add_(0, rows, values.square().mean(1));
                final Tensor divisor = torchState.index_select(0, rows).sqrt_().add_(new Scalar(EPSILON)).unsqueeze(1);
                torchTable.index_add_(0, rows, values.div(divisor), new Scalar(-learningRate));
                sparse.reset();
            }
        }
    }

    @Override
    public void close() {
        List.of(indices, offsets, pooled, gradient, state, scratch).forEach(NativeMemory::close);
        table.close();
    }
}
