package org.dlrm4j.kernels.internal.scalar;

import static org.dlrm4j.kernels.internal.Layouts.FLOAT;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.internal.ElementwiseKernel;
import org.dlrm4j.kernels.internal.Sigmoid;

/** Element-wise functions and reductions in plain Java; also the tails of the vector kernels. */
public final class ScalarElementwise implements ElementwiseKernel {
    @Override
    public void sigmoid(MemorySegment x, long xOffset, long rowStrideBytes, int m, int n) {
        for (int i = 0; i < m; i++) {
            sigmoidRow(x, xOffset + i * rowStrideBytes, 0, n);
        }
    }

    @Override
    public void reluBackward(MemorySegment y, long yOffset, long yRowStrideBytes, MemorySegment dy, long dyOffset,
            long dyRowStrideBytes, int m, int n) {
        for (int i = 0; i < m; i++) {
            reluBackwardRow(y, yOffset + i * yRowStrideBytes, dy, dyOffset + i * dyRowStrideBytes, 0, n);
        }
    }

    @Override
    public void sigmoidBackward(MemorySegment y, long yOffset, long yRowStrideBytes, MemorySegment dy, long dyOffset,
            long dyRowStrideBytes, int m, int n) {
        for (int i = 0; i < m; i++) {
            sigmoidBackwardRow(y, yOffset + i * yRowStrideBytes, dy, dyOffset + i * dyRowStrideBytes, 0, n);
        }
    }

    @Override
    public void add(MemorySegment a, long aOffset, long aStrideBytes, MemorySegment b, long bOffset,
            long bStrideBytes, MemorySegment out, long outOffset, long outStrideBytes, int m, int n) {
        for (int i = 0; i < m; i++) {
            addRow(a, aOffset + i * aStrideBytes, b, bOffset + i * bStrideBytes, out, outOffset + i * outStrideBytes, 0,
                    n);
        }
    }

    @Override
    public void multiply(MemorySegment a, long aOffset, long aStrideBytes, MemorySegment b, long bOffset,
            long bStrideBytes, MemorySegment out, long outOffset, long outStrideBytes, int m, int n) {
        for (int i = 0; i < m; i++) {
            multiplyRow(a, aOffset + i * aStrideBytes, b, bOffset + i * bStrideBytes, out,
                    outOffset + i * outStrideBytes, 0,
                    n);
        }
    }

    @Override
    public void columnSums(MemorySegment x, long xOffset, long rowStrideBytes, int m, int n, boolean accumulate,
            MemorySegment out, long outOffset) {
        columnSums(x, xOffset, rowStrideBytes, m, 0, n, accumulate, out, outOffset);
    }

    @Override
    public long firstNonFinite(MemorySegment x, long xOffset, long count) {
        return firstNonFinite(x, xOffset, 0, count);
    }

    /** Applies the sigmoid to elements {@code [from, to)} of a row. */
    public static void sigmoidRow(MemorySegment x, long rowAt, int from, int to) {
        for (int j = from; j < to; j++) {
            final long at = rowAt + ((long) j << 2);
            x.set(FLOAT, at, Sigmoid.of(x.get(FLOAT, at)));
        }
    }

    /** Keeps the gradients {@code [from, to)} of a row where the output is positive. */
    public static void reluBackwardRow(MemorySegment y, long yAt, MemorySegment dy, long dyAt, int from, int to) {
        for (int j = from; j < to; j++) {
            final long at = (long) j << 2;
            if (!(y.get(FLOAT, yAt + at) > 0)) {
                dy.set(FLOAT, dyAt + at, 0f);
            }
        }
    }

    /** Multiplies the gradients {@code [from, to)} of a row by {@code y·(1 - y)}. */
    public static void sigmoidBackwardRow(MemorySegment y, long yAt, MemorySegment dy, long dyAt, int from, int to) {
        for (int j = from; j < to; j++) {
            final long at = (long) j << 2;
            final float s = y.get(FLOAT, yAt + at);
            dy.set(FLOAT, dyAt + at, dy.get(FLOAT, dyAt + at) * (s * (1f - s)));
        }
    }

    /** Adds elements {@code [from, to)} of two rows. */
    public static void addRow(MemorySegment a, long aAt, MemorySegment b, long bAt, MemorySegment out, long outAt,
            int from, int to) {
        for (int j = from; j < to; j++) {
            final long at = (long) j << 2;
            out.set(FLOAT, outAt + at, a.get(FLOAT, aAt + at) + b.get(FLOAT, bAt + at));
        }
    }

    /** Multiplies elements {@code [from, to)} of two rows. */
    public static void multiplyRow(MemorySegment a, long aAt, MemorySegment b, long bAt, MemorySegment out, long outAt,
            int from, int to) {
        for (int j = from; j < to; j++) {
            final long at = (long) j << 2;
            out.set(FLOAT, outAt + at, a.get(FLOAT, aAt + at) * b.get(FLOAT, bAt + at));
        }
    }

    /** Sums columns {@code [from, to)}. */
    public static void columnSums(MemorySegment x, long xOffset, long rowStrideBytes, int m, int from, int to,
            boolean accumulate, MemorySegment out, long outOffset) {
        for (int j = from; j < to; j++) {
            final long at = (long) j << 2;
            float sum = accumulate ? out.get(FLOAT, outOffset + at) : 0f;
            for (int i = 0; i < m; i++) {
                sum += x.get(FLOAT, xOffset + at + i * rowStrideBytes);
            }
            out.set(FLOAT, outOffset + at, sum);
        }
    }

    /** Computes {@code to += factor · from}, one fused multiply-add an element. */
    public static void addScaled(MemorySegment to, long toOffset, MemorySegment from, long fromOffset, long count,
            float factor) {
        for (long i = 0; i < count; i++) {
            final long at = i << 2;
            to.set(FLOAT, toOffset + at,
                    Math.fma(factor, from.get(FLOAT, fromOffset + at), to.get(FLOAT, toOffset + at)));
        }
    }

    /** Returns the first index in {@code [from, to)} of a value that is NaN or infinite, or -1. */
    public static long firstNonFinite(MemorySegment x, long xOffset, long from, long to) {
        for (long i = from; i < to; i++) {
            if (!Float.isFinite(x.get(FLOAT, xOffset + (i << 2)))) {
                return i;
            }
        }
        return -1;
    }
}
