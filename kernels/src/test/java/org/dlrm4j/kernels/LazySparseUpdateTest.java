package org.dlrm4j.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import org.dlrm4j.kernels.OptimizerReferences.Parameter;
import org.dlrm4j.kernels.OptimizerReferences.Settings;
import org.junit.jupiter.api.Test;

/** Row updates with moments or decay: formulas in double precision, and bits that do not depend on the parts. */
class LazySparseUpdateTest {
    private static final Settings L2 = new Settings(0.05f, 0.9f, true, 0.9, 0.99, 1e-8f, 0.01f, WeightDecay.L2, 1, 0.3f,
            0.1f);
    private static final Settings DECOUPLED = new Settings(0.05f, 0.9f, false, 0.9, 0.99, 1e-8f, 0.01f,
            WeightDecay.DECOUPLED, 0, 0, 0);
    private static final long SEED = 42;
    private static final int STEPS = 3;
    private static final int ROWS = 9;

    private enum Method {
        SGD, ADAGRAD, ROW_WISE, MOMENTUM, ADAM, FTRL
    }

    @Test
    void touchedRowsFollowTheFormulasAndOthersStay() {
        final SplittableRandom random = Seeds.random();
        for (final int dim : new int[]{1, 3, 4, 15, 16, 17, 40, 64, 85}) {
            for (final Method method : Method.values()) {
                for (final Settings settings : new Settings[]{L2, DECOUPLED}) {
                    check(random, method, settings, dim);
                }
            }
        }
    }

    @Test
    void compiledCodeAndAnyPartsGiveTheSameBits() {
        final SplittableRandom random = Seeds.random();
        for (final Method method : Method.values()) {
            try (GuardPages pages = new GuardPages()) {
                final Bags bags = Bags.random(random, 6, 2, ROWS, 37, true, Pooling.MEAN);
                final Call whole = new Call(pages, random, bags);
                final Call parts = whole.copy(pages);
                for (int step = 1; step <= 2_000; step++) {
                    whole.run(method, L2, step, 0, 1);
                    for (int part = 2; part >= 0; part--) {
                        parts.run(method, L2, step, part, 3);
                    }
                }
                assertArrayEquals(GuardPages.toArray(whole.table), GuardPages.toArray(parts.table), method + " table");
                assertArrayEquals(GuardPages.toArray(whole.first), GuardPages.toArray(parts.first), method + " first");
                assertArrayEquals(GuardPages.toArray(whole.second), GuardPages.toArray(parts.second),
                        method + " second");
            }
        }
    }

    @Test
    void badArgumentsAreRefusedBeforeAnythingIsWritten() {
        try (GuardPages pages = new GuardPages()) {
            final MemorySegment table = pages.floats(1, 2, 3, 4);
            final MemorySegment a = pages.allocate(16);
            final MemorySegment b = pages.allocate(16);
            assertAdamRefused("mean and table overlap", table, table, b, 0.9, 1, 0);
            assertAdamRefused("square and mean overlap", table, a, a, 0.9, 1, 0);
            assertAdamRefused("square needs 16 bytes", table, a, b.asSlice(4), 0.9, 1, 0);
            assertAdamRefused("beta1 is 1.0", table, a, b, 1, 1, 0);
            assertAdamRefused("step is 0, expected 1 or more", table, a, b, 0.9, 0, 0);
            assertAdamRefused("part is 1, expected 0 to 0", table, a, b, 0.9, 1, 1);
            assertAdamRefused("mean is a heap segment", table, MemorySegment.ofArray(new float[4]), b, 0.9, 1, 0);
            assertTrue(assertThrows(IllegalArgumentException.class,
                    () -> LazySparseUpdate.ftrl("C9", RowFormat.F32, table, 0, 8, 2, 2, 0, a, 0, 8, b, 0, 8,
                            pages.longs(0), 0, 1,
                            pages.ints(0, 1), 0, 1, Pooling.SUM, null, 0, pages.floats(1, 1), 0, 8, -1, 0, 0, 0, 0, 1,
                            pages.allocate(200), 0))
                    .getMessage().contains("learningRate is -1.0"));
            assertTrue(assertThrows(IllegalArgumentException.class,
                    () -> LazySparseUpdate.momentum("C9", RowFormat.F32, table, 0, 8, 2, 2, 0, a, 0, 8, pages.longs(0),
                            0, 1,
                            pages.ints(0, 1), 0, 1, Pooling.SUM, null, 0, pages.floats(1, 1), 0, 8, 1, 0.9f, false, 0,
                            0, 1, pages.allocate(8), 0))
                    .getMessage().contains("scratch needs"));
            final IndexOutOfBoundsException e = assertThrows(IndexOutOfBoundsException.class,
                    () -> LazySparseUpdate.momentum("C9", RowFormat.F32, table, 0, 8, 2, 2, 0, a, 0, 8,
                            pages.longs(0, 2), 0, 2,
                            pages.ints(0, 1, 2), 0, 2, Pooling.SUM, null, 0, pages.floats(1, 1, 1, 1), 0, 8, 1, 0.9f,
                            false, 0, 0, 1, pages.allocate(400), 0));
            assertTrue(e.getMessage().startsWith("table C9, bag 1, position 1: index 2, expected 0 to 1"),
                    e.getMessage());
            assertArrayEquals(new float[]{1, 2, 3, 4}, GuardPages.toArray(table));
        }
    }

