package org.dlrm4j.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FactorizationMachineTest {
    @Test
    void valuesAndGradientsHaveThePromisedBits() {
        final SplittableRandom random = Seeds.random();
        for (final int d : new int[]{0, 1, 4, 8, 10, 15, 16, 17, 31, 32, 48, 64, 67}) {
            for (final int features : new int[]{0, 1, 2, 7, 27}) {
                check(random, 3, features, d, false, 1);
                check(random, 2, features, d, true, 1);
            }
        }
        check(random, 0, 5, 16, false, 1);
    }

    @Test
    void compiledCodeGivesTheSameBits() {
        final SplittableRandom random = Seeds.random();
        check(random, 2, 9, 40, false, 6_000);
    }

    @Test
    void smallIntegersAreExact() {
        try (GuardPages pages = new GuardPages()) {
            // (1,2)·(3,-1) + (1,2)·(2,2) + (3,-1)·(2,2) = 1 + 6 + 4
            final MemorySegment v = pages.floats(1, 2, 3, -1, 2, 2);
            final MemorySegment out = pages.allocate(4);
            final MemorySegment dv = pages.allocate(24);
            FactorizationMachine.forward(v, 0, 24, 8, 3, 2, 1, out, 0, 4);
            FactorizationMachine.backward(v, 0, 24, 8, 3, 2, 1, pages.floats(2), 0, 4, false, dv, 0, 24, 8);
            assertEquals(11, GuardPages.toArray(out)[0]);
            assertArrayEquals(new float[]{10, 2, 6, 8, 8, 2},
                    GuardPages.toArray(dv));
        }
    }

    @Test
    void badArgumentsAreRefused() {
        try (GuardPages pages = new GuardPages()) {
            final MemorySegment v = pages.allocate(48);
            final MemorySegment out = pages.allocate(8);
            final MemorySegment dv = pages.allocate(48);
            assertRefused("features is -1", () -> FactorizationMachine.forward(v, 0, 24, 8, -1, 2, 2, out, 0, 4));
            assertRefused("v has a stride of 4 bytes, expected at least 8",
                    () -> FactorizationMachine.forward(v, 0, 24, 4, 3, 2, 2, out, 0, 4));
            assertRefused("v has a stride of 20 bytes, expected at least 24",
                    () -> FactorizationMachine.forward(v, 0, 20, 8, 3, 2, 2, out, 0, 4));
            assertRefused("v needs 72 bytes", () -> FactorizationMachine.forward(v, 0, 24, 8, 3, 2, 3, out, 0, 4));
            assertRefused("out needs 12 bytes", () -> FactorizationMachine.forward(v, 0, 16, 8, 2, 2, 3, out, 0, 4));
            assertRefused("out and v overlap", () -> FactorizationMachine.forward(v, 0, 24, 8, 3, 2, 2, v, 8, 4));
            assertRefused("dv and v overlap",
                    () -> FactorizationMachine.backward(v, 0, 24, 8, 3, 2, 2, out, 0, 4, true, v, 0, 24, 8));
            assertRefused("dv and dOut overlap",
                    () -> FactorizationMachine.backward(v, 0, 24, 8, 3, 2, 2, dv, 0, 4, true, dv, 0, 24, 8));
            assertRefused("dv is a read-only segment", () -> FactorizationMachine.backward(v, 0, 24, 8, 3, 2, 2, out, 0,
                    4, true, dv.asReadOnly(), 0, 24, 8));
        }
    }

    private static void assertRefused(String message, Runnable call) {
        final IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call::run);
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    private static void check(SplittableRandom random, int m, int features, int d, boolean accumulate, int calls) {
        try (GuardPages pages = new GuardPages()) {
            // A matrix row is one feature's vector; samples follow each other without a gap between them.
            final GuardedRows v = GuardedRows.random(pages, random, m * features, d, 3);
            final GuardedRows dv = GuardedRows.random(pages, random, m * features, d, 2);
            final GuardedRows out = GuardedRows.output(pages, m, 1, 1);
            final GuardedRows dOut = GuardedRows.random(pages, random, m, 1, 4);
            final float[][] before = dv.rows();
            for (int call = 0; call < calls; call++) {
                FactorizationMachine.forward(v.segment(), v.offset(), features * v.strideBytes(), v.strideBytes(),
                        features, d, m,
                        out.segment(), out.offset(), out.strideBytes());
                FactorizationMachine.backward(v.segment(), v.offset(), features * v.strideBytes(), v.strideBytes(),
                        features, d,
                        m, dOut.segment(), dOut.offset(), dOut.strideBytes(), accumulate, dv.segment(), dv.offset(),
                        features * dv.strideBytes(), dv.strideBytes());
            }
            final float[][] vectors = v.rows();
            final float[][] expected = new float[m][1];
            final float[][] expectedGradients = new float[m * features][d];
            for (int i = 0; i < m; i++) {
                final float[] pairs = new float[d];
                for (int j = 0; j < d; j++) {
                    float sum = 0;
                    float squares = 0;
                    for (int f = 0; f < features; f++) {
                        final float value = vectors[i * features + f][j];
                        sum += value;
                        squares = Math.fma(value, value, squares);
                    }
                    pairs[j] = Math.fma(sum, sum, -squares);
                    for (int f = 0; f < features; f++) {
                        final int row = i * features + f;
                        expectedGradients[row][j] = Math.fma(sum - vectors[row][j], dOut.rows()[i][0],
                                accumulate ? before[row][j] : 0f);
                    }
                }
                expected[i][0] = 0.5f * sumOfGroups(pairs);
                assertExact(vectors, i * features, features, d, expected[i][0]);
            }
            final String what = m + " x " + features + " x " + d + " ";
            out.assertHolds(expected, what + "out");
            dv.assertHolds(expectedGradients, what + "dv");
        }
    }

    private static float sumOfGroups(float[] pairs) {
        final int whole = pairs.length / 16 * 16;
        float sum = 0;
        for (int j = 0; j < whole; j += 16) {
            sum += FixedOrder.tree(Arrays.copyOfRange(pairs, j, j + 16));
        }
        for (int j = whole; j < pairs.length; j++) {
            sum += pairs[j];
        }
        return sum;
    }

    /** Against the definition, the sum over pairs. */
    private static void assertExact(float[][] vectors, int first, int features, int d, float actual) {
        double exact = 0;
        double magnitude = 0;
        for (int j = 0; j < d; j++) {
            double absolute = 0;
            for (int f = 0; f < features; f++) {
                absolute += Math.abs(vectors[first + f][j]);
                for (int g = 0; g < f; g++) {
                    exact += (double) vectors[first + f][j] * vectors[first + g][j];
                }
            }
            magnitude += absolute * absolute;
        }
        FixedOrder.assertNear(exact, magnitude, 2 * features + d, actual, "sum of pairs");
    }
}
