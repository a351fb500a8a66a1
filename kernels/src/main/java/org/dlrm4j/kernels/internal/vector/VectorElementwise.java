package org.dlrm4j.kernels.internal.vector;

import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOAT;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOATS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LANES;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LE;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.VECTOR_BYTES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import org.dlrm4j.kernels.internal.ElementwiseKernel;
import org.dlrm4j.kernels.internal.Sigmoid;
import org.dlrm4j.kernels.internal.scalar.ScalarElementwise;

/**
 * Element-wise functions and reductions on vectors. Tails run the scalar kernels, whose operations are the same.
 */
final class VectorElementwise implements ElementwiseKernel {
    private static final int ROUNDER_BITS = Float.floatToRawIntBits(Sigmoid.ROUNDER);

    @Override
    public void sigmoid(MemorySegment x, long xOffset, long rowStrideBytes, int m, int n) {
        final int bound = FLOATS.loopBound(n);
        for (int i = 0; i < m; i++) {
            final long row = xOffset + i * rowStrideBytes;
            sigmoidBody(x, row, row + ((long) bound << 2));
            ScalarElementwise.sigmoidRow(x, row, bound, n);
        }
    }

    @Override
    public void reluBackward(MemorySegment y, long yOffset, long yRowStrideBytes, MemorySegment dy, long dyOffset,
            long dyRowStrideBytes, int m, int n) {
        final int bound = FLOATS.loopBound(n);
        for (int i = 0; i < m; i++) {
            final long yAt = yOffset + i * yRowStrideBytes;
            final long dyAt = dyOffset + i * dyRowStrideBytes;
            reluBackwardBody(y, yAt, dy, dyAt, bound);
            ScalarElementwise.reluBackwardRow(y, yAt, dy, dyAt, bound, n);
        }
    }

    @Override
    public void sigmoidBackward(MemorySegment y, long yOffset, long yRowStrideBytes, MemorySegment dy, long dyOffset,
            long dyRowStrideBytes, int m, int n) {
        final int bound = FLOATS.loopBound(n);
        for (int i = 0; i < m; i++) {
            final long yAt = yOffset + i * yRowStrideBytes;
            final long dyAt = dyOffset + i * dyRowStrideBytes;
            sigmoidBackwardBody(y, yAt, dy, dyAt, bound);
            ScalarElementwise.sigmoidBackwardRow(y, yAt, dy, dyAt, bound, n);
        }
    }

    @Override
    public void add(MemorySegment a, long aOffset, long aStrideBytes, MemorySegment b, long bOffset,
            long bStrideBytes, MemorySegment out, long outOffset, long outStrideBytes, int m, int n) {
        final int bound = FLOATS.loopBound(n);
        for (int i = 0; i < m; i++) {
            final long aAt = aOffset + i * aStrideBytes;
            final long bAt = bOffset + i * bStrideBytes;
            final long outAt = outOffset + i * outStrideBytes;
            addBody(a, aAt, b, bAt, out, outAt, bound);
            ScalarElementwise.addRow(a, aAt, b, bAt, out, outAt, bound, n);
        }
    }

    @Override
    public void multiply(MemorySegment a, long aOffset, long aStrideBytes, MemorySegment b, long bOffset,
            long bStrideBytes, MemorySegment out, long outOffset, long outStrideBytes, int m, int n) {
        final int bound = FLOATS.loopBound(n);
        for (int i = 0; i < m; i++) {
            final long aAt = aOffset + i * aStrideBytes;
            final long bAt = bOffset + i * bStrideBytes;
            final long outAt = outOffset + i * outStrideBytes;
            multiplyBody(a, aAt, b, bAt, out, outAt, bound);
            ScalarElementwise.multiplyRow(a, aAt, b, bAt, out, outAt, bound, n);
        }
    }

    @Override
    public void columnSums(MemorySegment x, long xOffset, long rowStrideBytes, int m, int n, boolean accumulate,
            MemorySegment out, long outOffset) {
        if (!accumulate) {
            // An accumulator that starts from zero or from memory would be boxed where the two meet (seen at 256 bits).
            for (int j = 0; j <= n - LANES; j += LANES) {
                FloatVector.zero(FLOATS).intoMemorySegment(out, outOffset + ((long) j << 2), LE);
            }
        }
        int j = 0;
        for (; j <= n - 4 * LANES; j += 4 * LANES) {
            final long at = (long) j << 2;
            columnSums4Body(x, xOffset + at, rowStrideBytes, m, out, outOffset + at);
        }
        for (; j <= n - LANES; j += LANES) {
            final long at = (long) j << 2;
            columnSums1Body(x, xOffset + at, rowStrideBytes, m, out, outOffset + at);
        }
        ScalarElementwise.columnSums(x, xOffset, rowStrideBytes, m, j, n, accumulate, out, outOffset);
    }

