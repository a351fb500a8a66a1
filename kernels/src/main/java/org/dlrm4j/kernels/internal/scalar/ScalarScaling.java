package org.dlrm4j.kernels.internal.scalar;

import static org.dlrm4j.kernels.internal.Layouts.FLOAT;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.internal.CounterRandom;
import org.dlrm4j.kernels.internal.ScalingKernel;

/** Scaling and dropout in plain Java; the static methods are also the tails of the vector kernels. */
public final class ScalarScaling implements ScalingKernel {
    @Override
    public void scale(MemorySegment x, long xOffset, long count, float factor) {
        scale(x, xOffset, 0, count, factor);
    }

    @Override
    public void dropout(MemorySegment x, long xOffset, long rowStrideBytes, int m, int n, long layerKey,
            long firstSample, int threshold, float scale) {
        for (int i = 0; i < m; i++) {
            dropoutRow(x, xOffset + i * rowStrideBytes, 0, n, CounterRandom.rowKey(layerKey, firstSample + i),
                    threshold,
                    scale);
        }
    }

    /** Multiplies elements {@code [from, to)}. */
    public static void scale(MemorySegment x, long xOffset, long from, long to, float factor) {
        for (long i = from; i < to; i++) {
            final long at = xOffset + (i << 2);
            x.set(FLOAT, at, x.get(FLOAT, at) * factor);
        }
    }

    /** Drops or scales units {@code [from, to)} of a row. */
    public static void dropoutRow(MemorySegment x, long rowAt, int from, int to, long rowKey, int threshold,
            float scale) {
        for (int j = from; j < to; j++) {
            final long at = rowAt + ((long) j << 2);
            final boolean dropped = CounterRandom.bits(rowKey, j) >>> 1 < threshold;
            x.set(FLOAT, at, dropped ? 0f : x.get(FLOAT, at) * scale);
        }
    }
}
