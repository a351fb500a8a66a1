package org.dlrm4j.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DenseOptimizerTest {
    private static final float RATE = 0.01f;
    private static final float EPSILON = 1e-10f;

    @Test
    void stepsHaveTheBitsOfTheScalarFormula() {
        final SplittableRandom random = Seeds.random();
        for (final GuardPages.Side side : GuardPages.Side.values()) {
            for (final int count : Shapes.dimsFromZero()) {
                check(random, side, count, 3);
            }
        }
        check(random, GuardPages.Side.BACK, 70, 20_000);
    }

    @Test
    void badArgumentsAreRefused() {
        try (GuardPages pages = new GuardPages()) {
            final MemorySegment p = pages.allocate(16);
            final MemorySegment g = pages.allocate(16);
            assertRefused("count is -3", () -> DenseOptimizer.sgd(p, 0, g, 0, -3, RATE));
            assertRefused("p needs 20 bytes", () -> DenseOptimizer.sgd(p, 0, g, 0, 5, RATE));
            assertRefused("g and p overlap", () -> DenseOptimizer.sgd(p, 0, p, 4, 3, RATE));
            assertRefused("state and g overlap", () -> DenseOptimizer.adagrad(p, 0, g, 0, g, 0, 4, RATE, EPSILON));
            assertRefused("p is a read-only segment", () -> DenseOptimizer.sgd(p.asReadOnly(), 0, g, 0, 4, RATE));
            assertRefused("g is a heap segment",
                    () -> DenseOptimizer.sgd(p, 0, MemorySegment.ofArray(new float[4]), 0, 4, RATE));
        }
    }

    private static void assertRefused(String message, Runnable call) {
        final IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call::run);
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    private static void check(SplittableRandom random, GuardPages.Side side, int count, int steps) {
        try (GuardPages pages = new GuardPages(side)) {
            final float[] g = Seeds.floats(random, count);
            final float[] sgd = Seeds.floats(random, count);
            final float[] adagrad = sgd.clone();
            final float[] state = new float[count];
            final GuardedRows gradient = GuardedRows.operand(pages, g);
            final GuardedRows sgdResult = GuardedRows.result(pages, sgd);
            final GuardedRows adagradResult = GuardedRows.result(pages, adagrad);
            final GuardedRows stateResult = GuardedRows.result(pages, state);
            for (int step = 0; step < steps; step++) {
                DenseOptimizer.sgd(sgdResult.segment(), sgdResult.offset(), gradient.segment(), gradient.offset(),
                        count, RATE);
                DenseOptimizer.adagrad(adagradResult.segment(), adagradResult.offset(), gradient.segment(),
                        gradient.offset(), stateResult.segment(), stateResult.offset(), count, RATE, EPSILON);
                for (int i = 0; i < count; i++) {
                    sgd[i] = Math.fma(-RATE, g[i], sgd[i]);
                    state[i] = Math.fma(g[i], g[i], state[i]);
                    adagrad[i] -= RATE * g[i] / ((float) Math.sqrt(state[i]) + EPSILON);
                }
            }
            final String what = count + " parameters";
            assertArrayEquals(sgd, sgdResult.values(what), what);
            assertArrayEquals(adagrad, adagradResult.values(what), what);
            assertArrayEquals(state, stateResult.values(what), what);
            assertArrayEquals(g, gradient.values(what), what);
        }
    }
}
