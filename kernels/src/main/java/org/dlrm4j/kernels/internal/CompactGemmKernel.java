package org.dlrm4j.kernels.internal;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.Activation;
import org.dlrm4j.kernels.WeightFormat;

/**
 * {@code C = f(A·B + bias)} with the elements of {@code B} in 16 or 8 bits. Arguments were checked by
 * {@link org.dlrm4j.kernels.CompactGemm}, whose javadoc states the contract.
 */
public interface CompactGemmKernel {
    /** Bytes behind the last compact panel that may be read, but do not count. */
    int SLACK_BYTES = 4;

    /** Returns how many columns the width of a packed matrix is a multiple of. */
    int lanes();

    /** Returns where in the panels of a format {@code B[0][j]} lies; {@code j} may be a column that only fills the last vector. */
    long columnOffset(WeightFormat format, int k, int n, int j);

    /** Returns the distance from {@code B[p][j]} to {@code B[p + 1][j]}. */
    long stepBytes(WeightFormat format, int n, int j);

    /**
     * Computes {@code C}. In the segment {@code packed} lie, from {@code panels} on, the panels of the format, from {@code floats} on
     * those of {@code F32} with the same elements, and from {@code scales} on, of {@code I8}, a float a column. {@code bias} may be null.
     */
    void multiply(WeightFormat format, MemorySegment a, long aOffset, long aRowStrideBytes, MemorySegment packed,
            long panels, long floats, long scales, int m, int k, int n, MemorySegment c, long cOffset,
            long cRowStrideBytes, MemorySegment bias, long biasOffset, Activation activation);
}
