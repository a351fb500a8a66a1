package org.dlrm4j.kernels.internal.vector;

import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.S2I;
import static org.dlrm4j.kernels.internal.vector.CompactVectors.BF16_ODD;
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
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/** Sums of bfloat16 rows times a weight each, in registers. */
final class SlsBf16 {
    private SlsBf16() {}

    /** Columns of 8 vectors, to be put in order by {@link PairOrder}. */
    static void sls8v(MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, long weights, long weightBytes, MemorySegment out, long outOffset, long outStrideBytes) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        final long weightStep = RawMemory.stride(weightBytes);
        int end = offsets.get(INT, offsetsOffset);
        for (int b = 0; b < bags; b++) {
            final int start = end;
            end = offsets.get(INT, offsetsOffset + ((long) (b + 1) << 2));
            final int length = end - start;
            final long first = indicesOffset + ((long) start << 3);
            final long firstWeight = RawMemory.address(ALL, weights + start * weightStep);
            FloatVector even0 = FloatVector.zero(FLOATS);
            FloatVector odd0 = FloatVector.zero(FLOATS);
            FloatVector even1 = FloatVector.zero(FLOATS);
            FloatVector odd1 = FloatVector.zero(FLOATS);
            FloatVector even2 = FloatVector.zero(FLOATS);
            FloatVector odd2 = FloatVector.zero(FLOATS);
            FloatVector even3 = FloatVector.zero(FLOATS);
            FloatVector odd3 = FloatVector.zero(FLOATS);
            for (int p = 0; p < length; p++) {
                final long row = base + RawMemory.row(indices.get(LONG, first + ((long) p << 3)), last) * stride;
                final FloatVector w = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, firstWeight + p * weightStep));
                final IntVector pairs0 = IntVector.fromMemorySegment(INTS, ALL, row, LE);
                even0 = pairs0.lanewise(LSHL, 16).reinterpretAsFloats().fma(w, even0);
                odd0 = pairs0.and(BF16_ODD).reinterpretAsFloats().fma(w, odd0);
                final IntVector pairs1 = IntVector.fromMemorySegment(INTS, ALL, row + VECTOR_BYTES, LE);
                even1 = pairs1.lanewise(LSHL, 16).reinterpretAsFloats().fma(w, even1);
                odd1 = pairs1.and(BF16_ODD).reinterpretAsFloats().fma(w, odd1);
                final IntVector pairs2 = IntVector.fromMemorySegment(INTS, ALL, row + 2 * VECTOR_BYTES, LE);
                even2 = pairs2.lanewise(LSHL, 16).reinterpretAsFloats().fma(w, even2);
                odd2 = pairs2.and(BF16_ODD).reinterpretAsFloats().fma(w, odd2);
                final IntVector pairs3 = IntVector.fromMemorySegment(INTS, ALL, row + 3 * VECTOR_BYTES, LE);
                even3 = pairs3.lanewise(LSHL, 16).reinterpretAsFloats().fma(w, even3);
                odd3 = pairs3.and(BF16_ODD).reinterpretAsFloats().fma(w, odd3);
            }
            final float factor = mean && length > 0 ? 1f / length : 1f;
            final long to = outOffset + b * outStrideBytes;
            even0.mul(factor).intoMemorySegment(out, to, LE);
            odd0.mul(factor).intoMemorySegment(out, to + VECTOR_BYTES, LE);
            even1.mul(factor).intoMemorySegment(out, to + 2 * VECTOR_BYTES, LE);
            odd1.mul(factor).intoMemorySegment(out, to + 3 * VECTOR_BYTES, LE);
            even2.mul(factor).intoMemorySegment(out, to + 4 * VECTOR_BYTES, LE);
            odd2.mul(factor).intoMemorySegment(out, to + 5 * VECTOR_BYTES, LE);
            even3.mul(factor).intoMemorySegment(out, to + 6 * VECTOR_BYTES, LE);
            odd3.mul(factor).intoMemorySegment(out, to + 7 * VECTOR_BYTES, LE);
        }
    }

    /** Columns of 4 vectors, to be put in order by {@link PairOrder}. */
    static void sls4v(MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, long weights, long weightBytes, MemorySegment out, long outOffset, long outStrideBytes) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        final long weightStep = RawMemory.stride(weightBytes);
        int end = offsets.get(INT, offsetsOffset);
        for (int b = 0; b < bags; b++) {
            final int start = end;
            end = offsets.get(INT, offsetsOffset + ((long) (b + 1) << 2));
            final int length = end - start;
            final long first = indicesOffset + ((long) start << 3);
            final long firstWeight = RawMemory.address(ALL, weights + start * weightStep);
            FloatVector even0 = FloatVector.zero(FLOATS);
            FloatVector odd0 = FloatVector.zero(FLOATS);
            FloatVector even1 = FloatVector.zero(FLOATS);
            FloatVector odd1 = FloatVector.zero(FLOATS);
            for (int p = 0; p < length; p++) {
                final long row = base + RawMemory.row(indices.get(LONG, first + ((long) p << 3)), last) * stride;
                final FloatVector w = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, firstWeight + p * weightStep));
                final IntVector pairs0 = IntVector.fromMemorySegment(INTS, ALL, row, LE);
                even0 = pairs0.lanewise(LSHL, 16).reinterpretAsFloats().fma(w, even0);
                odd0 = pairs0.and(BF16_ODD).reinterpretAsFloats().fma(w, odd0);
                final IntVector pairs1 = IntVector.fromMemorySegment(INTS, ALL, row + VECTOR_BYTES, LE);
                even1 = pairs1.lanewise(LSHL, 16).reinterpretAsFloats().fma(w, even1);
                odd1 = pairs1.and(BF16_ODD).reinterpretAsFloats().fma(w, odd1);
            }
            final float factor = mean && length > 0 ? 1f / length : 1f;
            final long to = outOffset + b * outStrideBytes;
            even0.mul(factor).intoMemorySegment(out, to, LE);
            odd0.mul(factor).intoMemorySegment(out, to + VECTOR_BYTES, LE);
            even1.mul(factor).intoMemorySegment(out, to + 2 * VECTOR_BYTES, LE);
            odd1.mul(factor).intoMemorySegment(out, to + 3 * VECTOR_BYTES, LE);
        }
    }

    /** Columns of 2 vectors, to be put in order by {@link PairOrder}. */
    static void sls2v(MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, long weights, long weightBytes, MemorySegment out, long outOffset, long outStrideBytes) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        final long weightStep = RawMemory.stride(weightBytes);
        int end = offsets.get(INT, offsetsOffset);
        for (int b = 0; b < bags; b++) {
            final int start = end;
            end = offsets.get(INT, offsetsOffset + ((long) (b + 1) << 2));
            final int length = end - start;
            final long first = indicesOffset + ((long) start << 3);
            final long firstWeight = RawMemory.address(ALL, weights + start * weightStep);
            FloatVector even0 = FloatVector.zero(FLOATS);
            FloatVector odd0 = FloatVector.zero(FLOATS);
            for (int p = 0; p < length; p++) {
                final long row = base + RawMemory.row(indices.get(LONG, first + ((long) p << 3)), last) * stride;
                final FloatVector w = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, firstWeight + p * weightStep));
                final IntVector pairs0 = IntVector.fromMemorySegment(INTS, ALL, row, LE);
                even0 = pairs0.lanewise(LSHL, 16).reinterpretAsFloats().fma(w, even0);
                odd0 = pairs0.and(BF16_ODD).reinterpretAsFloats().fma(w, odd0);
            }
            final float factor = mean && length > 0 ? 1f / length : 1f;
            final long to = outOffset + b * outStrideBytes;
            even0.mul(factor).intoMemorySegment(out, to, LE);
            odd0.mul(factor).intoMemorySegment(out, to + VECTOR_BYTES, LE);
        }
    }

    /** Columns of 1 vector. */
    static void sls1v(MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, long weights, long weightBytes, MemorySegment out, long outOffset,
            long outStrideBytes) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        final long weightStep = RawMemory.stride(weightBytes);
        int end = offsets.get(INT, offsetsOffset);
        for (int b = 0; b < bags; b++) {
            final int start = end;
            end = offsets.get(INT, offsetsOffset + ((long) (b + 1) << 2));
            final int length = end - start;
            final long first = indicesOffset + ((long) start << 3);
            final long firstWeight = RawMemory.address(ALL, weights + start * weightStep);
            FloatVector acc0 = FloatVector.zero(FLOATS);
            for (int p = 0; p < length; p++) {
                final long row = base + RawMemory.row(indices.get(LONG, first + ((long) p << 3)), last) * stride;
                final float weight = ALL.get(FLOAT, firstWeight + p * weightStep);
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
