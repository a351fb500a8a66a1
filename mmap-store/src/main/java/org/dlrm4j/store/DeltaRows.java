package org.dlrm4j.store;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Changed rows of a float32 or bf16 table in a safetensors file: {@code rows}, int64 row numbers in ascending order, and
 * {@code values}, as many rows of {@code dim} numbers of the table's type. Used by one thread.
 */
final class DeltaRows implements AutoCloseable {
    private static final String ROWS = "rows";
    private static final String VALUES = "values";
    private static final int BLOCK_BYTES = 1 << 20;
    private static final ValueLayout.OfLong ROW_NUMBER = JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Safetensors file;
    private final MemorySegment rows;
    private final MemorySegment values;
    private final long count;
    private final long rowBytes;
    private final long strideBytes;
    private long next;

    private DeltaRows(Safetensors file, EmbeddingTable table) {
        this.file = file;
        rows = file.segment(ROWS);
        values = file.segment(VALUES);
        count = rows.byteSize() / Long.BYTES;
        rowBytes = (long) table.dim() * type(table).elementBytes();
        strideBytes = table.rowStrideBytes();
    }

    /** Writes rows of a table through a buffer of a block, however many they are. */
    static void write(Path file, EmbeddingTable table, ChangedRows rows) {
        if (type(table) == null) {
            throw new IllegalArgumentException("table " + table.name() + " is in row format " + table.rowFormat()
                    + ", expected f32 or bf16: only tables that are trained have deltas");
        }
        long count = rows.count();
        TensorType type = type(table);
        long rowBytes = (long) table.dim() * type.elementBytes();
        Safetensors.stream(file, List.of(
                new Safetensors.Streamed(ROWS, TensorType.I64, new long[]{count},
                        sink -> inBlocks(rows, Long.BYTES, sink, (row, block, at) -> block.set(JAVA_LONG, at, row))),
                new Safetensors.Streamed(VALUES, type, new long[]{count, table.dim()},
                        sink -> inBlocks(rows, rowBytes, sink, (row, block, at) -> MemorySegment
                                .copy(table.segment(), table.rowOffset(row), block, at, rowBytes)))),
                Map.of());
    }

    /** Returns the type of a table's numbers, or null if rows are more than their numbers: such tables are not trained. */
    private static TensorType type(EmbeddingTable table) {
        return switch (table.rowFormat()) {
            case F32 -> TensorType.F32;
            case BF16 -> TensorType.BF16;
            case F16, I8, I4 -> null;
        };
    }

    @FunctionalInterface
    private interface Copy {
        void into(long row, MemorySegment block, long offset);
    }

    private static void inBlocks(ChangedRows rows, long itemBytes, Safetensors.Sink sink, Copy copy)
            throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            long items = Math.max(1, BLOCK_BYTES / itemBytes);
            MemorySegment block = arena.allocate(items * itemBytes, Long.BYTES);
            long filled = 0;
            for (long row = rows.next(0); row >= 0; row = rows.next(row + 1)) {
                copy.into(row, block, filled * itemBytes);
                if (++filled == items) {
                    sink.write(block);
                    filled = 0;
                }
            }
            sink.write(block.asSlice(0, filled * itemBytes));
        }
    }

    /** Maps a file, after a check of all that it says about the table. */
    static DeltaRows open(Path file, EmbeddingTable table) {
        Safetensors stored = Safetensors.open(file);
        boolean fits = false;
        try {
            requireFit(file, stored, table);
            fits = true;
            return new DeltaRows(stored, table);
        } finally {
            if (!fits) {
                stored.close();
            }
        }
    }

    private static void requireFit(Path file, Safetensors stored, EmbeddingTable table) {
        if (!stored.names().equals(Set.of(ROWS, VALUES))) {
            throw ModelFormatException.unequal(file, "tensors", stored.names(), ROWS + " and " + VALUES);
        }
        Tensor rows = stored.tensor(ROWS);
        long count = rows.shape().length == 1 ? rows.shape()[0] : -1;
        requireShape(file, ROWS, rows, TensorType.I64, Math.max(0, count));
        Tensor values = stored.tensor(VALUES);
        if (values.type() != type(table)) {
            throw new ModelFormatException(file, "row format", "found " + values.type() + ", but table " + table.name()
                    + " has " + table.rowFormat()
                    + "; deltas belong to the model that is trained, convert again after dlrm compact");
        }
        requireShape(file, VALUES, values, values.type(), Math.max(0, count), table.dim());
        requireAscending(file, rows.segment(), count, table);
    }

    /** Copies all rows into the table that was given to {@link #open}. */
    void copyTo(EmbeddingTable table) {
        for (long i = 0; i < count; i++) {
            MemorySegment.copy(values, i * rowBytes, table.segment(), table.rowOffset(row(i)), rowBytes);
        }
    }

    /** Returns whether a row begins before this byte of the table's rows that no block before took whole. */
    boolean changesBefore(long to) {
        return next < count && row(next) * strideBytes < to;
    }

    /** Copies what falls into a block of the table's rows, which begins at a byte of them. Blocks are given in order. */
    void copyInto(MemorySegment block, long from) {
        long to = from + block.byteSize();
        for (; changesBefore(to); next++) {
            long begin = row(next) * strideBytes;
            long first = Math.max(begin, from);
            long end = Math.min(begin + rowBytes, to);
            if (first < end) {
                MemorySegment.copy(values, next * rowBytes + first - begin, block, first - from, end - first);
            }
            if (begin + strideBytes > to) {
                return;
            }
        }
    }

    private long row(long index) {
        return rows.get(ROW_NUMBER, index << 3);
    }

    @Override
    public void close() {
        file.close();
    }

    private static void requireShape(Path file, String name, Tensor tensor, TensorType type, long... shape) {
        if (tensor.type() != type || !Arrays.equals(tensor.shape(), shape)) {
            throw ModelFormatException.unequal(file, name, tensor.type() + Arrays.toString(tensor.shape()),
                    type + Arrays.toString(shape));
        }
    }

    private static void requireAscending(Path file, MemorySegment rows, long count, EmbeddingTable table) {
        long last = -1;
        for (long i = 0; i < count; i++) {
            long row = rows.get(ROW_NUMBER, i << 3);
            if (row <= last || row >= table.rows()) {
                throw new ModelFormatException(file, ROWS + "[" + i + "]", "found " + row + " after " + last
                        + ", expected ascending numbers below " + table.rows() + ", the rows of table " + table.name());
            }
            last = row;
        }
    }
}
