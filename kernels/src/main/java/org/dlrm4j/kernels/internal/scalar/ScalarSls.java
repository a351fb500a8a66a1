package org.dlrm4j.kernels.internal.scalar;

import static org.dlrm4j.kernels.internal.Layouts.FLOAT;
import static org.dlrm4j.kernels.internal.Layouts.INT;
import static org.dlrm4j.kernels.internal.Layouts.LONG;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.Pooling;
import org.dlrm4j.kernels.internal.SlsKernel;

/** Sparse-length-sum in plain Java. */
final class ScalarSls implements SlsKernel {
    @Override
    public long firstInvalidIndex(MemorySegment indices, long indicesOffset, long count, long rows) {
        for (long p = 0; p < count; p++) {
            final long index = indices.get(LONG, indicesOffset + (p << 3));
            if (index < 0 || index >= rows) {
                return p;
            }
        }
        return -1;
    }

    @Override
    public void forward(MemorySegment table, long tableOffset, long rowStrideBytes, long rows, int dim,
            MemorySegment indices,
            long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags, Pooling pooling,
            MemorySegment weights, long weightsOffset, MemorySegment out, long outOffset, long outStrideBytes) {
        final long rowBytes = (long) dim << 2;
        int end = offsets.get(INT, offsetsOffset);
        for (int b = 0; b < bags; b++) {
            final int start = end;
            end = offsets.get(INT, offsetsOffset + ((long) (b + 1) << 2));
            final long to = outOffset + b * outStrideBytes;
            out.asSlice(to, rowBytes).fill((byte) 0);
            for (int p = start; p < end; p++) {
                final long index = indices.get(LONG, indicesOffset + ((long) p << 3));
                final float weight = weights == null ? 1f : weights.get(FLOAT, weightsOffset + ((long) p << 2));
                addRow(table, tableOffset + index * rowStrideBytes, weight, out, to, dim);
            }
            if (pooling == Pooling.MEAN && end > start) {
                scaleRow(out, to, dim, 1f / (end - start));
            }
        }
    }

    private static void addRow(MemorySegment table, long from, float weight, MemorySegment out, long to, int dim) {
        for (int j = 0; j < dim; j++) {
            final long at = (long) j << 2;
            out.set(FLOAT, to + at, Math.fma(weight, table.get(FLOAT, from + at), out.get(FLOAT, to + at)));
        }
    }

    private static void scaleRow(MemorySegment out, long to, int dim, float factor) {
        for (int j = 0; j < dim; j++) {
            final long at = to + ((long) j << 2);
            out.set(FLOAT, at, out.get(FLOAT, at) * factor);
        }
    }
}
