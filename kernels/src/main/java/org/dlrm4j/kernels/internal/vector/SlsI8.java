package org.dlrm4j.kernels.internal.vector;

import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_B2I;
import static org.dlrm4j.kernels.internal.vector.CompactVectors.BYTES;
import static org.dlrm4j.kernels.internal.vector.CompactVectors.I8_BYTES;
import static org.dlrm4j.kernels.internal.vector.RawMemory.ALL;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOAT;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOATS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.INT;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.INTS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LE;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LONG;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.VECTOR_BYTES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;

/** Sums of rows of bytes with scale and bias times a weight each, in registers; {@code scaleOffset} leads from the first column to
 * the row's scale. */
final class SlsI8 {
    private SlsI8() {}

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
                final FloatVector scale = FloatVector.broadcast(FLOATS, weight * ALL.get(FLOAT, row + scaleAt));
                final FloatVector bias = FloatVector.broadcast(FLOATS,
                        weight * ALL.get(FLOAT, row + scaleAt + Float.BYTES));
                acc0 = ByteVector.fromMemorySegment(BYTES, ALL, row, LE).convertShape(ZERO_EXTEND_B2I, INTS, 0)
                        .convert(I2F, 0).reinterpretAsFloats().fma(scale, acc0.add(bias));
                acc1 = ByteVector.fromMemorySegment(BYTES, ALL, row + I8_BYTES, LE)
                        .convertShape(ZERO_EXTEND_B2I, INTS, 0).convert(I2F, 0).reinterpretAsFloats()
                        .fma(scale, acc1.add(bias));
                acc2 = ByteVector.fromMemorySegment(BYTES, ALL, row + 2 * I8_BYTES, LE)
                        .convertShape(ZERO_EXTEND_B2I, INTS, 0).convert(I2F, 0).reinterpretAsFloats()
                        .fma(scale, acc2.add(bias));
                acc3 = ByteVector.fromMemorySegment(BYTES, ALL, row + 3 * I8_BYTES, LE)
                        .convertShape(ZERO_EXTEND_B2I, INTS, 0).convert(I2F, 0).reinterpretAsFloats()
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
                final FloatVector scale = FloatVector.broadcast(FLOATS, weight * ALL.get(FLOAT, row + scaleAt));
                final FloatVector bias = FloatVector.broadcast(FLOATS,
                        weight * ALL.get(FLOAT, row + scaleAt + Float.BYTES));
                acc0 = ByteVector.fromMemorySegment(BYTES, ALL, row, LE).convertShape(ZERO_EXTEND_B2I, INTS, 0)
                        .convert(I2F, 0).reinterpretAsFloats().fma(scale, acc0.add(bias));
                acc1 = ByteVector.fromMemorySegment(BYTES, ALL, row + I8_BYTES, LE)
                        .convertShape(ZERO_EXTEND_B2I, INTS, 0).convert(I2F, 0).reinterpretAsFloats()
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
                final FloatVector scale = FloatVector.broadcast(FLOATS, weight * ALL.get(FLOAT, row + scaleAt));
                final FloatVector bias = FloatVector.broadcast(FLOATS,
                        weight * ALL.get(FLOAT, row + scaleAt + Float.BYTES));
                acc0 = ByteVector.fromMemorySegment(BYTES, ALL, row, LE).convertShape(ZERO_EXTEND_B2I, INTS, 0)
                        .convert(I2F, 0).reinterpretAsFloats().fma(scale, acc0.add(bias));
            }
            final float factor = mean && length > 0 ? 1f / length : 1f;
            final long to = outOffset + b * outStrideBytes;
            acc0.mul(factor).intoMemorySegment(out, to, LE);
        }
    }
}
