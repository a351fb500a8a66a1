package org.dlrm4j.kernels.internal.vector;

import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOATS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.INTS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LANES;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LONGS;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Constants of the kernels that read compact rows. Vectors of 16-bit elements are read as ints, two elements each, into accumulators
 * of even and odd elements, which {@link PairOrder} puts in order once a bag: a load that widens is two more instructions a vector in the window in
 * which the processor overlaps misses. A single vector of them, and bytes, widen lane by lane.
 *
 * <p>The kernels spell each load out instead of calling a method for it: C2 stops inlining what is not marked for it when a method has
 * grown to 18,000 nodes, and a vector that is returned by a call is an object.
 */
final class CompactVectors {
    /** As many 16-bit elements as a vector has floats. */
    static final VectorSpecies<Short> SHORTS = VectorSpecies.of(short.class,
            VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));
    /**
     * As many bytes as a vector has floats; 8 of which 4 count if it has 4, as there are no vectors of 32 bits. The others are of
     * the same row: scale and bias stand behind the elements.
     */
    static final VectorSpecies<Byte> BYTES = VectorSpecies.of(byte.class,
            VectorShape.forBitSize(Math.max(Long.SIZE, FLOATS.vectorBitSize() / 4)));

    static final int I8_BYTES = LANES;
    static final int I4_BYTES = LANES / 2;

    /** Of a binary16 moved up by 13 bits its sign, exponent and fraction, without the copies of the sign. */
    static final IntVector F16_FIELDS = IntVector.broadcast(INTS, 0x8FFF_E000);
    /** Makes the moved fields, read as a float, the value of the binary16: also of subnormal ones, exactly. */
    static final FloatVector F16_SCALE = FloatVector.broadcast(FLOATS, 0x1p112f);
    /** Added to the moved fields, carries into {@link #F16_NON_FINITE} if the exponent is that of infinity and NaN. */
    static final IntVector F16_EXPONENT_ONE = IntVector.broadcast(INTS, 1 << 23);
    static final int F16_NON_FINITE = 1 << 28;

    /** Of two elements in an int the second, as a float. */
    static final IntVector BF16_ODD = IntVector.broadcast(INTS, 0xFFFF_0000);
    /** The exponents of two elements; with ones added, those of infinity and NaN carry into {@link #F16_EXPONENTS_OVER}. */
    static final IntVector F16_EXPONENTS = IntVector.broadcast(INTS, 0x7C00_7C00);
    static final IntVector F16_EXPONENTS_ONE = IntVector.broadcast(INTS, 0x0400_0400);
    static final int F16_EXPONENTS_OVER = 0x8000_8000;

    /** Whether 4 bytes hold the nibbles of a vector and what lies behind them in the row, and 8 bytes more than that. */
    static final boolean I4_SHORT_LOAD = LANES == 4;
    /** Bring byte {@code k} to the lower end of long {@code k}. */
    static final LongVector I4_SHIFTS = LongVector.zero(LONGS).addIndex(8);
    static final LongVector I4_LOWER = LongVector.broadcast(LONGS, 0xFL);
    static final LongVector I4_UPPER = LongVector.broadcast(LONGS, 0xFL << 32);
    /** From a byte's upper nibble to the upper int of its long. */
    static final int I4_SPREAD = 28;

    private CompactVectors() {}
}
