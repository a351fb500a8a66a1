package org.dlrm4j.kernels.internal.vector;

import static org.dlrm4j.kernels.internal.vector.RawMemory.ALL;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOAT;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOATS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.INT;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LANES;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LE;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LONG;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.VECTOR_BYTES;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import org.dlrm4j.kernels.Pooling;
import org.dlrm4j.kernels.internal.RowCoalescer;
import org.dlrm4j.kernels.internal.SparseUpdateKernel;

/**
 * Table updates on vectors. A row's gradients are summed into the scratch row, which stays in the first cache level;
 * the optimizer's step then touches row and state once.
 */
final class VectorSparseUpdate implements SparseUpdateKernel {
    private static final int LINE_BYTES = 64;

    @Override
    public void sgd(MemorySegment table, long tableOffset, long rowStrideBytes, long rows, int dim,
            MemorySegment indices,
            long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags, Pooling pooling,
            MemorySegment weights, long weightsOffset, MemorySegment grad, long gradOffset, long gradStrideBytes,
            float learningRate, int part, int parts) {
        int j = 0;
        if (rowStrideBytes <= RawMemory.MAX_STRIDE_BYTES) {
            for (int vectors = 4; vectors > 0; vectors /= 2) {
                for (; j <= dim - vectors * LANES; j += vectors * LANES) {
                    final long at = (long) j << 2;
                    sgdColumns(vectors, table, tableOffset + at, rowStrideBytes, rows, indices, indicesOffset, offsets,
                            offsetsOffset, bags, pooling, weights, weightsOffset, grad, gradOffset + at,
                            gradStrideBytes, learningRate, part, parts);
                }
            }
            for (; j <= dim - 4; j += 4) {
                final long at = (long) j << 2;
                sgdQuad(table, tableOffset + at, rowStrideBytes, rows, indices, indicesOffset, offsets, offsetsOffset,
                        bags, pooling, weights, weightsOffset, grad, gradOffset + at, gradStrideBytes, learningRate,
                        part, parts);
            }
        }
        for (; j < dim; j++) {
            final long at = (long) j << 2;
            sgdColumn(table, tableOffset + at, rowStrideBytes, indices, indicesOffset, offsets, offsetsOffset, bags,
                    pooling, weights, weightsOffset, grad, gradOffset + at, gradStrideBytes, learningRate, part, parts);
        }
    }

    private static void sgdColumns(int vectors, MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            Pooling pooling, MemorySegment weights, long weightsOffset, MemorySegment grad, long gradOffset,
            long gradStrideBytes, float learningRate, int part, int parts) {
        switch (vectors) {
            case 4 -> SgdRows.sgd4v(table, tableOffset, rowStrideBytes, rows, indices, indicesOffset, offsets,
                    offsetsOffset, bags, pooling, weights, weightsOffset, grad, gradOffset, gradStrideBytes,
                    learningRate, part, parts);
            case 2 -> SgdRows.sgd2v(table, tableOffset, rowStrideBytes, rows, indices, indicesOffset, offsets,
                    offsetsOffset, bags, pooling, weights, weightsOffset, grad, gradOffset, gradStrideBytes,
                    learningRate, part, parts);
            default -> SgdRows.sgd1v(table, tableOffset, rowStrideBytes, rows, indices, indicesOffset, offsets,
                    offsetsOffset, bags, pooling, weights, weightsOffset, grad, gradOffset, gradStrideBytes,
                    learningRate, part, parts);
        }
    }