    @Test
    void compactRowsAreUpdatedAsFloatsAndRoundedAtRandomOnce() {
        final SplittableRandom random = Seeds.random();
        for (final int dim : new int[]{1, 3, 4, 15, 16, 17, 40, 64, 85}) {
            for (final Method method : Method.values()) {
                try (GuardPages pages = new GuardPages()) {
                    final Call floats = new Call(pages, random,
                            Bags.random(random, 5, 2, ROWS, dim, true, Pooling.SUM));
                    final Call whole = floats.compact(pages);
                    final Call parts = floats.compact(pages);
                    for (int step = 1; step <= 300; step++) {
                        RowConversion.decode(RowFormat.BF16, ROWS, dim, whole.table, 0, 2L * dim, floats.table, 0,
                                4L * dim);
                        floats.run(method, L2, step, 0, 1);
                        final MemorySegment expected = pages.allocate(2L * dim * ROWS).copyFrom(whole.table);
                        for (final int row : References.rowGradients(floats.bags, floats.gradients).keySet()) {
                            RowConversion.encodeBf16Stochastic(row, 1, dim, floats.table, 4L * dim * row, 4L * dim,
                                    expected, 2L * dim * row, 2L * dim, RowConversion.roundingKey(SEED, step, 3));
                        }
                        whole.run(method, L2, step, 0, 1);
                        for (int part = 2; part >= 0; part--) {
                            parts.run(method, L2, step, part, 3);
                        }
                        final String what = method + ", dim " + dim + ", step " + step;
                        assertEquals(-1, expected.mismatch(whole.table), what);
                        assertEquals(-1, expected.mismatch(parts.table), what + ", parts");
                        assertArrayEquals(GuardPages.toArray(floats.first), GuardPages.toArray(whole.first), what);
                        assertArrayEquals(GuardPages.toArray(floats.second), GuardPages.toArray(whole.second), what);
                    }
                }
            }
        }
    }

    /** A step of 2^-12 of the weight is a sixteenth of what a bf16 resolves: to the nearest it would be lost each time. */
    @Test
    void smallStepsAddUpInCompactRows() {
        final int dim = 64;
        final int steps = 1_024;
        try (GuardPages pages = new GuardPages()) {
            final Call call = new Call(pages, new Bags(1, dim, new long[]{0}, new int[]{0, 1}, new float[]{1},
                    Pooling.SUM), filled(dim, 1f), filled(dim, 0f), filled(dim, 0f), filled(dim, -0x1p-12f))
                    .compact(pages);
            for (int step = 1; step <= steps; step++) {
                SparseUpdate.sgd("C1", RowFormat.BF16, call.table, 0, 2L * dim, 1, dim,
                        RowConversion.roundingKey(SEED, step, 0), call.indices, 0, 1, call.offsets, 0, 1, Pooling.SUM,
                        null, 0, call.grad, 0, 4L * dim, 1f, 0f, 0, 1, call.scratch, 0);
            }
            RowConversion.decode(RowFormat.BF16, 1, dim, call.table, 0, 2L * dim, call.grad, 0, 4L * dim);
            double mean = 0;
            for (final float x : GuardPages.toArray(call.grad)) {
                mean += x / dim;
            }
            // Each step is 2^-7 with a probability of 2^-5: five standard deviations of the mean of 64 sums.
            final double deviation = 0x1p-7 * Math.sqrt(steps * 0x1p-5 * (1 - 0x1p-5) / dim);
            assertEquals(1 + steps * 0x1p-12, mean, 5 * deviation);
        }
    }

