package org.dlrm4j.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PoolingGradientTest {
    private static final float SENTINEL = -12345.5f;

    @Test
    void gradientsHaveThePromisedBits() {
        final SplittableRandom random = Seeds.random();
        for (final int dim : Shapes.dims()) {
            for (final Pooling pooling : Pooling.values()) {
                check(random, dim, pooling, 1);
            }
        }
        check(random, 72, Pooling.MEAN, 3_000);
    }

    @Test
    void aWeightMovesTheOutputByItsGradient() {
        try (GuardPages pages = new GuardPages()) {
            final MemorySegment dWeights = pages.allocate(12);
            // Bag 0 holds rows 1 and 0, bag 1 row 1; small integers are exact.
            SparseLengthsSum.weightGradient("C1", pages.floats(1, 2, 3, 4), 0, 8, 2, 2, pages.longs(1, 0, 1), 0, 3,
                    pages.ints(0, 2, 3), 0, 2, Pooling.MEAN, pages.floats(2, 4, 1, -1), 0, 8, dWeights, 0);
            assertArrayEquals(new float[]{11, 5, -1}, GuardPages.toArray(dWeights));
        }
    }

    @Test
    void badArgumentsAreRefused() {
        try (GuardPages pages = new GuardPages()) {
            final MemorySegment table = pages.floats(1, 2, 3, 4);
            final MemorySegment dOut = pages.floats(1, 1);
            final MemorySegment dWeights = pages.allocate(8);
            assertRefused("dWeights needs 8 bytes", table, dOut, dWeights.asSlice(4));
            assertRefused("dWeights and table overlap", table, dOut, table);
            assertRefused("dWeights and dOut overlap", table, dOut, dOut);
            assertRefused("dOut needs 8 bytes", table, dOut.asSlice(4), dWeights);
            assertRefused("dWeights is a read-only segment", table, dOut, dWeights.asReadOnly());
            assertRefused("table is a heap segment", MemorySegment.ofArray(new float[4]), dOut, dWeights);
            final IndexOutOfBoundsException e = assertThrows(IndexOutOfBoundsException.class,
                    () -> SparseLengthsSum.weightGradient("C9", table, 0, 8, 2, 2, pages.longs(0, 2), 0, 2,
                            pages.ints(0, 2), 0, 1, Pooling.SUM, dOut, 0, 8, dWeights, 0));
            assertTrue(e.getMessage().startsWith("table C9, bag 0, position 1: index 2"), e.getMessage());
        }
    }

    private static void assertRefused(String message, MemorySegment table, MemorySegment dOut, MemorySegment dWeights) {
        try (GuardPages pages = new GuardPages()) {
            final IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                    () -> SparseLengthsSum.weightGradient("C9", table, 0, 8, 2, 2, pages.longs(0, 1), 0, 2,
                            pages.ints(0, 2), 0, 1, Pooling.SUM, dOut, 0, 8, dWeights, 0));
            assertTrue(e.getMessage().contains(message), e.getMessage());
        }
    }

    private static void check(SplittableRandom random, int dim, Pooling pooling, int calls) {
        try (GuardPages pages = new GuardPages()) {
            final Bags bags = Bags.random(random, 7, 3, 11, dim, false, pooling);
            final GuardedRows table = GuardedRows.random(pages, random, bags.rows(), dim, 1);
            final GuardedRows dOut = GuardedRows.random(pages, random, bags.bags(), dim, 2);
            final int count = bags.indices().length;
            final float[] expected = new float[count];
            Arrays.fill(expected, SENTINEL);
            final MemorySegment dWeights = pages.floats(expected);
            final MemorySegment indices = pages.longs(bags.indices());
            final MemorySegment offsets = pages.ints(bags.offsets());
            for (int call = 0; call < calls; call++) {
                SparseLengthsSum.weightGradient("C1", table.segment(), table.offset(), table.strideBytes(), bags.rows(),
                        dim, indices,
                        0, count, offsets, 0, bags.bags(), pooling, dOut.segment(), dOut.offset(), dOut.strideBytes(),
                        dWeights, 0);
            }
            final float[][] rows = table.rows();
            final float[][] gradients = dOut.rows();
            for (int bag = 0; bag < bags.bags(); bag++) {
                for (int p = bags.offsets()[bag]; p < bags.offsets()[bag + 1]; p++) {
                    final float[] row = rows[(int) bags.indices()[p]];
                    final float factor = pooling == Pooling.MEAN ? 1f / bags.length(bag) : 1f;
                    expected[p] = factor * FixedOrder.dot(gradients[bag], row);
                    double exact = 0;
                    double magnitude = 0;
                    for (int j = 0; j < dim; j++) {
                        exact += (double) factor * gradients[bag][j] * row[j];
                        magnitude += Math.abs((double) factor * gradients[bag][j] * row[j]);
                    }
                    FixedOrder.assertNear(exact, magnitude, dim, expected[p], "position " + p);
                }
            }
            assertArrayEquals(expected, GuardPages.toArray(dWeights), "dim " + dim);
            assertEquals(SENTINEL, GuardPages.toArray(dWeights)[0]);
        }
    }
}
