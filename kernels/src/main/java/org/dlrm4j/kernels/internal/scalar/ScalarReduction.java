package org.dlrm4j.kernels.internal.scalar;

import static org.dlrm4j.kernels.internal.Layouts.FLOAT;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.internal.ReductionKernel;

/** Sums over whole vectors in plain Java; also the tails of the vector kernels. */
public final class ScalarReduction implements ReductionKernel {
    @Override
    public float dot(MemorySegment a, long aOffset, MemorySegment b, long bOffset, int count) {
        final int whole = count - count % LANES;
        final float sum = (dot4(a, aOffset, b, bOffset, 0, whole) + dot4(a, aOffset, b, bOffset, 2, whole))
                + (dot4(a, aOffset, b, bOffset, 1, whole) + dot4(a, aOffset, b, bOffset, 3, whole));
        return dotTail(a, aOffset, b, bOffset, whole, count, sum);
    }

    /** Returns {@code sum} plus the products {@code [from, to)}, one after the other. */
    public static float dotTail(MemorySegment a, long aOffset, MemorySegment b, long bOffset, int from, int to,
            float sum) {
        float total = sum;
        for (int i = from; i < to; i++) {
            final long at = (long) i << 2;
            total = Math.fma(a.get(FLOAT, aOffset + at), b.get(FLOAT, bOffset + at), total);
        }
        return total;
    }

    /** Returns the sum of four partial sums: lane, lane + 8, lane + 4, lane + 12. */
    private static float dot4(MemorySegment a, long aOffset, MemorySegment b, long bOffset, int lane, int whole) {
        float sum0 = 0;
        float sum4 = 0;
        float sum8 = 0;
        float sum12 = 0;
        for (int i = lane; i < whole; i += LANES) {
            final long aAt = aOffset + ((long) i << 2);
            final long bAt = bOffset + ((long) i << 2);
            sum0 = Math.fma(a.get(FLOAT, aAt), b.get(FLOAT, bAt), sum0);
            sum4 = Math.fma(a.get(FLOAT, aAt + 16), b.get(FLOAT, bAt + 16), sum4);
            sum8 = Math.fma(a.get(FLOAT, aAt + 32), b.get(FLOAT, bAt + 32), sum8);
            sum12 = Math.fma(a.get(FLOAT, aAt + 48), b.get(FLOAT, bAt + 48), sum12);
        }
        return (sum0 + sum8) + (sum4 + sum12);
    }
}
