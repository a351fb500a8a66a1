package org.dlrm4j.kernels.internal.vector;

import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOATS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LANES;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LE;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LONGS;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import org.dlrm4j.kernels.internal.CounterRandom;
import org.dlrm4j.kernels.internal.ScalingKernel;
import org.dlrm4j.kernels.internal.scalar.ScalarScaling;

/** Scaling and dropout on vectors. Tails run the scalar kernels, whose operations are the same. */
final class VectorScaling implements ScalingKernel {
    @Override
    public void scale(MemorySegment x, long xOffset, long count, float factor) {
        final long bound = FLOATS.loopBound(count);
        scaleBody(x, xOffset, bound, factor);
        ScalarScaling.scale(x, xOffset, bound, count, factor);
    }

    @Override
    public void dropout(MemorySegment x, long xOffset, long rowStrideBytes, int m, int n, long layerKey,
            long firstSample, int threshold, float scale) {
        final int bound = FLOATS.loopBound(n);
        for (int i = 0; i < m; i++) {
            final long row = xOffset + i * rowStrideBytes;
            final long rowKey = CounterRandom.rowKey(layerKey, firstSample + i);
            dropoutBody(x, row, bound, rowKey, threshold, scale);
            ScalarScaling.dropoutRow(x, row, bound, n, rowKey, threshold, scale);
        }
    }

    private static void scaleBody(MemorySegment x, long xOffset, long bound, float factor) {
        for (long i = 0; i < bound; i += LANES) {
            final long at = xOffset + (i << 2);
            FloatVector.fromMemorySegment(FLOATS, x, at, LE).mul(factor).intoMemorySegment(x, at, LE);
        }
    }

    /** A vector of longs, one step of the sequence apart, holds the bits of a vector of units in their order. */
    private static void dropoutBody(MemorySegment x, long row, int bound, long rowKey, int threshold, float scale) {
        final LongVector steps = LongVector.zero(LONGS).addIndex(1).mul(CounterRandom.GAMMA);
        for (int j = 0; j < bound; j += LANES) {
            final LongVector z = steps.add(rowKey + ((j >> 1) + 1L) * CounterRandom.GAMMA);
            final LongVector a = z.lanewise(VectorOperators.XOR,
                    z.lanewise(VectorOperators.LSHR, CounterRandom.SHIFT1)).mul(CounterRandom.MULTIPLIER1);
            final LongVector b = a.lanewise(VectorOperators.XOR,
                    a.lanewise(VectorOperators.LSHR, CounterRandom.SHIFT2)).mul(CounterRandom.MULTIPLIER2);
            final IntVector bits = b.lanewise(VectorOperators.XOR,
                    b.lanewise(VectorOperators.LSHR, CounterRandom.SHIFT3)).reinterpretAsInts();
            // All ones where the unit is kept: the sign bit of the difference says whether it is dropped.
            final IntVector kept = bits.lanewise(VectorOperators.LSHR, 1).sub(threshold)
                    .lanewise(VectorOperators.ASHR, 31).not();
            final long at = row + ((long) j << 2);
            FloatVector.fromMemorySegment(FLOATS, x, at, LE).mul(scale).reinterpretAsInts().and(kept)
                    .reinterpretAsFloats().intoMemorySegment(x, at, LE);
        }
    }
}
