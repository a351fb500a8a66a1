package org.dlrm4j.kernels.internal;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.Pooling;

/**
 * The backward of sparse-length-sum fused with the optimizer's row update. Arguments were checked by
 * {@link org.dlrm4j.kernels.SparseUpdate}, whose javadoc states the contract. Only rows with
 * {@code row % parts == part} are touched.
 */
public interface SparseUpdateKernel {
    /** Subtracts {@code lr · gradient} once per occurrence, in order. */
    void sgd(MemorySegment table, long tableOffset, long rowStrideBytes, long rows, int dim, MemorySegment indices,
            long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags, Pooling pooling,
            MemorySegment weights, long weightsOffset, MemorySegment grad, long gradOffset, long gradStrideBytes,
            float learningRate, int part, int parts);

    /** Sums the gradients of each distinct row, then {@code state += g²; row -= lr · g / (sqrt(state) + eps)}. */
    void adagrad(MemorySegment table, long tableOffset, long rowStrideBytes, long rows, int dim, MemorySegment state,
            long stateOffset, long stateStrideBytes, MemorySegment indices, long indicesOffset, MemorySegment offsets,
            long offsetsOffset, int bags, Pooling pooling, MemorySegment weights, long weightsOffset,
            MemorySegment grad, long gradOffset, long gradStrideBytes, float learningRate, float epsilon, int part,
            int parts, MemorySegment scratch, long scratchOffset);

    /** As {@code adagrad} with one state value a row that grows by the mean of {@code g²}. */
    void rowWiseAdagrad(MemorySegment table, long tableOffset, long rowStrideBytes, long rows, int dim,
            MemorySegment state,
            long stateOffset, MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset,
            int bags, Pooling pooling, MemorySegment weights, long weightsOffset, MemorySegment grad, long gradOffset,
            long gradStrideBytes, float learningRate, float epsilon, int part, int parts, MemorySegment scratch,
            long scratchOffset);
}
