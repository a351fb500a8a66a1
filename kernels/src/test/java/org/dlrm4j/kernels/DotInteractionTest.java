package org.dlrm4j.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DotInteractionTest {
    private static final int BATCH = 3;

    @Test
    void theOrderIsDenseThenLowerTriangleByRows() {
        // Feature i is 10^i in a coordinate of its own and 1 in a shared one: products tell which pair they are of.
        final float[] t = {1, 2, 3, 5, 7, 11};
        assertArrayEquals(new float[]{1, 2, 13, 29, 3 * 7 + 5 * 11}, forward(t, 3, 2, false));
        assertArrayEquals(new float[]{1, 2, 5, 13, 34, 29, 76, 170}, forward(t, 3, 2, true));
        assertEquals(367, DotInteraction.outputWidth(27, 16, false));
        assertEquals(415, DotInteraction.outputWidth(27, 64, false));
        assertEquals(479, DotInteraction.outputWidth(27, 128, false));
        assertEquals(16 + 378, DotInteraction.outputWidth(27, 16, true));
    }

    @Test
    void resultsHaveTheBitsOfTheSequentialSums() {
        final SplittableRandom random = Seeds.random();
        for (final int features : new int[]{1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 27, 31, 33, 50}) {
            for (final int dim : Shapes.dims()) {
                check(random, features, dim, false);
                check(random, features, dim, true);
            }
        }
    }

    @Test
    void compiledCodeGivesTheSameBits() {
        final SplittableRandom random = Seeds.random();
        for (int i = 0; i < 1_000; i++) {
            check(random, 27, 16, i % 2 == 0);
        }
    }

    @Test
    void theBackwardIsTheGradientOfTheForward() {
        final SplittableRandom random = Seeds.random();
        final int features = 6;
        final int dim = 5;
        for (final boolean itself : new boolean[]{false, true}) {
            final float[] t = Seeds.floats(random, features * dim);
            final float[] dOut = Seeds.floats(random, DotInteraction.outputWidth(features, dim, itself));
            final float[] dT = References.interactionBackward(t, dOut, features, dim, itself);
            for (int at = 0; at < t.length; at++) {
                final double step = 1e-5;
                final double slope = (weighted(t, dOut, features, dim, itself, at, step)
                        - weighted(t, dOut, features, dim, itself, at, -step)) / (2 * step);
                assertEquals(slope, dT[at], 1e-5, "element " + at);
            }
        }
    }

    @Test
    void badArgumentsAreRefused() {
        try (GuardPages pages = new GuardPages()) {
            final MemorySegment t = pages.allocate(2 * 3 * 4 * 4);
            final MemorySegment out = pages.allocate(2 * 7 * 4);
            final MemorySegment scratch = pages.allocate(DotInteraction.scratchBytes(3, 4));
            assertRefused("features is 0", t, 0, 48, out, 28, scratch);
            assertRefused("features is 4097, expected 1 to 4096", t, 4097, 48, out, 28, scratch);
            assertRefused("t needs 96 bytes at byte 0, but its segment has 92", t.asSlice(4), 3, 48, out, 28, scratch);
            assertRefused("t has a stride of 47 bytes", t, 3, 47, out, 28, scratch);
            assertRefused("out has a stride of 24 bytes", t, 3, 48, out, 24, scratch);
            assertRefused("out is a heap segment", t, 3, 48, MemorySegment.ofArray(new float[14]), 28, scratch);
            assertRefused("scratch is a heap segment", t, 3, 48, out, 28, MemorySegment.ofArray(new float[999]));
            assertRefused("out and t overlap", t, 3, 48, t, 28, scratch);
            final IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                    () -> DotInteraction.backward(t, 0, 48, 3, 4, false, 2, out, 0, 28, t, 0, 48, scratch, 0));
            assertTrue(e.getMessage().contains("dT and t overlap"), e.getMessage());
            if (KernelInfo.isVector()) {
                assertRefused("scratch needs", t, 3, 48, out, 28, scratch.asSlice(4));
            }
        }
    }

    private static void assertRefused(String message, MemorySegment t, int features, long stride, MemorySegment out,
            long outStride, MemorySegment scratch) {
        final IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> DotInteraction.forward(t,
                0, stride, features, 4, false, 2, out, 0, outStride, scratch, 0));
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    private static double weighted(float[] t, float[] dOut, int features, int dim, boolean itself, int at,
            double step) {
        final double[] x = new double[t.length];
        Arrays.setAll(x, i -> t[i] + (i == at ? step : 0));
        double sum = 0;
        int next = 0;
        for (; next < dim; next++) {
            sum += dOut[next] * x[next];
        }
        for (int i = 0; i < features; i++) {
            for (int j = 0; j < (itself ? i + 1 : i); j++) {
                for (int k = 0; k < dim; k++) {
                    sum += (double) dOut[next] * x[i * dim + k] * x[j * dim + k];
                }
                next++;
            }
        }
        return sum;
    }

    private static float[] forward(float[] t, int features, int dim, boolean itself) {
        try (GuardPages pages = new GuardPages()) {
            final int width = DotInteraction.outputWidth(features, dim, itself);
            final MemorySegment out = pages.allocate(width * 4L);
            DotInteraction.forward(pages.floats(t), 0, t.length * 4L, features, dim, itself, 1, out, 0, width * 4L,
                    pages.allocate(DotInteraction.scratchBytes(features, dim)), 0);
            return GuardPages.toArray(out);
        }
    }

    private static void check(SplittableRandom random, int features, int dim, boolean itself) {
        final int width = DotInteraction.outputWidth(features, dim, itself);
        final int inputs = features * dim;
        final String what = features + " features, dim " + dim + (itself ? ", itself" : "");
        final float[] t = Seeds.floats(random, BATCH * inputs);
        final float[] dOut = Seeds.floats(random, BATCH * width);
        final float[] expectedOut = new float[BATCH * width];
        final float[] expectedGradient = new float[BATCH * inputs];
        for (int b = 0; b < BATCH; b++) {
            final float[] sample = Arrays.copyOfRange(t, b * inputs, (b + 1) * inputs);
            final float[] gradient = Arrays.copyOfRange(dOut, b * width, (b + 1) * width);
            System.arraycopy(References.interaction(sample, features, dim, itself), 0, expectedOut, b * width, width);
            System.arraycopy(References.interactionBackward(sample, gradient, features, dim, itself), 0,
                    expectedGradient, b * inputs, inputs);
        }
        for (final GuardPages.Side side : GuardPages.Side.values()) {
            try (GuardPages pages = new GuardPages(side)) {
                final GuardedRows in = GuardedRows.operand(pages, t, BATCH, inputs, inputs + 2);
                final MemorySegment scratch = pages.allocate(DotInteraction.scratchBytes(features, dim))
                        .fill((byte) -1);
                final GuardedRows out = GuardedRows.result(pages, new float[BATCH * width], BATCH, width, width + 3);
                DotInteraction.forward(in.segment(), in.offset(), in.strideBytes(), features, dim, itself, BATCH,
                        out.segment(), out.offset(), out.strideBytes(), scratch, 0);
                final GuardedRows gradient = GuardedRows.operand(pages, dOut, BATCH, width, width + 3);
                final GuardedRows dT = GuardedRows.result(pages, new float[BATCH * inputs], BATCH, inputs, inputs + 2);
                scratch.fill((byte) -1);
                DotInteraction.backward(in.segment(), in.offset(), in.strideBytes(), features, dim, itself, BATCH,
                        gradient.segment(), gradient.offset(), gradient.strideBytes(), dT.segment(), dT.offset(),
                        dT.strideBytes(), scratch, 0);
                assertArrayEquals(expectedOut, out.values(what), what);
                assertArrayEquals(expectedGradient, dT.values(what), what);
            }
        }
    }
}
