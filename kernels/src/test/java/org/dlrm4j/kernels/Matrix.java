package org.dlrm4j.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;

/** A strided matrix in guarded memory. Gaps between rows hold sentinels, and so does an output until it is written. */
record Matrix(MemorySegment memory, int m, int n, int stride) {
    private static final float SENTINEL = -12345.5f;

    /** Random values in (-1, 1). */
    static Matrix random(GuardPages pages, SplittableRandom random, int m, int n, int gap) {
        final float[] values = sentinels(m, n, n + gap);
        for (int i = 0; i < values.length; i++) {
            if (i % (n + gap) < n) {
                values[i] = (float) random.nextDouble(-1, 1);
            }
        }
        return new Matrix(pages.floats(values), m, n, n + gap);
    }

    /** Nothing but sentinels. */
    static Matrix output(GuardPages pages, int m, int n, int gap) {
        return new Matrix(pages.floats(sentinels(m, n, n + gap)), m, n, n + gap);
    }

    private static float[] sentinels(int m, int n, int stride) {
        final float[] values = new float[m == 0 ? 0 : (m - 1) * stride + n];
        Arrays.fill(values, SENTINEL);
        return values;
    }

    long strideBytes() {
        return 4L * stride;
    }

    /** The values without the gaps. */
    float[][] values() {
        final float[] all = GuardPages.toArray(memory);
        final float[][] rows = new float[m][];
        for (int i = 0; i < m; i++) {
            rows[i] = Arrays.copyOfRange(all, i * stride, i * stride + n);
        }
        return rows;
    }

    /** Asserts the bits of all values, and that the gaps are as they were. */
    void assertHolds(float[][] expected, String what) {
        final float[] all = GuardPages.toArray(memory);
        for (int i = 0; i < all.length; i++) {
            final int row = i / stride;
            final int column = i % stride;
            assertEquals(column < n ? expected[row][column] : SENTINEL, all[i],
                    () -> what + "[" + row + "][" + column + "]");
        }
    }
}
