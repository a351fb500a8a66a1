package org.dlrm4j.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.dlrm4j.kernels.internal.Sigmoid;
import org.junit.jupiter.api.Test;

class ActivationsTest {
    @Test
    void sigmoidIsWithinThreeUnitsInTheLastPlace() {
        final int count = 1 << 17;
        try (GuardPages pages = new GuardPages()) {
            final float[] x = new float[count];
            for (int i = 0; i < count; i++) {
                x[i] = -105f + 210f * i / (count - 1);
            }
            final MemorySegment memory = pages.floats(x);
            Activations.sigmoid(memory, 0, 4L * count, 1, count);
            final float[] y = GuardPages.toArray(memory);
            for (int i = 0; i < count; i++) {
                final double exact = References.sigmoid(x[i]);
                assertEquals(exact, y[i], 3 * (double) Math.ulp((float) exact), "sigmoid(" + x[i] + ")");
            }
        }
    }

    @Test
    void sigmoidOfSpecialValues() {
        try (GuardPages pages = new GuardPages()) {
            // Starting later moves a value from whole vectors into the tail.
            final float[] x = {0, -0f, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN, Float.MAX_VALUE,
                    -Float.MAX_VALUE, Float.MIN_VALUE, -Float.MIN_VALUE, -104f, 104f, -90f, 0, 0, 0, 0};
            final float[] expected = {0.5f, 0.5f, 1, 0, Float.NaN, 1, 0, 0.5f, 0.5f, 0, 1,
                    (float) References.sigmoid(-90), 0.5f, 0.5f, 0.5f, 0.5f};
            for (final int skip : new int[]{0, 4, 8, 12, 15}) {
                final float[] in = Arrays.copyOfRange(x, skip, 16);
                final MemorySegment memory = pages.floats(in);
                Activations.sigmoid(memory, 0, 4L * in.length, 1, in.length);
                final float[] y = GuardPages.toArray(memory);
                for (int i = 0; i < y.length; i++) {
                    final float tolerance = Float.isNaN(in[i]) ? 1 : Math.ulp(expected[skip + i]);
                    assertEquals(expected[skip + i], y[i], tolerance, "sigmoid(" + in[i] + ")");
                }
            }
        }
    }

    @Test
    void matricesHaveTheBitsOfTheScalarFunctionsAndGapsStay() {
        final SplittableRandom random = Seeds.random();
        for (final int n : Shapes.dimsFromZero()) {
            for (final int m : new int[]{0, 1, 3}) {
                for (final GuardPages.Side side : GuardPages.Side.values()) {
                    checkMatrix(random, side, m, n);
                }
            }
        }
    }

    private static void checkMatrix(SplittableRandom random, GuardPages.Side side, int m, int n) {
        final String what = m + " x " + n;
        final float[] x = scaled(random, m * n, 20);
        final float[] dy = Seeds.floats(random, m * n);
        final float[] expectedRelu = new float[m * n];
        final float[] expectedSigmoid = new float[m * n];
        final float[] expected = new float[m * n];
        for (int i = 0; i < x.length; i++) {
            expectedRelu[i] = x[i] > 0 ? dy[i] : 0;
            expectedSigmoid[i] = dy[i] * (x[i] * (1 - x[i]));
            expected[i] = Sigmoid.of(x[i]);
        }
        try (GuardPages pages = new GuardPages(side)) {
            final GuardedRows y = GuardedRows.operand(pages, x, m, n, n + 5);
            final GuardedRows relu = GuardedRows.result(pages, dy, m, n, n + 2);
            final GuardedRows sigmoid = GuardedRows.result(pages, dy, m, n, n + 3);
            Activations.reluBackward(y.segment(), y.offset(), y.strideBytes(), relu.segment(), relu.offset(),
                    relu.strideBytes(), m, n);
            Activations.sigmoidBackward(y.segment(), y.offset(), y.strideBytes(), sigmoid.segment(), sigmoid.offset(),
                    sigmoid.strideBytes(), m, n);
            assertArrayEquals(expectedRelu, relu.values(what), what);
            assertArrayEquals(expectedSigmoid, sigmoid.values(what), what);
            assertArrayEquals(x, y.values(what), what);
            final GuardedRows inPlace = GuardedRows.result(pages, x, m, n, n + 5);
            Activations.sigmoid(inPlace.segment(), inPlace.offset(), inPlace.strideBytes(), m, n);
            assertArrayEquals(expected, inPlace.values(what), what);
        }
    }

    @Test
    void compiledCodeGivesTheSameBits() {
        final SplittableRandom random = Seeds.random();
        try (GuardPages pages = new GuardPages()) {
            final float[] x = scaled(random, 67, 30);
            final MemorySegment source = pages.floats(x);
            final MemorySegment memory = pages.floats(x);
            for (int i = 0; i < 20_000; i++) {
                memory.copyFrom(source);
                Activations.sigmoid(memory, 0, 4L * 67, 1, 67);
            }
            final float[] y = GuardPages.toArray(memory);
            for (int i = 0; i < x.length; i++) {
                assertEquals(Sigmoid.of(x[i]), y[i]);
            }
        }
    }

    @Test
    void reluGradientIsZeroAtZeroAndNaN() {
        try (GuardPages pages = new GuardPages()) {
            final MemorySegment dy = pages.floats(1, 1, 1, 1, Float.NaN);
            Activations.reluBackward(pages.floats(0, -0f, Float.NaN, Float.MIN_VALUE, -1), 0, 20, dy, 0, 20, 1, 5);
            assertArrayEquals(new float[]{0, 0, 0, 1, 0}, GuardPages.toArray(dy));
        }
    }

    @Test
    void badArgumentsAreRefused() {
        try (GuardPages pages = new GuardPages()) {
            final MemorySegment x = pages.allocate(2 * 3 * 4);
            assertRefused("m is -1", () -> Activations.sigmoid(x, 0, 12, -1, 3));
            assertRefused("x needs 36 bytes", () -> Activations.sigmoid(x, 0, 12, 3, 3));
            assertRefused("x has a stride of 8 bytes", () -> Activations.sigmoid(x, 0, 8, 2, 3));
            assertRefused("x is a heap segment",
                    () -> Activations.sigmoid(MemorySegment.ofArray(new float[6]), 0, 12, 2, 3));
            assertRefused("dy is a read-only segment",
                    () -> Activations.reluBackward(x, 0, 12, x.asReadOnly(), 0, 12, 2, 3));
            assertRefused("y needs 24 bytes at byte 4",
                    () -> Activations.sigmoidBackward(x, 4, 12, x, 0, 12, 2, 3));
        }
    }

    private static void assertRefused(String message, Runnable call) {
        final IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call::run);
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    private static float[] scaled(SplittableRandom random, int count, float factor) {
        final float[] values = Seeds.floats(random, count);
        for (int i = 0; i < count; i++) {
            values[i] *= factor;
        }
        return values;
    }
}
