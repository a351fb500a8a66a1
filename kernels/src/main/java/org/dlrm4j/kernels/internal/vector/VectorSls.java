package org.dlrm4j.kernels.internal.vector;

import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOAT;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOATS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.INT;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LANES;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LE;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LONG;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LONGS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.VECTOR_BYTES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import org.dlrm4j.kernels.Pooling;
import org.dlrm4j.kernels.internal.SlsKernel;

/**
 * Sparse-length-sum with the output row in registers. Rows of 1, 2, 4 or 8 vectors have a kernel each; other dimensions
 * go through the one for 4 vectors, then the one for 1, chunk by chunk: the second chunk finds the rows in cache.
 *
 * <p>Java has no software prefetch. Several rows are in flight all the same, because the loads of one row do not depend
 * on another's and the processor runs ahead of the short chain of additions.
 */
final class VectorSls implements SlsKernel {
    @Override
    public long firstInvalidIndex(MemorySegment indices, long indicesOffset, long count, long rows) {
        final int lanes = LONGS.length();
        final long bound = count - count % lanes;
        // The sign of index | (rows - 1 - index) is set for an index outside [0, rows), and only then.
        final LongVector last = LongVector.broadcast(LONGS, rows - 1);
        LongVector signs = LongVector.zero(LONGS);
        for (long p = 0; p < bound; p += lanes) {
            final LongVector index = LongVector.fromMemorySegment(LONGS, indices, indicesOffset + (p << 3), LE);
            signs = signs.or(index.or(last.sub(index)));
        }
        final boolean clean = signs.reduceLanes(VectorOperators.OR) >= 0;
        for (long p = clean ? bound : 0; p < count; p++) {
            final long index = indices.get(LONG, indicesOffset + (p << 3));
            if (index < 0 || index >= rows) {
                return p;
            }
        }
        return -1;
    }

    @Override
    public void forward(MemorySegment table, long tableOffset, long rowStrideBytes, int dim, MemorySegment indices,
            long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags, Pooling pooling,
            MemorySegment weights, long weightsOffset, MemorySegment out, long outOffset, long outStrideBytes) {
        final boolean mean = pooling == Pooling.MEAN;
        if (dim == LANES) {
            slsF32V1(table, tableOffset, rowStrideBytes, indices, indicesOffset, offsets, offsetsOffset, bags, mean,
                    weights, weightsOffset, out, outOffset, outStrideBytes);
        } else if (dim == 2 * LANES) {
            slsF32V2(table, tableOffset, rowStrideBytes, indices, indicesOffset, offsets, offsetsOffset, bags, mean,
                    weights, weightsOffset, out, outOffset, outStrideBytes);
        } else if (dim == 8 * LANES) {
            slsF32V8(table, tableOffset, rowStrideBytes, indices, indicesOffset, offsets, offsetsOffset, bags, mean,
                    weights, weightsOffset, out, outOffset, outStrideBytes);
        } else {
            forwardInChunks(table, tableOffset, rowStrideBytes, dim, indices, indicesOffset, offsets, offsetsOffset,
                    bags, mean, weights, weightsOffset, out, outOffset, outStrideBytes);
        }
    }

    private static void forwardInChunks(MemorySegment table, long tableOffset, long rowStrideBytes, int dim,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, MemorySegment weights, long weightsOffset, MemorySegment out, long outOffset,
            long outStrideBytes) {
        int j = 0;
        for (; j <= dim - 4 * LANES; j += 4 * LANES) {
            final long at = (long) j << 2;
            slsF32V4(table, tableOffset + at, rowStrideBytes, indices, indicesOffset, offsets, offsetsOffset, bags,
                    mean, weights, weightsOffset, out, outOffset + at, outStrideBytes);
        }
        for (; j < dim && dim >= LANES; j += LANES) {
            // The last vector may overlap the one before: it computes the same values again.
            final long at = (long) Math.min(j, dim - LANES) << 2;
            slsF32V1(table, tableOffset + at, rowStrideBytes, indices, indicesOffset, offsets, offsetsOffset, bags,
                    mean, weights, weightsOffset, out, outOffset + at, outStrideBytes);
        }
        for (; j < dim; j++) {
            final long at = (long) j << 2;
            slsF32Column(table, tableOffset + at, rowStrideBytes, indices, indicesOffset, offsets, offsetsOffset,
                    bags, mean, weights, weightsOffset, out, outOffset + at, outStrideBytes);
        }
    }

