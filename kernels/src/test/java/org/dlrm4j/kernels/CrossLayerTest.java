package org.dlrm4j.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CrossLayerTest {
    private static final int[] WIDTHS = {0, 1, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 64, 79, 128, 429};

    @Test
    void layersHaveThePromisedBits() {
        final SplittableRandom random = Seeds.random();
        for (final int d : WIDTHS) {
            for (final int m : new int[]{0, 1, 5}) {
                checkVectorLayer(random, m, d, 1);
                checkMatrixLayer(random, m, d, 1);
            }
        }
    }

    @Test
    void compiledCodeGivesTheSameBits() {
        final SplittableRandom random = Seeds.random();
        checkVectorLayer(random, 3, 85, 6_000);
        checkMatrixLayer(random, 3, 85, 6_000);
    }

    @Test
    void gradientsAreThoseOfTheLoss() {
        // Against differences of a loss in double precision: a check of the formulas, not of their roundings.
        final SplittableRandom random = Seeds.random();
        final int m = 3;
        final int d = 19;
        try (GuardPages pages = new GuardPages()) {
            final GuardedRows x = GuardedRows.random(pages, random, m, d, 2);
            final GuardedRows dy = GuardedRows.random(pages, random, m, d, 1);
            final float[] w = Seeds.floats(random, d);
            final MemorySegment s = pages.allocate(4 * m);
            final MemorySegment ds = pages.allocate(4 * m);
            final GuardedRows y = GuardedRows.output(pages, m, d, 0);
            final GuardedRows dx = GuardedRows.output(pages, m, d, 0);
            final GuardedRows dx0 = GuardedRows.result(pages, new float[m * d], m, d, d);
            final MemorySegment dw = pages.allocate(4 * d);
            CrossLayer.forward(x.segment(), x.offset(), x.strideBytes(), x.segment(), x.offset(), x.strideBytes(),
                    pages.floats(w), 0,
                    pages.allocate(4 * d), 0, y.segment(), y.offset(), y.strideBytes(), s, 0, m, d);
            CrossLayer.backward(x.segment(), x.offset(), x.strideBytes(), pages.floats(w), 0, s, 0, dy.segment(),
                    dy.offset(),
                    dy.strideBytes(), dx.segment(), dx.offset(), dx.strideBytes(), dx0.segment(), dx0.offset(),
                    dx0.strideBytes(), ds, 0, m,
                    d);
            CrossLayer.weightGradient(x.segment(), x.offset(), x.strideBytes(), ds, 0, m, d, false, dw, 0);
            CrossLayer.add(dx.segment(), dx.offset(), dx.strideBytes(), dx0.segment(), dx0.offset(), dx0.strideBytes(),
                    m, d);
            final double[][] input = doubles(x.rows());
            final double[] weights = doubles(new float[][]{w})[0];
            final double step = 1e-4;
            for (int j = 0; j < d; j++) {
                weights[j] += step;
                final double above = loss(input, weights, dy.rows());
                weights[j] -= 2 * step;
                final double below = loss(input, weights, dy.rows());
                weights[j] += step;
                assertNear((above - below) / (2 * step), GuardPages.toArray(dw)[j], "dw[" + j + "]");
                for (int i = 0; i < m; i++) {
                    input[i][j] += step;
                    final double right = loss(input, weights, dy.rows());
                    input[i][j] -= 2 * step;
                    final double left = loss(input, weights, dy.rows());
                    input[i][j] += step;
                    assertNear((right - left) / (2 * step), dx0.rows()[i][j], "dx[" + i + "][" + j + "]");
                }
            }
        }
    }

    @Test
    void columnsMayBeSplitAmongThreads() {
        final SplittableRandom random = Seeds.random();
        try (GuardPages pages = new GuardPages()) {
            final GuardedRows x = GuardedRows.random(pages, random, 9, 100, 3);
            final MemorySegment ds = pages.floats(Seeds.floats(random, 9));
            final MemorySegment whole = pages.allocate(400);
            final MemorySegment parts = pages.allocate(400);
            CrossLayer.weightGradient(x.segment(), x.offset(), x.strideBytes(), ds, 0, 9, 100, false, whole, 0);
            for (final int[] range : new int[][]{{37, 100}, {0, 1}, {1, 37}}) {
                CrossLayer.weightGradient(x.segment(), x.offset() + 4L * range[0], x.strideBytes(), ds, 0, 9,
                        range[1] - range[0],
                        false, parts, 4L * range[0]);
            }
            assertArrayEquals(GuardPages.toArray(whole), GuardPages.toArray(parts));
        }
    }

    @Test
    void badArgumentsAreRefused() {
        try (GuardPages pages = new GuardPages()) {
            final MemorySegment x = pages.allocate(24);
            final MemorySegment w = pages.allocate(12);
            final MemorySegment y = pages.allocate(24);
            final MemorySegment s = pages.allocate(8);
            assertForwardRefused("m is -1", x, w, y, s, -1, 12);
            assertForwardRefused("x0 has a stride of 8 bytes, expected at least 12", x, w, y, s, 2, 8);
            assertForwardRefused("x0 needs 36 bytes", x, w, y, s, 3, 12);
            assertForwardRefused("w needs 12 bytes", x, w.asSlice(4), y, s, 2, 12);
            assertForwardRefused("s needs 8 bytes", x, w, y, s.asSlice(4), 2, 12);
            assertForwardRefused("y and x0 overlap", x, w, x, s, 2, 12);
            assertForwardRefused("s and y overlap", x, w, y, y, 2, 12);
            assertForwardRefused("y is a read-only segment", x, w, y.asReadOnly(), s, 2, 12);
            assertForwardRefused("x0 is a heap segment", MemorySegment.ofArray(new float[6]), w, y, s, 2, 12);
            assertRefused("dx0 and dx overlap", () -> CrossLayer.backward(x, 0, 12, w, 0, s, 0, x, 0, 12, y, 0, 12, y,
                    0, 12, pages.allocate(8), 0, 2, 3));
            assertRefused("ds and s overlap", () -> CrossLayer.backward(x, 0, 12, w, 0, s, 0, x, 0, 12, y, 0, 12,
                    pages.allocate(24), 0, 12, s, 0, 2, 3));
            assertRefused("dw and ds overlap", () -> CrossLayer.weightGradient(x, 0, 12, y, 0, 2, 3, true, y, 0));
            assertRefused("y and z overlap",
                    () -> CrossLayer.combine(x, 0, 12, y, 0, 12, x, 0, 12, y, 0, 12, 2, 3));
            assertRefused("dx and dz overlap", () -> CrossLayer.combineBackward(x, 0, 12, x, 0, 12, x, 0, 12, y, 0, 12,
                    pages.allocate(24), 0, 12, y, 0, 12, 2, 3));
            assertRefused("to and from overlap", () -> CrossLayer.add(x, 0, 12, x, 0, 12, 2, 3));
        }
    }

    private static void assertForwardRefused(String message, MemorySegment x, MemorySegment w, MemorySegment y,
            MemorySegment s, int m, long strideBytes) {
        assertRefused(message,
                () -> CrossLayer.forward(x, 0, strideBytes, x, 0, 12, w, 0, w, 0, y, 0, 12, s, 0, m, 3));
    }

    private static void assertRefused(String message, Runnable call) {
        final IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call::run);
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    private static void assertNear(double expected, float actual, String what) {
        assertTrue(Math.abs(expected - actual) < 1e-4 * (1 + Math.abs(expected)),
                what + " is " + actual + ", expected about " + expected);
    }

    /** The sum of {@code dy · y} of a first layer without bias. */
    private static double loss(double[][] x, double[] w, float[][] dy) {
        double loss = 0;
        for (int i = 0; i < x.length; i++) {
            double s = 0;
            for (int j = 0; j < w.length; j++) {
                s += x[i][j] * w[j];
            }
            for (int j = 0; j < w.length; j++) {
                loss += dy[i][j] * (x[i][j] * s + x[i][j]);
            }
        }
        return loss;
    }

    private static double[][] doubles(float[][] values) {
        final double[][] result = new double[values.length][values[0].length];
        for (int i = 0; i < values.length; i++) {
            for (int j = 0; j < values[i].length; j++) {
                result[i][j] = values[i][j];
            }
        }
        return result;
    }

    private static void checkVectorLayer(SplittableRandom random, int m, int d, int calls) {
        try (GuardPages pages = new GuardPages()) {
            final String what = m + " x " + d + " ";
            final GuardedRows x0 = GuardedRows.random(pages, random, m, d, 1);
            final GuardedRows x = GuardedRows.random(pages, random, m, d, 5);
            final GuardedRows dy = GuardedRows.random(pages, random, m, d, 2);
            final GuardedRows dx0 = GuardedRows.random(pages, random, m, d, 7);
            final GuardedRows y = GuardedRows.output(pages, m, d, 3);
            final GuardedRows dx = GuardedRows.output(pages, m, d, 4);
            final GuardedRows s = GuardedRows.output(pages, 1, m, 0);
            final GuardedRows ds = GuardedRows.output(pages, 1, m, 0);
            final float[] w = Seeds.floats(random, d);
            final float[] b = Seeds.floats(random, d);
            final float[] dw = Seeds.floats(random, d);
            final MemorySegment wMemory = pages.floats(w);
            final MemorySegment bMemory = pages.floats(b);
            final MemorySegment added = pages.floats(dw);
            final MemorySegment overwritten = pages.floats(dw);
            final float[][] expectedDx0 = dx0.rows();
            for (int call = 0; call < calls; call++) {
                CrossLayer.forward(x0.segment(), x0.offset(), x0.strideBytes(), x.segment(), x.offset(),
                        x.strideBytes(), wMemory, 0,
                        bMemory, 0, y.segment(), y.offset(), y.strideBytes(), s.segment(), s.offset(), m, d);
                CrossLayer.backward(x0.segment(), x0.offset(), x0.strideBytes(), wMemory, 0, s.segment(), s.offset(),
                        dy.segment(), dy.offset(),
                        dy.strideBytes(), dx.segment(), dx.offset(), dx.strideBytes(), dx0.segment(), dx0.offset(),
                        dx0.strideBytes(),
                        ds.segment(), ds.offset(), m, d);
                CrossLayer.weightGradient(x.segment(), x.offset(), x.strideBytes(), ds.segment(), ds.offset(), m, d,
                        true, added, 0);
                CrossLayer.weightGradient(x.segment(), x.offset(), x.strideBytes(), ds.segment(), ds.offset(), m, d,
                        false, overwritten, 0);
            }
            final float[][] expectedY = new float[m][d];
            final float[][] expectedDx = new float[m][d];
            final float[][] expectedS = new float[1][m];
            final float[][] expectedDs = new float[1][m];
            for (int i = 0; i < m; i++) {
                final float[] x0Row = x0.rows()[i];
                final float[] xRow = x.rows()[i];
                final float[] dyRow = dy.rows()[i];
                final float scale = FixedOrder.dot(xRow, w);
                final float gradient = FixedOrder.dot(dyRow, x0Row);
                assertExact(xRow, w, scale, what + "s");
                expectedS[0][i] = scale;
                expectedDs[0][i] = gradient;
                for (int j = 0; j < d; j++) {
                    expectedY[i][j] = Math.fma(x0Row[j], scale, b[j]) + xRow[j];
                    expectedDx[i][j] = Math.fma(w[j], gradient, dyRow[j]);
                    for (int call = 0; call < calls; call++) {
                        expectedDx0[i][j] = Math.fma(dyRow[j], scale, expectedDx0[i][j]);
                    }
                }
            }
            y.assertHolds(expectedY, what + "y");
            s.assertHolds(expectedS, what + "s");
            ds.assertHolds(expectedDs, what + "ds");
            dx.assertHolds(expectedDx, what + "dx");
            dx0.assertHolds(expectedDx0, what + "dx0");
            assertArrayEquals(columnSums(x.rows(), expectedDs[0], new float[d], 1), GuardPages.toArray(overwritten));
            assertArrayEquals(columnSums(x.rows(), expectedDs[0], dw, calls), GuardPages.toArray(added));
        }
    }

    private static float[] columnSums(float[][] x, float[] ds, float[] start, int calls) {
        final float[] sums = start.clone();
        for (int call = 0; call < calls; call++) {
            for (int i = 0; i < x.length; i++) {
                for (int j = 0; j < sums.length; j++) {
                    sums[j] = Math.fma(x[i][j], ds[i], sums[j]);
                }
            }
        }
        return sums;
    }

    private static void assertExact(float[] a, float[] b, float actual, String what) {
        double exact = 0;
        double magnitude = 0;
        for (int j = 0; j < a.length; j++) {
            exact += (double) a[j] * b[j];
            magnitude += Math.abs((double) a[j] * b[j]);
        }
        FixedOrder.assertNear(exact, magnitude, a.length, actual, what);
    }

    private static void checkMatrixLayer(SplittableRandom random, int m, int d, int calls) {
        try (GuardPages pages = new GuardPages()) {
            final String what = m + " x " + d + " ";
            final GuardedRows x0 = GuardedRows.random(pages, random, m, d, 1);
            final GuardedRows z = GuardedRows.random(pages, random, m, d, 3);
            final GuardedRows x = GuardedRows.random(pages, random, m, d, 5);
            final GuardedRows dy = GuardedRows.random(pages, random, m, d, 2);
            final GuardedRows dx0 = GuardedRows.random(pages, random, m, d, 7);
            final GuardedRows dx = GuardedRows.random(pages, random, m, d, 4);
            final GuardedRows y = GuardedRows.output(pages, m, d, 3);
            final GuardedRows dz = GuardedRows.output(pages, m, d, 6);
            final float[][] expectedDx0 = dx0.rows();
            final float[][] expectedDx = dx.rows();
            final float[][] expectedY = new float[m][d];
            final float[][] expectedDz = new float[m][d];
            for (int call = 0; call < calls; call++) {
                CrossLayer.combine(x0.segment(), x0.offset(), x0.strideBytes(), z.segment(), z.offset(),
                        z.strideBytes(), x.segment(), x.offset(),
                        x.strideBytes(), y.segment(), y.offset(), y.strideBytes(), m, d);
                CrossLayer.combineBackward(x0.segment(), x0.offset(), x0.strideBytes(), z.segment(), z.offset(),
                        z.strideBytes(),
                        dy.segment(), dy.offset(), dy.strideBytes(), dz.segment(), dz.offset(), dz.strideBytes(),
                        dx0.segment(), dx0.offset(),
                        dx0.strideBytes(), dx.segment(), dx.offset(), dx.strideBytes(), m, d);
                CrossLayer.add(dy.segment(), dy.offset(), dy.strideBytes(), dx.segment(), dx.offset(), dx.strideBytes(),
                        m, d);
            }
            for (int i = 0; i < m; i++) {
                final float[] x0Row = x0.rows()[i];
                final float[] zRow = z.rows()[i];
                final float[] xRow = x.rows()[i];
                final float[] dyRow = dy.rows()[i];
                for (int j = 0; j < d; j++) {
                    final float gradient = dyRow[j];
                    expectedY[i][j] = Math.fma(x0Row[j], zRow[j], xRow[j]);
                    expectedDz[i][j] = gradient * x0Row[j];
                    for (int call = 0; call < calls; call++) {
                        expectedDx0[i][j] = Math.fma(gradient, zRow[j], expectedDx0[i][j]);
                        expectedDx[i][j] = expectedDx[i][j] + gradient + gradient;
                    }
                }
            }
            y.assertHolds(expectedY, what + "y");
            dz.assertHolds(expectedDz, what + "dz");
            dx0.assertHolds(expectedDx0, what + "dx0");
            dx.assertHolds(expectedDx, what + "dx");
        }
    }
}
