package org.dlrm4j.kernels.internal.scalar;

import static org.dlrm4j.kernels.internal.Layouts.FLOAT;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.internal.CrossKernel;

/** Cross layers in plain Java; the row methods are also the tails of the vector kernels. */
public final class ScalarCross implements CrossKernel {
    private final ScalarReduction reduction = new ScalarReduction();

    @Override
    public void forward(MemorySegment x0, long x0Offset, long x0StrideBytes, MemorySegment x, long xOffset,
            long xStrideBytes, MemorySegment w, long wOffset, MemorySegment b, long bOffset, MemorySegment y,
            long yOffset, long yStrideBytes, MemorySegment s, long sOffset, int m, int d) {
        for (int i = 0; i < m; i++) {
            final long xAt = xOffset + i * xStrideBytes;
            final float scale = reduction.dot(x, xAt, w, wOffset, d);
            s.set(FLOAT, sOffset + ((long) i << 2), scale);
            forwardRow(x0, x0Offset + i * x0StrideBytes, x, xAt, b, bOffset, y, yOffset + i * yStrideBytes, scale, 0,
                    d);
        }
    }

    @Override
    public void backward(MemorySegment x0, long x0Offset, long x0StrideBytes, MemorySegment w, long wOffset,
            MemorySegment s, long sOffset, MemorySegment dy, long dyOffset, long dyStrideBytes, MemorySegment dx,
            long dxOffset, long dxStrideBytes, MemorySegment dx0, long dx0Offset, long dx0StrideBytes,
            MemorySegment ds, long dsOffset, int m, int d) {
        for (int i = 0; i < m; i++) {
            final long dyAt = dyOffset + i * dyStrideBytes;
            final float gradient = reduction.dot(dy, dyAt, x0, x0Offset + i * x0StrideBytes, d);
            ds.set(FLOAT, dsOffset + ((long) i << 2), gradient);
            backwardRow(w, wOffset, dy, dyAt, dx, dxOffset + i * dxStrideBytes, dx0, dx0Offset + i * dx0StrideBytes,
                    s.get(FLOAT, sOffset + ((long) i << 2)), gradient, 0, d);
        }
    }

    @Override
    public void weightGradient(MemorySegment x, long xOffset, long xStrideBytes, MemorySegment ds, long dsOffset, int m,
            int n, boolean accumulate, MemorySegment dw, long dwOffset) {
        weightGradient(x, xOffset, xStrideBytes, ds, dsOffset, m, 0, n, accumulate, dw, dwOffset);
    }

    @Override
    public void combine(MemorySegment x0, long x0Offset, long x0StrideBytes, MemorySegment z, long zOffset,
            long zStrideBytes, MemorySegment x, long xOffset, long xStrideBytes, MemorySegment y, long yOffset,
            long yStrideBytes, int m, int d) {
        for (int i = 0; i < m; i++) {
            combineRow(x0, x0Offset + i * x0StrideBytes, z, zOffset + i * zStrideBytes, x, xOffset + i * xStrideBytes,
                    y, yOffset + i * yStrideBytes, 0, d);
        }
    }

    @Override
    public void combineBackward(MemorySegment x0, long x0Offset, long x0StrideBytes, MemorySegment z, long zOffset,
            long zStrideBytes, MemorySegment dy, long dyOffset, long dyStrideBytes, MemorySegment dz, long dzOffset,
            long dzStrideBytes, MemorySegment dx0, long dx0Offset, long dx0StrideBytes, MemorySegment dx,
            long dxOffset, long dxStrideBytes, int m, int d) {
        for (int i = 0; i < m; i++) {
            combineBackwardRow(x0, x0Offset + i * x0StrideBytes, z, zOffset + i * zStrideBytes, dy,
                    dyOffset + i * dyStrideBytes, dz, dzOffset + i * dzStrideBytes, dx0,
                    dx0Offset + i * dx0StrideBytes, dx, dxOffset + i * dxStrideBytes, 0, d);
        }
    }