    /** Rows of 1 vector. */
    private static void slsF32V1(MemorySegment table, long tableOffset, long rowStrideBytes, MemorySegment indices,
            long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags, boolean mean,
            MemorySegment weights, long weightsOffset, MemorySegment out, long outOffset, long outStrideBytes) {
        int end = offsets.get(INT, offsetsOffset);
        for (int b = 0; b < bags; b++) {
            final int start = end;
            end = offsets.get(INT, offsetsOffset + ((long) (b + 1) << 2));
            final long to = outOffset + b * outStrideBytes;
            if (weights == null && end - start == 1) {
                final long row = tableOffset + indices.get(LONG, indicesOffset + ((long) start << 3)) * rowStrideBytes;
                FloatVector.fromMemorySegment(FLOATS, table, row, LE).intoMemorySegment(out, to, LE);
                continue;
            }
            FloatVector acc0 = FloatVector.zero(FLOATS);
            for (int p = start; p < end; p++) {
                final long row = tableOffset + indices.get(LONG, indicesOffset + ((long) p << 3)) * rowStrideBytes;
                final FloatVector w = FloatVector.broadcast(FLOATS,
                        weights == null ? 1f : weights.get(FLOAT, weightsOffset + ((long) p << 2)));
                acc0 = FloatVector.fromMemorySegment(FLOATS, table, row, LE).fma(w, acc0);
            }
            final float factor = mean && end > start ? 1f / (end - start) : 1f;
            acc0.mul(factor).intoMemorySegment(out, to, LE);
        }
    }

    /** Rows of 2 vectors. */
    private static void slsF32V2(MemorySegment table, long tableOffset, long rowStrideBytes, MemorySegment indices,
            long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags, boolean mean,
            MemorySegment weights, long weightsOffset, MemorySegment out, long outOffset, long outStrideBytes) {
        int end = offsets.get(INT, offsetsOffset);
        for (int b = 0; b < bags; b++) {
            final int start = end;
            end = offsets.get(INT, offsetsOffset + ((long) (b + 1) << 2));
            final long to = outOffset + b * outStrideBytes;
            if (weights == null && end - start == 1) {
                final long row = tableOffset + indices.get(LONG, indicesOffset + ((long) start << 3)) * rowStrideBytes;
                FloatVector.fromMemorySegment(FLOATS, table, row, LE).intoMemorySegment(out, to, LE);
                FloatVector.fromMemorySegment(FLOATS, table, row + VECTOR_BYTES, LE).intoMemorySegment(out,
                        to + VECTOR_BYTES, LE);
                continue;
            }
            FloatVector acc0 = FloatVector.zero(FLOATS);
            FloatVector acc1 = FloatVector.zero(FLOATS);
            for (int p = start; p < end; p++) {
                final long row = tableOffset + indices.get(LONG, indicesOffset + ((long) p << 3)) * rowStrideBytes;
                final FloatVector w = FloatVector.broadcast(FLOATS,
                        weights == null ? 1f : weights.get(FLOAT, weightsOffset + ((long) p << 2)));
                acc0 = FloatVector.fromMemorySegment(FLOATS, table, row, LE).fma(w, acc0);
                acc1 = FloatVector.fromMemorySegment(FLOATS, table, row + VECTOR_BYTES, LE).fma(w, acc1);
            }
            final float factor = mean && end > start ? 1f / (end - start) : 1f;
            acc0.mul(factor).intoMemorySegment(out, to, LE);
            acc1.mul(factor).intoMemorySegment(out, to + VECTOR_BYTES, LE);
        }
    }

