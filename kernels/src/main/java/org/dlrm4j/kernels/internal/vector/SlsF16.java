package org.dlrm4j.kernels.internal.vector;

import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.OR;
import static jdk.incubator.vector.VectorOperators.S2I;
import static org.dlrm4j.kernels.internal.vector.CompactVectors.F16_BYTES;
import static org.dlrm4j.kernels.internal.vector.CompactVectors.F16_EXPONENT_ONE;
import static org.dlrm4j.kernels.internal.vector.CompactVectors.F16_FIELDS;
import static org.dlrm4j.kernels.internal.vector.CompactVectors.F16_NON_FINITE;
import static org.dlrm4j.kernels.internal.vector.CompactVectors.F16_SCALE;
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

/** Sums of binary16 rows times a weight each, in registers. An exponent field of 31 costs nothing in the loop but a flag: the rare
 * bags with infinity or NaN are computed again by the caller. */
final class SlsF16 {
    private SlsF16() {}

    /** Columns of 4 vectors; returns whether a row held infinity or NaN. */
    static boolean sls4v(MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, MemorySegment weights, long weightsOffset, MemorySegment out, long outOffset,
            long outStrideBytes) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        IntVector exponents = IntVector.zero(INTS);
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
                final IntVector bits0 = ShortVector.fromMemorySegment(SHORTS, ALL, row, LE).convertShape(S2I, INTS, 0)
                        .reinterpretAsInts().lanewise(LSHL, 13).and(F16_FIELDS);
                exponents = exponents.or(bits0.add(F16_EXPONENT_ONE));
                acc0 = bits0.reinterpretAsFloats().mul(F16_SCALE).fma(w, acc0);
                final IntVector bits1 = ShortVector.fromMemorySegment(SHORTS, ALL, row + F16_BYTES, LE)
                        .convertShape(S2I, INTS, 0).reinterpretAsInts().lanewise(LSHL, 13).and(F16_FIELDS);
                exponents = exponents.or(bits1.add(F16_EXPONENT_ONE));
                acc1 = bits1.reinterpretAsFloats().mul(F16_SCALE).fma(w, acc1);
                final IntVector bits2 = ShortVector.fromMemorySegment(SHORTS, ALL, row + 2 * F16_BYTES, LE)
                        .convertShape(S2I, INTS, 0).reinterpretAsInts().lanewise(LSHL, 13).and(F16_FIELDS);
                exponents = exponents.or(bits2.add(F16_EXPONENT_ONE));
                acc2 = bits2.reinterpretAsFloats().mul(F16_SCALE).fma(w, acc2);
                final IntVector bits3 = ShortVector.fromMemorySegment(SHORTS, ALL, row + 3 * F16_BYTES, LE)
                        .convertShape(S2I, INTS, 0).reinterpretAsInts().lanewise(LSHL, 13).and(F16_FIELDS);
                exponents = exponents.or(bits3.add(F16_EXPONENT_ONE));
                acc3 = bits3.reinterpretAsFloats().mul(F16_SCALE).fma(w, acc3);
            }
            final float factor = mean && length > 0 ? 1f / length : 1f;
            final long to = outOffset + b * outStrideBytes;
            acc0.mul(factor).intoMemorySegment(out, to, LE);
            acc1.mul(factor).intoMemorySegment(out, to + VECTOR_BYTES, LE);
            acc2.mul(factor).intoMemorySegment(out, to + 2 * VECTOR_BYTES, LE);
            acc3.mul(factor).intoMemorySegment(out, to + 3 * VECTOR_BYTES, LE);
        }
        return (exponents.reduceLanes(OR) & F16_NON_FINITE) != 0;
    }

    /** Columns of 2 vectors; returns whether a row held infinity or NaN. */
    static boolean sls2v(MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, MemorySegment weights, long weightsOffset, MemorySegment out, long outOffset,
            long outStrideBytes) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        IntVector exponents = IntVector.zero(INTS);
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
                final IntVector bits0 = ShortVector.fromMemorySegment(SHORTS, ALL, row, LE).convertShape(S2I, INTS, 0)
                        .reinterpretAsInts().lanewise(LSHL, 13).and(F16_FIELDS);
                exponents = exponents.or(bits0.add(F16_EXPONENT_ONE));
                acc0 = bits0.reinterpretAsFloats().mul(F16_SCALE).fma(w, acc0);
                final IntVector bits1 = ShortVector.fromMemorySegment(SHORTS, ALL, row + F16_BYTES, LE)
                        .convertShape(S2I, INTS, 0).reinterpretAsInts().lanewise(LSHL, 13).and(F16_FIELDS);
                exponents = exponents.or(bits1.add(F16_EXPONENT_ONE));
                acc1 = bits1.reinterpretAsFloats().mul(F16_SCALE).fma(w, acc1);
            }
            final float factor = mean && length > 0 ? 1f / length : 1f;
            final long to = outOffset + b * outStrideBytes;
            acc0.mul(factor).intoMemorySegment(out, to, LE);
            acc1.mul(factor).intoMemorySegment(out, to + VECTOR_BYTES, LE);
        }
        return (exponents.reduceLanes(OR) & F16_NON_FINITE) != 0;
    }

    /** Columns of 1 vector; returns whether a row held infinity or NaN. */
    static boolean sls1v(MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, MemorySegment weights, long weightsOffset, MemorySegment out, long outOffset,
            long outStrideBytes) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        IntVector exponents = IntVector.zero(INTS);
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
                final IntVector bits0 = ShortVector.fromMemorySegment(SHORTS, ALL, row, LE).convertShape(S2I, INTS, 0)
                        .reinterpretAsInts().lanewise(LSHL, 13).and(F16_FIELDS);
                exponents = exponents.or(bits0.add(F16_EXPONENT_ONE));
                acc0 = bits0.reinterpretAsFloats().mul(F16_SCALE).fma(w, acc0);
            }
            final float factor = mean && length > 0 ? 1f / length : 1f;
            final long to = outOffset + b * outStrideBytes;
            acc0.mul(factor).intoMemorySegment(out, to, LE);
        }
        return (exponents.reduceLanes(OR) & F16_NON_FINITE) != 0;
    }
}
