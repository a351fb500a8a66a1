package org.dlrm4j.kernels.internal;

import static org.dlrm4j.kernels.internal.Layouts.FLOAT;
import static org.dlrm4j.kernels.internal.Layouts.INT;
import static org.dlrm4j.kernels.internal.Layouts.LONG;
import static org.dlrm4j.kernels.internal.Layouts.SHORT;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.RowFormat;

/**
 * Sums of rows in compact formats, in plain Java and for any range of columns: the scalar kernel, and what the vector kernel
 * leaves over.
 */
public final class CompactRows {
    private CompactRows() {}

    /** Computes the columns {@code [from, to)} of each bag's vector; offsets are those of column 0. */
    public static void sumColumns(RowFormat format, MemorySegment table, long tableOffset, long rowStrideBytes, int dim,
            int from, int to, MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset,
            int bags, boolean mean, MemorySegment weights, long weightsOffset, MemorySegment out, long outOffset,
            long outStrideBytes) {
        int end = offsets.get(INT, offsetsOffset);
        for (int b = 0; b < bags; b++) {
            final int start = end;
            end = offsets.get(INT, offsetsOffset + ((long) (b + 1) << 2));
            final long sum = outOffset + b * outStrideBytes;
            out.asSlice(sum + ((long) from << 2), (long) (to - from) << 2).fill((byte) 0);
            for (int p = start; p < end; p++) {
                final long row = tableOffset + indices.get(LONG, indicesOffset + ((long) p << 3)) * rowStrideBytes;
                final float weight = weights == null ? 1f : weights.get(FLOAT, weightsOffset + ((long) p << 2));
                addRow(format, table, row, dim, from, to, weight, out, sum);
            }
            if (mean && end > start) {
                scale(out, sum, from, to, 1f / (end - start));
            }
        }
    }

    private static void addRow(RowFormat format, MemorySegment table, long row, int dim, int from, int to, float weight,
            MemorySegment out, long sum) {
        switch (format) {
            case F16 -> addF16(table, row, from, to, weight, out, sum);
            case BF16 -> addBf16(table, row, from, to, weight, out, sum);
            case I8 -> addI8(table, row, from, to, weight * table.get(FLOAT, row + dim),
                    weight * table.get(FLOAT, row + dim + Float.BYTES), out, sum);
            case I4 -> addI4(table, row, from, to, weight * RowCodec.half(table, row + dim / 2),
                    weight * RowCodec.half(table, row + dim / 2 + Short.BYTES), out, sum);
            default -> throw new IllegalArgumentException("format " + format);
        }
    }

    private static void addF16(MemorySegment table, long row, int from, int to, float weight, MemorySegment out,
            long sum) {
        for (int j = from; j < to; j++) {
            final long at = sum + ((long) j << 2);
            out.set(FLOAT, at, Math.fma(RowCodec.half(table, row + ((long) j << 1)), weight, out.get(FLOAT, at)));
        }
    }

    private static void addBf16(MemorySegment table, long row, int from, int to, float weight, MemorySegment out,
            long sum) {
        for (int j = from; j < to; j++) {
            final long at = sum + ((long) j << 2);
            final float value = Bf16.toFloat(table.get(SHORT, row + ((long) j << 1)));
            out.set(FLOAT, at, Math.fma(value, weight, out.get(FLOAT, at)));
        }
    }

    private static void addI8(MemorySegment table, long row, int from, int to, float scale, float bias,
            MemorySegment out, long sum) {
        for (int j = from; j < to; j++) {
            final long at = sum + ((long) j << 2);
            out.set(FLOAT, at, Math.fma(RowCodec.i8(table, row, j), scale, out.get(FLOAT, at) + bias));
        }
    }

    private static void addI4(MemorySegment table, long row, int from, int to, float scale, float bias,
            MemorySegment out, long sum) {
        for (int j = from; j < to; j++) {
            final long at = sum + ((long) j << 2);
            out.set(FLOAT, at, Math.fma(RowCodec.i4(table, row, j), scale, out.get(FLOAT, at) + bias));
        }
    }

    private static void scale(MemorySegment out, long sum, int from, int to, float factor) {
        for (int j = from; j < to; j++) {
            final long at = sum + ((long) j << 2);
            out.set(FLOAT, at, out.get(FLOAT, at) * factor);
        }
    }
}