    /** Rows of 4 vectors. */
    private static void slsF32V4(MemorySegment table, long tableOffset, long rowStrideBytes, MemorySegment indices,
            long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags, boolean mean,
            MemorySegment weights, long weightsOffset, MemorySegment out, long outOffset, long outStrideBytes) {
        int end = offsets.get(INT, offsetsOffset);
        for (int b = 0; b < bags; b++) {
            final int start = end;
            end = offsets.get(INT, offsetsOffset + ((long) (b + 1) << 2));
            final long to = outOffset + b * outStrideBytes;
            if (weights == null && end - start == 1) {
                final long row = tableOffset + indices.get(LONG, indicesOffset + ((long) start << 3)) * rowStrideBytes;
                FloatVector.fromMemorySegment(FLOATS, table, row, LE).intoMemorySegment(out, to, LE);
                FloatVector.fromMemorySegment(FLOATS, table, row + VECTOR_BYTES, LE).intoMemorySegment(out,
                        to + VECTOR_BYTES, LE);
                FloatVector.fromMemorySegment(FLOATS, table, row + 2 * VECTOR_BYTES, LE).intoMemorySegment(out,
                        to + 2 * VECTOR_BYTES, LE);
                FloatVector.fromMemorySegment(FLOATS, table, row + 3 * VECTOR_BYTES, LE).intoMemorySegment(out,
                        to + 3 * VECTOR_BYTES, LE);
                continue;
            }
            FloatVector acc0 = FloatVector.zero(FLOATS);
            FloatVector acc1 = FloatVector.zero(FLOATS);
            FloatVector acc2 = FloatVector.zero(FLOATS);
            FloatVector acc3 = FloatVector.zero(FLOATS);
            for (int p = start; p < end; p++) {
                final long row = tableOffset + indices.get(LONG, indicesOffset + ((long) p << 3)) * rowStrideBytes;
                final FloatVector w = FloatVector.broadcast(FLOATS,
                        weights == null ? 1f : weights.get(FLOAT, weightsOffset + ((long) p << 2)));
                acc0 = FloatVector.fromMemorySegment(FLOATS, table, row, LE).fma(w, acc0);
                acc1 = FloatVector.fromMemorySegment(FLOATS, table, row + VECTOR_BYTES, LE).fma(w, acc1);
                acc2 = FloatVector.fromMemorySegment(FLOATS, table, row + 2 * VECTOR_BYTES, LE).fma(w, acc2);
                acc3 = FloatVector.fromMemorySegment(FLOATS, table, row + 3 * VECTOR_BYTES, LE).fma(w, acc3);
            }
            final float factor = mean && end > start ? 1f / (end - start) : 1f;
            acc0.mul(factor).intoMemorySegment(out, to, LE);
            acc1.mul(factor).intoMemorySegment(out, to + VECTOR_BYTES, LE);
            acc2.mul(factor).intoMemorySegment(out, to + 2 * VECTOR_BYTES, LE);
            acc3.mul(factor).intoMemorySegment(out, to + 3 * VECTOR_BYTES, LE);
        }
    }