    @Override
    public void add(MemorySegment from, long fromOffset, long fromStrideBytes, MemorySegment to, long toOffset,
            long toStrideBytes, int m, int d) {
        for (int i = 0; i < m; i++) {
            addRow(from, fromOffset + i * fromStrideBytes, to, toOffset + i * toStrideBytes, 0, d);
        }
    }

    /** Computes columns {@code [from, to)} of an output row. */
    public static void forwardRow(MemorySegment x0, long x0At, MemorySegment x, long xAt, MemorySegment b, long bAt,
            MemorySegment y, long yAt, float scale, int from, int to) {
        for (int j = from; j < to; j++) {
            final long at = (long) j << 2;
            final float crossed = Math.fma(x0.get(FLOAT, x0At + at), scale, b.get(FLOAT, bAt + at));
            y.set(FLOAT, yAt + at, crossed + x.get(FLOAT, xAt + at));
        }
    }

    /** Computes columns {@code [from, to)} of a row of both gradients. */
    public static void backwardRow(MemorySegment w, long wAt, MemorySegment dy, long dyAt, MemorySegment dx, long dxAt,
            MemorySegment dx0, long dx0At, float scale, float scaleGradient, int from, int to) {
        for (int j = from; j < to; j++) {
            final long at = (long) j << 2;
            final float gradient = dy.get(FLOAT, dyAt + at);
            dx.set(FLOAT, dxAt + at, Math.fma(w.get(FLOAT, wAt + at), scaleGradient, gradient));
            dx0.set(FLOAT, dx0At + at, Math.fma(gradient, scale, dx0.get(FLOAT, dx0At + at)));
        }
    }

    /** Computes the weight gradients of columns {@code [from, to)}. */
    public static void weightGradient(MemorySegment x, long xOffset, long xStrideBytes, MemorySegment ds, long dsOffset,
            int m, int from, int to, boolean accumulate, MemorySegment dw, long dwOffset) {
        for (int j = from; j < to; j++) {
            final long at = (long) j << 2;
            float sum = accumulate ? dw.get(FLOAT, dwOffset + at) : 0f;
            for (int i = 0; i < m; i++) {
                sum = Math.fma(x.get(FLOAT, xOffset + at + i * xStrideBytes), ds.get(FLOAT, dsOffset + ((long) i << 2)),
                        sum);
            }
            dw.set(FLOAT, dwOffset + at, sum);
        }
    }

    /** Combines columns {@code [from, to)} of a row. */
    public static void combineRow(MemorySegment x0, long x0At, MemorySegment z, long zAt, MemorySegment x, long xAt,
            MemorySegment y, long yAt, int from, int to) {
        for (int j = from; j < to; j++) {
            final long at = (long) j << 2;
            y.set(FLOAT, yAt + at,
                    Math.fma(x0.get(FLOAT, x0At + at), z.get(FLOAT, zAt + at), x.get(FLOAT, xAt + at)));
        }
    }

    /** Computes columns {@code [from, to)} of a row of the three gradients. */
    public static void combineBackwardRow(MemorySegment x0, long x0At, MemorySegment z, long zAt, MemorySegment dy,
            long dyAt, MemorySegment dz, long dzAt, MemorySegment dx0, long dx0At, MemorySegment dx, long dxAt,
            int from, int to) {
        for (int j = from; j < to; j++) {
            final long at = (long) j << 2;
            final float gradient = dy.get(FLOAT, dyAt + at);
            dz.set(FLOAT, dzAt + at, gradient * x0.get(FLOAT, x0At + at));
            dx0.set(FLOAT, dx0At + at, Math.fma(gradient, z.get(FLOAT, zAt + at), dx0.get(FLOAT, dx0At + at)));
            dx.set(FLOAT, dxAt + at, dx.get(FLOAT, dxAt + at) + gradient);
        }
    }

    /** Adds columns {@code [from, to)} of a row. */
    public static void addRow(MemorySegment source, long sourceAt, MemorySegment sum, long sumAt, int from, int to) {
        for (int j = from; j < to; j++) {
            final long at = (long) j << 2;
            sum.set(FLOAT, sumAt + at, sum.get(FLOAT, sumAt + at) + source.get(FLOAT, sourceAt + at));
        }
    }
}
