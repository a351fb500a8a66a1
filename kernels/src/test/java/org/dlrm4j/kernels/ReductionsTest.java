package org.dlrm4j.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ReductionsTest {
    @Test
    void columnSumsHaveTheBitsOfTheSequentialSum() {
        final SplittableRandom random = Seeds.random();
        for (final GuardPages.Side side : GuardPages.Side.values()) {
            for (final int n : Shapes.dimsFromZero()) {
                for (final int m : new int[]{0, 1, 2, 37}) {
                    check(random, side, m, n, false);
                    check(random, side, m, n, true);
                }
            }
        }
    }

    @Test
    void nothingBesideTheValuesIsLookedAt() {
        for (final GuardPages.Side side : GuardPages.Side.values()) {
            for (final int count : Shapes.dimsFromZero()) {
                try (GuardPages pages = new GuardPages(side)) {
                    // NaN lies in front of an operand.
                    final GuardedRows x = GuardedRows.operand(pages, new float[count]);
                    assertEquals(-1, Reductions.firstNonFinite(x.segment(), x.offset(), count), count + " zeros");
                }
            }
        }
    }

    @Test
    void everyNonFiniteValueIsFound() {
        final int count = 150;
        try (GuardPages pages = new GuardPages()) {
            final float[] x = Seeds.floats(Seeds.random(), count);
            x[3] = Float.MAX_VALUE;
            x[4] = Float.MIN_VALUE;
            assertEquals(-1, Reductions.firstNonFinite(pages.floats(x), 0, count));
            final float[] bad = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};
            for (int i = 0; i < count; i++) {
                final float[] copy = x.clone();
                copy[i] = bad[i % 3];
                copy[count - 1] = Float.NaN;
                final MemorySegment memory = pages.floats(copy);
                assertEquals(i, Reductions.firstNonFinite(memory, 0, count));
                assertEquals(-1, Reductions.firstNonFinite(memory, 0, i));
            }
        }
    }

    @Test
    void badArgumentsAreRefused() {
        try (GuardPages pages = new GuardPages()) {
            final MemorySegment x = pages.allocate(24);
            assertRefused("count is -1", () -> Reductions.firstNonFinite(x, 0, -1));
            assertRefused("count is 4611686018427387904",
                    () -> Reductions.firstNonFinite(x, 0, 1L << 62));
            assertRefused("x needs 28 bytes", () -> Reductions.firstNonFinite(x, 0, 7));
            assertRefused("out and x overlap", () -> Reductions.columnSums(x, 0, 12, 2, 3, false, x, 12));
            assertRefused("out needs 12 bytes",
                    () -> Reductions.columnSums(x, 0, 12, 2, 3, false, pages.allocate(8), 0));
        }
    }

    private static void assertRefused(String message, Runnable call) {
        final IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call::run);
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    private static void check(SplittableRandom random, GuardPages.Side side, int m, int n, boolean accumulate) {
        try (GuardPages pages = new GuardPages(side)) {
            final float[] x = Seeds.floats(random, m * n);
            final float[] expected = Seeds.floats(random, n);
            final GuardedRows in = GuardedRows.operand(pages, x, m, n, n + 3);
            final GuardedRows out = GuardedRows.result(pages, expected);
            for (int j = 0; j < n; j++) {
                float sum = accumulate ? expected[j] : 0;
                for (int i = 0; i < m; i++) {
                    sum += x[i * n + j];
                }
                expected[j] = sum;
            }
            Reductions.columnSums(in.segment(), in.offset(), in.strideBytes(), m, n, accumulate, out.segment(),
                    out.offset());
            final String what = m + " x " + n;
            assertArrayEquals(expected, out.values(what), what);
        }
    }
}
