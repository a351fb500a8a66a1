package org.dlrm4j.kernels.internal;

/** Conversions between float32 and bfloat16, its upper half. */
public final class Bf16 {
    /** The bits of infinity: those of a NaN, without its sign, are more. */
    public static final int EXPONENT = 0x7F80_0000;
    /** What makes a NaN quiet, in the upper half. */
    public static final int QUIET = 0x40;

    private Bf16() {}

    /** Returns the float32 of the same value. */
    public static float toFloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** Returns the nearest bfloat16, of two equally near ones the even one; a NaN stays one, made quiet. */
    public static short nearest(float value) {
        final int bits = Float.floatToRawIntBits(value);
        return rounded(bits, 0x7FFF + (bits >>> 16 & 1));
    }

    /**
     * Returns one of the two neighbours, the upper in magnitude with a probability of the distance to the lower: if {@code random}
     * is uniform in {@code [0, 2^16)}, the expected value is {@code value}. Values of bfloat16 are kept.
     */
    public static short stochastic(float value, int random) {
        return rounded(Float.floatToRawIntBits(value), random);
    }

    private static short rounded(int bits, int increment) {
        // A NaN could become infinite or zero by the carry, or by losing the lower half of its payload.
        return (bits & ~0 >>> 1) > EXPONENT
                ? (short) (bits >>> 16 | QUIET)
                : (short) (bits + increment >>> 16);
    }
}
