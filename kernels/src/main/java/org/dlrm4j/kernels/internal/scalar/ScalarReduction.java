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

    @Override
    public double sumOfSquares(MemorySegment x, long xOffset, long count) {
        final long whole = count - count % LANES;
        final double sum = squares4(x, xOffset, 0, whole) + squares4(x, xOffset, 1, whole);
        return squaresTail(x, xOffset, whole, count, sum);
    }

    /** Returns {@code sum} plus the squares {@code [from, to)}, one after the other. */
    public static double squaresTail(MemorySegment x, long xOffset, long from, long to, double sum) {
        double total = sum;
        for (long i = from; i < to; i++) {
            final double value = x.get(FLOAT, xOffset + (i << 2));
            total += value * value;
        }
        return total;
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

    /** Returns the sum of four partial sums: lane, lane + 4, lane + 2, lane + 6. */
    private static double squares4(MemorySegment x, long xOffset, long lane, long whole) {
        double sum0 = 0;
        double sum2 = 0;
        double sum4 = 0;
        double sum6 = 0;
        for (long i = lane; i < whole; i += DOUBLE_LANES) {
            final long at = xOffset + (i << 2);
            final double value0 = x.get(FLOAT, at);
            final double value2 = x.get(FLOAT, at + 8);
            final double value4 = x.get(FLOAT, at + 16);
            final double value6 = x.get(FLOAT, at + 24);
            sum0 += value0 * value0;
            sum2 += value2 * value2;
            sum4 += value4 * value4;
            sum6 += value6 * value6;
        }
        return (sum0 + sum4) + (sum2 + sum6);
    }
}
