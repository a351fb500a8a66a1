package org.dlrm4j.kernels.internal;

import java.lang.foreign.MemorySegment;

/**
 * Cross layers, {@code m} rows of {@code d} floats. Arguments were checked by {@link org.dlrm4j.kernels.CrossLayer},
 * whose javadoc states the contracts.
 */
public interface CrossKernel {
    /** {@code s[i] = x[i]·w; y[i][j] = x0[i][j]·s[i] + b[j] + x[i][j]}. */
    void forward(MemorySegment x0, long x0Offset, long x0StrideBytes, MemorySegment x, long xOffset, long xStrideBytes,
            MemorySegment w, long wOffset, MemorySegment b, long bOffset, MemorySegment y, long yOffset,
            long yStrideBytes, MemorySegment s, long sOffset, int m, int d);

    /** {@code ds[i] = dy[i]·x0[i]; dx[i][j] = dy[i][j] + ds[i]·w[j]; dx0[i][j] += dy[i][j]·s[i]}. */
    void backward(MemorySegment x0, long x0Offset, long x0StrideBytes, MemorySegment w, long wOffset, MemorySegment s,
            long sOffset, MemorySegment dy, long dyOffset, long dyStrideBytes, MemorySegment dx, long dxOffset,
            long dxStrideBytes, MemorySegment dx0, long dx0Offset, long dx0StrideBytes, MemorySegment ds,
            long dsOffset, int m, int d);

    /** {@code dw[j] = (accumulate ? dw[j] : 0) + Σ_i ds[i]·x[i][j]}, rows in order. */
    void weightGradient(MemorySegment x, long xOffset, long xStrideBytes, MemorySegment ds, long dsOffset, int m, int n,
            boolean accumulate, MemorySegment dw, long dwOffset);

    /** {@code y = x0·z + x}, element by element. */
    void combine(MemorySegment x0, long x0Offset, long x0StrideBytes, MemorySegment z, long zOffset, long zStrideBytes,
            MemorySegment x, long xOffset, long xStrideBytes, MemorySegment y, long yOffset, long yStrideBytes, int m,
            int d);

    /** {@code dz = dy·x0; dx0 += dy·z; dx += dy}, element by element. */
    void combineBackward(MemorySegment x0, long x0Offset, long x0StrideBytes, MemorySegment z, long zOffset,
            long zStrideBytes, MemorySegment dy, long dyOffset, long dyStrideBytes, MemorySegment dz, long dzOffset,
            long dzStrideBytes, MemorySegment dx0, long dx0Offset, long dx0StrideBytes, MemorySegment dx,
            long dxOffset, long dxStrideBytes, int m, int d);

    /** {@code to += from}, element by element. */
    void add(MemorySegment from, long fromOffset, long fromStrideBytes, MemorySegment to, long toOffset,
            long toStrideBytes, int m, int d);
}
