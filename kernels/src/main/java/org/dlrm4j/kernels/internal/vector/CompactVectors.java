package org.dlrm4j.kernels.internal.vector;

import static jdk.incubator.vector.VectorOperators.LSHR;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOATS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.INTS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
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
    /** Makes the moved fields, read as a float, the value of the binary16: also of subnormal ones, exactly. Weights are multiplied with it. */
    static final float F16_SCALE = 0x1p112f;
    /** A weight that is too large for that. */
    static final float F16_WEIGHT_OVER = 0x1p16f;
    /** Added to the moved fields, carries into {@link #F16_NON_FINITE} if the exponent is that of infinity and NaN. */
    static final IntVector F16_EXPONENT_ONE = IntVector.broadcast(INTS, 1 << 23);
    static final int F16_NON_FINITE = 1 << 28;

    /** Of two elements in an int the second, as a float. */
    static final IntVector BF16_ODD = IntVector.broadcast(INTS, 0xFFFF_0000);
    /** The exponents of two elements; with ones added, those of infinity and NaN carry into {@link #F16_EXPONENTS_OVER}. */
    static final IntVector F16_EXPONENTS = IntVector.broadcast(INTS, 0x7C00_7C00);
    static final IntVector F16_EXPONENTS_ONE = IntVector.broadcast(INTS, 0x0400_0400);
    static final int F16_EXPONENTS_OVER = 0x8000_8000;

    /** Whether the elements of a vector are more than an int holds: the lower ones then lie in its even lanes, the upper in the odd. */
    static final boolean I4_LONG_LOAD = LANES == 16;
    /** Bring an element of each int to its lower end. */
    static final IntVector I4_SHIFTS = IntVector.zero(INTS).addIndex(1).lanewise(LSHR, I4_LONG_LOAD ? 1 : 0).mul(4);
    static final IntVector I4_ELEMENT = IntVector.broadcast(INTS, 0xF);

    private CompactVectors() {}
}
