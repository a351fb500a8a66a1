package org.dlrm4j.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ElementwiseTest {
    /** Enough for compiled code to be tried, not only the interpreter. */
    private static final int COMPILED_CALLS = 20_000;

    @Test
    void sumsAndProductsHaveTheBitsOfOneOperationAndGapsStay() {
        final SplittableRandom random = Seeds.random();
        for (final int n : Shapes.dimsFromZero()) {
            for (final int m : new int[]{0, 1, 3}) {
                for (final GuardPages.Side side : GuardPages.Side.values()) {
                    check(random, side, m, n, 1);
                }
            }
        }
        check(random, GuardPages.Side.FRONT, 2, 67, COMPILED_CALLS);
    }

    private static void check(SplittableRandom random, GuardPages.Side side, int m, int n, int calls) {
        final String what = m + " x " + n;
        final float[] x = Seeds.floats(random, m * n);
        final float[] y = Seeds.floats(random, m * n);
        final float[] expectedSum = new float[m * n];
        final float[] expectedProduct = new float[m * n];
        for (int i = 0; i < x.length; i++) {
            expectedSum[i] = x[i] + y[i];
            expectedProduct[i] = x[i] * y[i];
        }
        try (GuardPages pages = new GuardPages(side)) {
            final GuardedRows a = GuardedRows.operand(pages, x, m, n, n + 5);
            final GuardedRows b = GuardedRows.operand(pages, y, m, n, n + 1);
            final GuardedRows sum = GuardedRows.output(pages, m, n, 2);
            final GuardedRows product = GuardedRows.output(pages, m, n, 3);
            for (int call = 0; call < calls; call++) {
                Elementwise.add(a.segment(), a.offset(), a.strideBytes(), b.segment(), b.offset(), b.strideBytes(),
                        sum.segment(), sum.offset(), sum.strideBytes(), m, n);
                Elementwise.multiply(a.segment(), a.offset(), a.strideBytes(), b.segment(), b.offset(),
                        b.strideBytes(), product.segment(), product.offset(), product.strideBytes(), m, n);
            }
            assertArrayEquals(expectedSum, sum.values(what), what);
            assertArrayEquals(expectedProduct, product.values(what), what);
            assertArrayEquals(x, a.values(what), what);
            assertArrayEquals(y, b.values(what), what);
        }
    }

    @Test
    void badArgumentsAreRefused() {
        try (GuardPages pages = new GuardPages()) {
            final MemorySegment x = pages.allocate(2 * 3 * 4);
            final MemorySegment out = pages.allocate(2 * 3 * 4);
            assertRefused("m is -1", () -> Elementwise.add(x, 0, 12, x, 0, 12, out, 0, 12, -1, 3));
            assertRefused("n is -1", () -> Elementwise.multiply(x, 0, 12, x, 0, 12, out, 0, 12, 2, -1));
            assertRefused("a needs 36 bytes", () -> Elementwise.add(x, 0, 12, x, 0, 12, out, 0, 12, 3, 3));
            assertRefused("b has a stride of 8 bytes",
                    () -> Elementwise.multiply(x, 0, 12, x, 0, 8, out, 0, 12, 2, 3));
            assertRefused("b needs 24 bytes at byte 4", () -> Elementwise.add(x, 0, 12, x, 4, 12, out, 0, 12, 2, 3));
            assertRefused("out is a read-only segment",
                    () -> Elementwise.add(x, 0, 12, x, 0, 12, out.asReadOnly(), 0, 12, 2, 3));
            assertRefused("out and a overlap", () -> Elementwise.multiply(x, 0, 12, out, 0, 12, x, 0, 12, 2, 3));
            assertRefused("out and b overlap", () -> Elementwise.add(out, 0, 12, x, 0, 12, x, 0, 12, 2, 3));
        }
    }

    private static void assertRefused(String message, Runnable call) {
        final IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call::run);
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }
}
