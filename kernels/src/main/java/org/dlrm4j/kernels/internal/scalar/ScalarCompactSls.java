package org.dlrm4j.kernels.internal.scalar;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.kernels.internal.CompactRows;
import org.dlrm4j.kernels.internal.CompactSlsKernel;

/** Sparse-length-sum over compact rows in plain Java. */
final class ScalarCompactSls implements CompactSlsKernel {
    @Override
    public void forward(RowFormat format, MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            int dim, MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags,
            boolean mean, MemorySegment weights, long weightsOffset, MemorySegment out, long outOffset,
            long outStrideBytes) {
        CompactRows.sumColumns(format, table, tableOffset, rowStrideBytes, dim, 0, dim, indices, indicesOffset, offsets,
                offsetsOffset, bags, mean, weights, weightsOffset, out, outOffset, outStrideBytes);
    }
}
