package org.dlrm4j.kernels.internal.vector;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.I2S;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.S2I;
import static jdk.incubator.vector.VectorOperators.XOR;
import static org.dlrm4j.kernels.internal.vector.CompactVectors.SHORTS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOATS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.INTS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LANES;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LE;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LONGS;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.ShortVector;
import org.dlrm4j.kernels.internal.Bf16;
import org.dlrm4j.kernels.internal.Bf16Kernel;
import org.dlrm4j.kernels.internal.CounterRandom;
import org.dlrm4j.kernels.internal.scalar.ScalarBf16;

/** Rows of bfloat16 on vectors. Tails run the scalar kernels, whose operations are the same. */
final class VectorBf16 implements Bf16Kernel {
    @Override
    public void widen(MemorySegment row, long rowAt, int dim, MemorySegment out, long outAt) {
        final int bound = FLOATS.loopBound(dim);
        widenBody(row, rowAt, bound, out, outAt);
        ScalarBf16.widen(row, rowAt, bound, dim, out, outAt);
    }

    @Override
    public void roundAtRandom(MemorySegment in, long inAt, int dim, MemorySegment row, long rowAt, long rowKey) {
        final int bound = FLOATS.loopBound(dim);
        roundBody(in, inAt, bound, row, rowAt, rowKey);
        ScalarBf16.roundAtRandom(in, inAt, bound, dim, row, rowAt, rowKey);
    }

    private static void widenBody(MemorySegment row, long rowAt, int bound, MemorySegment out, long outAt) {
        for (int j = 0; j < bound; j += LANES) {
            ShortVector.fromMemorySegment(SHORTS, row, rowAt + ((long) j << 1), LE).convertShape(S2I, INTS, 0)
                    .reinterpretAsInts().lanewise(LSHL, 16).intoMemorySegment(out, outAt + ((long) j << 2), LE);
        }
    }

    /** A vector of longs, one step of the sequence apart, holds the bits of a vector of elements in their order. */
    private static void roundBody(MemorySegment in, long inAt, int bound, MemorySegment row, long rowAt, long rowKey) {
        final LongVector steps = LongVector.zero(LONGS).addIndex(1).mul(CounterRandom.GAMMA);
        for (int j = 0; j < bound; j += LANES) {
            final LongVector z = steps.add(rowKey + ((j >> 1) + 1L) * CounterRandom.GAMMA);
            final LongVector a = z.lanewise(XOR, z.lanewise(LSHR, CounterRandom.SHIFT1))
                    .mul(CounterRandom.MULTIPLIER1);
            final LongVector b = a.lanewise(XOR, a.lanewise(LSHR, CounterRandom.SHIFT2))
                    .mul(CounterRandom.MULTIPLIER2);
            final IntVector random = b.lanewise(XOR, b.lanewise(LSHR, CounterRandom.SHIFT3)).reinterpretAsInts()
                    .lanewise(LSHR, 16);
            final IntVector bits = IntVector.fromMemorySegment(INTS, in, inAt + ((long) j << 2), LE);
            // All ones where there is a NaN: the sign of a difference, as a mask would be an object.
            final IntVector nan = IntVector.broadcast(INTS, Bf16.EXPONENT).sub(bits.and(Integer.MAX_VALUE))
                    .lanewise(ASHR, 31);
            bits.add(random.and(nan.not())).lanewise(LSHR, 16).or(nan.and(Bf16.QUIET))
                    .convertShape(I2S, SHORTS, 0).reinterpretAsShorts()
                    .intoMemorySegment(row, rowAt + ((long) j << 1), LE);
        }
    }
}
