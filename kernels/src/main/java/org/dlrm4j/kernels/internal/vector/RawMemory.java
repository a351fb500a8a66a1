package org.dlrm4j.kernels.internal.vector;

import java.lang.foreign.MemorySegment;

/**
 * Rows of tables, read and written by address. A random row costs a range check for each of its vectors, because C2 cannot know
 * that the row was checked as a whole; their instructions fill the window in which the processor overlaps cache misses, and halve the
 * speed of lookups. Here the ranges of all terms are bounded by masks, so that C2 proves every address to lie in
 * {@link #ALL} and drops the checks.
 *
 * <p>A kernel takes a row number only through {@link #row}, which cannot leave the table even if another thread changes the
 * indices after they were checked. The table's own bounds were checked before the kernel runs; it must stay open meanwhile.
 */
final class RawMemory {
    /** The whole address space; constant, so that C2 knows its size. */
    static final MemorySegment ALL = all();

    /** Longest distance between rows. */
    static final long MAX_STRIDE_BYTES = (1L << 17) - 1;

    private static final long MAX_ADDRESS = (1L << 48) - 1;
    private static final long MAX_ROW = (1L << 45) - 1;

    private RawMemory() {}

    @SuppressWarnings("restricted")
    private static MemorySegment all() {
        return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    }

    /** Returns where a byte of a segment lies in {@link #ALL}. */
    static long address(MemorySegment segment, long offset) {
        return segment.address() + offset & MAX_ADDRESS;
    }

    /** Returns a stride, its range known. */
    static long stride(long strideBytes) {
        return strideBytes & MAX_STRIDE_BYTES;
    }

    /** Returns the number of the last row, its range known. */
    static long lastRow(long rows) {
        return rows - 1 & MAX_ROW;
    }

    /** Returns an index, or the last row if it is none of the table's. */
    static long row(long index, long lastRow) {
        return Math.min(index & MAX_ROW, lastRow);
    }
}
