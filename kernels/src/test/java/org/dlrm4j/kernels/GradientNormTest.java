package org.dlrm4j.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class GradientNormTest {
    @Test
    void sumsHaveThePromisedBits() {
        final SplittableRandom random = Seeds.random();
        for (final int count : new int[]{0, 1, 3, 4, 15, 16, 17, 31, 32, 33, 64, 100, 1000, 4099}) {
            check(random, count, 1);
        }
        check(random, 150, 8_000);
    }

    @Test
    void aSumBeyondFloatIsExact() {
        try (GuardPages pages = new GuardPages()) {
            final float[] x = new float[40];
            x[0] = 1e30f;
            x[39] = 3;
            assertEquals((double) 1e30f * 1e30f + 9, GradientNorm.sumOfSquares(pages.floats(x), 0, 40));
        }
    }

    @Test
    void clippingBringsTheNormDown() {
        try (GuardPages pages = new GuardPages()) {
            final SplittableRandom random = Seeds.random();
            final float[] x = Seeds.floats(random, 37);
            final MemorySegment memory = pages.floats(x);
            final double norm = Math.sqrt(GradientNorm.sumOfSquares(memory, 0, 37));
            final float factor = GradientNorm.clipFactor(norm, 0.5f);
            GradientNorm.scale(memory, 0, 37, factor);
            for (int i = 0; i < x.length; i++) {
                x[i] *= factor;
            }
            assertArrayEquals(x, GuardPages.toArray(memory));
            assertEquals(0.5, Math.sqrt(GradientNorm.sumOfSquares(memory, 0, 37)), 1e-5);
            assertEquals(1f, GradientNorm.clipFactor(0.4, 0.5f));
            assertEquals(1f, GradientNorm.clipFactor(0, 0.5f));
            assertTrue(Float.isNaN(GradientNorm.clipFactor(Double.NaN, 0.5f)));
        }
    }

    @Test
    void aTablesGradientIsThatOfADenseOne() {
        final SplittableRandom random = Seeds.random();
        for (final int dim : new int[]{1, 3, 4, 15, 16, 17, 64, 85}) {
            for (final Pooling pooling : Pooling.values()) {
                try (GuardPages pages = new GuardPages()) {
                    final Bags bags = Bags.random(random, 7, 3, 5, dim, dim % 2 == 0, pooling);
                    final float[] grad = Seeds.floats(random, 7 * dim);
                    final int positions = bags.offsets()[7] - bags.offsets()[0];
                    final double found = SparseUpdate.sumOfSquares("C1", RowFormat.F32, pages.allocate(20L * dim), 0,
                            4L * dim, 5,
                            dim, pages.longs(bags.indices()), 0, bags.indices().length, pages.ints(bags.offsets()), 0,
                            7, pooling, bags.weights() == null ? null : pages.floats(bags.weights()), 0,
                            pages.floats(grad), 0, 4L * dim,
                            pages.allocate(SparseUpdate.scratchBytes(positions, dim)).fill((byte) 0x5a), 0);
                    double expected = 0;
                    for (final float[] row : References.rowGradients(bags, grad).values()) {
                        for (final float g : row) {
                            expected += (double) g * g;
                        }
                    }
                    assertEquals(expected, found, 1e-13 * expected, "dim " + dim + ", " + pooling);
                }
            }
        }
    }

    @Test
    void badArgumentsAreRefused() {
        try (GuardPages pages = new GuardPages()) {
            final MemorySegment x = pages.allocate(16);
            assertRefused("count is -1", () -> GradientNorm.sumOfSquares(x, 0, -1));
            assertRefused("x needs 20 bytes", () -> GradientNorm.sumOfSquares(x, 0, 5));
            assertRefused("x is a read-only segment", () -> GradientNorm.scale(x.asReadOnly(), 0, 4, 2));
            assertRefused("maxNorm is 0.0, expected a finite number above 0", () -> GradientNorm.clipFactor(1, 0));
        }
    }

    private static void assertRefused(String message, Runnable call) {
        final IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call::run);
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    private static void check(SplittableRandom random, int count, int calls) {
        try (GuardPages pages = new GuardPages()) {
            final float[] x = Seeds.floats(random, count);
            final MemorySegment memory = pages.floats(x);
            final int whole = count / 16 * 16;
            final double[] partial = new double[8];
            for (int i = 0; i < whole; i++) {
                partial[i % 8] += (double) x[i] * x[i];
            }
            for (int width = 4; width > 0; width /= 2) {
                for (int lane = 0; lane < width; lane++) {
                    partial[lane] += partial[lane + width];
                }
            }
            double expected = partial[0];
            for (int i = whole; i < count; i++) {
                expected += (double) x[i] * x[i];
            }
            for (int call = 0; call < calls; call++) {
                assertEquals(expected, GradientNorm.sumOfSquares(memory, 0, count));
            }
        }
    }
}
