package org.dlrm4j.kernels.internal.vector;

import static org.dlrm4j.kernels.internal.vector.RawMemory.ALL;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOATS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.INT;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LE;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LONG;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.VECTOR_BYTES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import org.dlrm4j.kernels.Pooling;
import org.dlrm4j.kernels.internal.RowCoalescer;

/** Row updates of SGD with a bag's gradient in registers, one fused multiply-add an element and occurrence. */
final class SgdRows {
    private SgdRows() {}

    /** Columns of 4 vectors. */
    static void sgd4v(MemorySegment table, long tableOffset, long rowStrideBytes, long rows, MemorySegment indices,
            long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags, Pooling pooling,
            MemorySegment weights, long weightsOffset, MemorySegment grad, long gradOffset, long gradStrideBytes,
            float learningRate, int part, int parts) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        int end = offsets.get(INT, offsetsOffset);
        for (int b = 0; b < bags; b++) {
            final int start = end;
            end = offsets.get(INT, offsetsOffset + ((long) (b + 1) << 2));
            final int length = end - start;
            final long first = indicesOffset + ((long) start << 3);
            final long from = gradOffset + b * gradStrideBytes;
            final FloatVector g0 = FloatVector.fromMemorySegment(FLOATS, grad, from, LE);
            final FloatVector g1 = FloatVector.fromMemorySegment(FLOATS, grad, from + VECTOR_BYTES, LE);
            final FloatVector g2 = FloatVector.fromMemorySegment(FLOATS, grad, from + 2 * VECTOR_BYTES, LE);
            final FloatVector g3 = FloatVector.fromMemorySegment(FLOATS, grad, from + 3 * VECTOR_BYTES, LE);
            for (int p = 0; p < length; p++) {
                final long index = RawMemory.row(indices.get(LONG, first + ((long) p << 3)), last);
                if (parts > 1 && index % parts != part) {
                    continue;
                }
                final FloatVector step = FloatVector.broadcast(FLOATS,
                        -learningRate * RowCoalescer.scale(pooling, length, weights, weightsOffset, start + p));
                final long row = base + index * stride;
                g0.fma(step, FloatVector.fromMemorySegment(FLOATS, ALL, row, LE)).intoMemorySegment(ALL, row, LE);
                g1.fma(step, FloatVector.fromMemorySegment(FLOATS, ALL, row + VECTOR_BYTES, LE)).intoMemorySegment(ALL,
                        row + VECTOR_BYTES, LE);
                g2.fma(step, FloatVector.fromMemorySegment(FLOATS, ALL, row + 2 * VECTOR_BYTES, LE))
                        .intoMemorySegment(ALL, row + 2 * VECTOR_BYTES, LE);
                g3.fma(step, FloatVector.fromMemorySegment(FLOATS, ALL, row + 3 * VECTOR_BYTES, LE))
                        .intoMemorySegment(ALL, row + 3 * VECTOR_BYTES, LE);
            }
        }
    }

    /** Columns of 2 vectors. */
    static void sgd2v(MemorySegment table, long tableOffset, long rowStrideBytes, long rows, MemorySegment indices,
            long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags, Pooling pooling,
            MemorySegment weights, long weightsOffset, MemorySegment grad, long gradOffset, long gradStrideBytes,
            float learningRate, int part, int parts) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        int end = offsets.get(INT, offsetsOffset);
        for (int b = 0; b < bags; b++) {
            final int start = end;
            end = offsets.get(INT, offsetsOffset + ((long) (b + 1) << 2));
            final int length = end - start;
            final long first = indicesOffset + ((long) start << 3);
            final long from = gradOffset + b * gradStrideBytes;
            final FloatVector g0 = FloatVector.fromMemorySegment(FLOATS, grad, from, LE);
            final FloatVector g1 = FloatVector.fromMemorySegment(FLOATS, grad, from + VECTOR_BYTES, LE);
            for (int p = 0; p < length; p++) {
                final long index = RawMemory.row(indices.get(LONG, first + ((long) p << 3)), last);
                if (parts > 1 && index % parts != part) {
                    continue;
                }
                final FloatVector step = FloatVector.broadcast(FLOATS,
                        -learningRate * RowCoalescer.scale(pooling, length, weights, weightsOffset, start + p));
                final long row = base + index * stride;
                g0.fma(step, FloatVector.fromMemorySegment(FLOATS, ALL, row, LE)).intoMemorySegment(ALL, row, LE);
                g1.fma(step, FloatVector.fromMemorySegment(FLOATS, ALL, row + VECTOR_BYTES, LE)).intoMemorySegment(ALL,
                        row + VECTOR_BYTES, LE);
            }
        }
    }

    /** Columns of 1 vector. */
    static void sgd1v(MemorySegment table, long tableOffset, long rowStrideBytes, long rows, MemorySegment indices,
            long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags, Pooling pooling,
            MemorySegment weights, long weightsOffset, MemorySegment grad, long gradOffset, long gradStrideBytes,
            float learningRate, int part, int parts) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        int end = offsets.get(INT, offsetsOffset);
        for (int b = 0; b < bags; b++) {
            final int start = end;
            end = offsets.get(INT, offsetsOffset + ((long) (b + 1) << 2));
            final int length = end - start;
            final long first = indicesOffset + ((long) start << 3);
            final long from = gradOffset + b * gradStrideBytes;
            final FloatVector g0 = FloatVector.fromMemorySegment(FLOATS, grad, from, LE);
            for (int p = 0; p < length; p++) {
                final long index = RawMemory.row(indices.get(LONG, first + ((long) p << 3)), last);
                if (parts > 1 && index % parts != part) {
                    continue;
                }
                final FloatVector step = FloatVector.broadcast(FLOATS,
                        -learningRate * RowCoalescer.scale(pooling, length, weights, weightsOffset, start + p));
                final long row = base + index * stride;
                g0.fma(step, FloatVector.fromMemorySegment(FLOATS, ALL, row, LE)).intoMemorySegment(ALL, row, LE);
            }
        }
    }
}