    /** Rows of 8 vectors. */
    private static void slsF32V8(MemorySegment table, long tableOffset, long rowStrideBytes, MemorySegment indices,
            long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags, boolean mean,
            MemorySegment weights, long weightsOffset, MemorySegment out, long outOffset, long outStrideBytes) {
        int end = offsets.get(INT, offsetsOffset);
        for (int b = 0; b < bags; b++) {
            final int start = end;
            end = offsets.get(INT, offsetsOffset + ((long) (b + 1) << 2));
            final long to = outOffset + b * outStrideBytes;
            if (weights == null && end - start == 1) {
                final long row = tableOffset + indices.get(LONG, indicesOffset + ((long) start << 3)) * rowStrideBytes;
                FloatVector.fromMemorySegment(FLOATS, table, row, LE).intoMemorySegment(out, to, LE);
                FloatVector.fromMemorySegment(FLOATS, table, row + VECTOR_BYTES, LE).intoMemorySegment(out,
                        to + VECTOR_BYTES, LE);
                FloatVector.fromMemorySegment(FLOATS, table, row + 2 * VECTOR_BYTES, LE).intoMemorySegment(out,
                        to + 2 * VECTOR_BYTES, LE);
                FloatVector.fromMemorySegment(FLOATS, table, row + 3 * VECTOR_BYTES, LE).intoMemorySegment(out,
                        to + 3 * VECTOR_BYTES, LE);
                FloatVector.fromMemorySegment(FLOATS, table, row + 4 * VECTOR_BYTES, LE).intoMemorySegment(out,
                        to + 4 * VECTOR_BYTES, LE);
                FloatVector.fromMemorySegment(FLOATS, table, row + 5 * VECTOR_BYTES, LE).intoMemorySegment(out,
                        to + 5 * VECTOR_BYTES, LE);
                FloatVector.fromMemorySegment(FLOATS, table, row + 6 * VECTOR_BYTES, LE).intoMemorySegment(out,
                        to + 6 * VECTOR_BYTES, LE);
                FloatVector.fromMemorySegment(FLOATS, table, row + 7 * VECTOR_BYTES, LE).intoMemorySegment(out,
                        to + 7 * VECTOR_BYTES, LE);
                continue;
            }
            FloatVector acc0 = FloatVector.zero(FLOATS);
            FloatVector acc1 = FloatVector.zero(FLOATS);
            FloatVector acc2 = FloatVector.zero(FLOATS);
            FloatVector acc3 = FloatVector.zero(FLOATS);
            FloatVector acc4 = FloatVector.zero(FLOATS);
            FloatVector acc5 = FloatVector.zero(FLOATS);
            FloatVector acc6 = FloatVector.zero(FLOATS);
            FloatVector acc7 = FloatVector.zero(FLOATS);
            for (int p = start; p < end; p++) {
                final long row = tableOffset + indices.get(LONG, indicesOffset + ((long) p << 3)) * rowStrideBytes;
                final FloatVector w = FloatVector.broadcast(FLOATS,
                        weights == null ? 1f : weights.get(FLOAT, weightsOffset + ((long) p << 2)));
                acc0 = FloatVector.fromMemorySegment(FLOATS, table, row, LE).fma(w, acc0);
                acc1 = FloatVector.fromMemorySegment(FLOATS, table, row + VECTOR_BYTES, LE).fma(w, acc1);
                acc2 = FloatVector.fromMemorySegment(FLOATS, table, row + 2 * VECTOR_BYTES, LE).fma(w, acc2);
                acc3 = FloatVector.fromMemorySegment(FLOATS, table, row + 3 * VECTOR_BYTES, LE).fma(w, acc3);
                acc4 = FloatVector.fromMemorySegment(FLOATS, table, row + 4 * VECTOR_BYTES, LE).fma(w, acc4);
                acc5 = FloatVector.fromMemorySegment(FLOATS, table, row + 5 * VECTOR_BYTES, LE).fma(w, acc5);
                acc6 = FloatVector.fromMemorySegment(FLOATS, table, row + 6 * VECTOR_BYTES, LE).fma(w, acc6);
                acc7 = FloatVector.fromMemorySegment(FLOATS, table, row + 7 * VECTOR_BYTES, LE).fma(w, acc7);
            }
            final float factor = mean && end > start ? 1f / (end - start) : 1f;
            acc0.mul(factor).intoMemorySegment(out, to, LE);
            acc1.mul(factor).intoMemorySegment(out, to + VECTOR_BYTES, LE);
            acc2.mul(factor).intoMemorySegment(out, to + 2 * VECTOR_BYTES, LE);
            acc3.mul(factor).intoMemorySegment(out, to + 3 * VECTOR_BYTES, LE);
            acc4.mul(factor).intoMemorySegment(out, to + 4 * VECTOR_BYTES, LE);
            acc5.mul(factor).intoMemorySegment(out, to + 5 * VECTOR_BYTES, LE);
            acc6.mul(factor).intoMemorySegment(out, to + 6 * VECTOR_BYTES, LE);
            acc7.mul(factor).intoMemorySegment(out, to + 7 * VECTOR_BYTES, LE);
        }
    }

    /** One column of rows that are shorter than a vector. */
    private static void slsF32Column(MemorySegment table, long tableOffset, long rowStrideBytes, MemorySegment indices,
            long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags, boolean mean,
            MemorySegment weights, long weightsOffset, MemorySegment out, long outOffset, long outStrideBytes) {
        int end = offsets.get(INT, offsetsOffset);
        for (int b = 0; b < bags; b++) {
            final int start = end;
            end = offsets.get(INT, offsetsOffset + ((long) (b + 1) << 2));
            final long to = outOffset + b * outStrideBytes;
            if (weights == null && end - start == 1) {
                final long row = indices.get(LONG, indicesOffset + ((long) start << 3)) * rowStrideBytes;
                out.set(FLOAT, to, table.get(FLOAT, tableOffset + row));
                continue;
            }
            float sum = 0;
            for (int p = start; p < end; p++) {
                final long row = indices.get(LONG, indicesOffset + ((long) p << 3)) * rowStrideBytes;
                final float weight = weights == null ? 1f : weights.get(FLOAT, weightsOffset + ((long) p << 2));
                sum = Math.fma(weight, table.get(FLOAT, tableOffset + row), sum);
            }
            out.set(FLOAT, to, mean && end > start ? sum * (1f / (end - start)) : sum);
        }
    }
}
