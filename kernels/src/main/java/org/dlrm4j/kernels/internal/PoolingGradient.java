package org.dlrm4j.kernels.internal;

import static org.dlrm4j.kernels.internal.Layouts.FLOAT;
import static org.dlrm4j.kernels.internal.Layouts.INT;
import static org.dlrm4j.kernels.internal.Layouts.LONG;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.Pooling;

/** Gradients of pooling weights: one loop for all implementations, whose work is the provider's dot products. */
public final class PoolingGradient {
    private static final ReductionKernel REDUCTION = Kernels.provider().reduction();

    private PoolingGradient() {}

    /** The contract is that of {@link org.dlrm4j.kernels.SparseLengthsSum#weightGradient}. */
    public static void run(MemorySegment table, long tableOffset, long rowStrideBytes, int dim, MemorySegment indices,
            long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags, Pooling pooling,
            MemorySegment dOut, long dOutOffset, long dOutStrideBytes, MemorySegment dWeights, long dWeightsOffset) {
        int end = offsets.get(INT, offsetsOffset);
        for (int b = 0; b < bags; b++) {
            final int start = end;
            end = offsets.get(INT, offsetsOffset + ((long) (b + 1) << 2));
            final long gradient = dOutOffset + b * dOutStrideBytes;
            final float factor = pooling == Pooling.MEAN ? 1f / (end - start) : 1f;
            for (int p = start; p < end; p++) {
                final long row = indices.get(LONG, indicesOffset + ((long) p << 3));
                dWeights.set(FLOAT, dWeightsOffset + ((long) p << 2),
                        factor * REDUCTION.dot(dOut, gradient, table, tableOffset + row * rowStrideBytes, dim));
            }
        }
    }
}
