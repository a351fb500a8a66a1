package org.dlrm4j.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.dlrm4j.kernels.OptimizerReferences.Parameter;
import org.dlrm4j.kernels.OptimizerReferences.Settings;
import org.dlrm4j.kernels.internal.scalar.ScalarOptimizer;
import org.junit.jupiter.api.Test;

/** The dense optimizers against their formulas in double precision, and all widths against the scalar kernel's bits. */
class OptimizerFormulasTest {
    private static final Settings L2 = new Settings(0.05f, 0.9f, false, 0.9, 0.999, 1e-8f, 0.01f, WeightDecay.L2, 1,
            0.3f,
            0.1f);
    private static final Settings DECOUPLED = new Settings(0.05f, 0.9f, true, 0.9, 0.999, 1e-8f, 0.01f,
            WeightDecay.DECOUPLED, 0, 0, 0);
    private static final int STEPS = 6;

    private enum Method {
        SGD, MOMENTUM, ADAGRAD, ADAM, FTRL
    }

    @Test
    void stepsFollowTheFormulas() {
        final SplittableRandom random = Seeds.random();
        for (final Method method : Method.values()) {
            for (final Settings settings : new Settings[]{L2, DECOUPLED}) {
                for (final int count : new int[]{0, 1, 3, 4, 15, 16, 17, 33, 100}) {
                    checkFormula(random, method, settings, count);
                }
            }
        }
    }

    @Test
    void compiledCodeHasTheBitsOfTheScalarKernel() {
        final SplittableRandom random = Seeds.random();
        for (final Method method : Method.values()) {
            try (GuardPages pages = new GuardPages()) {
                final Dense vector = new Dense(pages, random, 70);
                final Dense scalar = vector.copy(pages);
                for (int step = 1; step <= 8_000; step++) {
                    vector.run(method, L2, step % 50 + 1);
                }
                for (int step = 1; step <= 8_000; step++) {
                    scalar.runScalar(method, L2, step % 50 + 1);
                }
                assertArrayEquals(GuardPages.toArray(scalar.p), GuardPages.toArray(vector.p), method + " p");
                assertArrayEquals(GuardPages.toArray(scalar.first), GuardPages.toArray(vector.first),
                        method + " first");
                assertArrayEquals(GuardPages.toArray(scalar.second), GuardPages.toArray(vector.second),
                        method + " second");
            }
        }
    }

    @Test
    void threadsMaySplitAVectorAnywhere() {
        final SplittableRandom random = Seeds.random();
        for (final Method method : Method.values()) {
            try (GuardPages pages = new GuardPages()) {
                final Dense whole = new Dense(pages, random, 100);
                final Dense parts = whole.copy(pages);
                whole.run(method, L2, 1);
                parts.slice(61, 100).run(method, L2, 1);
                parts.slice(0, 7).run(method, L2, 1);
                parts.slice(7, 61).run(method, L2, 1);
                assertArrayEquals(GuardPages.toArray(whole.p), GuardPages.toArray(parts.p), method + " p");
            }
        }
    }

    @Test
    void theFirstStepOfAdamIsTheLearningRate() {
        try (GuardPages pages = new GuardPages()) {
            final MemorySegment p = pages.floats(1, 1, 1);
            DenseOptimizer.adam(p, 0, pages.floats(3, -0.001f, 0), 0, pages.allocate(12), 0, pages.allocate(12), 0, 3,
                    0.25f, 0.9, 0.999, 1e-8f, 0, WeightDecay.L2, 1);
            assertArrayEquals(new float[]{0.75f, 1.25f, 1}, GuardPages.toArray(p), 1e-4f);
        }
    }

    @Test
    void ftrlKeepsZerosWithinL1AndWhereThereWasNoGradient() {
        try (GuardPages pages = new GuardPages()) {
            final float[] gradients = new float[20];
            Arrays.fill(gradients, 0.5f);
            gradients[19] = 2;
            final MemorySegment p = pages.allocate(80);
            DenseOptimizer.ftrl(p, 0, pages.floats(gradients), 0, pages.allocate(80), 0, pages.allocate(80), 0, 20,
                    0.1f,
                    0, 1, 0);
            final float[] expected = new float[20];
            // z = 2, sqrt(n) = 2: (1 - 2) / (2 / 0.1)
            expected[19] = -0.05f;
            assertArrayEquals(expected, GuardPages.toArray(p), 1e-8f);
            DenseOptimizer.ftrl(p, 0, pages.allocate(80), 0, pages.allocate(80), 0, pages.allocate(80), 0, 20, 0.1f, 0,
                    0, 0);
            assertArrayEquals(new float[20], GuardPages.toArray(p));
        }
    }

