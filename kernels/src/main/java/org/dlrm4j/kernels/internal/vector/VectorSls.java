package org.dlrm4j.kernels.internal.vector;

import static org.dlrm4j.kernels.internal.vector.RawMemory.ALL;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOAT;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.INT;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LE;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LANES;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LONG;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LONGS;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import org.dlrm4j.kernels.Pooling;
import org.dlrm4j.kernels.internal.SlsKernel;

/**
 * Sparse-length-sum with the output row in registers, up to 8 vectors at a time: the second chunk of a wider row finds its
 * neighbour in cache. Rows are reached through {@link RawMemory}.
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
    public void forward(MemorySegment table, long tableOffset, long rowStrideBytes, long rows, int dim,
            MemorySegment indices,
            long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags, Pooling pooling,
            MemorySegment weights, long weightsOffset, MemorySegment out, long outOffset, long outStrideBytes) {
        final boolean mean = pooling == Pooling.MEAN;
        if (dim < LANES || rowStrideBytes > RawMemory.MAX_STRIDE_BYTES) {
            int j = 0;
            for (; j <= dim - 4 && rowStrideBytes <= RawMemory.MAX_STRIDE_BYTES; j += 4) {
                final long at = (long) j << 2;
                slsQuad(table, tableOffset + at, rowStrideBytes, rows, indices, indicesOffset, offsets, offsetsOffset,
                        bags, mean, weights, weightsOffset, out, outOffset + at, outStrideBytes);
            }
            for (; j < dim; j++) {
                final long at = (long) j << 2;
                slsColumn(table, tableOffset + at, rowStrideBytes, indices, indicesOffset, offsets, offsetsOffset,
                        bags, mean, weights, weightsOffset, out, outOffset + at, outStrideBytes);
            }
            return;
        }
        final boolean singles = weights == null && outStrideBytes <= RawMemory.MAX_STRIDE_BYTES
                && SlsSingles.areAll(offsets, offsetsOffset, bags);
        final long firstIndex = indicesOffset + ((long) offsets.get(INT, offsetsOffset) << 3);
        for (int j = 0; j < dim;) {
            final int vectors = Math.min(chunkVectors((dim - j) / LANES), singles ? 4 : 8);
            // The last vector may overlap the one before: it computes the same values again.
            final long at = (long) Math.min(j, dim - LANES) << 2;
            if (singles) {
                singles(vectors, table, tableOffset + at, rowStrideBytes, rows, indices, firstIndex, bags, out,
                        outOffset + at, outStrideBytes);
            } else if (weights == null) {
                sums(vectors, table, tableOffset + at, rowStrideBytes, rows, indices, indicesOffset, offsets,
                        offsetsOffset, bags, mean, out, outOffset + at, outStrideBytes);
            } else {
                weightedSums(vectors, table, tableOffset + at, rowStrideBytes, rows, indices, indicesOffset, offsets,
                        offsetsOffset, bags, mean, weights, weightsOffset, out, outOffset + at, outStrideBytes);
            }
            j += vectors * LANES;
        }
    }

    static int chunkVectors(int vectorsLeft) {
        return vectorsLeft >= 8 ? 8 : vectorsLeft >= 4 ? 4 : vectorsLeft >= 2 ? 2 : 1;
    }

    private static void singles(int vectors, MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            MemorySegment indices, long firstIndex, int bags, MemorySegment out, long outOffset, long outStrideBytes) {
        switch (vectors) {
            case 4 -> SlsSingles.rows4v(table, tableOffset, rowStrideBytes, rows, indices, firstIndex, bags, out,
                    outOffset, outStrideBytes);
            case 2 -> SlsSingles.rows2v(table, tableOffset, rowStrideBytes, rows, indices, firstIndex, bags, out,
                    outOffset, outStrideBytes);
            default -> SlsSingles.rows1v(table, tableOffset, rowStrideBytes, rows, indices, firstIndex, bags, out,
                    outOffset, outStrideBytes);
        }
    }

    private static void sums(int vectors, MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, MemorySegment out, long outOffset, long outStrideBytes) {
        switch (vectors) {
            case 8 -> SlsSums.sls8v(table, tableOffset, rowStrideBytes, rows, indices, indicesOffset, offsets,
                    offsetsOffset, bags, mean, out, outOffset, outStrideBytes);
            case 4 -> SlsSums.sls4v(table, tableOffset, rowStrideBytes, rows, indices, indicesOffset, offsets,
                    offsetsOffset, bags, mean, out, outOffset, outStrideBytes);
            case 2 -> SlsSums.sls2v(table, tableOffset, rowStrideBytes, rows, indices, indicesOffset, offsets,
                    offsetsOffset, bags, mean, out, outOffset, outStrideBytes);
            default -> SlsSums.sls1v(table, tableOffset, rowStrideBytes, rows, indices, indicesOffset, offsets,
                    offsetsOffset, bags, mean, out, outOffset, outStrideBytes);
        }
    }

    private static void weightedSums(int vectors, MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, MemorySegment weights, long weightsOffset, MemorySegment out, long outOffset,
            long outStrideBytes) {
        switch (vectors) {
            case 8 -> SlsWeightedSums.sls8v(table, tableOffset, rowStrideBytes, rows, indices, indicesOffset, offsets,
                    offsetsOffset, bags, mean, weights, weightsOffset, out, outOffset, outStrideBytes);
            case 4 -> SlsWeightedSums.sls4v(table, tableOffset, rowStrideBytes, rows, indices, indicesOffset, offsets,
                    offsetsOffset, bags, mean, weights, weightsOffset, out, outOffset, outStrideBytes);
            case 2 -> SlsWeightedSums.sls2v(table, tableOffset, rowStrideBytes, rows, indices, indicesOffset, offsets,
                    offsetsOffset, bags, mean, weights, weightsOffset, out, outOffset, outStrideBytes);
            default -> SlsWeightedSums.sls1v(table, tableOffset, rowStrideBytes, rows, indices, indicesOffset, offsets,
                    offsetsOffset, bags, mean, weights, weightsOffset, out, outOffset, outStrideBytes);
        }
    }

    /** Four columns of rows that are shorter than a vector; one at a time would read each index and row four times. */
    private static void slsQuad(MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, MemorySegment weights, long weightsOffset, MemorySegment out, long outOffset,
            long outStrideBytes) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        int end = offsets.get(INT, offsetsOffset);
        for (int b = 0; b < bags; b++) {
            final int start = end;
            end = offsets.get(INT, offsetsOffset + ((long) (b + 1) << 2));
            float sum0 = 0;
            float sum1 = 0;
            float sum2 = 0;
            float sum3 = 0;
            for (int p = start; p < end; p++) {
                final long row = base
                        + RawMemory.row(indices.get(LONG, indicesOffset + ((long) p << 3)), last) * stride;
                final float weight = weights == null ? 1f : weights.get(FLOAT, weightsOffset + ((long) p << 2));
                sum0 = Math.fma(weight, ALL.get(FLOAT, row), sum0);
                sum1 = Math.fma(weight, ALL.get(FLOAT, row + Float.BYTES), sum1);
                sum2 = Math.fma(weight, ALL.get(FLOAT, row + 2 * Float.BYTES), sum2);
                sum3 = Math.fma(weight, ALL.get(FLOAT, row + 3 * Float.BYTES), sum3);
            }
            final float factor = mean && end > start ? 1f / (end - start) : 1f;
            final long to = outOffset + b * outStrideBytes;
            out.set(FLOAT, to, sum0 * factor);
            out.set(FLOAT, to + Float.BYTES, sum1 * factor);
            out.set(FLOAT, to + 2 * Float.BYTES, sum2 * factor);
            out.set(FLOAT, to + 3 * Float.BYTES, sum3 * factor);
        }
    }

    /** One column: of rows that are shorter than a vector, or farther apart than {@link RawMemory} can tell. */
    private static void slsColumn(MemorySegment table, long tableOffset, long rowStrideBytes, MemorySegment indices,
            long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags, boolean mean,
            MemorySegment weights, long weightsOffset, MemorySegment out, long outOffset, long outStrideBytes) {
        int end = offsets.get(INT, offsetsOffset);
        for (int b = 0; b < bags; b++) {
            final int start = end;
            end = offsets.get(INT, offsetsOffset + ((long) (b + 1) << 2));
            final long to = outOffset + b * outStrideBytes;
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
