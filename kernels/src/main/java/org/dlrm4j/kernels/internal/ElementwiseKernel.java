package org.dlrm4j.kernels.internal;

import java.lang.foreign.MemorySegment;

/**
 * Element-wise functions and reductions. Arguments were checked by the facade classes of
 * {@code org.dlrm4j.kernels}, whose javadoc states the contracts.
 */
public interface ElementwiseKernel {
    /** {@code x = 1 / (1 + exp(-x))} in place over an {@code m × n} matrix. */
    void sigmoid(MemorySegment x, long xOffset, long rowStrideBytes, int m, int n);

    /** {@code dy *= y > 0} over an {@code m × n} matrix. */
    void reluBackward(MemorySegment y, long yOffset, long yRowStrideBytes, MemorySegment dy, long dyOffset,
            long dyRowStrideBytes, int m, int n);

    /** {@code dy *= y·(1 - y)} over an {@code m × n} matrix. */
    void sigmoidBackward(MemorySegment y, long yOffset, long yRowStrideBytes, MemorySegment dy, long dyOffset,
            long dyRowStrideBytes, int m, int n);

    /** {@code out = a + b} over {@code m × n} matrices. */
    void add(MemorySegment a, long aOffset, long aStrideBytes, MemorySegment b, long bOffset, long bStrideBytes,
            MemorySegment out, long outOffset, long outStrideBytes, int m, int n);

    /** {@code out = a ⊙ b} over {@code m × n} matrices. */
    void multiply(MemorySegment a, long aOffset, long aStrideBytes, MemorySegment b, long bOffset, long bStrideBytes,
            MemorySegment out, long outOffset, long outStrideBytes, int m, int n);

    /** {@code out[j] = (accumulate ? out[j] : 0) + sum over i of x[i][j]}, rows in order. */
    void columnSums(MemorySegment x, long xOffset, long rowStrideBytes, int m, int n, boolean accumulate,
            MemorySegment out, long outOffset);

    /** Returns the index of the first value that is NaN or infinite, or -1. */
    long firstNonFinite(MemorySegment x, long xOffset, long count);
}
