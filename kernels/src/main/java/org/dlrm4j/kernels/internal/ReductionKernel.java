package org.dlrm4j.kernels.internal;

import java.lang.foreign.MemorySegment;

/**
 * Sums over whole vectors in one fixed order, whatever the vector width: {@link #LANES} interleaved partial sums over
 * the whole groups of that many elements, added as a halving tree (l + (l + 8), then + (l + 4), and so on), then the
 * remaining elements one by one. Arguments were checked.
 */
public interface ReductionKernel {
    /** Interleaved partial sums: the lanes of the widest vector. */
    int LANES = 16;
    /** Interleaved partial sums in double precision: half as many. */
    int DOUBLE_LANES = 8;

    /** Returns {@code Σ a[i]·b[i]}, one fused multiply-add an element. */
    float dot(MemorySegment a, long aOffset, MemorySegment b, long bOffset, int count);

    /** Returns {@code Σ x[i]²} in double precision, with {@link #DOUBLE_LANES} partial sums. */
    double sumOfSquares(MemorySegment x, long xOffset, long count);
}
