package org.dlrm4j.kernels;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.internal.Bf16Kernel;
import org.dlrm4j.kernels.internal.CounterRandom;
import org.dlrm4j.kernels.internal.Kernels;
import org.dlrm4j.kernels.internal.RowCoalescer;

/**
 * Where a row is while an optimizer takes its step, which is one of float32: in the table, or, if that is BF16, in the scratch
 * memory, which stays in the first cache level.
 */
final class UpdatedRow {
    private static final Bf16Kernel BF16 = Kernels.provider().bf16();

    private UpdatedRow() {}

    /** Refuses rows that are no place for small steps. */
    static void check(String name, RowFormat format) {
        if (format != RowFormat.F32 && format != RowFormat.BF16) {
            throw new IllegalArgumentException("table " + name + ": rows are in format " + format
                    + ", expected f32 or bf16: no others can be updated");
        }
    }

    /** Returns the memory that holds the row as float32. */
    static MemorySegment memory(RowFormat format, MemorySegment table, MemorySegment scratch) {
        return format == RowFormat.F32 ? table : scratch;
    }

    /** Makes the row float32; returns its byte in {@link #memory}. */
    static long begin(RowFormat format, MemorySegment table, long at, int dim, MemorySegment scratch,
            long scratchOffset) {
        if (format == RowFormat.F32) {
            return at;
        }
        final long row = RowCoalescer.rowOffset(scratchOffset, dim);
        BF16.widen(table, at, dim, scratch, row);
        return row;
    }

    /** Puts the row back, rounded at random, if it was taken out of the table. */
    static void end(RowFormat format, MemorySegment table, long at, int dim, MemorySegment scratch,
            long scratchOffset, long roundingKey, long row) {
        if (format != RowFormat.F32) {
            BF16.roundAtRandom(scratch, RowCoalescer.rowOffset(scratchOffset, dim), dim, table, at,
                    CounterRandom.rowKey(roundingKey, row));
        }
    }
}
