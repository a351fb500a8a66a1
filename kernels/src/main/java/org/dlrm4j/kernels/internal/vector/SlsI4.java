package org.dlrm4j.kernels.internal.vector;

import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static org.dlrm4j.kernels.internal.vector.CompactVectors.I4_BYTES;
import static org.dlrm4j.kernels.internal.vector.CompactVectors.I4_ELEMENT;
import static org.dlrm4j.kernels.internal.vector.CompactVectors.I4_LONG_LOAD;
import static org.dlrm4j.kernels.internal.vector.CompactVectors.I4_SHIFTS;
import static org.dlrm4j.kernels.internal.vector.RawMemory.ALL;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOAT;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOATS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.INT;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.INTS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LE;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LONG;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LONGS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.SHORT;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.VECTOR_BYTES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;

/** Sums of rows of nibbles with scale and bias times a weight each, in registers; {@code scaleOffset} leads from the first column to
 * the row's scale. Where {@link CompactVectors#I4_LONG_LOAD} holds, {@link NibbleOrder} orders the sums. */
final class SlsI4 {
    private SlsI4() {}

    /** Columns of 4 vectors. */
    static void sls4v(MemorySegment table, long tableOffset, long rowStrideBytes, long rows, long scaleOffset,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, long weights, long weightBytes, MemorySegment out, long outOffset,
            long outStrideBytes) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        final long weightStep = RawMemory.stride(weightBytes);
        final long scaleAt = RawMemory.stride(scaleOffset);
        int end = offsets.get(INT, offsetsOffset);
        for (int b = 0; b < bags; b++) {
            final int start = end;
            end = offsets.get(INT, offsetsOffset + ((long) (b + 1) << 2));
            final int length = end - start;
            final long first = indicesOffset + ((long) start << 3);
            final long firstWeight = RawMemory.address(ALL, weights + start * weightStep);
            FloatVector acc0 = FloatVector.zero(FLOATS);
            FloatVector acc1 = FloatVector.zero(FLOATS);
            FloatVector acc2 = FloatVector.zero(FLOATS);
            FloatVector acc3 = FloatVector.zero(FLOATS);
            for (int p = 0; p < length; p++) {
                final long row = base + RawMemory.row(indices.get(LONG, first + ((long) p << 3)), last) * stride;
                final float weight = ALL.get(FLOAT, firstWeight + p * weightStep);
                final FloatVector scale = FloatVector.broadcast(FLOATS,
                        weight * Float.float16ToFloat(ALL.get(SHORT, row + scaleAt)));
                final FloatVector bias = FloatVector.broadcast(FLOATS,
                        weight * Float.float16ToFloat(ALL.get(SHORT, row + scaleAt + Short.BYTES)));
                final IntVector packed0 = I4_LONG_LOAD
                        ? LongVector.broadcast(LONGS, ALL.get(LONG, row)).reinterpretAsInts()
                        : IntVector.broadcast(INTS, ALL.get(INT, row));
                acc0 = packed0.lanewise(LSHR, I4_SHIFTS).and(I4_ELEMENT).convert(I2F, 0).reinterpretAsFloats()
                        .fma(scale, acc0.add(bias));
                final IntVector packed1 = I4_LONG_LOAD
                        ? LongVector.broadcast(LONGS, ALL.get(LONG, row + I4_BYTES)).reinterpretAsInts()
                        : IntVector.broadcast(INTS, ALL.get(INT, row + I4_BYTES));
                acc1 = packed1.lanewise(LSHR, I4_SHIFTS).and(I4_ELEMENT).convert(I2F, 0).reinterpretAsFloats()
                        .fma(scale, acc1.add(bias));
                final IntVector packed2 = I4_LONG_LOAD
                        ? LongVector.broadcast(LONGS, ALL.get(LONG, row + 2 * I4_BYTES)).reinterpretAsInts()
                        : IntVector.broadcast(INTS, ALL.get(INT, row + 2 * I4_BYTES));
                acc2 = packed2.lanewise(LSHR, I4_SHIFTS).and(I4_ELEMENT).convert(I2F, 0).reinterpretAsFloats()
                        .fma(scale, acc2.add(bias));
                final IntVector packed3 = I4_LONG_LOAD
                        ? LongVector.broadcast(LONGS, ALL.get(LONG, row + 3 * I4_BYTES)).reinterpretAsInts()
                        : IntVector.broadcast(INTS, ALL.get(INT, row + 3 * I4_BYTES));
                acc3 = packed3.lanewise(LSHR, I4_SHIFTS).and(I4_ELEMENT).convert(I2F, 0).reinterpretAsFloats()
                        .fma(scale, acc3.add(bias));
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
    static void sls2v(MemorySegment table, long tableOffset, long rowStrideBytes, long rows, long scaleOffset,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, long weights, long weightBytes, MemorySegment out, long outOffset,
            long outStrideBytes) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        final long weightStep = RawMemory.stride(weightBytes);
        final long scaleAt = RawMemory.stride(scaleOffset);
        int end = offsets.get(INT, offsetsOffset);
        for (int b = 0; b < bags; b++) {
            final int start = end;
            end = offsets.get(INT, offsetsOffset + ((long) (b + 1) << 2));
            final int length = end - start;
            final long first = indicesOffset + ((long) start << 3);
            final long firstWeight = RawMemory.address(ALL, weights + start * weightStep);
            FloatVector acc0 = FloatVector.zero(FLOATS);
            FloatVector acc1 = FloatVector.zero(FLOATS);
            for (int p = 0; p < length; p++) {
                final long row = base + RawMemory.row(indices.get(LONG, first + ((long) p << 3)), last) * stride;
                final float weight = ALL.get(FLOAT, firstWeight + p * weightStep);
                final FloatVector scale = FloatVector.broadcast(FLOATS,
                        weight * Float.float16ToFloat(ALL.get(SHORT, row + scaleAt)));
                final FloatVector bias = FloatVector.broadcast(FLOATS,
                        weight * Float.float16ToFloat(ALL.get(SHORT, row + scaleAt + Short.BYTES)));
                final IntVector packed0 = I4_LONG_LOAD
                        ? LongVector.broadcast(LONGS, ALL.get(LONG, row)).reinterpretAsInts()
                        : IntVector.broadcast(INTS, ALL.get(INT, row));
                acc0 = packed0.lanewise(LSHR, I4_SHIFTS).and(I4_ELEMENT).convert(I2F, 0).reinterpretAsFloats()
                        .fma(scale, acc0.add(bias));
                final IntVector packed1 = I4_LONG_LOAD
                        ? LongVector.broadcast(LONGS, ALL.get(LONG, row + I4_BYTES)).reinterpretAsInts()
                        : IntVector.broadcast(INTS, ALL.get(INT, row + I4_BYTES));
                acc1 = packed1.lanewise(LSHR, I4_SHIFTS).and(I4_ELEMENT).convert(I2F, 0).reinterpretAsFloats()
                        .fma(scale, acc1.add(bias));
            }
            final float factor = mean && length > 0 ? 1f / length : 1f;
            final long to = outOffset + b * outStrideBytes;
            acc0.mul(factor).intoMemorySegment(out, to, LE);
            acc1.mul(factor).intoMemorySegment(out, to + VECTOR_BYTES, LE);
        }
    }

    /** Columns of 1 vector. */
    static void sls1v(MemorySegment table, long tableOffset, long rowStrideBytes, long rows, long scaleOffset,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, long weights, long weightBytes, MemorySegment out, long outOffset,
            long outStrideBytes) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        final long weightStep = RawMemory.stride(weightBytes);
        final long scaleAt = RawMemory.stride(scaleOffset);
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
                final FloatVector scale = FloatVector.broadcast(FLOATS,
                        weight * Float.float16ToFloat(ALL.get(SHORT, row + scaleAt)));
                final FloatVector bias = FloatVector.broadcast(FLOATS,
                        weight * Float.float16ToFloat(ALL.get(SHORT, row + scaleAt + Short.BYTES)));
                final IntVector packed0 = I4_LONG_LOAD
                        ? LongVector.broadcast(LONGS, ALL.get(LONG, row)).reinterpretAsInts()
                        : IntVector.broadcast(INTS, ALL.get(INT, row));
                acc0 = packed0.lanewise(LSHR, I4_SHIFTS).and(I4_ELEMENT).convert(I2F, 0).reinterpretAsFloats()
                        .fma(scale, acc0.add(bias));
            }
            final float factor = mean && length > 0 ? 1f / length : 1f;
            final long to = outOffset + b * outStrideBytes;
            acc0.mul(factor).intoMemorySegment(out, to, LE);
        }
    }
}
