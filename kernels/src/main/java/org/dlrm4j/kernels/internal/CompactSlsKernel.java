package org.dlrm4j.kernels.internal;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.RowFormat;

/**
 * Sparse-length-sum over rows in another format than float32. Arguments were checked by
 * {@link org.dlrm4j.kernels.SparseLengthsSum}, whose javadoc states the contract.
 */
public interface CompactSlsKernel {
    /** As {@link SlsKernel#forward}; {@code format} is not F32. */
    void forward(RowFormat format, MemorySegment table, long tableOffset, long rowStrideBytes, long rows, int dim,
            MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean,
            MemorySegment weights, long weightsOffset, MemorySegment out, long outOffset, long outStrideBytes);
}