    /** Four columns that do not fill a vector; one at a time would read each index four times. */
    private static void sgdQuad(MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            Pooling pooling, MemorySegment weights, long weightsOffset, MemorySegment grad, long gradOffset,
            long gradStrideBytes, float learningRate, int part, int parts) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        int end = offsets.get(INT, offsetsOffset);
        for (int b = 0; b < bags; b++) {
            final int start = end;
            end = offsets.get(INT, offsetsOffset + ((long) (b + 1) << 2));
            final long from = gradOffset + b * gradStrideBytes;
            final float g0 = grad.get(FLOAT, from);
            final float g1 = grad.get(FLOAT, from + Float.BYTES);
            final float g2 = grad.get(FLOAT, from + 2 * Float.BYTES);
            final float g3 = grad.get(FLOAT, from + 3 * Float.BYTES);
            for (int p = start; p < end; p++) {
                final long index = RawMemory.row(indices.get(LONG, indicesOffset + ((long) p << 3)), last);
                if (parts > 1 && index % parts != part) {
                    continue;
                }
                final float step = -learningRate * RowCoalescer.scale(pooling, end - start, weights, weightsOffset, p);
                final long row = base + index * stride;
                ALL.set(FLOAT, row, Math.fma(step, g0, ALL.get(FLOAT, row)));
                final long row1 = row + Float.BYTES;
                ALL.set(FLOAT, row1, Math.fma(step, g1, ALL.get(FLOAT, row1)));
                final long row2 = row + 2 * Float.BYTES;
                ALL.set(FLOAT, row2, Math.fma(step, g2, ALL.get(FLOAT, row2)));
                final long row3 = row + 3 * Float.BYTES;
                ALL.set(FLOAT, row3, Math.fma(step, g3, ALL.get(FLOAT, row3)));
            }
        }
    }

    private static void sgdColumn(MemorySegment table, long tableOffset, long rowStrideBytes, MemorySegment indices,
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
                final float step = -learningRate * RowCoalescer.scale(pooling, end - start, weights, weightsOffset, p);
                final long at = tableOffset + row * rowStrideBytes;
                table.set(FLOAT, at,
                        Math.fma(step, grad.get(FLOAT, gradOffset + b * gradStrideBytes), table.get(FLOAT, at)));
            }
        }
    }

    @Override
    public void rowWiseAdagrad(MemorySegment table, long rowAt, int dim, MemorySegment state, long stateAt,
            MemorySegment scratch, long scratchOffset, float learningRate, float epsilon, float weightDecay) {
        final long partials = RowCoalescer.partialsOffset(scratchOffset, dim);
        if (weightDecay != 0) {
            VectorElementwise.addScaledRow(scratch, scratchOffset, table, rowAt, dim, weightDecay);
        }
        sumSquaresBody(scratch, scratchOffset, RowCoalescer.paddedDim(dim), partials);
        final float sum = state.get(FLOAT, stateAt) + RowCoalescer.tree(scratch, partials) / dim;
        state.set(FLOAT, stateAt, sum);
        subtractDivided(table, rowAt, scratch, scratchOffset, dim, learningRate, (float) Math.sqrt(sum) + epsilon);
    }

    @Override
    public void sumGradients(MemorySegment grad, int dim, int first, long occurrences, MemorySegment scratch,
            long scratchOffset) {
        for (int j = dim; j < RowCoalescer.paddedDim(dim); j++) {
            scratch.set(FLOAT, scratchOffset + ((long) j << 2), 0f);
        }
        int j = 0;
        for (; j <= dim - 4 * LANES; j += 4 * LANES) {
            sum4Body(grad, (long) j << 2, first, occurrences, scratch, scratchOffset + ((long) j << 2));
        }
        for (; j < dim && dim >= LANES; j += LANES) {
            // The last vector may overlap the one before: it computes the same values again.
            final long at = (long) Math.min(j, dim - LANES) << 2;
            sum1Body(grad, at, first, occurrences, scratch, scratchOffset + at);
        }
        for (; j < dim; j++) {
            final long at = (long) j << 2;
            float sum = 0;
            for (int o = first; o >= 0; o = RowCoalescer.next(scratch, occurrences, o)) {
                sum = Math.fma(RowCoalescer.scale(scratch, occurrences, o),
                        grad.get(FLOAT, RowCoalescer.gradient(scratch, occurrences, o) + at), sum);
            }
            scratch.set(FLOAT, scratchOffset + at, sum);
        }
    }

    @Override
    public int touch(MemorySegment memory, long offset, long rowStrideBytes, long rows, int rowBytes,
            MemorySegment scratch, long entries, int from, int to) {
        final long base = RawMemory.address(memory, offset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        int touched = 0;
        for (int entry = from; entry < to; entry++) {
            final long at = base + RawMemory.row(RowCoalescer.row(scratch, entries, entry), last) * stride;
            // Bytes, as a row may be shorter than an int.
            touched += ALL.get(ValueLayout.JAVA_BYTE, at);
            for (int line = LINE_BYTES; line < rowBytes; line += LINE_BYTES) {
                touched += ALL.get(ValueLayout.JAVA_BYTE, at + line);
            }
        }
        return touched;
    }

    private static void sum4Body(MemorySegment grad, long columnBytes, int first, long occurrences,
            MemorySegment scratch, long sumAt) {
        FloatVector acc0 = FloatVector.zero(FLOATS);
        FloatVector acc1 = FloatVector.zero(FLOATS);
        FloatVector acc2 = FloatVector.zero(FLOATS);
        FloatVector acc3 = FloatVector.zero(FLOATS);
        for (int o = first; o >= 0; o = RowCoalescer.next(scratch, occurrences, o)) {
            final long at = RowCoalescer.gradient(scratch, occurrences, o) + columnBytes;
            final FloatVector scale = FloatVector.broadcast(FLOATS, RowCoalescer.scale(scratch, occurrences, o));
            acc0 = FloatVector.fromMemorySegment(FLOATS, grad, at, LE).fma(scale, acc0);
            acc1 = FloatVector.fromMemorySegment(FLOATS, grad, at + VECTOR_BYTES, LE).fma(scale, acc1);
            acc2 = FloatVector.fromMemorySegment(FLOATS, grad, at + 2 * VECTOR_BYTES, LE).fma(scale, acc2);
            acc3 = FloatVector.fromMemorySegment(FLOATS, grad, at + 3 * VECTOR_BYTES, LE).fma(scale, acc3);
        }
        acc0.intoMemorySegment(scratch, sumAt, LE);
        acc1.intoMemorySegment(scratch, sumAt + VECTOR_BYTES, LE);
        acc2.intoMemorySegment(scratch, sumAt + 2 * VECTOR_BYTES, LE);
        acc3.intoMemorySegment(scratch, sumAt + 3 * VECTOR_BYTES, LE);
    }

    private static void sum1Body(MemorySegment grad, long columnBytes, int first, long occurrences,
            MemorySegment scratch, long sumAt) {
        FloatVector acc = FloatVector.zero(FLOATS);
        for (int o = first; o >= 0; o = RowCoalescer.next(scratch, occurrences, o)) {
            final long at = RowCoalescer.gradient(scratch, occurrences, o) + columnBytes;
            final FloatVector scale = FloatVector.broadcast(FLOATS, RowCoalescer.scale(scratch, occurrences, o));
            acc = FloatVector.fromMemorySegment(FLOATS, grad, at, LE).fma(scale, acc);
        }
        acc.intoMemorySegment(scratch, sumAt, LE);
    }

    /** Sums squares in {@link RowCoalescer#PARTIALS} interleaved partial sums, whatever the vector width. */
    private static void sumSquaresBody(MemorySegment scratch, long sumAt, int paddedDim, long partials) {
        for (int lane = 0; lane < RowCoalescer.PARTIALS; lane += LANES) {
            FloatVector acc = FloatVector.zero(FLOATS);
            for (int j = lane; j < paddedDim; j += RowCoalescer.PARTIALS) {
                final FloatVector g = FloatVector.fromMemorySegment(FLOATS, scratch, sumAt + ((long) j << 2), LE);
                acc = g.fma(g, acc);
            }
            acc.intoMemorySegment(scratch, partials + ((long) lane << 2), LE);
        }
    }

    private static void subtractDivided(MemorySegment table, long rowAt, MemorySegment scratch, long sumAt, int dim,
            float learningRate, float divisor) {
        final int bound = FLOATS.loopBound(dim);
        subtractDividedBody(table, rowAt, scratch, sumAt, bound, learningRate, divisor);
        for (int j = bound; j < dim; j++) {
            final long at = (long) j << 2;
            final float step = learningRate * scratch.get(FLOAT, sumAt + at) / divisor;
            table.set(FLOAT, rowAt + at, table.get(FLOAT, rowAt + at) - step);
        }
    }

    private static void subtractDividedBody(MemorySegment table, long rowAt, MemorySegment scratch, long sumAt,
            int bound, float learningRate, float divisor) {
        for (int j = 0; j < bound; j += LANES) {
            final long at = (long) j << 2;
            final FloatVector g = FloatVector.fromMemorySegment(FLOATS, scratch, sumAt + at, LE);
            FloatVector.fromMemorySegment(FLOATS, table, rowAt + at, LE).sub(g.mul(learningRate).div(divisor))
                    .intoMemorySegment(table, rowAt + at, LE);
        }
    }
}
