package org.dlrm4j.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LossTest {
    private static final float WEIGHT0 = 0.25f;
    private static final float WEIGHT1 = 3f;

    @Test
    void lossesAndGradientsFollowTheFormula() {
        final SplittableRandom random = Seeds.random();
        for (final int count : Shapes.dimsFromZero()) {
            checkFormula(random, count);
        }
    }

    private static void checkFormula(SplittableRandom random, int count) {
        final float[] p = new float[count];
        final float[] t = new float[count];
        final double[] z = new double[count];
        for (int i = 0; i < count; i++) {
            z[i] = random.nextDouble(-5, 5);
            p[i] = (float) References.sigmoid(z[i]);
            t[i] = random.nextInt(2);
        }
        for (final LossFunction function : LossFunction.values()) {
            final float[][] result = run(function, p, t, 0, 0.5f);
            for (int i = 0; i < count; i++) {
                final double weight = t[i] == 1 ? WEIGHT1 : WEIGHT0;
                final double step = 1e-4;
                final double slope = (References.loss(function, References.sigmoid(z[i] + step), t[i], weight)
                        - References.loss(function, References.sigmoid(z[i] - step), t[i], weight)) / (2 * step);
                final double expected = References.loss(function, p[i], t[i], weight);
                assertEquals(expected, result[0][i], 1e-6 * Math.max(1, expected), function + " " + i);
                assertEquals(0.5 * slope, result[1][i], 1e-5, function + " gradient " + i);
            }
        }
    }

    @Test
    void logarithmsAreClamped() {
        final float[] t = {0, 1, 1, 0};
        final float[] p = {1, 0, 1, 0};
        assertArrayEquals(new float[]{100, 100, 0, 0}, run(LossFunction.BCE, p, t, 0, 1)[0]);
        assertArrayEquals(new float[]{1, -1, 0, 0}, run(LossFunction.BCE, p, t, 0, 1)[1]);
        assertArrayEquals(new float[]{25, 300, 0, 0}, run(LossFunction.WBCE, p, t, 0, 1)[0]);
    }

    @Test
    void theThresholdClampsPredictionsAndStopsGradients() {
        final float low = 0.125f;
        final float[] p = {0.0625f, 0.125f, 0.5f, 0.875f, 0.9375f};
        final float[] t = {1, 1, 1, 1, 1};
        final float[][] mse = run(LossFunction.MSE, p, t, low, 1);
        assertArrayEquals(new float[]{0.765625f, 0.765625f, 0.25f, 0.015625f, 0.015625f}, mse[0]);
        final float[][] bce = run(LossFunction.BCE, p, t, low, 1);
        assertArrayEquals(new float[]{0, -0.875f, -0.5f, -0.125f, 0}, bce[1]);
        assertEquals((float) -Math.log(0.125), bce[0][0]);
        assertEquals((float) -Math.log(0.875), bce[0][4]);
    }

    @Test
    void gradientsMayReplacePredictionsAndNaNStays() {
        try (GuardPages pages = new GuardPages()) {
            final MemorySegment p = pages.floats(0.25f, Float.NaN);
            final MemorySegment loss = pages.allocate(8);
            Loss.sigmoidLoss(LossFunction.BCE, p, 0, pages.floats(1, 1), 0, 2, 0, 1, 1, 2, loss, 0, p, 0, 4);
            assertArrayEquals(new float[]{-1.5f, Float.NaN}, GuardPages.toArray(p));
            assertEquals(Float.NaN, GuardPages.toArray(loss)[1]);
        }
    }

    @Test
    void badArgumentsAreRefused() {
        try (GuardPages pages = new GuardPages()) {
            final MemorySegment x = pages.allocate(8);
            final IllegalArgumentException tooShort = assertThrows(IllegalArgumentException.class,
                    () -> Loss.sigmoidLoss(LossFunction.MSE, x, 0, x, 0, 2, 0, 1, 1, 1, x, 0, x, 4, 4));
            assertTrue(tooShort.getMessage().contains("dz needs 8 bytes at byte 4"), tooShort.getMessage());
            final IllegalArgumentException heap = assertThrows(IllegalArgumentException.class,
                    () -> Loss.sigmoidLoss(LossFunction.MSE, x, 0, MemorySegment.ofArray(new float[2]), 0, 2, 0, 1, 1,
                            1, x, 0, x, 0, 4));
            assertTrue(heap.getMessage().contains("t is a heap segment"), heap.getMessage());
        }
    }

    /** Returns losses and gradients, which lie far apart, having computed them at both kinds of guarded memory. */
    private static float[][] run(LossFunction function, float[] p, float[] t, float threshold, float scale) {
        final float[][] results = run(GuardPages.Side.FRONT, function, p, t, threshold, scale);
        assertArrayEquals(results, run(GuardPages.Side.BACK, function, p, t, threshold, scale));
        return results;
    }

    private static float[][] run(GuardPages.Side side, LossFunction function, float[] p, float[] t, float threshold,
            float scale) {
        try (GuardPages pages = new GuardPages(side)) {
            final int count = p.length;
            final GuardedRows predictions = GuardedRows.operand(pages, p);
            final GuardedRows targets = GuardedRows.operand(pages, t);
            final GuardedRows loss = GuardedRows.result(pages, new float[count]);
            final GuardedRows dz = GuardedRows.result(pages, new float[count], count, 1, 3);
            Loss.sigmoidLoss(function, predictions.segment(), predictions.offset(), targets.segment(),
                    targets.offset(), count, threshold, WEIGHT0, WEIGHT1, scale, loss.segment(), loss.offset(),
                    dz.segment(), dz.offset(), dz.strideBytes());
            return new float[][]{loss.values("losses"), dz.values("gradients")};
        }
    }
}
