package org.dlrm4j.kernels.internal;

import java.lang.foreign.MemorySegment;

/**
 * Multiplication of vectors and matrices by a number, all of them or a random choice. Arguments were checked by
 * {@link org.dlrm4j.kernels.GradientNorm} and {@link org.dlrm4j.kernels.Dropout}, whose javadoc states the contracts.
 */
public interface ScalingKernel {
    /** {@code x *= factor}. */
    void scale(MemorySegment x, long xOffset, long count, float factor);

    /**
     * {@code x[i][j] = (bits(i, j) >>> 1) < threshold ? 0 : x[i][j]·scale}, with the {@link CounterRandom} of row
     * {@code firstSample + i} and unit j.
     */
    void dropout(MemorySegment x, long xOffset, long rowStrideBytes, int m, int n, long layerKey, long firstSample,
            int threshold, float scale);
}
