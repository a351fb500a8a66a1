package org.dlrm4j.model;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.Pooling;

/**
 * The gradient of a batch for the rows of a table, as sparse optimizers take it: position {@code p} of bag {@code b} contributes
 * {@code gradient[b] · weights[p]}, divided by the bag's length under {@link Pooling#MEAN}, to row {@code indices[p]}. A view of
 * memory that the batch and the backward pass own.
 *
 * @param indices int64 row numbers
 * @param indexCount number of indices
 * @param offsets int32 boundaries of the bags, one more than bags
 * @param bags number of bags
 * @param pooling how a bag's rows were combined
 * @param weights float32, one an index, or null for none
 * @param gradient where the gradients of the bags lie
 * @param gradientOffset byte of the first bag's gradient
 * @param gradientStrideBytes bytes from one bag's gradient to the next
 */
public record SparseGradient(MemorySegment indices, int indexCount, MemorySegment offsets, int bags, Pooling pooling,
        MemorySegment weights, MemorySegment gradient, long gradientOffset, long gradientStrideBytes) {}