    @Test
    void formatsWithoutRoomForSmallStepsAreRefused() {
        try (GuardPages pages = new GuardPages()) {
            final MemorySegment table = pages.allocate(24);
            final IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                    () -> SparseUpdate.sgd("C9", RowFormat.I8, table, 0, 12, 2, 4, 0, pages.longs(0), 0, 1,
                            pages.ints(0, 1), 0, 1, Pooling.SUM, null, 0, pages.floats(1, 1, 1, 1), 0, 16, 1, 0, 0, 1,
                            pages.allocate(400), 0));
            assertEquals("table C9: rows are in format i8, expected f32 or bf16: no others can be updated",
                    e.getMessage());
        }
    }

    private static float[] filled(int count, float value) {
        final float[] values = new float[count];
        Arrays.fill(values, value);
        return values;
    }

    private static void assertAdamRefused(String message, MemorySegment table, MemorySegment mean, MemorySegment square,
            double beta1, long step, int part) {
        try (GuardPages pages = new GuardPages()) {
            final IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                    () -> LazySparseUpdate.adam("C9", RowFormat.F32, table, 0, 8, 2, 2, 0, mean, 0, 8, square, 0, 8,
                            pages.longs(0, 1), 0,
                            2, pages.ints(0, 1, 2), 0, 2, Pooling.SUM, null, 0, pages.floats(1, 1, 1, 1), 0, 8, 1,
                            beta1,
                            0.9, 0, 0, WeightDecay.L2, step, part, 1, pages.allocate(400), 0));
            assertTrue(e.getMessage().contains(message), e.getMessage());
        }
    }

    private static void check(SplittableRandom random, Method method, Settings settings, int dim) {
        try (GuardPages pages = new GuardPages()) {
            final Bags bags = Bags.random(random, 5, 2, ROWS, dim, true, Pooling.SUM);
            final Call call = new Call(pages, random, bags);
            final Parameter[] expected = new Parameter[ROWS * dim];
            final float[] table = GuardPages.toArray(call.table);
            final float[] first = GuardPages.toArray(call.first);
            final float[] second = GuardPages.toArray(call.second);
            for (int i = 0; i < expected.length; i++) {
                expected[i] = new Parameter(table[i], first[method == Method.ROW_WISE ? i / dim : i], second[i]);
            }
            for (int step = 1; step <= STEPS; step++) {
                call.run(method, settings, step, 0, 1);
                for (final Map.Entry<Integer, float[]> entry : References.rowGradients(bags, call.gradients)
                        .entrySet()) {
                    expectRow(method, settings, expected, entry.getKey() * dim, entry.getValue(), step);
                }
            }
            for (int i = 0; i < expected.length; i++) {
                final String what = method + ", dim " + dim + ", element " + i;
                // Values stay below 100 here, and each of the steps rounds about ten times.
                final double tolerance = STEPS * 10 * 100 * 0x1p-24;
                assertEquals(expected[i].p, GuardPages.toArray(call.table)[i], tolerance, what);
                if (method != Method.ROW_WISE || i % dim == 0) {
                    assertEquals(expected[i].first,
                            GuardPages.toArray(call.first)[method == Method.ROW_WISE ? i / dim : i], tolerance, what);
                }
                assertEquals(expected[i].second, GuardPages.toArray(call.second)[i], tolerance, what);
            }
        }
    }

    private static void expectRow(Method method, Settings s, Parameter[] x, int start, float[] g, int step) {
        if (method == Method.ROW_WISE) {
            double squares = 0;
            for (int j = 0; j < g.length; j++) {
                final double gradient = g[j] + s.weightDecay() * x[start + j].p;
                squares += gradient * gradient;
            }
            final double state = x[start].first + squares / g.length;
            for (int j = 0; j < g.length; j++) {
                final double gradient = g[j] + s.weightDecay() * x[start + j].p;
                x[start + j].first = state;
                x[start + j].p -= s.learningRate() * gradient / (Math.sqrt(state) + s.epsilon());
            }
            return;
        }
        for (int j = 0; j < g.length; j++) {
            switch (method) {
                case SGD -> OptimizerReferences.sgd(x[start + j], g[j], s);
                case ADAGRAD -> OptimizerReferences.adagrad(x[start + j], g[j], s);
                case MOMENTUM -> OptimizerReferences.momentum(x[start + j], g[j], s);
                case ADAM -> OptimizerReferences.sparseAdam(x[start + j], g[j], s, step);
                case FTRL -> OptimizerReferences.ftrl(x[start + j], g[j], s);
                case ROW_WISE -> throw new AssertionError("taken above");
            }
        }
    }

    /** A table with two kinds of state in guarded memory, and a batch. */
    private static final class Call {
        private final Bags bags;
        private final RowFormat format;
        private final float[] gradients;
        private final MemorySegment table;
        private final MemorySegment first;
        private final MemorySegment second;
        private final MemorySegment grad;
        private final MemorySegment indices;
        private final MemorySegment offsets;
        private final MemorySegment weights;
        private final MemorySegment scratch;

        Call(GuardPages pages, SplittableRandom random, Bags bags) {
            this(pages, bags, Seeds.floats(random, ROWS * bags.dim()), positive(random, ROWS * bags.dim()),
                    positive(random, ROWS * bags.dim()), Seeds.floats(random, bags.bags() * bags.dim()));
        }

        private Call(GuardPages pages, Bags bags, float[] table, float[] first, float[] second, float[] gradients) {
            this(pages, bags, RowFormat.F32, pages.floats(table), first, second, gradients);
        }

        private Call(GuardPages pages, Bags bags, RowFormat format, MemorySegment table, float[] first, float[] second,
                float[] gradients) {
            this.bags = bags;
            this.format = format;
            this.gradients = gradients;
            this.table = table;
            this.first = pages.floats(first);
            this.second = pages.floats(second);
            grad = pages.floats(gradients);
            indices = pages.longs(bags.indices());
            offsets = pages.ints(bags.offsets());
            weights = pages.floats(bags.weights());
            final int occurrences = bags.offsets()[bags.bags()] - bags.offsets()[0];
            scratch = pages.allocate(SparseUpdate.scratchBytes(occurrences, bags.dim())).fill((byte) 0x5a);
        }

        private static float[] positive(SplittableRandom random, int count) {
            final float[] values = new float[count];
            for (int i = 0; i < count; i++) {
                values[i] = (float) random.nextDouble(0.1, 1);
            }
            return values;
        }

        Call copy(GuardPages pages) {
            return new Call(pages, bags, GuardPages.toArray(table), GuardPages.toArray(first),
                    GuardPages.toArray(second), gradients);
        }

        /** Returns a copy whose table is rounded to the nearest bf16. */
        Call compact(GuardPages pages) {
            final int dim = bags.dim();
            final MemorySegment rows = pages.allocate(table.byteSize() / 2);
            RowConversion.encode("C1", RowFormat.BF16, 0, bags.rows(), dim, table, 0, 4L * dim, rows, 0, 2L * dim);
            return new Call(pages, bags, RowFormat.BF16, rows, GuardPages.toArray(first), GuardPages.toArray(second),
                    gradients);
        }

        void run(Method method, Settings s, int step, int part, int parts) {
            final int count = bags.indices().length;
            final int dim = bags.dim();
            final long stride = 4L * dim;
            final long rowStride = format.rowBytes(dim);
            final long key = RowConversion.roundingKey(SEED, step, 3);
            final float rate = (float) s.learningRate();
            final float epsilon = (float) s.epsilon();
            final float decay = (float) s.weightDecay();
            switch (method) {
                case SGD -> SparseUpdate.sgd("C1", format, table, 0, rowStride, ROWS, dim, key, indices, 0, count,
                        offsets, 0,
                        bags.bags(), bags.pooling(), weights, 0, grad, 0, stride, rate, decay, part, parts, scratch, 0);
                case ADAGRAD -> SparseUpdate.adagrad("C1", format, table, 0, rowStride, ROWS, dim, key, first, 0,
                        stride, indices, 0,
                        count, offsets, 0, bags.bags(), bags.pooling(), weights, 0, grad, 0, stride, rate, epsilon,
                        decay, part, parts, scratch, 0);
                case ROW_WISE ->
                    SparseUpdate.rowWiseAdagrad("C1", format, table, 0, rowStride, ROWS, dim, key, first, 0, indices, 0,
                            count, offsets, 0, bags.bags(), bags.pooling(), weights, 0, grad, 0, stride, rate, epsilon,
                            decay, part, parts, scratch, 0);
                case MOMENTUM -> LazySparseUpdate.momentum("C1", format, table, 0, rowStride, ROWS, dim, key, first, 0,
                        stride, indices,
                        0, count, offsets, 0, bags.bags(), bags.pooling(), weights, 0, grad, 0, stride, rate,
                        (float) s.momentum(), s.nesterov(), decay, part, parts, scratch, 0);
                case ADAM -> LazySparseUpdate.adam("C1", format, table, 0, rowStride, ROWS, dim, key, first, 0, stride,
                        second, 0,
                        stride, indices, 0, count, offsets, 0, bags.bags(), bags.pooling(), weights, 0, grad, 0, stride,
                        rate, s.beta1(), s.beta2(), epsilon, decay, s.kind(), step, part, parts, scratch, 0);
                case FTRL -> LazySparseUpdate.ftrl("C1", format, table, 0, rowStride, ROWS, dim, key, first, 0, stride,
                        second, 0,
                        stride, indices, 0, count, offsets, 0, bags.bags(), bags.pooling(), weights, 0, grad, 0, stride,
                        rate, (float) s.beta(), (float) s.l1(), (float) s.l2(), part, parts, scratch, 0);
            }
        }
    }
}
