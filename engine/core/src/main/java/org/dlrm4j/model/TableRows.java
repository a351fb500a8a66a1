package org.dlrm4j.model;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.RowConversion;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.os.NativeMemory;
import org.dlrm4j.store.EmbeddingTable;

/** Rows of a table as float32, one after the other, in whatever format they are stored. Not for the hot path. */
public final class TableRows {
    /** Rows that are converted at once: as many as stay in the caches. */
    private static final int BLOCK_ROWS = 256;

    private TableRows() {}

    /** Sees one row. */
    @FunctionalInterface
    public interface RowVisitor {
        /**
         * Reads or writes a row.
         *
         * @param row its number
         * @param floats the memory that holds it as float32
         * @param offset byte of its first element; the others follow
         */
        void visit(long row, MemorySegment floats, long offset);
    }

    /**
     * Shows rows.
     *
     * @param table the table
     * @param from the first row
     * @param to end of the rows
     * @param reader is shown each, in order; the memory is only lent
     */
    public static void read(EmbeddingTable table, long from, long to, RowVisitor reader) {
        final int dim = table.dim();
        final long bytes = (long) dim * Float.BYTES;
        try (NativeMemory block = NativeMemory.allocate(Math.min(BLOCK_ROWS, to - from) * bytes)) {
            for (long first = from; first < to; first += BLOCK_ROWS) {
                final long rows = Math.min(BLOCK_ROWS, to - first);
                RowConversion.decode(table.rowFormat(), rows, dim, table.segment(), table.rowOffset(first),
                        table.rowStrideBytes(), block.segment(), 0, bytes);
                visit(first, rows, bytes, block.segment(), reader);
            }
        }
    }

    /**
     * Sets rows, rounded to the nearest number of the table's format.
     *
     * @param table a writable table
     * @param from the first row
     * @param to end of the rows
     * @param writer writes all elements of each, in order; the memory is only lent
     * @throws IllegalArgumentException if the format has no place for a number, naming table, row and column
     */
    public static void write(EmbeddingTable table, long from, long to, RowVisitor writer) {
        final int dim = table.dim();
        final long bytes = (long) dim * Float.BYTES;
        try (NativeMemory block = NativeMemory.allocate(Math.min(BLOCK_ROWS, to - from) * bytes)) {
            for (long first = from; first < to; first += BLOCK_ROWS) {
                final long rows = Math.min(BLOCK_ROWS, to - first);
                visit(first, rows, bytes, block.segment(), writer);
                RowConversion.encode(table.name(), table.rowFormat(), first, rows, dim, block.segment(), 0, bytes,
                        table.segment(), table.rowOffset(first), table.rowStrideBytes());
            }
        }
    }

    private static void visit(long first, long rows, long bytes, MemorySegment block, RowVisitor visitor) {
        for (long r = 0; r < rows; r++) {
            visitor.visit(first + r, block, r * bytes);
        }
    }

    /**
     * Returns whether tables of a format can be trained.
     *
     * @param format how rows are stored
     * @param group what rows are to the model: single weights are float32
     * @return whether optimizers update such rows
     */
    public static boolean trainable(RowFormat format, ParameterGroup group) {
        return format == RowFormat.F32 || format == RowFormat.BF16 && group == ParameterGroup.EMBEDDING;
    }
}
