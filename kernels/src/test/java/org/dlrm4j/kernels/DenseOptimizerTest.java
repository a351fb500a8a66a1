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
        for (final int count : new int[]{0, 1, 3, 4, 15, 16, 17, 33, 64, 1000}) {
            check(random, count, 3);
        }
        check(random, 70, 20_000);
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

    private static void check(SplittableRandom random, int count, int steps) {
        try (GuardPages pages = new GuardPages()) {
            final float[] g = Seeds.floats(random, count);
            final float[] sgd = Seeds.floats(random, count);
            final float[] adagrad = sgd.clone();
            final float[] state = new float[count];
            final MemorySegment gMemory = pages.floats(g);
            final MemorySegment sgdMemory = pages.floats(sgd);
            final MemorySegment adagradMemory = pages.floats(adagrad);
            final MemorySegment stateMemory = pages.floats(state);
            for (int step = 0; step < steps; step++) {
                DenseOptimizer.sgd(sgdMemory, 0, gMemory, 0, count, RATE);
                DenseOptimizer.adagrad(adagradMemory, 0, gMemory, 0, stateMemory, 0, count, RATE, EPSILON);
                for (int i = 0; i < count; i++) {
                    sgd[i] = Math.fma(-RATE, g[i], sgd[i]);
                    state[i] = Math.fma(g[i], g[i], state[i]);
                    adagrad[i] -= RATE * g[i] / ((float) Math.sqrt(state[i]) + EPSILON);
                }
            }
            assertArrayEquals(sgd, GuardPages.toArray(sgdMemory));
            assertArrayEquals(adagrad, GuardPages.toArray(adagradMemory));
            assertArrayEquals(state, GuardPages.toArray(stateMemory));
        }
    }
}
