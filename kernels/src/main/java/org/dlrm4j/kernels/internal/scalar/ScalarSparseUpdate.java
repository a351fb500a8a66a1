package org.dlrm4j.kernels.internal.scalar;

import static org.dlrm4j.kernels.internal.Layouts.FLOAT;
import static org.dlrm4j.kernels.internal.Layouts.INT;
import static org.dlrm4j.kernels.internal.Layouts.LONG;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.Pooling;
import org.dlrm4j.kernels.internal.RowCoalescer;
import org.dlrm4j.kernels.internal.SparseUpdateKernel;

/** Table updates in plain Java. */
final class ScalarSparseUpdate implements SparseUpdateKernel {
    @Override
    public void sgd(MemorySegment table, long tableOffset, long rowStrideBytes, long rows, int dim,
            MemorySegment indices,
            long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags, Pooling pooling,
            MemorySegment weights, long weightsOffset, MemorySegment grad, long gradOffset, long gradStrideBytes,
            float learningRate, int part, int parts) {
        int end = offsets.get(INT, offsetsOffset);
        for (int b = 0; b < bags; b++) {
            final int start = end;
            end = offsets.get(INT, offsetsOffset + ((long) (b + 1) << 2));
            for (int p = start; p < end; p++) {
                final long row = indices.get(LONG, indicesOffset + ((long) p << 3));
                if (parts > 1 && row % parts != part) {
                    continue;
                }
                final float scale = RowCoalescer.scale(pooling, end - start, weights, weightsOffset, p);
                ScalarElementwise.addScaled(table, tableOffset + row * rowStrideBytes, grad,
                        gradOffset + b * gradStrideBytes, dim,
                        -learningRate * scale);
            }
        }
    }

    @Override
    public void rowWiseAdagrad(MemorySegment table, long rowAt, int dim, MemorySegment state, long stateAt,
            MemorySegment scratch, long scratchOffset, float learningRate, float epsilon, float weightDecay) {
        final long partials = RowCoalescer.partialsOffset(scratchOffset, dim);
        if (weightDecay != 0) {
            ScalarElementwise.addScaled(scratch, scratchOffset, table, rowAt, dim, weightDecay);
        }
        final float sum = state.get(FLOAT, stateAt) + sumOfSquares(scratch, scratchOffset, dim, partials) / dim;
        state.set(FLOAT, stateAt, sum);
        subtractDivided(table, rowAt, scratch, scratchOffset, dim, learningRate, (float) Math.sqrt(sum) + epsilon);
    }

    @Override
    public void sumGradients(MemorySegment grad, int dim, int first, long occurrences, MemorySegment scratch,
            long scratchOffset) {
        scratch.asSlice(scratchOffset, (long) RowCoalescer.paddedDim(dim) << 2).fill((byte) 0);
        for (int o = first; o >= 0; o = RowCoalescer.next(scratch, occurrences, o)) {
            ScalarElementwise.addScaled(scratch, scratchOffset, grad, RowCoalescer.gradient(scratch, occurrences, o),
                    dim,
                    RowCoalescer.scale(scratch, occurrences, o));
        }
    }

    private static float sumOfSquares(MemorySegment scratch, long sumAt, int dim, long partials) {
        for (int lane = 0; lane < RowCoalescer.PARTIALS; lane++) {
            float sum = 0;
            for (int j = lane; j < dim; j += RowCoalescer.PARTIALS) {
                final float g = scratch.get(FLOAT, sumAt + ((long) j << 2));
                sum = Math.fma(g, g, sum);
            }
            scratch.set(FLOAT, partials + ((long) lane << 2), sum);
        }
        return RowCoalescer.tree(scratch, partials);
    }

    private static void subtractDivided(MemorySegment table, long rowAt, MemorySegment scratch, long sumAt, int dim,
            float learningRate, float divisor) {
        for (int j = 0; j < dim; j++) {
            final long at = (long) j << 2;
            final float step = learningRate * scratch.get(FLOAT, sumAt + at) / divisor;
            table.set(FLOAT, rowAt + at, table.get(FLOAT, rowAt + at) - step);
        }
    }

    @Override
    public int touch(MemorySegment memory, long offset, long rowStrideBytes, long rows, int rowBytes,
            MemorySegment scratch, long entries, int from, int to) {
        return 0;
    }
}
