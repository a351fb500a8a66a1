package org.dlrm4j.kernels.internal.vector;

import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOAT;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOATS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LANES;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LE;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.VECTOR_BYTES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import org.dlrm4j.kernels.internal.CrossKernel;
import org.dlrm4j.kernels.internal.scalar.ScalarCross;

/**
 * Cross layers on vectors. A row's product comes first, then the row is read again from the first cache level. Tails
 * run the scalar kernels, whose operations are the same.
 */
final class VectorCross implements CrossKernel {
    @Override
    public void forward(MemorySegment x0, long x0Offset, long x0StrideBytes, MemorySegment x, long xOffset,
            long xStrideBytes, MemorySegment w, long wOffset, MemorySegment b, long bOffset, MemorySegment y,
            long yOffset, long yStrideBytes, MemorySegment s, long sOffset, int m, int d) {
        final int bound = FLOATS.loopBound(d);
        for (int i = 0; i < m; i++) {
            final long x0At = x0Offset + i * x0StrideBytes;
            final long xAt = xOffset + i * xStrideBytes;
            final long yAt = yOffset + i * yStrideBytes;
            final float scale = VectorReduction.dotOf(x, xAt, w, wOffset, d);
            s.set(FLOAT, sOffset + ((long) i << 2), scale);
            forwardBody(x0, x0At, x, xAt, b, bOffset, y, yAt, scale, bound);
            ScalarCross.forwardRow(x0, x0At, x, xAt, b, bOffset, y, yAt, scale, bound, d);
        }
    }

    @Override
    public void backward(MemorySegment x0, long x0Offset, long x0StrideBytes, MemorySegment w, long wOffset,
            MemorySegment s, long sOffset, MemorySegment dy, long dyOffset, long dyStrideBytes, MemorySegment dx,
            long dxOffset, long dxStrideBytes, MemorySegment dx0, long dx0Offset, long dx0StrideBytes,
            MemorySegment ds, long dsOffset, int m, int d) {
        final int bound = FLOATS.loopBound(d);
        for (int i = 0; i < m; i++) {
            final long dyAt = dyOffset + i * dyStrideBytes;
            final long dxAt = dxOffset + i * dxStrideBytes;
            final long dx0At = dx0Offset + i * dx0StrideBytes;
            final float scale = s.get(FLOAT, sOffset + ((long) i << 2));
            final float gradient = VectorReduction.dotOf(dy, dyAt, x0, x0Offset + i * x0StrideBytes, d);
            ds.set(FLOAT, dsOffset + ((long) i << 2), gradient);
            backwardBody(w, wOffset, dy, dyAt, dx, dxAt, dx0, dx0At, scale, gradient, bound);
            ScalarCross.backwardRow(w, wOffset, dy, dyAt, dx, dxAt, dx0, dx0At, scale, gradient, bound, d);
        }
    }

    @Override
    public void weightGradient(MemorySegment x, long xOffset, long xStrideBytes, MemorySegment ds, long dsOffset, int m,
            int n, boolean accumulate, MemorySegment dw, long dwOffset) {
        if (!accumulate) {
            // An accumulator that starts from zero or from memory would be boxed where the two meet.
            for (int j = 0; j <= n - LANES; j += LANES) {
                FloatVector.zero(FLOATS).intoMemorySegment(dw, dwOffset + ((long) j << 2), LE);
            }
        }
        int j = 0;
        for (; j <= n - 4 * LANES; j += 4 * LANES) {
            final long at = (long) j << 2;
            weightGradient4Body(x, xOffset + at, xStrideBytes, ds, dsOffset, m, dw, dwOffset + at);
        }
        for (; j <= n - LANES; j += LANES) {
            final long at = (long) j << 2;
            weightGradient1Body(x, xOffset + at, xStrideBytes, ds, dsOffset, m, dw, dwOffset + at);
        }
        ScalarCross.weightGradient(x, xOffset, xStrideBytes, ds, dsOffset, m, j, n, accumulate, dw, dwOffset);
    }

