package org.dlrm4j.kernels.internal.vector;

import static org.dlrm4j.kernels.internal.vector.RawMemory.ALL;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOAT;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.INT;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LANES;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.kernels.internal.CompactRows;
import org.dlrm4j.kernels.internal.CompactSlsKernel;

/**
 * Sparse-length-sum over compact rows: up to 8 vectors of the output row in registers, as in {@link VectorSls}.
 *
 * <p>Unlike there, misses do not overlap by themselves. A compact row takes several instructions a vector to unpack, and those that
 * wait for memory fill the schedulers when a few rows are under way. The rows of the next bags are therefore touched first,
 * with a plain read of each cache line.
 */
final class VectorCompactSls implements CompactSlsKernel {
    private static final int TOUCH_ROWS = 256;
    /** Of one bag, so that its rows are still in the second cache level when it is summed. */
    private static final int MAX_TOUCH_ROWS = 1024;
    /** Smaller tables are in cache after a few batches. */
    private static final long MIN_TOUCH_TABLE_BYTES = 2L << 20;
    private static final int LINE_BYTES = 64;
    private static final int MAX_VECTORS_BF16 = 8;
    /**
     * With more vectors of a format that takes more unpacking C2 stops inlining in some JVM starts, and a vector of each row is an
     * object: eight of any width, four of 128 bits.
     */
    private static final int MAX_VECTORS = LANES == 4 ? 2 : 4;

    /** The weight of every row of a call without weights: read where a weight would be, so that the loops have no branch. */
    private static final long ONE = RawMemory.address(Arena.global().allocateFrom(FLOAT, 1f), 0);

    @Override
    public void forward(RowFormat format, MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            int dim, MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, MemorySegment weights, long weightsOffset, MemorySegment out, long outOffset,
            long outStrideBytes) {
        if (dim < LANES || rowStrideBytes > RawMemory.MAX_STRIDE_BYTES) {
            CompactRows.sumColumns(format, table, tableOffset, rowStrideBytes, dim, 0, dim, indices, indicesOffset,
                    offsets, offsetsOffset, bags, mean, weights, weightsOffset, out, outOffset, outStrideBytes);
            return;
        }
        if (rows * rowStrideBytes < MIN_TOUCH_TABLE_BYTES) {
            sumBags(format, table, tableOffset, rowStrideBytes, rows, dim, indices, indicesOffset, offsets,
                    offsetsOffset, bags, mean, weights, weightsOffset, out, outOffset, outStrideBytes);
            return;
        }
        for (int from = 0; from < bags;) {
            final int start = offsets.get(INT, offsetsOffset + ((long) from << 2));
            int to = from + 1;
            while (to < bags && offsets.get(INT, offsetsOffset + ((long) to << 2)) - start < TOUCH_ROWS) {
                to++;
            }
            final int count = Math.min(offsets.get(INT, offsetsOffset + ((long) to << 2)) - start, MAX_TOUCH_ROWS);
            final long sum = outOffset + from * outStrideBytes;
            // Stored where the sum will be, so that the reads are not dropped.
            out.set(INT, sum, touch(table, tableOffset, rowStrideBytes, rows, format.rowBytes(dim), indices,
                    indicesOffset + ((long) start << 3), count));
            sumBags(format, table, tableOffset, rowStrideBytes, rows, dim, indices, indicesOffset, offsets,
                    offsetsOffset + ((long) from << 2), to - from, mean, weights, weightsOffset, out, sum,
                    outStrideBytes);
            from = to;
        }
    }

    /**
     * Touches the lines of a row together, as the first miss costs most. Reads that would pass the row's last int at {@code end} hit
     * that again, which costs less than a loop.
     */
    private static int touch(MemorySegment table, long tableOffset, long rowStrideBytes, long rows, int rowBytes,
            MemorySegment indices, long firstIndex, int count) {
        final int end = rowBytes - Integer.BYTES;
        if (rowBytes <= 2 * LINE_BYTES) {
            return touchTwoLines(table, tableOffset, rowStrideBytes, rows, end, indices, firstIndex, count);
        }
        int touched = 0;
        for (int at = 0; at <= end; at += 4 * LINE_BYTES) {
            touched += touchFourLines(table, tableOffset + at, rowStrideBytes, rows, end - at, indices, firstIndex,
                    count);
        }
        return touched;
    }

