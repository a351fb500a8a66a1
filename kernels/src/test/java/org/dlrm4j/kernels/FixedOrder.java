package org.dlrm4j.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Sums in the order that the kernels promise for any vector width. */
final class FixedOrder {
    private FixedOrder() {}

    /** 16 interleaved partial sums over whole groups, their tree, then the rest one by one. */
    static float dot(float[] a, float[] b) {
        final int whole = a.length / 16 * 16;
        final float[] partial = new float[16];
        for (int i = 0; i < whole; i++) {
            partial[i % 16] = Math.fma(a[i], b[i], partial[i % 16]);
        }
        float sum = tree(partial);
        for (int i = whole; i < a.length; i++) {
            sum = Math.fma(a[i], b[i], sum);
        }
        return sum;
    }

    /** Adds 16 values as a halving tree. */
    static float tree(float[] values) {
        final float[] partial = values.clone();
        for (int width = 8; width > 0; width /= 2) {
            for (int lane = 0; lane < width; lane++) {
                partial[lane] += partial[lane + width];
            }
        }
        return partial[0];
    }

    /** Asserts that a float sum of {@code terms} products is as near to the exact value as its rounding allows. */
    static void assertNear(double exact, double magnitude, int terms, float actual, String what) {
        assertEquals(exact, actual, (terms + 2) * 0x1p-24 * magnitude, what);
    }
}
