package org.dlrm4j.kernels.internal.vector;

import static org.dlrm4j.kernels.internal.vector.VectorConstants.DOUBLES;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOATS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LE;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.VECTOR_BYTES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.dlrm4j.kernels.internal.ReductionKernel;
import org.dlrm4j.kernels.internal.scalar.ScalarReduction;

/** Sums over whole vectors; one body for each number of vectors that hold the interleaved partial sums. */
final class VectorReduction implements ReductionKernel {
    @Override
    public float dot(MemorySegment a, long aOffset, MemorySegment b, long bOffset, int count) {
        return dotOf(a, aOffset, b, bOffset, count);
    }

    /** As {@link #dot}, for kernels that need a product on their way. */
    static float dotOf(MemorySegment a, long aOffset, MemorySegment b, long bOffset, int count) {
        final int whole = count - count % LANES;
        final float sum = switch (VectorConstants.LANES) {
            case 16 -> dot1vBody(a, aOffset, b, bOffset, whole);
            case 8 -> dot2vBody(a, aOffset, b, bOffset, whole);
            default -> dot4vBody(a, aOffset, b, bOffset, whole);
        };
        return ScalarReduction.dotTail(a, aOffset, b, bOffset, whole, count, sum);
    }

    @Override
    public double sumOfSquares(MemorySegment x, long xOffset, long count) {
        final long whole = count - count % LANES;
        final double sum = switch (VectorConstants.LANES) {
            case 16 -> squares512Body(x, xOffset, whole);
            case 8 -> squares256Body(x, xOffset, whole);
            default -> squares128Body(x, xOffset, whole);
        };
        return ScalarReduction.squaresTail(x, xOffset, whole, count, sum);
    }

    private static float dot1vBody(MemorySegment a, long aOffset, MemorySegment b, long bOffset, int whole) {
        FloatVector acc = FloatVector.zero(FLOATS);
        for (int i = 0; i < whole; i += LANES) {
            final long at = (long) i << 2;
            acc = FloatVector.fromMemorySegment(FLOATS, a, aOffset + at, LE)
                    .fma(FloatVector.fromMemorySegment(FLOATS, b, bOffset + at, LE), acc);
        }
        return VectorTree.sumBody(acc);
    }

    private static float dot2vBody(MemorySegment a, long aOffset, MemorySegment b, long bOffset, int whole) {
        FloatVector acc0 = FloatVector.zero(FLOATS);
        FloatVector acc1 = FloatVector.zero(FLOATS);
        for (int i = 0; i < whole; i += LANES) {
            final long aAt = aOffset + ((long) i << 2);
            final long bAt = bOffset + ((long) i << 2);
            acc0 = FloatVector.fromMemorySegment(FLOATS, a, aAt, LE)
                    .fma(FloatVector.fromMemorySegment(FLOATS, b, bAt, LE), acc0);
            acc1 = FloatVector.fromMemorySegment(FLOATS, a, aAt + VECTOR_BYTES, LE)
                    .fma(FloatVector.fromMemorySegment(FLOATS, b, bAt + VECTOR_BYTES, LE), acc1);
        }
        return VectorTree.sumBody(acc0.add(acc1));
    }

    private static float dot4vBody(MemorySegment a, long aOffset, MemorySegment b, long bOffset, int whole) {
        FloatVector acc0 = FloatVector.zero(FLOATS);
        FloatVector acc1 = FloatVector.zero(FLOATS);
        FloatVector acc2 = FloatVector.zero(FLOATS);
        FloatVector acc3 = FloatVector.zero(FLOATS);
        for (int i = 0; i < whole; i += LANES) {
            final long aAt = aOffset + ((long) i << 2);
            final long bAt = bOffset + ((long) i << 2);
            acc0 = FloatVector.fromMemorySegment(FLOATS, a, aAt, LE)
                    .fma(FloatVector.fromMemorySegment(FLOATS, b, bAt, LE), acc0);
            acc1 = FloatVector.fromMemorySegment(FLOATS, a, aAt + VECTOR_BYTES, LE)
                    .fma(FloatVector.fromMemorySegment(FLOATS, b, bAt + VECTOR_BYTES, LE), acc1);
            acc2 = FloatVector.fromMemorySegment(FLOATS, a, aAt + 2 * VECTOR_BYTES, LE)
                    .fma(FloatVector.fromMemorySegment(FLOATS, b, bAt + 2 * VECTOR_BYTES, LE), acc2);
            acc3 = FloatVector.fromMemorySegment(FLOATS, a, aAt + 3 * VECTOR_BYTES, LE)
                    .fma(FloatVector.fromMemorySegment(FLOATS, b, bAt + 3 * VECTOR_BYTES, LE), acc3);
        }
        return VectorTree.sumBody(acc0.add(acc2).add(acc1.add(acc3)));
    }

    private static double squares512Body(MemorySegment x, long xOffset, long whole) {
        DoubleVector acc = DoubleVector.zero(DOUBLES);
        for (long i = 0; i < whole; i += LANES) {
            final FloatVector v = FloatVector.fromMemorySegment(FLOATS, x, xOffset + (i << 2), LE);
            acc = plusSquare(plusSquare(acc, low(v)), high(v));
        }
        return VectorTree.sumBody(acc);
    }

    private static double squares256Body(MemorySegment x, long xOffset, long whole) {
        DoubleVector acc0 = DoubleVector.zero(DOUBLES);
        DoubleVector acc1 = DoubleVector.zero(DOUBLES);
        for (long i = 0; i < whole; i += DOUBLE_LANES) {
            final FloatVector v = FloatVector.fromMemorySegment(FLOATS, x, xOffset + (i << 2), LE);
            acc0 = plusSquare(acc0, low(v));
            acc1 = plusSquare(acc1, high(v));
        }
        return VectorTree.sumBody(acc0.add(acc1));
    }

    private static double squares128Body(MemorySegment x, long xOffset, long whole) {
        DoubleVector acc0 = DoubleVector.zero(DOUBLES);
        DoubleVector acc1 = DoubleVector.zero(DOUBLES);
        DoubleVector acc2 = DoubleVector.zero(DOUBLES);
        DoubleVector acc3 = DoubleVector.zero(DOUBLES);
        for (long i = 0; i < whole; i += DOUBLE_LANES) {
            final long at = xOffset + (i << 2);
            final FloatVector v0 = FloatVector.fromMemorySegment(FLOATS, x, at, LE);
            final FloatVector v1 = FloatVector.fromMemorySegment(FLOATS, x, at + VECTOR_BYTES, LE);
            acc0 = plusSquare(acc0, low(v0));
            acc1 = plusSquare(acc1, high(v0));
            acc2 = plusSquare(acc2, low(v1));
            acc3 = plusSquare(acc3, high(v1));
        }
        return VectorTree.sumBody(acc0.add(acc2).add(acc1.add(acc3)));
    }

    private static DoubleVector plusSquare(DoubleVector sum, DoubleVector v) {
        return sum.add(v.mul(v));
    }

    private static DoubleVector low(FloatVector v) {
        return (DoubleVector) v.convertShape(VectorOperators.F2D, DOUBLES, 0);
    }

    private static DoubleVector high(FloatVector v) {
        return (DoubleVector) v.convertShape(VectorOperators.F2D, DOUBLES, 1);
    }
}
