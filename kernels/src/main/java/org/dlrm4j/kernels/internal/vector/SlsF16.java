package org.dlrm4j.kernels.internal.vector;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.OR;
import static jdk.incubator.vector.VectorOperators.S2I;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_I2L;
import static org.dlrm4j.kernels.internal.vector.CompactVectors.F16_EXPONENTS;
import static org.dlrm4j.kernels.internal.vector.CompactVectors.F16_EXPONENTS_ONE;
import static org.dlrm4j.kernels.internal.vector.CompactVectors.F16_EXPONENTS_OVER;
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
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LONGS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.VECTOR_BYTES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/** Sums of binary16 rows times a weight each, in registers. An exponent field of 31 costs nothing in the loop but a flag: the rare
 * bags with infinity or NaN are computed again by the caller. */
final class SlsF16 {
    private SlsF16() {}

    /** Columns of 8 vectors; returns whether a row held infinity or NaN. */
    static boolean sls8v(MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, long weights, long weightBytes, MemorySegment out, long outOffset, long outStrideBytes) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        final long weightStep = RawMemory.stride(weightBytes);
        IntVector exponents = IntVector.zero(INTS);
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
                exponents = exponents.or(pairs0.and(F16_EXPONENTS).add(F16_EXPONENTS_ONE));
                even0 = pairs0.lanewise(LSHL, 16).lanewise(ASHR, 3).and(F16_FIELDS).reinterpretAsFloats().mul(F16_SCALE)
                        .fma(w, even0);
                odd0 = pairs0.lanewise(ASHR, 3).and(F16_FIELDS).reinterpretAsFloats().mul(F16_SCALE).fma(w, odd0);
                final IntVector pairs1 = IntVector.fromMemorySegment(INTS, ALL, row + VECTOR_BYTES, LE);
                exponents = exponents.or(pairs1.and(F16_EXPONENTS).add(F16_EXPONENTS_ONE));
                even1 = pairs1.lanewise(LSHL, 16).lanewise(ASHR, 3).and(F16_FIELDS).reinterpretAsFloats().mul(F16_SCALE)
                        .fma(w, even1);
                odd1 = pairs1.lanewise(ASHR, 3).and(F16_FIELDS).reinterpretAsFloats().mul(F16_SCALE).fma(w, odd1);
                final IntVector pairs2 = IntVector.fromMemorySegment(INTS, ALL, row + 2 * VECTOR_BYTES, LE);
                exponents = exponents.or(pairs2.and(F16_EXPONENTS).add(F16_EXPONENTS_ONE));
                even2 = pairs2.lanewise(LSHL, 16).lanewise(ASHR, 3).and(F16_FIELDS).reinterpretAsFloats().mul(F16_SCALE)
                        .fma(w, even2);
                odd2 = pairs2.lanewise(ASHR, 3).and(F16_FIELDS).reinterpretAsFloats().mul(F16_SCALE).fma(w, odd2);
                final IntVector pairs3 = IntVector.fromMemorySegment(INTS, ALL, row + 3 * VECTOR_BYTES, LE);
                exponents = exponents.or(pairs3.and(F16_EXPONENTS).add(F16_EXPONENTS_ONE));
                even3 = pairs3.lanewise(LSHL, 16).lanewise(ASHR, 3).and(F16_FIELDS).reinterpretAsFloats().mul(F16_SCALE)
                        .fma(w, even3);
                odd3 = pairs3.lanewise(ASHR, 3).and(F16_FIELDS).reinterpretAsFloats().mul(F16_SCALE).fma(w, odd3);
            }
            final float factor = mean && length > 0 ? 1f / length : 1f;
            final long to = outOffset + b * outStrideBytes;
            final IntVector lower0 = even0.mul(factor).reinterpretAsInts();
            final IntVector upper0 = odd0.mul(factor).reinterpretAsInts();
            lower0.convertShape(ZERO_EXTEND_I2L, LONGS, 0).reinterpretAsLongs()
                    .or(upper0.convertShape(ZERO_EXTEND_I2L, LONGS, 0).reinterpretAsLongs().lanewise(LSHL, 32))
                    .intoMemorySegment(out, to, LE);
            lower0.convertShape(ZERO_EXTEND_I2L, LONGS, 1).reinterpretAsLongs()
                    .or(upper0.convertShape(ZERO_EXTEND_I2L, LONGS, 1).reinterpretAsLongs().lanewise(LSHL, 32))
                    .intoMemorySegment(out, to + VECTOR_BYTES, LE);
            final IntVector lower1 = even1.mul(factor).reinterpretAsInts();
            final IntVector upper1 = odd1.mul(factor).reinterpretAsInts();
            lower1.convertShape(ZERO_EXTEND_I2L, LONGS, 0).reinterpretAsLongs()
                    .or(upper1.convertShape(ZERO_EXTEND_I2L, LONGS, 0).reinterpretAsLongs().lanewise(LSHL, 32))
                    .intoMemorySegment(out, to + 2 * VECTOR_BYTES, LE);
            lower1.convertShape(ZERO_EXTEND_I2L, LONGS, 1).reinterpretAsLongs()
                    .or(upper1.convertShape(ZERO_EXTEND_I2L, LONGS, 1).reinterpretAsLongs().lanewise(LSHL, 32))
                    .intoMemorySegment(out, to + 3 * VECTOR_BYTES, LE);
            final IntVector lower2 = even2.mul(factor).reinterpretAsInts();
            final IntVector upper2 = odd2.mul(factor).reinterpretAsInts();
            lower2.convertShape(ZERO_EXTEND_I2L, LONGS, 0).reinterpretAsLongs()
                    .or(upper2.convertShape(ZERO_EXTEND_I2L, LONGS, 0).reinterpretAsLongs().lanewise(LSHL, 32))
                    .intoMemorySegment(out, to + 4 * VECTOR_BYTES, LE);
            lower2.convertShape(ZERO_EXTEND_I2L, LONGS, 1).reinterpretAsLongs()
                    .or(upper2.convertShape(ZERO_EXTEND_I2L, LONGS, 1).reinterpretAsLongs().lanewise(LSHL, 32))
                    .intoMemorySegment(out, to + 5 * VECTOR_BYTES, LE);
            final IntVector lower3 = even3.mul(factor).reinterpretAsInts();
            final IntVector upper3 = odd3.mul(factor).reinterpretAsInts();
            lower3.convertShape(ZERO_EXTEND_I2L, LONGS, 0).reinterpretAsLongs()
                    .or(upper3.convertShape(ZERO_EXTEND_I2L, LONGS, 0).reinterpretAsLongs().lanewise(LSHL, 32))
                    .intoMemorySegment(out, to + 6 * VECTOR_BYTES, LE);
            lower3.convertShape(ZERO_EXTEND_I2L, LONGS, 1).reinterpretAsLongs()
                    .or(upper3.convertShape(ZERO_EXTEND_I2L, LONGS, 1).reinterpretAsLongs().lanewise(LSHL, 32))
                    .intoMemorySegment(out, to + 7 * VECTOR_BYTES, LE);
        }
        return (exponents.reduceLanes(OR) & F16_EXPONENTS_OVER) != 0;
    }

    /** Columns of 4 vectors; returns whether a row held infinity or NaN. */
    static boolean sls4v(MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, long weights, long weightBytes, MemorySegment out, long outOffset, long outStrideBytes) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        final long weightStep = RawMemory.stride(weightBytes);
        IntVector exponents = IntVector.zero(INTS);
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
                exponents = exponents.or(pairs0.and(F16_EXPONENTS).add(F16_EXPONENTS_ONE));
                even0 = pairs0.lanewise(LSHL, 16).lanewise(ASHR, 3).and(F16_FIELDS).reinterpretAsFloats().mul(F16_SCALE)
                        .fma(w, even0);
                odd0 = pairs0.lanewise(ASHR, 3).and(F16_FIELDS).reinterpretAsFloats().mul(F16_SCALE).fma(w, odd0);
                final IntVector pairs1 = IntVector.fromMemorySegment(INTS, ALL, row + VECTOR_BYTES, LE);
                exponents = exponents.or(pairs1.and(F16_EXPONENTS).add(F16_EXPONENTS_ONE));
                even1 = pairs1.lanewise(LSHL, 16).lanewise(ASHR, 3).and(F16_FIELDS).reinterpretAsFloats().mul(F16_SCALE)
                        .fma(w, even1);
                odd1 = pairs1.lanewise(ASHR, 3).and(F16_FIELDS).reinterpretAsFloats().mul(F16_SCALE).fma(w, odd1);
            }
            final float factor = mean && length > 0 ? 1f / length : 1f;
            final long to = outOffset + b * outStrideBytes;
            final IntVector lower0 = even0.mul(factor).reinterpretAsInts();
            final IntVector upper0 = odd0.mul(factor).reinterpretAsInts();
            lower0.convertShape(ZERO_EXTEND_I2L, LONGS, 0).reinterpretAsLongs()
                    .or(upper0.convertShape(ZERO_EXTEND_I2L, LONGS, 0).reinterpretAsLongs().lanewise(LSHL, 32))
                    .intoMemorySegment(out, to, LE);
            lower0.convertShape(ZERO_EXTEND_I2L, LONGS, 1).reinterpretAsLongs()
                    .or(upper0.convertShape(ZERO_EXTEND_I2L, LONGS, 1).reinterpretAsLongs().lanewise(LSHL, 32))
                    .intoMemorySegment(out, to + VECTOR_BYTES, LE);
            final IntVector lower1 = even1.mul(factor).reinterpretAsInts();
            final IntVector upper1 = odd1.mul(factor).reinterpretAsInts();
            lower1.convertShape(ZERO_EXTEND_I2L, LONGS, 0).reinterpretAsLongs()
                    .or(upper1.convertShape(ZERO_EXTEND_I2L, LONGS, 0).reinterpretAsLongs().lanewise(LSHL, 32))
                    .intoMemorySegment(out, to + 2 * VECTOR_BYTES, LE);
            lower1.convertShape(ZERO_EXTEND_I2L, LONGS, 1).reinterpretAsLongs()
                    .or(upper1.convertShape(ZERO_EXTEND_I2L, LONGS, 1).reinterpretAsLongs().lanewise(LSHL, 32))
                    .intoMemorySegment(out, to + 3 * VECTOR_BYTES, LE);
        }
        return (exponents.reduceLanes(OR) & F16_EXPONENTS_OVER) != 0;
    }

    /** Columns of 2 vectors; returns whether a row held infinity or NaN. */
    static boolean sls2v(MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, long weights, long weightBytes, MemorySegment out, long outOffset, long outStrideBytes) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        final long weightStep = RawMemory.stride(weightBytes);
        IntVector exponents = IntVector.zero(INTS);
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
                exponents = exponents.or(pairs0.and(F16_EXPONENTS).add(F16_EXPONENTS_ONE));
                even0 = pairs0.lanewise(LSHL, 16).lanewise(ASHR, 3).and(F16_FIELDS).reinterpretAsFloats().mul(F16_SCALE)
                        .fma(w, even0);
                odd0 = pairs0.lanewise(ASHR, 3).and(F16_FIELDS).reinterpretAsFloats().mul(F16_SCALE).fma(w, odd0);
            }
            final float factor = mean && length > 0 ? 1f / length : 1f;
            final long to = outOffset + b * outStrideBytes;
            final IntVector lower0 = even0.mul(factor).reinterpretAsInts();
            final IntVector upper0 = odd0.mul(factor).reinterpretAsInts();
            lower0.convertShape(ZERO_EXTEND_I2L, LONGS, 0).reinterpretAsLongs()
                    .or(upper0.convertShape(ZERO_EXTEND_I2L, LONGS, 0).reinterpretAsLongs().lanewise(LSHL, 32))
                    .intoMemorySegment(out, to, LE);
            lower0.convertShape(ZERO_EXTEND_I2L, LONGS, 1).reinterpretAsLongs()
                    .or(upper0.convertShape(ZERO_EXTEND_I2L, LONGS, 1).reinterpretAsLongs().lanewise(LSHL, 32))
                    .intoMemorySegment(out, to + VECTOR_BYTES, LE);
        }
        return (exponents.reduceLanes(OR) & F16_EXPONENTS_OVER) != 0;
    }

    /** Columns of 1 vector; returns whether a row held infinity or NaN. */
    static boolean sls1v(MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, long weights, long weightBytes, MemorySegment out, long outOffset,
            long outStrideBytes) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        final long weightStep = RawMemory.stride(weightBytes);
        IntVector exponents = IntVector.zero(INTS);
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
