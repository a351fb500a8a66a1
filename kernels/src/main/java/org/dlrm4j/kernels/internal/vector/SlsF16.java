package org.dlrm4j.kernels.internal.vector;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.OR;
import static jdk.incubator.vector.VectorOperators.S2I;
import static org.dlrm4j.kernels.internal.vector.CompactVectors.F16_EXPONENTS;
import static org.dlrm4j.kernels.internal.vector.CompactVectors.F16_EXPONENTS_ONE;
import static org.dlrm4j.kernels.internal.vector.CompactVectors.F16_EXPONENTS_OVER;
import static org.dlrm4j.kernels.internal.vector.CompactVectors.F16_EXPONENT_ONE;
import static org.dlrm4j.kernels.internal.vector.CompactVectors.F16_FIELDS;
import static org.dlrm4j.kernels.internal.vector.CompactVectors.F16_NON_FINITE;
import static org.dlrm4j.kernels.internal.vector.CompactVectors.F16_SCALE;
import static org.dlrm4j.kernels.internal.vector.CompactVectors.F16_WEIGHT_OVER;
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

/** Sums of binary16 rows times a weight each, in registers. An exponent field of 31 or a weight that is too large to be scaled costs
 * nothing in the loop but a flag: such rare calls are computed again by the caller. */
final class SlsF16 {
    private SlsF16() {}

    /** Columns of 4 vectors, to be put in order by {@link PairOrder}; returns whether the sums have to be computed otherwise. */
    static boolean sls4v(MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, long weights, long weightBytes, MemorySegment out, long outOffset, long outStrideBytes) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        final long weightStep = RawMemory.stride(weightBytes);
        IntVector exponents = IntVector.zero(INTS);
        float largest = 0;
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
                final float weight = ALL.get(FLOAT, firstWeight + p * weightStep);
                largest = Math.max(largest, Math.abs(weight));
                final FloatVector w = FloatVector.broadcast(FLOATS, weight * F16_SCALE);
                final IntVector pairs0 = IntVector.fromMemorySegment(INTS, ALL, row, LE);
                exponents = exponents.or(pairs0.and(F16_EXPONENTS).add(F16_EXPONENTS_ONE));
                even0 = pairs0.lanewise(LSHL, 16).lanewise(ASHR, 3).and(F16_FIELDS).reinterpretAsFloats()
                        .fma(w, even0);
                odd0 = pairs0.lanewise(ASHR, 3).and(F16_FIELDS).reinterpretAsFloats().fma(w, odd0);
                final IntVector pairs1 = IntVector.fromMemorySegment(INTS, ALL, row + VECTOR_BYTES, LE);
                exponents = exponents.or(pairs1.and(F16_EXPONENTS).add(F16_EXPONENTS_ONE));
                even1 = pairs1.lanewise(LSHL, 16).lanewise(ASHR, 3).and(F16_FIELDS).reinterpretAsFloats()
                        .fma(w, even1);
                odd1 = pairs1.lanewise(ASHR, 3).and(F16_FIELDS).reinterpretAsFloats().fma(w, odd1);
            }
            final float factor = mean && length > 0 ? 1f / length : 1f;
            final long to = outOffset + b * outStrideBytes;
            even0.mul(factor).intoMemorySegment(out, to, LE);
            odd0.mul(factor).intoMemorySegment(out, to + VECTOR_BYTES, LE);
            even1.mul(factor).intoMemorySegment(out, to + 2 * VECTOR_BYTES, LE);
            odd1.mul(factor).intoMemorySegment(out, to + 3 * VECTOR_BYTES, LE);
        }
        return (exponents.reduceLanes(OR) & F16_EXPONENTS_OVER) != 0 || !(largest < F16_WEIGHT_OVER);
    }

    /** Columns of 2 vectors, to be put in order by {@link PairOrder}; returns whether the sums have to be computed otherwise. */
    static boolean sls2v(MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, long weights, long weightBytes, MemorySegment out, long outOffset, long outStrideBytes) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        final long weightStep = RawMemory.stride(weightBytes);
        IntVector exponents = IntVector.zero(INTS);
        float largest = 0;
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
                final float weight = ALL.get(FLOAT, firstWeight + p * weightStep);
                largest = Math.max(largest, Math.abs(weight));
                final FloatVector w = FloatVector.broadcast(FLOATS, weight * F16_SCALE);
                final IntVector pairs0 = IntVector.fromMemorySegment(INTS, ALL, row, LE);
                exponents = exponents.or(pairs0.and(F16_EXPONENTS).add(F16_EXPONENTS_ONE));
                even0 = pairs0.lanewise(LSHL, 16).lanewise(ASHR, 3).and(F16_FIELDS).reinterpretAsFloats()
                        .fma(w, even0);
                odd0 = pairs0.lanewise(ASHR, 3).and(F16_FIELDS).reinterpretAsFloats().fma(w, odd0);
            }
            final float factor = mean && length > 0 ? 1f / length : 1f;
            final long to = outOffset + b * outStrideBytes;
            even0.mul(factor).intoMemorySegment(out, to, LE);
            odd0.mul(factor).intoMemorySegment(out, to + VECTOR_BYTES, LE);
        }
        return (exponents.reduceLanes(OR) & F16_EXPONENTS_OVER) != 0 || !(largest < F16_WEIGHT_OVER);
    }

    /** Columns of 1 vector; returns whether the sums have to be computed otherwise. */
    static boolean sls1v(MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, long weights, long weightBytes, MemorySegment out, long outOffset,
            long outStrideBytes) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        final long weightStep = RawMemory.stride(weightBytes);
        IntVector exponents = IntVector.zero(INTS);
        float largest = 0;
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
                largest = Math.max(largest, Math.abs(weight));
                final FloatVector w = FloatVector.broadcast(FLOATS, weight * F16_SCALE);
                final IntVector bits0 = ShortVector.fromMemorySegment(SHORTS, ALL, row, LE).convertShape(S2I, INTS, 0)
                        .reinterpretAsInts().lanewise(LSHL, 13).and(F16_FIELDS);
                exponents = exponents.or(bits0.add(F16_EXPONENT_ONE));
                acc0 = bits0.reinterpretAsFloats().fma(w, acc0);
            }
            final float factor = mean && length > 0 ? 1f / length : 1f;
            final long to = outOffset + b * outStrideBytes;
            acc0.mul(factor).intoMemorySegment(out, to, LE);
        }
        return (exponents.reduceLanes(OR) & F16_NON_FINITE) != 0 || !(largest < F16_WEIGHT_OVER);
    }
}