    @Test
    void badArgumentsAreRefused() {
        try (GuardPages pages = new GuardPages()) {
            final MemorySegment p = pages.allocate(16);
            final MemorySegment g = pages.allocate(16);
            final MemorySegment a = pages.allocate(16);
            final MemorySegment b = pages.allocate(16);
            assertRefused("weightDecay is -1.0, expected a finite number, 0 or more",
                    () -> DenseOptimizer.sgd(p, 0, g, 0, 4, 1, -1));
            assertRefused("weightDecay is NaN",
                    () -> DenseOptimizer.adagrad(p, 0, g, 0, a, 0, 4, 1, 0, Float.NaN));
            assertRefused("momentum is -0.5",
                    () -> DenseOptimizer.momentum(p, 0, g, 0, a, 0, 4, 1, -0.5f, false, 0));
            assertRefused("buffer and p overlap",
                    () -> DenseOptimizer.momentum(p, 0, g, 0, p, 0, 4, 1, 0.5f, false, 0));
            assertAdamRefused("beta1 is 1.0, expected 0 or more and less than 1", p, g, a, b, 1, 0.9, 1);
            assertAdamRefused("beta2 is NaN", p, g, a, b, 0.9, Double.NaN, 1);
            assertAdamRefused("step is 0, expected 1 or more: the first update is step 1", p, g, a, b, 0.9, 0.9, 0);
            assertAdamRefused("square and mean overlap", p, g, a, a, 0.9, 0.9, 1);
            assertAdamRefused("mean and g overlap", p, g, g, b, 0.9, 0.9, 1);
            assertAdamRefused("square is a read-only segment", p, g, a, b.asReadOnly(), 0.9, 0.9, 1);
            assertFtrlRefused("learningRate is 0.0, expected a finite number above 0", p, g, a, b, 0, 0, 0);
            assertFtrlRefused("l1 is -1.0", p, g, a, b, 1, -1, 0);
            assertFtrlRefused("l2 is Infinity", p, g, a, b, 1, 0, Float.POSITIVE_INFINITY);
            assertFtrlRefused("z and n overlap", p, g, a, a, 1, 0, 0);
            assertFtrlRefused("z needs 16 bytes", p, g, a, b.asSlice(4), 1, 0, 0);
        }
    }

    private static void assertAdamRefused(String message, MemorySegment p, MemorySegment g, MemorySegment mean,
            MemorySegment square, double beta1, double beta2, long step) {
        assertRefused(message, () -> DenseOptimizer.adam(p, 0, g, 0, mean, 0, square, 0, 4, 1, beta1, beta2, 0, 0,
                WeightDecay.L2, step));
    }

    private static void assertFtrlRefused(String message, MemorySegment p, MemorySegment g, MemorySegment n,
            MemorySegment z, float learningRate, float l1, float l2) {
        assertRefused(message, () -> DenseOptimizer.ftrl(p, 0, g, 0, n, 0, z, 0, 4, learningRate, 0, l1, l2));
    }

    private static void assertRefused(String message, Runnable call) {
        final IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call::run);
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    private static void checkFormula(SplittableRandom random, Method method, Settings settings, int count) {
        try (GuardPages pages = new GuardPages()) {
            final Dense dense = new Dense(pages, random, count);
            final Parameter[] expected = new Parameter[count];
            for (int i = 0; i < count; i++) {
                expected[i] = new Parameter(GuardPages.toArray(dense.p)[i], GuardPages.toArray(dense.first)[i],
                        GuardPages.toArray(dense.second)[i]);
            }
            for (int step = 1; step <= STEPS; step++) {
                final float[] gradients = Seeds.floats(random, count);
                MemorySegment.copy(MemorySegment.ofArray(gradients), 0, dense.g, 0, 4L * count);
                dense.run(method, settings, step);
                for (int i = 0; i < count; i++) {
                    switch (method) {
                        case SGD -> OptimizerReferences.sgd(expected[i], gradients[i], settings);
                        case MOMENTUM -> OptimizerReferences.momentum(expected[i], gradients[i], settings);
                        case ADAGRAD -> OptimizerReferences.adagrad(expected[i], gradients[i], settings);
                        case ADAM -> OptimizerReferences.adam(expected[i], gradients[i], settings, step);
                        case FTRL -> OptimizerReferences.ftrl(expected[i], gradients[i], settings);
                    }
                }
            }
            for (int i = 0; i < count; i++) {
                final String what = method + ", element " + i + " of " + count;
                // Values stay below 20 here, and each of the steps rounds about ten times.
                final double tolerance = STEPS * 10 * 20 * 0x1p-24;
                assertEquals(expected[i].p, GuardPages.toArray(dense.p)[i], tolerance, what);
                assertEquals(expected[i].first, GuardPages.toArray(dense.first)[i], tolerance, what);
                assertEquals(expected[i].second, GuardPages.toArray(dense.second)[i], tolerance, what);
            }
        }
    }

