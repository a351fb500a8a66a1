package org.dlrm4j.kernels.internal.vector;

import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.S2I;
import static org.dlrm4j.kernels.internal.vector.CompactVectors.BF16_BYTES;
import static org.dlrm4j.kernels.internal.vector.CompactVectors.SHORTS;
import static org.dlrm4j.kernels.internal.vector.RawMemory.ALL;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOAT;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOATS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.INT;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.INTS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LE;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LONG;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.VECTOR_BYTES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.ShortVector;

/** Sums of bfloat16 rows times a weight each, in registers. */
final class SlsBf16 {
    private SlsBf16() {}

    /** Columns of 8 vectors. */
    static void sls8v(MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, MemorySegment weights, long weightsOffset, MemorySegment out, long outOffset,
            long outStrideBytes) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        int end = offsets.get(INT, offsetsOffset);
        for (int b = 0; b < bags; b++) {
            final int start = end;
            end = offsets.get(INT, offsetsOffset + ((long) (b + 1) << 2));
            final int length = end - start;
            final long first = indicesOffset + ((long) start << 3);
            final long firstWeight = weightsOffset + ((long) start << 2);
            FloatVector acc0 = FloatVector.zero(FLOATS);
            FloatVector acc1 = FloatVector.zero(FLOATS);
            FloatVector acc2 = FloatVector.zero(FLOATS);
            FloatVector acc3 = FloatVector.zero(FLOATS);
            FloatVector acc4 = FloatVector.zero(FLOATS);
            FloatVector acc5 = FloatVector.zero(FLOATS);
            FloatVector acc6 = FloatVector.zero(FLOATS);
            FloatVector acc7 = FloatVector.zero(FLOATS);
            for (int p = 0; p < length; p++) {
                final long row = base + RawMemory.row(indices.get(LONG, first + ((long) p << 3)), last) * stride;
                final float weight = weights == null ? 1f : weights.get(FLOAT, firstWeight + ((long) p << 2));
                final FloatVector w = FloatVector.broadcast(FLOATS, weight);
                acc0 = ShortVector.fromMemorySegment(SHORTS, ALL, row, LE).convertShape(S2I, INTS, 0)
                        .reinterpretAsInts().lanewise(LSHL, 16).reinterpretAsFloats().fma(w, acc0);
                acc1 = ShortVector.fromMemorySegment(SHORTS, ALL, row + BF16_BYTES, LE).convertShape(S2I, INTS, 0)
                        .reinterpretAsInts().lanewise(LSHL, 16).reinterpretAsFloats().fma(w, acc1);
                acc2 = ShortVector.fromMemorySegment(SHORTS, ALL, row + 2 * BF16_BYTES, LE).convertShape(S2I, INTS, 0)
                        .reinterpretAsInts().lanewise(LSHL, 16).reinterpretAsFloats().fma(w, acc2);
                acc3 = ShortVector.fromMemorySegment(SHORTS, ALL, row + 3 * BF16_BYTES, LE).convertShape(S2I, INTS, 0)
                        .reinterpretAsInts().lanewise(LSHL, 16).reinterpretAsFloats().fma(w, acc3);
                acc4 = ShortVector.fromMemorySegment(SHORTS, ALL, row + 4 * BF16_BYTES, LE).convertShape(S2I, INTS, 0)
                        .reinterpretAsInts().lanewise(LSHL, 16).reinterpretAsFloats().fma(w, acc4);
                acc5 = ShortVector.fromMemorySegment(SHORTS, ALL, row + 5 * BF16_BYTES, LE).convertShape(S2I, INTS, 0)
                        .reinterpretAsInts().lanewise(LSHL, 16).reinterpretAsFloats().fma(w, acc5);
                acc6 = ShortVector.fromMemorySegment(SHORTS, ALL, row + 6 * BF16_BYTES, LE).convertShape(S2I, INTS, 0)
                        .reinterpretAsInts().lanewise(LSHL, 16).reinterpretAsFloats().fma(w, acc6);
                acc7 = ShortVector.fromMemorySegment(SHORTS, ALL, row + 7 * BF16_BYTES, LE).convertShape(S2I, INTS, 0)
                        .reinterpretAsInts().lanewise(LSHL, 16).reinterpretAsFloats().fma(w, acc7);
            }
            final float factor = mean && length > 0 ? 1f / length : 1f;
            final long to = outOffset + b * outStrideBytes;
            acc0.mul(factor).intoMemorySegment(out, to, LE);
            acc1.mul(factor).intoMemorySegment(out, to + VECTOR_BYTES, LE);
            acc2.mul(factor).intoMemorySegment(out, to + 2 * VECTOR_BYTES, LE);
            acc3.mul(factor).intoMemorySegment(out, to + 3 * VECTOR_BYTES, LE);
            acc4.mul(factor).intoMemorySegment(out, to + 4 * VECTOR_BYTES, LE);
            acc5.mul(factor).intoMemorySegment(out, to + 5 * VECTOR_BYTES, LE);
            acc6.mul(factor).intoMemorySegment(out, to + 6 * VECTOR_BYTES, LE);
            acc7.mul(factor).intoMemorySegment(out, to + 7 * VECTOR_BYTES, LE);
        }
    }

    /** Columns of 4 vectors. */
    static void sls4v(MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, MemorySegment weights, long weightsOffset, MemorySegment out, long outOffset,
            long outStrideBytes) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        int end = offsets.get(INT, offsetsOffset);
        for (int b = 0; b < bags; b++) {
            final int start = end;
            end = offsets.get(INT, offsetsOffset + ((long) (b + 1) << 2));
            final int length = end - start;
            final long first = indicesOffset + ((long) start << 3);
            final long firstWeight = weightsOffset + ((long) start << 2);
            FloatVector acc0 = FloatVector.zero(FLOATS);
            FloatVector acc1 = FloatVector.zero(FLOATS);
            FloatVector acc2 = FloatVector.zero(FLOATS);
            FloatVector acc3 = FloatVector.zero(FLOATS);
            for (int p = 0; p < length; p++) {
                final long row = base + RawMemory.row(indices.get(LONG, first + ((long) p << 3)), last) * stride;
                final float weight = weights == null ? 1f : weights.get(FLOAT, firstWeight + ((long) p << 2));
                final FloatVector w = FloatVector.broadcast(FLOATS, weight);
                acc0 = ShortVector.fromMemorySegment(SHORTS, ALL, row, LE).convertShape(S2I, INTS, 0)
                        .reinterpretAsInts().lanewise(LSHL, 16).reinterpretAsFloats().fma(w, acc0);
                acc1 = ShortVector.fromMemorySegment(SHORTS, ALL, row + BF16_BYTES, LE).convertShape(S2I, INTS, 0)
                        .reinterpretAsInts().lanewise(LSHL, 16).reinterpretAsFloats().fma(w, acc1);
                acc2 = ShortVector.fromMemorySegment(SHORTS, ALL, row + 2 * BF16_BYTES, LE).convertShape(S2I, INTS, 0)
                        .reinterpretAsInts().lanewise(LSHL, 16).reinterpretAsFloats().fma(w, acc2);
                acc3 = ShortVector.fromMemorySegment(SHORTS, ALL, row + 3 * BF16_BYTES, LE).convertShape(S2I, INTS, 0)
                        .reinterpretAsInts().lanewise(LSHL, 16).reinterpretAsFloats().fma(w, acc3);
            }
            final float factor = mean && length > 0 ? 1f / length : 1f;
            final long to = outOffset + b * outStrideBytes;
            acc0.mul(factor).intoMemorySegment(out, to, LE);
            acc1.mul(factor).intoMemorySegment(out, to + VECTOR_BYTES, LE);
            acc2.mul(factor).intoMemorySegment(out, to + 2 * VECTOR_BYTES, LE);
            acc3.mul(factor).intoMemorySegment(out, to + 3 * VECTOR_BYTES, LE);
        }
    }

    /** Columns of 2 vectors. */
    static void sls2v(MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, MemorySegment weights, long weightsOffset, MemorySegment out, long outOffset,
            long outStrideBytes) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        int end = offsets.get(INT, offsetsOffset);
        for (int b = 0; b < bags; b++) {
            final int start = end;
            end = offsets.get(INT, offsetsOffset + ((long) (b + 1) << 2));
            final int length = end - start;
            final long first = indicesOffset + ((long) start << 3);
            final long firstWeight = weightsOffset + ((long) start << 2);
            FloatVector acc0 = FloatVector.zero(FLOATS);
            FloatVector acc1 = FloatVector.zero(FLOATS);
            for (int p = 0; p < length; p++) {
                final long row = base + RawMemory.row(indices.get(LONG, first + ((long) p << 3)), last) * stride;
                final float weight = weights == null ? 1f : weights.get(FLOAT, firstWeight + ((long) p << 2));
                final FloatVector w = FloatVector.broadcast(FLOATS, weight);
                acc0 = ShortVector.fromMemorySegment(SHORTS, ALL, row, LE).convertShape(S2I, INTS, 0)
                        .reinterpretAsInts().lanewise(LSHL, 16).reinterpretAsFloats().fma(w, acc0);
                acc1 = ShortVector.fromMemorySegment(SHORTS, ALL, row + BF16_BYTES, LE).convertShape(S2I, INTS, 0)
                        .reinterpretAsInts().lanewise(LSHL, 16).reinterpretAsFloats().fma(w, acc1);
            }
            final float factor = mean && length > 0 ? 1f / length : 1f;
            final long to = outOffset + b * outStrideBytes;
            acc0.mul(factor).intoMemorySegment(out, to, LE);
            acc1.mul(factor).intoMemorySegment(out, to + VECTOR_BYTES, LE);
        }
    }

    /** Columns of 1 vector. */
    static void sls1v(MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, MemorySegment weights, long weightsOffset, MemorySegment out, long outOffset,
            long outStrideBytes) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        int end = offsets.get(INT, offsetsOffset);
        for (int b = 0; b < bags; b++) {
            final int start = end;
            end = offsets.get(INT, offsetsOffset + ((long) (b + 1) << 2));
            final int length = end - start;
            final long first = indicesOffset + ((long) start << 3);
            final long firstWeight = weightsOffset + ((long) start << 2);
            FloatVector acc0 = FloatVector.zero(FLOATS);
            for (int p = 0; p < length; p++) {
                final long row = base + RawMemory.row(indices.get(LONG, first + ((long) p << 3)), last) * stride;
                final float weight = weights == null ? 1f : weights.get(FLOAT, firstWeight + ((long) p << 2));
                final FloatVector w = FloatVector.broadcast(FLOATS, weight);
                acc0 = ShortVector.fromMemorySegment(SHORTS, ALL, row, LE).convertShape(S2I, INTS, 0)
                        .reinterpretAsInts().lanewise(LSHL, 16).reinterpretAsFloats().fma(w, acc0);
            }
            final float factor = mean && length > 0 ? 1f / length : 1f;
            final long to = outOffset + b * outStrideBytes;
            acc0.mul(factor).intoMemorySegment(out, to, LE);
        }
    }
}