    @Override
    public long firstNonFinite(MemorySegment x, long xOffset, long count) {
        final long finite = finitePrefixBody(x, xOffset, count - 4 * LANES);
        return ScalarElementwise.firstNonFinite(x, xOffset, finite, count);
    }

    /** {@code to += factor · from}, element by element with a fused multiply-add. */
    static void addScaledRow(MemorySegment to, long toOffset, MemorySegment from, long fromOffset, long count,
            float factor) {
        final long bound = FLOATS.loopBound(count);
        addScaledBody(to, toOffset, from, fromOffset, bound, factor);
        ScalarElementwise.addScaled(to, toOffset + (bound << 2), from, fromOffset + (bound << 2), count - bound,
                factor);
    }

    private static void addScaledBody(MemorySegment to, long toOffset, MemorySegment from, long fromOffset, long bound,
            float factor) {
        for (long i = 0; i < bound; i += LANES) {
            final long at = i << 2;
            final FloatVector x = FloatVector.fromMemorySegment(FLOATS, from, fromOffset + at, LE);
            x.fma(FloatVector.broadcast(FLOATS, factor), FloatVector.fromMemorySegment(FLOATS, to, toOffset + at, LE))
                    .intoMemorySegment(to, toOffset + at, LE);
        }
    }

    private static void sigmoidBody(MemorySegment x, long from, long to) {
        for (long at = from; at < to; at += VECTOR_BYTES) {
            final FloatVector v = FloatVector.fromMemorySegment(FLOATS, x, at, LE);
            final FloatVector abs = v.abs();
            final FloatVector a = abs.blend(Sigmoid.MAX_ABS, abs.compare(VectorOperators.GT, Sigmoid.MAX_ABS)).neg();
            final FloatVector shifted = a.fma(Sigmoid.LOG2_E, Sigmoid.ROUNDER);
            final FloatVector n = shifted.sub(Sigmoid.ROUNDER);
            final FloatVector r = n.fma(FloatVector.broadcast(FLOATS, -Sigmoid.LN2_LOW),
                    n.fma(FloatVector.broadcast(FLOATS, -Sigmoid.LN2_HIGH), a));
            final FloatVector one = FloatVector.broadcast(FLOATS, 1f);
            final FloatVector e = r.fma(Sigmoid.C7, Sigmoid.C6).fma(r, FloatVector.broadcast(FLOATS, Sigmoid.C5))
                    .fma(r, FloatVector.broadcast(FLOATS, Sigmoid.C4)).fma(r, FloatVector.broadcast(FLOATS, Sigmoid.C3))
                    .fma(r, FloatVector.broadcast(FLOATS, Sigmoid.C2)).fma(r, one).fma(r, one);
            final IntVector exponent = shifted.reinterpretAsInts().sub(ROUNDER_BITS);
            final IntVector half = exponent.lanewise(VectorOperators.ASHR, 1);
            final FloatVector low = half.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
            final FloatVector high = exponent.sub(half).add(127).lanewise(VectorOperators.LSHL, 23)
                    .reinterpretAsFloats();
            final FloatVector scaled = e.mul(low).mul(high);
            scaled.blend(one, v.compare(VectorOperators.GE, 0f)).div(scaled.add(one)).intoMemorySegment(x, at, LE);
        }
    }

    private static void reluBackwardBody(MemorySegment y, long yAt, MemorySegment dy, long dyAt, int bound) {
        for (int j = 0; j < bound; j += LANES) {
            final long at = (long) j << 2;
            final FloatVector output = FloatVector.fromMemorySegment(FLOATS, y, yAt + at, LE);
            final FloatVector gradient = FloatVector.fromMemorySegment(FLOATS, dy, dyAt + at, LE);
            FloatVector.zero(FLOATS).blend(gradient, output.compare(VectorOperators.GT, 0f))
                    .intoMemorySegment(dy, dyAt + at, LE);
        }
    }