    @Override
    public void combine(MemorySegment x0, long x0Offset, long x0StrideBytes, MemorySegment z, long zOffset,
            long zStrideBytes, MemorySegment x, long xOffset, long xStrideBytes, MemorySegment y, long yOffset,
            long yStrideBytes, int m, int d) {
        final int bound = FLOATS.loopBound(d);
        for (int i = 0; i < m; i++) {
            final long x0At = x0Offset + i * x0StrideBytes;
            final long zAt = zOffset + i * zStrideBytes;
            final long xAt = xOffset + i * xStrideBytes;
            final long yAt = yOffset + i * yStrideBytes;
            combineBody(x0, x0At, z, zAt, x, xAt, y, yAt, bound);
            ScalarCross.combineRow(x0, x0At, z, zAt, x, xAt, y, yAt, bound, d);
        }
    }

    @Override
    public void combineBackward(MemorySegment x0, long x0Offset, long x0StrideBytes, MemorySegment z, long zOffset,
            long zStrideBytes, MemorySegment dy, long dyOffset, long dyStrideBytes, MemorySegment dz, long dzOffset,
            long dzStrideBytes, MemorySegment dx0, long dx0Offset, long dx0StrideBytes, MemorySegment dx,
            long dxOffset, long dxStrideBytes, int m, int d) {
        final int bound = FLOATS.loopBound(d);
        for (int i = 0; i < m; i++) {
            final long x0At = x0Offset + i * x0StrideBytes;
            final long zAt = zOffset + i * zStrideBytes;
            final long dyAt = dyOffset + i * dyStrideBytes;
            final long dzAt = dzOffset + i * dzStrideBytes;
            final long dx0At = dx0Offset + i * dx0StrideBytes;
            final long dxAt = dxOffset + i * dxStrideBytes;
            combineBackwardBody(x0, x0At, z, zAt, dy, dyAt, dz, dzAt, dx0, dx0At, dx, dxAt, bound);
            ScalarCross.combineBackwardRow(x0, x0At, z, zAt, dy, dyAt, dz, dzAt, dx0, dx0At, dx, dxAt, bound, d);
        }
    }

    @Override
    public void add(MemorySegment from, long fromOffset, long fromStrideBytes, MemorySegment to, long toOffset,
            long toStrideBytes, int m, int d) {
        final int bound = FLOATS.loopBound(d);
        for (int i = 0; i < m; i++) {
            final long fromAt = fromOffset + i * fromStrideBytes;
            final long toAt = toOffset + i * toStrideBytes;
            addBody(from, fromAt, to, toAt, bound);
            ScalarCross.addRow(from, fromAt, to, toAt, bound, d);
        }
    }

    private static void forwardBody(MemorySegment x0, long x0At, MemorySegment x, long xAt, MemorySegment b, long bAt,
            MemorySegment y, long yAt, float scale, int bound) {
        for (int j = 0; j < bound; j += LANES) {
            final long at = (long) j << 2;
            FloatVector.fromMemorySegment(FLOATS, x0, x0At + at, LE)
                    .fma(FloatVector.broadcast(FLOATS, scale), FloatVector.fromMemorySegment(FLOATS, b, bAt + at, LE))
                    .add(FloatVector.fromMemorySegment(FLOATS, x, xAt + at, LE))
                    .intoMemorySegment(y, yAt + at, LE);
        }
    }

    private static void backwardBody(MemorySegment w, long wAt, MemorySegment dy, long dyAt, MemorySegment dx,
            long dxAt, MemorySegment dx0, long dx0At, float scale, float scaleGradient, int bound) {
        for (int j = 0; j < bound; j += LANES) {
            final long at = (long) j << 2;
            final FloatVector gradient = FloatVector.fromMemorySegment(FLOATS, dy, dyAt + at, LE);
            FloatVector.fromMemorySegment(FLOATS, w, wAt + at, LE)
                    .fma(FloatVector.broadcast(FLOATS, scaleGradient), gradient).intoMemorySegment(dx, dxAt + at, LE);
            gradient.fma(FloatVector.broadcast(FLOATS, scale),
                    FloatVector.fromMemorySegment(FLOATS, dx0, dx0At + at, LE)).intoMemorySegment(dx0, dx0At + at, LE);
        }
    }

