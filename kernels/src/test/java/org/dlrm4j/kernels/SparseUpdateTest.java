package org.dlrm4j.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SparseUpdateTest {
    private static final float RATE = 0.1f;
    private static final float EPSILON = 1e-10f;

    private enum Method {
        SGD, ADAGRAD, ROW_WISE
    }

    @Test
    void updatesHaveTheBitsOfTheSequentialOnesForAnyParts() {
        final SplittableRandom random = Seeds.random();
        for (final int dim : Shapes.dims()) {
            for (final boolean weighted : new boolean[]{false, true}) {
                for (final Pooling pooling : Pooling.values()) {
                    final Bags bags = Bags.random(random, 17, 3, 9, dim, weighted, pooling);
                    for (final Method method : Method.values()) {
                        check(random, bags, method, 1);
                        check(random, bags, method, 4);
                    }
                }
            }
        }
    }

    @Test
    void batchesOfFbgemmsTests() {
        final SplittableRandom random = Seeds.random();
        for (final int[] batch : Shapes.FBGEMM_BATCHES) {
            final Bags bags = Bags.random(random, batch[0], batch[3], batch[1], batch[2], false, Pooling.SUM);
            for (final Method method : Method.values()) {
                check(random, bags, method, 2);
            }
        }
    }

    @Test
    void emptyBagsChangeNothing() {
        final SplittableRandom random = Seeds.random();
        for (final int dim : Shapes.dims()) {
            for (final int bags : new int[]{0, 3}) {
                for (final Method method : Method.values()) {
                    check(random, new Bags(5, dim, new long[0], new int[bags + 1], null, Pooling.MEAN), method, 1);
                }
            }
        }
    }

    @Test
    void compiledCodeGivesTheSameBits() {
        final SplittableRandom random = Seeds.random();
        for (final int dim : new int[]{8, 16, 20, 72}) {
            final Bags bags = Bags.random(random, 6, 3, 9, dim, false, Pooling.SUM);
            for (final Method method : Method.values()) {
                try (GuardPages pages = new GuardPages()) {
                    final Call call = new Call(pages, random, bags, method, dim);
                    for (int i = 0; i < 5_000; i++) {
                        call.run(0, 1);
                        call.expect();
                    }
                    call.assertSame("dim " + dim + " " + method);
                }
            }
        }
    }

    @Test
    void manyDistinctRowsAreAllFoundAgain() {
        final SplittableRandom random = Seeds.random();
        final Bags bags = Bags.random(random, 700, 4, 1 << 14, 4, false, Pooling.SUM);
        check(random, bags, Method.ADAGRAD, 1);
        check(random, bags, Method.ROW_WISE, 3);
    }

    @Test
    void oneStepOfAdagradMovesByTheLearningRate() {
        try (GuardPages pages = new GuardPages()) {
            final MemorySegment table = pages.floats(1, 1, 1, 1);
            final MemorySegment state = pages.allocate(16);
            final MemorySegment scratch = pages.allocate(SparseUpdate.scratchBytes(2, 2));
            // Row 1 occurs twice: its gradient is (2, -4) and its first step is exactly the learning rate.
            SparseUpdate.adagrad("C1", table, 0, 8, 2, 2, state, 0, 8, pages.longs(1, 1), 0, 2, pages.ints(0, 1, 2), 0,
                    2, Pooling.SUM, null, 0, pages.floats(1, -2, 1, -2), 0, 8, 0.5f, 0f, 0, 1, scratch, 0);
            assertArrayEquals(new float[]{1, 1, 0.5f, 1.5f}, GuardPages.toArray(table));
            assertArrayEquals(new float[]{0, 0, 4, 16}, GuardPages.toArray(state));
        }
    }

    @Test
    void badArgumentsAreRefusedBeforeAnythingIsWritten() {
        try (GuardPages pages = new GuardPages()) {
            final MemorySegment table = pages.floats(1, 2, 3, 4);
            final MemorySegment grad = pages.floats(1, 1, 1, 1);
            final MemorySegment scratch = pages.allocate(SparseUpdate.scratchBytes(2, 2));
            final MemorySegment state = pages.allocate(16);
            assertRefused("part is 2, expected 0 to 1", table, grad, state, scratch, 2, 2);
            assertRefused("parts is 0", table, grad, state, scratch, 0, 0);
            assertRefused("scratch needs", table, grad, state, scratch.asSlice(4), 0, 1);
            assertRefused("state needs 16 bytes", table, grad, state.asSlice(4), scratch, 0, 1);
            assertRefused("grad is a heap segment", table, MemorySegment.ofArray(new float[4]), state, scratch, 0, 1);
            assertRefused("table is a read-only segment", table.asReadOnly(), grad, state, scratch, 0, 1);
            assertRefused("state and table overlap", table, grad, table, scratch, 0, 1);
            assertRefused("grad and table overlap", table, table, state, scratch, 0, 1);
            final IndexOutOfBoundsException e = assertThrows(IndexOutOfBoundsException.class,
                    () -> SparseUpdate.sgd("C9", table, 0, 8, 2, 2, pages.longs(0, 2), 0, 2, pages.ints(0, 1, 2), 0, 2,
                            Pooling.SUM, null, 0, grad, 0, 8, 1f, 0, 1));
            assertTrue(e.getMessage().startsWith("table C9, bag 1, position 1: index 2, expected 0 to 1"),
                    e.getMessage());
            assertArrayEquals(new float[]{1, 2, 3, 4}, GuardPages.toArray(table));
        }
    }

    @Test
    void rowsMayLieFarApart() {
        final SplittableRandom random = Seeds.random();
        final Bags bags = Bags.random(random, 5, 3, 3, 20, false, Pooling.SUM);
        for (final Method method : Method.values()) {
            try (GuardPages pages = new GuardPages()) {
                final Call call = new Call(pages, random, bags, method, 1 << 16);
                call.run(0, 1);
                call.expect();
                call.assertSame(method + ", rows far apart");
            }
        }
    }

    private static void assertRefused(String message, MemorySegment table, MemorySegment grad, MemorySegment state,
            MemorySegment scratch, int part, int parts) {
        try (GuardPages pages = new GuardPages()) {
            final IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                    () -> SparseUpdate.adagrad("C9", table, 0, 8, 2, 2, state, 0, 8, pages.longs(0, 1), 0, 2,
                            pages.ints(0, 1, 2), 0, 2, Pooling.SUM, null, 0, grad, 0, 8, 1f, 0f, part, parts, scratch,
                            0));
            assertTrue(e.getMessage().contains(message), e.getMessage());
        }
    }

    private static void check(SplittableRandom random, Bags bags, Method method, int parts) {
        for (final GuardPages.Side side : GuardPages.Side.values()) {
            for (final int stride : new int[]{bags.dim(), 2 * bags.dim() + 3}) {
                try (GuardPages pages = new GuardPages(side)) {
                    final Call call = new Call(pages, random, bags, method, stride);
                    for (int part = parts - 1; part >= 0; part--) {
                        call.run(part, parts);
                    }
                    call.expect();
                    call.assertSame(
                            method + ", dim " + bags.dim() + ", stride " + stride + ", " + parts + " parts");
                }
            }
        }
    }

    /** One update in guarded memory beside its reference on arrays. */
    private static final class Call {
        private final Bags bags;
        private final Method method;
        private final float[] expectedTable;
        private final float[] expectedState;
        private final float[] gradients;
        private final GuardedRows table;
        private final GuardedRows state;
        private final GuardedRows grad;
        private final MemorySegment indices;
        private final MemorySegment offsets;
        private final MemorySegment weights;
        private final MemorySegment scratch;

        Call(GuardPages pages, SplittableRandom random, Bags bags, Method method, int stride) {
            this.bags = bags;
            this.method = method;
            expectedTable = Seeds.floats(random, bags.rows() * bags.dim());
            expectedState = new float[method == Method.ROW_WISE ? bags.rows() : bags.rows() * bags.dim()];
            gradients = Seeds.floats(random, bags.bags() * bags.dim());
            table = GuardedRows.result(pages, expectedTable, bags.rows(), bags.dim(), stride);
            state = method == Method.ROW_WISE
                    ? GuardedRows.result(pages, expectedState)
                    : GuardedRows.result(pages, expectedState, bags.rows(), bags.dim(), stride);
            grad = GuardedRows.operand(pages, gradients, bags.bags(), bags.dim(), stride);
            indices = pages.longs(bags.indices());
            offsets = pages.ints(bags.offsets());
            weights = bags.weights() == null ? null : pages.floats(bags.weights());
            final int occurrences = bags.offsets()[bags.bags()] - bags.offsets()[0];
            scratch = pages.allocate(SparseUpdate.scratchBytes(occurrences, bags.dim())).fill((byte) 0x5a);
        }

        void run(int part, int parts) {
            final int count = bags.indices().length;
            final long strideBytes = table.strideBytes();
            switch (method) {
                case SGD -> SparseUpdate.sgd("C1", table.segment(), table.offset(), strideBytes, bags.rows(),
                        bags.dim(), indices, 0, count, offsets, 0, bags.bags(), bags.pooling(), weights, 0,
                        grad.segment(), grad.offset(), strideBytes, RATE, part, parts);
                case ADAGRAD -> SparseUpdate.adagrad("C1", table.segment(), table.offset(), strideBytes, bags.rows(),
                        bags.dim(), state.segment(), state.offset(), strideBytes, indices, 0, count, offsets, 0,
                        bags.bags(), bags.pooling(), weights, 0, grad.segment(), grad.offset(), strideBytes, RATE,
                        EPSILON, part, parts, scratch, 0);
                case ROW_WISE -> SparseUpdate.rowWiseAdagrad("C1", table.segment(), table.offset(), strideBytes,
                        bags.rows(), bags.dim(), state.segment(), state.offset(), indices, 0, count, offsets, 0,
                        bags.bags(), bags.pooling(), weights, 0, grad.segment(), grad.offset(), strideBytes, RATE,
                        EPSILON, part, parts, scratch, 0);
            }
        }

        void expect() {
            switch (method) {
                case SGD -> References.sparseSgd(bags, expectedTable, gradients, RATE);
                case ADAGRAD -> References.sparseAdagrad(bags, expectedTable, expectedState, gradients, RATE, EPSILON);
                case ROW_WISE ->
                    References.rowWiseAdagrad(bags, expectedTable, expectedState, gradients, RATE, EPSILON);
            }
        }

        void assertSame(String what) {
            assertArrayEquals(expectedTable, table.values(what), what);
            assertArrayEquals(expectedState, state.values(what), what);
            assertArrayEquals(gradients, grad.values(what), what);
        }
    }
}
