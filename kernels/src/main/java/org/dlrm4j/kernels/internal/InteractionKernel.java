package org.dlrm4j.kernels.internal;

import java.lang.foreign.MemorySegment;

/**
 * Dot products of all pairs of feature vectors. Arguments were checked by {@link org.dlrm4j.kernels.DotInteraction},
 * whose javadoc states the contract.
 */
public interface InteractionKernel {
    long scratchBytes(int features, int dim);

    /** {@code out[b] = [T[b][0], T[b][i]·T[b][j] for j < i (j <= i with itself), row-major]}. */
    void forward(MemorySegment t, long tOffset, long tSampleStrideBytes, int features, int dim, boolean itself,
            int batch, MemorySegment out, long outOffset, long outSampleStrideBytes, MemorySegment scratch,
            long scratchOffset);

    /** {@code dT[b] = (G + Gᵀ)·T[b]}, plus the direct part of the dense vector in row 0. */
    void backward(MemorySegment t, long tOffset, long tSampleStrideBytes, int features, int dim, boolean itself,
            int batch, MemorySegment dOut, long dOutOffset, long dOutSampleStrideBytes, MemorySegment dT,
            long dTOffset, long dTSampleStrideBytes, MemorySegment scratch, long scratchOffset);
}
