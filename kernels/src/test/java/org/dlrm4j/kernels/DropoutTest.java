package org.dlrm4j.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.dlrm4j.kernels.internal.CounterRandom;
import org.junit.jupiter.api.Test;

class DropoutTest {
    private static final long SEED = 1234;

    @Test
    void unitsAreZeroOrScaledByTheirBits() {
        final SplittableRandom random = Seeds.random();
        for (final int n : new int[]{0, 1, 2, 3, 4, 7, 15, 16, 17, 33, 100}) {
            for (final float p : new float[]{0, 0.1f, 0.5f, 0.999f}) {
                check(random, 5, n, p, 1);
            }
        }
        check(random, 3, 85, 0f, 10_000);
    }

    @Test
    void aSampleHasTheSequenceOfSplitMix64() {
        final long key = CounterRandom.rowKey(CounterRandom.key(SEED, 7, 2), 11);
        final SplittableRandom expected = new SplittableRandom(key);
        for (int unit = 0; unit < 50; unit += 2) {
            final long pair = expected.nextLong();
            assertEquals((int) pair, CounterRandom.bits(key, unit));
            assertEquals((int) (pair >>> 32), CounterRandom.bits(key, unit + 1));
        }
    }

    @Test
    void theMaskIsAFunctionOfSampleAndUnit() {
        final int m = 12;
        final int n = 37;
        try (GuardPages pages = new GuardPages()) {
            final float[] ones = new float[m * n];
            Arrays.fill(ones, 1f);
            final MemorySegment whole = pages.floats(ones);
            final MemorySegment parts = pages.floats(ones);
            Dropout.apply(whole, 0, 4 * n, m, n, 0.5f, SEED, 3, 1, 40);
            Dropout.apply(parts, 5 * 4 * n, 4 * n, m - 5, n, 0.5f, SEED, 3, 1, 45);
            Dropout.apply(parts, 0, 4 * n, 5, n, 0.5f, SEED, 3, 1, 40);
            assertArrayEquals(GuardPages.toArray(whole), GuardPages.toArray(parts));
        }
    }

    @Test
    void seedStepLayerAndSampleEachChangeTheMask() {
        final Set<String> masks = new HashSet<>();
        masks.add(mask(SEED, 3, 1, 40));
        masks.add(mask(SEED + 1, 3, 1, 40));
        masks.add(mask(SEED, 4, 1, 40));
        masks.add(mask(SEED, 3, 2, 40));
        masks.add(mask(SEED, 3, 1, 41));
        masks.add(mask(SEED, 1, 3, 40));
        assertEquals(6, masks.size());
    }

    @Test
    void theShareOfDroppedUnitsIsP() {
        final int m = 200;
        final int n = 500;
        for (final float p : new float[]{0.1f, 0.5f, 0.8f}) {
            try (GuardPages pages = new GuardPages()) {
                final float[] ones = new float[m * n];
                Arrays.fill(ones, 1f);
                final MemorySegment x = pages.floats(ones);
                Dropout.apply(x, 0, 4L * n, m, n, p, SEED, 0, 0, 0);
                final float[] y = GuardPages.toArray(x);
                int dropped = 0;
                final int[] byColumn = new int[n];
                final int[] byRow = new int[m];
                for (int i = 0; i < y.length; i++) {
                    if (y[i] == 0) {
                        dropped++;
                        byColumn[i % n]++;
                        byRow[i / n]++;
                    }
                }
                assertShare(p, dropped, m * n);
                for (final int count : byColumn) {
                    assertShare(p, count, m);
                }
                for (final int count : byRow) {
                    assertShare(p, count, n);
                }
            }
        }
    }

    /** The seed is fixed: this cannot fail by chance, and six standard deviations leave room for 2,000 counts. */
    private static void assertShare(double p, int dropped, int units) {
        assertEquals(p * units, dropped, 6 * Math.sqrt(units * p * (1 - p)), "dropped of " + units);
    }

    @Test
    void badArgumentsAreRefused() {
        try (GuardPages pages = new GuardPages()) {
            final MemorySegment x = pages.allocate(24);
            for (final float p : new float[]{1, -0.1f, Float.NaN}) {
                assertRefused("p is " + p + ", expected 0 or more and less than 1",
                        () -> Dropout.apply(x, 0, 12, 2, 3, p, 0, 0, 0, 0));
            }
            assertRefused("m is -1", () -> Dropout.apply(x, 0, 12, -1, 3, 0.5f, 0, 0, 0, 0));
            assertRefused("x needs 36 bytes", () -> Dropout.apply(x, 0, 12, 3, 3, 0.5f, 0, 0, 0, 0));
            assertRefused("x is a read-only segment",
                    () -> Dropout.apply(x.asReadOnly(), 0, 12, 2, 3, 0.5f, 0, 0, 0, 0));
        }
    }

    private static void assertRefused(String message, Runnable call) {
        final IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call::run);
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    private static String mask(long seed, long step, int layer, long sample) {
        try (GuardPages pages = new GuardPages()) {
            final float[] ones = new float[64];
            Arrays.fill(ones, 1f);
            final MemorySegment x = pages.floats(ones);
            Dropout.apply(x, 0, 256, 1, 64, 0.5f, seed, step, layer, sample);
            return Arrays.toString(GuardPages.toArray(x));
        }
    }

    private static void check(SplittableRandom random, int m, int n, float p, int calls) {
        try (GuardPages pages = new GuardPages()) {
            final GuardedRows x = GuardedRows.random(pages, random, m, n, 3);
            final float[][] expected = x.rows();
            for (int call = 0; call < calls; call++) {
                Dropout.apply(x.segment(), x.offset(), x.strideBytes(), m, n, p, SEED, 5, 2, 9);
            }
            final long layerKey = CounterRandom.key(SEED, 5, 2);
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    final int bits = CounterRandom.bits(CounterRandom.rowKey(layerKey, 9 + i), j);
                    expected[i][j] = (bits >>> 1) * 0x1p-31 < p ? 0 : expected[i][j] * (1 / (1 - p));
                }
            }
            x.assertHolds(expected, m + " x " + n + ", p " + p + " x");
        }
    }
}
