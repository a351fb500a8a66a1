package org.dlrm4j.kernels.internal;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.Pooling;

/**
 * Sparse-length-sum. Arguments were checked by {@link org.dlrm4j.kernels.SparseLengthsSum}, whose javadoc states the
 * contract.
 */
public interface SlsKernel {
    /** Returns the position of the first of {@code count} int64 indices that is not in {@code [0, rows)}, or -1. */
    long firstInvalidIndex(MemorySegment indices, long indicesOffset, long count, long rows);

    /** {@code out[b] = pool over p in [offsets[b], offsets[b+1]) of weights[p] · table[indices[p]]}; null: no weights. */
    void forward(MemorySegment table, long tableOffset, long rowStrideBytes, long rows, int dim, MemorySegment indices,
            long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags, Pooling pooling,
            MemorySegment weights, long weightsOffset, MemorySegment out, long outOffset, long outStrideBytes);
}
