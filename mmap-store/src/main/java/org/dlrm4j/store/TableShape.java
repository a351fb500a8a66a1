package org.dlrm4j.store;

import org.dlrm4j.kernels.RowFormat;

/** Rows, dimension, row format and the row stride that follows from them; checked once, so that no later product overflows. */
record TableShape(long rows, int dim, RowFormat format) {
    static final int MAX_DIM = 1 << 20;
    static final long MAX_ROWS = 1L << 42;
    /** 64 TiB: half of what a process can address on x86-64 with four-level page tables. */
    static final long MAX_BYTES = 1L << 46;

    private static final int CACHE_LINE_BYTES = 64;

    TableShape {
        if (rows < 1 || rows > MAX_ROWS) {
            throw new IllegalArgumentException("rows: " + rows + ", expected 1 to " + MAX_ROWS);
        }
        if (dim < 1 || dim > MAX_DIM) {
            throw new IllegalArgumentException("dim: " + dim + ", expected 1 to " + MAX_DIM);
        }
        long strideBytes = rowStrideBytes(format, dim);
        if (rows > MAX_BYTES / strideBytes) {
            throw new IllegalArgumentException("rows x dim: " + rows + " x " + dim + " needs rows of "
                    + strideBytes + " bytes, expected at most " + MAX_BYTES + " bytes in all");
        }
    }

    /**
     * A power of two up to a cache line, so that no short row straddles two lines; whole lines beyond. Rows with scale and bias stand
     * close, as other programs write them: to pad 72 bytes to two lines would not save one, and cost three quarters more memory.
     */
    static long rowStrideBytes(RowFormat format, int dim) {
        int rowBytes = format.rowBytes(dim);
        if (format == RowFormat.I8 || format == RowFormat.I4) {
            return rowBytes;
        }
        if (rowBytes <= CACHE_LINE_BYTES) {
            return Integer.highestOneBit(rowBytes - 1) << 1;
        }
        return (rowBytes + CACHE_LINE_BYTES - 1) & -CACHE_LINE_BYTES;
    }

    long rowStrideBytes() {
        return rowStrideBytes(format, dim);
    }

    long dataBytes() {
        return rows * rowStrideBytes();
    }
}
