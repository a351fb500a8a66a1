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
import org.dlrm4j.kernels.RowFormat;

/**
 * Changed rows of a float32 table in a safetensors file: {@code rows}, int64 row numbers in ascending order, and {@code values},
 * as many rows of {@code dim} floats.
 */
final class DeltaRows {
    private static final String ROWS = "rows";
    private static final String VALUES = "values";
    private static final int BLOCK_BYTES = 1 << 20;
    private static final ValueLayout.OfLong ROW_NUMBER = JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private DeltaRows() {}

    /** Writes rows of a table through a buffer of a block, however many they are. */
    static void write(Path file, EmbeddingTable table, ChangedRows rows) {
        long count = rows.count();
        long rowBytes = (long) table.dim() * Float.BYTES;
        Safetensors.stream(file, List.of(
                new Safetensors.Streamed(ROWS, TensorType.I64, new long[]{count},
                        sink -> inBlocks(rows, Long.BYTES, sink, (row, block, at) -> block.set(JAVA_LONG, at, row))),
                new Safetensors.Streamed(VALUES, TensorType.F32, new long[]{count, table.dim()},
                        sink -> inBlocks(rows, rowBytes, sink, (row, block, at) -> MemorySegment
                                .copy(table.segment(), table.rowOffset(row), block, at, rowBytes)))),
                Map.of());
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

    /** Checks a file and copies its rows into a table, or throws and changes nothing. */
    static void apply(Path file, EmbeddingTable table) {
        if (table.rowFormat() != RowFormat.F32) {
            throw new ModelFormatException(file, "row format", "found f32, but table " + table.name() + " has "
                    + table.rowFormat()
                    + "; deltas belong to the model that is trained, convert again after dlrm compact");
        }
        try (Safetensors stored = Safetensors.open(file)) {
            if (!stored.names().equals(Set.of(ROWS, VALUES))) {
                throw ModelFormatException.unequal(file, "tensors", stored.names(), ROWS + " and " + VALUES);
            }
            Tensor rows = stored.tensor(ROWS);
            Tensor values = stored.tensor(VALUES);
            long count = rows.shape().length == 1 ? rows.shape()[0] : -1;
            requireShape(file, ROWS, rows, TensorType.I64, Math.max(0, count));
            requireShape(file, VALUES, values, TensorType.F32, Math.max(0, count), table.dim());
            requireAscending(file, rows.segment(), count, table);
            long rowBytes = (long) table.dim() * Float.BYTES;
            for (long i = 0; i < count; i++) {
                MemorySegment.copy(values.segment(), i * rowBytes, table.segment(),
                        table.rowOffset(rows.segment().get(ROW_NUMBER, i << 3)), rowBytes);
            }
        }
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