    /** Parameters, gradients and two kinds of state in guarded memory. */
    private record Dense(MemorySegment p, MemorySegment g, MemorySegment first, MemorySegment second, int count) {
        Dense(GuardPages pages, SplittableRandom random, int count) {
            this(pages.floats(Seeds.floats(random, count)), pages.floats(Seeds.floats(random, count)),
                    pages.floats(positive(random, count)), pages.floats(positive(random, count)), count);
        }

        private static float[] positive(SplittableRandom random, int count) {
            final float[] values = new float[count];
            for (int i = 0; i < count; i++) {
                values[i] = (float) random.nextDouble(0.1, 1);
            }
            return values;
        }

        Dense copy(GuardPages pages) {
            return new Dense(pages.floats(GuardPages.toArray(p)), pages.floats(GuardPages.toArray(g)),
                    pages.floats(GuardPages.toArray(first)), pages.floats(GuardPages.toArray(second)), count);
        }

        Dense slice(int from, int to) {
            final long at = 4L * from;
            final long bytes = 4L * (to - from);
            return new Dense(p.asSlice(at, bytes), g.asSlice(at, bytes), first.asSlice(at, bytes),
                    second.asSlice(at, bytes), to - from);
        }

        void run(Method method, Settings s, int step) {
            final float rate = (float) s.learningRate();
            final float decay = (float) s.weightDecay();
            switch (method) {
                case SGD -> DenseOptimizer.sgd(p, 0, g, 0, count, rate, decay);
                case MOMENTUM -> DenseOptimizer.momentum(p, 0, g, 0, first, 0, count, rate, (float) s.momentum(),
                        s.nesterov(), decay);
                case ADAGRAD -> DenseOptimizer.adagrad(p, 0, g, 0, first, 0, count, rate, (float) s.epsilon(), decay);
                case ADAM -> DenseOptimizer.adam(p, 0, g, 0, first, 0, second, 0, count, rate, s.beta1(), s.beta2(),
                        (float) s.epsilon(), decay, s.kind(), step);
                case FTRL -> DenseOptimizer.ftrl(p, 0, g, 0, first, 0, second, 0, count, rate, (float) s.beta(),
                        (float) s.l1(), (float) s.l2());
            }
        }

        void runScalar(Method method, Settings s, int step) {
            final ScalarOptimizer kernel = new ScalarOptimizer();
            final float rate = (float) s.learningRate();
            final float decay = (float) s.weightDecay();
            switch (method) {
                case SGD -> kernel.sgd(p, 0, g, 0, count, rate, decay);
                case MOMENTUM -> kernel.momentum(p, 0, g, 0, first, 0, count, rate, (float) s.momentum(), s.nesterov(),
                        decay);
                case ADAGRAD -> kernel.adagrad(p, 0, g, 0, first, 0, count, rate, (float) s.epsilon(), decay);
                case ADAM -> kernel.adam(p, 0, g, 0, first, 0, second, 0, count, (float) (1 - s.beta1()),
                        (float) (1 - s.beta2()), (float) (rate / (1 - Math.pow(s.beta1(), step))),
                        (float) (1 / Math.sqrt(1 - Math.pow(s.beta2(), step))), (float) s.epsilon(), decay, 1);
                case FTRL -> kernel.ftrl(p, 0, g, 0, first, 0, second, 0, count, 1 / rate, (float) s.l1(),
                        (float) s.beta() / rate + 2 * (float) s.l2());
            }
        }
    }
}
