package org.dlrm4j.kernels.internal;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.Pooling;

/**
 * The backward of sparse-length-sum fused with the optimizer's row update, and its pieces. Arguments were checked by
 * {@link org.dlrm4j.kernels.SparseUpdate}, whose javadoc states the contract.
 */
public interface SparseUpdateKernel {
    /** Subtracts {@code lr · gradient} once per occurrence, in order, from rows with {@code row % parts == part}. */
    void sgd(MemorySegment table, long tableOffset, long rowStrideBytes, long rows, int dim, MemorySegment indices,
            long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags, Pooling pooling,
            MemorySegment weights, long weightsOffset, MemorySegment grad, long gradOffset, long gradStrideBytes,
            float learningRate, int part, int parts);

    /**
     * Sums the gradients of one row's occurrences, in order, into the scratch row, and zeros behind it up to
     * {@link RowCoalescer#paddedDim}.
     */
    void sumGradients(MemorySegment grad, int dim, int first, long occurrences, MemorySegment scratch,
            long scratchOffset);

    /**
     * Takes the step of one row whose gradient {@code g} is in the scratch row:
     * {@code g += weightDecay · row; state += mean(g²); row -= lr · g / (sqrt(state) + eps)}.
     */
    void rowWiseAdagrad(MemorySegment table, long rowAt, int dim, MemorySegment state, long stateAt,
            MemorySegment scratch, long scratchOffset, float learningRate, float epsilon, float weightDecay);

    /**
     * Reads a value of each cache line of the rows of the entries {@code [from, to)}, where that helps; returns some number that
     * depends on all of them.
     */
    int touch(MemorySegment memory, long offset, long rowStrideBytes, long rows, int rowBytes, MemorySegment scratch,
            long entries, int from, int to);
}