    private static void sigmoidBackwardBody(MemorySegment y, long yAt, MemorySegment dy, long dyAt, int bound) {
        for (int j = 0; j < bound; j += LANES) {
            final long at = (long) j << 2;
            final FloatVector s = FloatVector.fromMemorySegment(FLOATS, y, yAt + at, LE);
            final FloatVector gradient = FloatVector.fromMemorySegment(FLOATS, dy, dyAt + at, LE);
            gradient.mul(s.mul(FloatVector.broadcast(FLOATS, 1f).sub(s))).intoMemorySegment(dy, dyAt + at, LE);
        }
    }

    private static void addBody(MemorySegment a, long aAt, MemorySegment b, long bAt, MemorySegment out, long outAt,
            int bound) {
        for (int j = 0; j < bound; j += LANES) {
            final long at = (long) j << 2;
            FloatVector.fromMemorySegment(FLOATS, a, aAt + at, LE)
                    .add(FloatVector.fromMemorySegment(FLOATS, b, bAt + at, LE)).intoMemorySegment(out, outAt + at, LE);
        }
    }

    private static void multiplyBody(MemorySegment a, long aAt, MemorySegment b, long bAt, MemorySegment out,
            long outAt,
            int bound) {
        for (int j = 0; j < bound; j += LANES) {
            final long at = (long) j << 2;
            FloatVector.fromMemorySegment(FLOATS, a, aAt + at, LE)
                    .mul(FloatVector.fromMemorySegment(FLOATS, b, bAt + at, LE)).intoMemorySegment(out, outAt + at, LE);
        }
    }

    private static void columnSums4Body(MemorySegment x, long at, long rowStrideBytes, int m, MemorySegment out,
            long to) {
        FloatVector acc0 = FloatVector.fromMemorySegment(FLOATS, out, to, LE);
        FloatVector acc1 = FloatVector.fromMemorySegment(FLOATS, out, to + VECTOR_BYTES, LE);
        FloatVector acc2 = FloatVector.fromMemorySegment(FLOATS, out, to + 2 * VECTOR_BYTES, LE);
        FloatVector acc3 = FloatVector.fromMemorySegment(FLOATS, out, to + 3 * VECTOR_BYTES, LE);
        for (int i = 0; i < m; i++) {
            final long row = at + i * rowStrideBytes;
            acc0 = acc0.add(FloatVector.fromMemorySegment(FLOATS, x, row, LE));
            acc1 = acc1.add(FloatVector.fromMemorySegment(FLOATS, x, row + VECTOR_BYTES, LE));
            acc2 = acc2.add(FloatVector.fromMemorySegment(FLOATS, x, row + 2 * VECTOR_BYTES, LE));
            acc3 = acc3.add(FloatVector.fromMemorySegment(FLOATS, x, row + 3 * VECTOR_BYTES, LE));
        }
        acc0.intoMemorySegment(out, to, LE);
        acc1.intoMemorySegment(out, to + VECTOR_BYTES, LE);
        acc2.intoMemorySegment(out, to + 2 * VECTOR_BYTES, LE);
        acc3.intoMemorySegment(out, to + 3 * VECTOR_BYTES, LE);
    }

    private static void columnSums1Body(MemorySegment x, long at, long rowStrideBytes, int m, MemorySegment out,
            long to) {
        FloatVector acc = FloatVector.fromMemorySegment(FLOATS, out, to, LE);
        for (int i = 0; i < m; i++) {
            acc = acc.add(FloatVector.fromMemorySegment(FLOATS, x, at + i * rowStrideBytes, LE));
        }
        acc.intoMemorySegment(out, to, LE);
    }

    /** Returns a multiple of four vectors before which all values are finite; looks at blocks up to {@code last}. */
    private static long finitePrefixBody(MemorySegment x, long xOffset, long last) {
        long i = 0;
        for (; i <= last; i += 4 * LANES) {
            final long at = xOffset + (i << 2);
            // Zero times a value is a NaN if the value is not finite, and a NaN stays one in the sum.
            final FloatVector zeros = FloatVector.fromMemorySegment(FLOATS, x, at, LE).mul(0f)
                    .add(FloatVector.fromMemorySegment(FLOATS, x, at + VECTOR_BYTES, LE).mul(0f))
                    .add(FloatVector.fromMemorySegment(FLOATS, x, at + 2 * VECTOR_BYTES, LE).mul(0f)
                            .add(FloatVector.fromMemorySegment(FLOATS, x, at + 3 * VECTOR_BYTES, LE).mul(0f)));
            if (zeros.compare(VectorOperators.NE, 0f).anyTrue()) {
                break;
            }
        }
        return i;
    }
}