    private static int touchTwoLines(MemorySegment table, long tableOffset, long rowStrideBytes, long rows, int end,
            MemorySegment indices, long firstIndex, int count) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        final long line1 = RawMemory.stride(Math.min(LINE_BYTES, end));
        int touched = 0;
        for (int p = 0; p < count; p++) {
            final long row = base + RawMemory.row(indices.get(LONG, firstIndex + ((long) p << 3)), last) * stride;
            touched += ALL.get(INT, row) + ALL.get(INT, row + line1);
        }
        return touched;
    }

    private static int touchFourLines(MemorySegment table, long tableOffset, long rowStrideBytes, long rows, int end,
            MemorySegment indices, long firstIndex, int count) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        final long line1 = RawMemory.stride(Math.min(LINE_BYTES, end));
        final long line2 = RawMemory.stride(Math.min(2 * LINE_BYTES, end));
        final long line3 = RawMemory.stride(Math.min(3 * LINE_BYTES, end));
        int touched = 0;
        for (int p = 0; p < count; p++) {
            final long row = base + RawMemory.row(indices.get(LONG, firstIndex + ((long) p << 3)), last) * stride;
            touched += ALL.get(INT, row) + ALL.get(INT, row + line1) + ALL.get(INT, row + line2)
                    + ALL.get(INT, row + line3);
        }
        return touched;
    }

    private static void sumBags(RowFormat format, MemorySegment table, long tableOffset, long rowStrideBytes,
            long rows, int dim, MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset,
            int bags, boolean mean, MemorySegment weights, long weightsOffset, MemorySegment out, long outOffset,
            long outStrideBytes) {
        final long firstWeight = weights == null ? ONE : RawMemory.address(weights, weightsOffset);
        final long weightBytes = weights == null ? 0 : Float.BYTES;
        final int maxVectors = format == RowFormat.BF16 ? MAX_VECTORS_BF16 : MAX_VECTORS;
        for (int j = 0; j < dim;) {
            final int vectors = VectorSls.chunkVectors(Math.min(maxVectors, (dim - j) / LANES));
            // The last vector may overlap the one before: it computes the same values again.
            final int column = Math.min(j, dim - LANES);
            final long to = outOffset + ((long) column << 2);
            switch (format) {
                case F16 -> {
                    if (f16(vectors, table, tableOffset + 2L * column, rowStrideBytes, rows, indices, indicesOffset,
                            offsets, offsetsOffset, bags, mean, firstWeight, weightBytes, out, to, outStrideBytes)) {
                        CompactRows.sumColumns(format, table, tableOffset, rowStrideBytes, dim, column,
                                column + vectors * LANES, indices, indicesOffset, offsets, offsetsOffset, bags, mean,
                                weights, weightsOffset, out, outOffset, outStrideBytes);
                    } else if (vectors > 1) {
                        PairOrder.restore(out, to, outStrideBytes, bags, vectors);
                    }
                }
                case BF16 -> {
                    bf16(vectors, table, tableOffset + 2L * column, rowStrideBytes, rows, indices,
                            indicesOffset, offsets, offsetsOffset, bags, mean, firstWeight, weightBytes, out, to,
                            outStrideBytes);
                    if (vectors > 1) {
                        PairOrder.restore(out, to, outStrideBytes, bags, vectors);
                    }
                }
                case I8 -> i8(vectors, table, tableOffset + column, rowStrideBytes, rows, dim - column, indices,
                        indicesOffset, offsets, offsetsOffset, bags, mean, firstWeight, weightBytes, out, to,
                        outStrideBytes);
                case I4 -> {
                    i4(vectors, table, tableOffset + column / 2, rowStrideBytes, rows, (dim - column) / 2, indices,
                            indicesOffset, offsets, offsetsOffset, bags, mean, firstWeight, weightBytes, out, to,
                            outStrideBytes);
                    if (CompactVectors.I4_LONG_LOAD) {
                        NibbleOrder.restore(out, to, outStrideBytes, bags, vectors);
                    }
                }
                default -> throw new IllegalArgumentException("format " + format);
            }
            j += vectors * LANES;
        }
    }

    private static boolean f16(int vectors, MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, long weights, long weightBytes, MemorySegment out, long outOffset,
            long outStrideBytes) {
        return switch (vectors) {
            case 4 -> SlsF16.sls4v(table, tableOffset, rowStrideBytes, rows, indices, indicesOffset,
                    offsets, offsetsOffset, bags, mean, weights, weightBytes, out, outOffset, outStrideBytes);
            case 2 -> SlsF16.sls2v(table, tableOffset, rowStrideBytes, rows, indices, indicesOffset,
                    offsets, offsetsOffset, bags, mean, weights, weightBytes, out, outOffset, outStrideBytes);
            default -> SlsF16.sls1v(table, tableOffset, rowStrideBytes, rows, indices, indicesOffset,
                    offsets, offsetsOffset, bags, mean, weights, weightBytes, out, outOffset, outStrideBytes);
        };
    }

    private static void bf16(int vectors, MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, long weights, long weightBytes, MemorySegment out, long outOffset,
            long outStrideBytes) {
        switch (vectors) {
            case 8 -> SlsBf16.sls8v(table, tableOffset, rowStrideBytes, rows, indices, indicesOffset,
                    offsets, offsetsOffset, bags, mean, weights, weightBytes, out, outOffset, outStrideBytes);
            case 4 -> SlsBf16.sls4v(table, tableOffset, rowStrideBytes, rows, indices, indicesOffset,
                    offsets, offsetsOffset, bags, mean, weights, weightBytes, out, outOffset, outStrideBytes);
            case 2 -> SlsBf16.sls2v(table, tableOffset, rowStrideBytes, rows, indices, indicesOffset,
                    offsets, offsetsOffset, bags, mean, weights, weightBytes, out, outOffset, outStrideBytes);
            default -> SlsBf16.sls1v(table, tableOffset, rowStrideBytes, rows, indices, indicesOffset,
                    offsets, offsetsOffset, bags, mean, weights, weightBytes, out, outOffset, outStrideBytes);
        }
    }

    private static void i8(int vectors, MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            long scaleOffset,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, long weights, long weightBytes, MemorySegment out, long outOffset,
            long outStrideBytes) {
        switch (vectors) {
            case 4 -> SlsI8.sls4v(table, tableOffset, rowStrideBytes, rows, scaleOffset, indices, indicesOffset,
                    offsets, offsetsOffset, bags, mean, weights, weightBytes, out, outOffset, outStrideBytes);
            case 2 -> SlsI8.sls2v(table, tableOffset, rowStrideBytes, rows, scaleOffset, indices, indicesOffset,
                    offsets, offsetsOffset, bags, mean, weights, weightBytes, out, outOffset, outStrideBytes);
            default -> SlsI8.sls1v(table, tableOffset, rowStrideBytes, rows, scaleOffset, indices, indicesOffset,
                    offsets, offsetsOffset, bags, mean, weights, weightBytes, out, outOffset, outStrideBytes);
        }
    }

    private static void i4(int vectors, MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            long scaleOffset,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, long weights, long weightBytes, MemorySegment out, long outOffset,
            long outStrideBytes) {
        switch (vectors) {
            case 4 -> SlsI4.sls4v(table, tableOffset, rowStrideBytes, rows, scaleOffset, indices, indicesOffset,
                    offsets, offsetsOffset, bags, mean, weights, weightBytes, out, outOffset, outStrideBytes);
            case 2 -> SlsI4.sls2v(table, tableOffset, rowStrideBytes, rows, scaleOffset, indices, indicesOffset,
                    offsets, offsetsOffset, bags, mean, weights, weightBytes, out, outOffset, outStrideBytes);
            default -> SlsI4.sls1v(table, tableOffset, rowStrideBytes, rows, scaleOffset, indices, indicesOffset,
                    offsets, offsetsOffset, bags, mean, weights, weightBytes, out, outOffset, outStrideBytes);
        }
    }
}
