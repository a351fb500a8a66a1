package org.dlrm4j.kernels.internal;

/**
 * The logistic function in float, operation for operation as the vector kernel computes it.
 *
 * <p>With {@code a = min(|x|, 104)} and {@code e = exp(-a)}, never above 1, the result is {@code 1/(1 + e)} for
 * {@code x >= 0} and {@code e/(1 + e)} below: no overflow, and no cancellation at either end. The exponential splits
 * {@code -a = n·ln 2 + r} with ln 2 in two parts (Cody and Waite), takes the Taylor polynomial of degree 7 of
 * {@code |r| <= ln(2)/2}, whose remainder is under a tenth of a unit in the last place, and scales by {@code 2^n} in two
 * steps so that denormal results are rounded once.
 */
public final class Sigmoid {
    /** Beyond this {@code exp(-a)} is 0 in float. */
    public static final float MAX_ABS = 104f;
    /** Adding it rounds to an integer, which the low mantissa bits then hold: 1.5 · 2^23. */
    public static final float ROUNDER = 12582912f;
    /** 1 / ln 2. */
    public static final float LOG2_E = 1.44269504f;
    /** ln 2 in 16 bits, so that its product with n is exact. */
    public static final float LN2_HIGH = 0x1.62e4p-1f;
    /** ln 2 minus {@link #LN2_HIGH}. */
    public static final float LN2_LOW = 0x1.7f7d1cp-20f;
    /** 1/7!. */
    public static final float C7 = 1f / 5040;
    /** 1/6!. */
    public static final float C6 = 1f / 720;
    /** 1/5!. */
    public static final float C5 = 1f / 120;
    /** 1/4!. */
    public static final float C4 = 1f / 24;
    /** 1/3!. */
    public static final float C3 = 1f / 6;
    /** 1/2!. */
    public static final float C2 = 0.5f;

    private Sigmoid() {}

    /** Returns {@code 1 / (1 + exp(-x))}. */
    public static float of(float x) {
        final float abs = Math.abs(x);
        final float a = abs > MAX_ABS ? MAX_ABS : abs;
        final float shifted = Math.fma(-a, LOG2_E, ROUNDER);
        final float n = shifted - ROUNDER;
        final float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, -a));
        float e = Math.fma(C7, r, C6);
        e = Math.fma(e, r, C5);
        e = Math.fma(e, r, C4);
        e = Math.fma(e, r, C3);
        e = Math.fma(e, r, C2);
        e = Math.fma(e, r, 1f);
        e = Math.fma(e, r, 1f);
        // Near the rounder one unit in the last place is 1: the difference of the bits is n.
        final int exponent = Float.floatToRawIntBits(shifted) - Float.floatToRawIntBits(ROUNDER);
        final int half = exponent >> 1;
        e *= Float.intBitsToFloat((half + 127) << 23);
        e *= Float.intBitsToFloat((exponent - half + 127) << 23);
        return (x >= 0 ? 1f : e) / (1f + e);
    }
}