    private static void weightGradient4Body(MemorySegment x, long at, long xStrideBytes, MemorySegment ds,
            long dsOffset,
            int m, MemorySegment dw, long to) {
        FloatVector acc0 = FloatVector.fromMemorySegment(FLOATS, dw, to, LE);
        FloatVector acc1 = FloatVector.fromMemorySegment(FLOATS, dw, to + VECTOR_BYTES, LE);
        FloatVector acc2 = FloatVector.fromMemorySegment(FLOATS, dw, to + 2 * VECTOR_BYTES, LE);
        FloatVector acc3 = FloatVector.fromMemorySegment(FLOATS, dw, to + 3 * VECTOR_BYTES, LE);
        for (int i = 0; i < m; i++) {
            final long row = at + i * xStrideBytes;
            final FloatVector scale = FloatVector.broadcast(FLOATS, ds.get(FLOAT, dsOffset + ((long) i << 2)));
            acc0 = FloatVector.fromMemorySegment(FLOATS, x, row, LE).fma(scale, acc0);
            acc1 = FloatVector.fromMemorySegment(FLOATS, x, row + VECTOR_BYTES, LE).fma(scale, acc1);
            acc2 = FloatVector.fromMemorySegment(FLOATS, x, row + 2 * VECTOR_BYTES, LE).fma(scale, acc2);
            acc3 = FloatVector.fromMemorySegment(FLOATS, x, row + 3 * VECTOR_BYTES, LE).fma(scale, acc3);
        }
        acc0.intoMemorySegment(dw, to, LE);
        acc1.intoMemorySegment(dw, to + VECTOR_BYTES, LE);
        acc2.intoMemorySegment(dw, to + 2 * VECTOR_BYTES, LE);
        acc3.intoMemorySegment(dw, to + 3 * VECTOR_BYTES, LE);
    }

    private static void weightGradient1Body(MemorySegment x, long at, long xStrideBytes, MemorySegment ds,
            long dsOffset,
            int m, MemorySegment dw, long to) {
        FloatVector acc = FloatVector.fromMemorySegment(FLOATS, dw, to, LE);
        for (int i = 0; i < m; i++) {
            final FloatVector scale = FloatVector.broadcast(FLOATS, ds.get(FLOAT, dsOffset + ((long) i << 2)));
            acc = FloatVector.fromMemorySegment(FLOATS, x, at + i * xStrideBytes, LE).fma(scale, acc);
        }
        acc.intoMemorySegment(dw, to, LE);
    }

    private static void combineBody(MemorySegment x0, long x0At, MemorySegment z, long zAt, MemorySegment x, long xAt,
            MemorySegment y, long yAt, int bound) {
        for (int j = 0; j < bound; j += LANES) {
            final long at = (long) j << 2;
            FloatVector.fromMemorySegment(FLOATS, x0, x0At + at, LE)
                    .fma(FloatVector.fromMemorySegment(FLOATS, z, zAt + at, LE),
                            FloatVector.fromMemorySegment(FLOATS, x, xAt + at, LE))
                    .intoMemorySegment(y, yAt + at, LE);
        }
    }

    private static void combineBackwardBody(MemorySegment x0, long x0At, MemorySegment z, long zAt, MemorySegment dy,
            long dyAt, MemorySegment dz, long dzAt, MemorySegment dx0, long dx0At, MemorySegment dx, long dxAt,
            int bound) {
        for (int j = 0; j < bound; j += LANES) {
            final long at = (long) j << 2;
            final FloatVector gradient = FloatVector.fromMemorySegment(FLOATS, dy, dyAt + at, LE);
            gradient.mul(FloatVector.fromMemorySegment(FLOATS, x0, x0At + at, LE))
                    .intoMemorySegment(dz, dzAt + at, LE);
            gradient.fma(FloatVector.fromMemorySegment(FLOATS, z, zAt + at, LE),
                    FloatVector.fromMemorySegment(FLOATS, dx0, dx0At + at, LE)).intoMemorySegment(dx0, dx0At + at, LE);
            FloatVector.fromMemorySegment(FLOATS, dx, dxAt + at, LE).add(gradient)
                    .intoMemorySegment(dx, dxAt + at, LE);
        }
    }

    private static void addBody(MemorySegment from, long fromAt, MemorySegment to, long toAt, int bound) {
        for (int j = 0; j < bound; j += LANES) {
            final long at = (long) j << 2;
            FloatVector.fromMemorySegment(FLOATS, to, toAt + at, LE)
                    .add(FloatVector.fromMemorySegment(FLOATS, from, fromAt + at, LE))
                    .intoMemorySegment(to, toAt + at, LE);
        }
    }
}
