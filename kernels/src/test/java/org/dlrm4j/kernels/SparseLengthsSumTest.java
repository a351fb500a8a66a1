package org.dlrm4j.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SparseLengthsSumTest {
    @Test
    void sumsHaveTheBitsOfTheSequentialSum() {
        final SplittableRandom random = Seeds.random();
        for (final int dim : Shapes.dims()) {
            for (final int averageLength : new int[]{1, 3, 16}) {
                for (final boolean weighted : new boolean[]{false, true}) {
                    for (final Pooling pooling : Pooling.values()) {
                        check(random, Bags.random(random, 13, averageLength, 11, dim, weighted, pooling));
                    }
                }
            }
        }
    }

    @Test
    void batchesOfFbgemmsTests() {
        final SplittableRandom random = Seeds.random();
        for (final int[] batch : Shapes.FBGEMM_BATCHES) {
            for (final boolean weighted : new boolean[]{false, true}) {
                for (final Pooling pooling : Pooling.values()) {
                    check(random, Bags.random(random, batch[0], batch[3], batch[1], batch[2], weighted, pooling));
                }
            }
        }
    }

    @Test
    void emptyBagsGiveZerosAndNoBagsNothing() {
        final SplittableRandom random = Seeds.random();
        for (final int dim : Shapes.dims()) {
            for (final int bags : new int[]{0, 1, 7}) {
                check(random, new Bags(5, dim, new long[0], new int[bags + 1], null, Pooling.MEAN));
            }
        }
    }

    @Test
    void compiledCodeGivesTheSameBits() {
        final SplittableRandom random = Seeds.random();
        try (GuardPages pages = new GuardPages()) {
            for (final int dim : new int[]{8, 16, 40, 64, 128}) {
                final Bags bags = Bags.random(random, 5, 4, 30, dim, dim == 40, Pooling.MEAN);
                final float[] table = Seeds.floats(random, bags.rows() * dim);
                final float[] expected = References.sls(bags, table);
                final Call call = new Call(pages, bags, table, bags.dim());
                for (int i = 0; i < 15_000; i++) {
                    call.run();
                }
                assertArrayEquals(expected, call.out.values("dim " + dim), "dim " + dim);
            }
        }
    }

    @Test
    void aSubrangeOfBagsGivesTheSameOutput() {
        final SplittableRandom random = Seeds.random();
        try (GuardPages pages = new GuardPages()) {
            final Bags bags = Bags.random(random, 10, 5, 20, 32, true, Pooling.SUM);
            final float[] table = Seeds.floats(random, bags.rows() * 32);
            final Call call = new Call(pages, bags, table, bags.dim());
            for (final int[] range : new int[][]{{0, 3}, {3, 7}, {7, 10}}) {
                SparseLengthsSum.forward("C1", call.table.segment(), call.table.offset(), 128, bags.rows(), 32,
                        call.indices, 0, bags.indices().length, call.offsets, 4L * range[0], range[1] - range[0],
                        Pooling.SUM, call.weights, 0, call.out.segment(), call.out.offset() + 128L * range[0], 128);
            }
            assertArrayEquals(References.sls(bags, table), call.out.values("bags in ranges"));
        }
    }

    @Test
    void rowsBeyondFourGigabytesAreReachedAndUpdated() {
        final long rows = (5L << 30) / 64;
        final long[] far = {rows - 1, (1L << 31) / 64, (1L << 32) / 64};
        try (GuardPages pages = new GuardPages()) {
            final MemorySegment table = pages.allocate(rows * 64);
            for (int i = 0; i < far.length; i++) {
                table.set(ValueLayout.JAVA_FLOAT_UNALIGNED, far[i] * 64 + 60, i + 1);
            }
            final MemorySegment out = pages.allocate(3 * 64);
            final MemorySegment offsets = pages.ints(0, 1, 2, 3);
            SparseLengthsSum.forward("C1", table, 0, 64, rows, 16, pages.longs(far), 0, 3, offsets, 0, 3, Pooling.SUM,
                    null, 0, out, 0, 64);
            SparseUpdate.sgd("C1", table, 0, 64, rows, 16, pages.longs(far), 0, 3, offsets, 0, 3, Pooling.SUM, null, 0,
                    out, 0, 64, 0.5f, 0, 1);
            for (int i = 0; i < far.length; i++) {
                assertEquals(i + 1f, GuardPages.toArray(out)[i * 16 + 15]);
                assertEquals((i + 1) / 2f, table.get(ValueLayout.JAVA_FLOAT_UNALIGNED, far[i] * 64 + 60));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 10, 1L << 31, (1L << 32) + 3, Long.MIN_VALUE, Long.MAX_VALUE})
    void anIndexOutsideTheTableIsNamed(long bad) {
        for (int position = 0; position < 21; position++) {
            final long[] indices = new long[21];
            indices[position] = bad;
            final int bag = position < 4 ? 0 : 2;
            final IndexOutOfBoundsException e = assertThrows(IndexOutOfBoundsException.class,
                    () -> forward(indices, new int[]{0, 4, 4, 21}, 10));
            assertTrue(e.getMessage().startsWith("table C7, bag " + bag + ", position " + position + ": index " + bad
                    + ", expected 0 to 9"), e.getMessage());
        }
    }

    @Test
    void badOffsetsAreNamed() {
        final long[] indices = new long[5];
        assertEquals("table C7: offsets[2] of 4 is 1, expected 2 to 5 (offsets never decrease and end within the "
                + "indices)", refusal(indices, new int[]{0, 2, 1, 5}));
        assertTrue(refusal(indices, new int[]{0, 2, 6, 5}).contains("offsets[2] of 4 is 6, expected 2 to 5"));
        assertTrue(refusal(indices, new int[]{-1, 2, 3, 5}).contains("offsets[0] of 4 is -1, expected 0 to 5"));
        assertTrue(refusal(indices, new int[]{0, 2, 3, Integer.MAX_VALUE}).contains("offsets[3]"));
        assertTrue(refusal(indices, new int[]{0, Integer.MAX_VALUE, Integer.MIN_VALUE, 5}).contains("offsets[1]"));
    }

    @Test
    void badBuffersAreRefused() {
        try (GuardPages pages = new GuardPages()) {
            final MemorySegment table = pages.allocate(10 * 16);
            final MemorySegment out = pages.allocate(2 * 16);
            final MemorySegment heap = MemorySegment.ofArray(new float[100]);
            assertRefused("table is a heap segment", heap, 16, 10, 4, out, 16);
            assertRefused("out is a heap segment", table, 16, 10, 4, heap, 16);
            assertRefused("table needs 176 bytes at byte 0, but its segment has 160", table, 16, 11, 4, out, 16);
            assertRefused("out needs 40 bytes", table, 16, 10, 4, out, 24);
            assertRefused("table has a stride of 12 bytes, expected at least 16", table, 12, 10, 4, out, 16);
            assertRefused("out has a stride of 15 bytes", table, 16, 10, 4, out, 15);
            assertRefused("dim is 0", table, 16, 10, 0, out, 16);
            assertRefused("out is a read-only segment", table, 16, 10, 4, out.asReadOnly(), 16);
            assertRefused("out and table overlap", table, 16, 10, 4, table.asSlice(128), 16);
            assertRefused("more than 2^63 bytes", table, Long.MAX_VALUE / 2, 10, 4, out, 16);
        }
    }

    private static void assertRefused(String message, MemorySegment table, long stride, long rows, int dim,
            MemorySegment out, long outStride) {
        try (GuardPages pages = new GuardPages()) {
            final MemorySegment indices = pages.longs(0, 1);
            final MemorySegment offsets = pages.ints(0, 1, 2);
            final IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                    () -> SparseLengthsSum.forward("C7", table, 0, stride, rows, dim, indices, 0, 2, offsets, 0, 2,
                            Pooling.SUM, null, 0, out, 0, outStride));
            assertTrue(e.getMessage().contains(message), e.getMessage());
        }
    }

    private static String refusal(long[] indices, int[] offsets) {
        return assertThrows(IllegalArgumentException.class, () -> forward(indices, offsets, 10)).getMessage();
    }

    private static void forward(long[] indices, int[] offsets, int rows) {
        try (GuardPages pages = new GuardPages()) {
            final int bags = offsets.length - 1;
            SparseLengthsSum.forward("C7", pages.allocate(rows * 16L), 0, 16, rows, 4, pages.longs(indices), 0,
                    indices.length, pages.ints(offsets), 0, bags, Pooling.SUM, null, 0, pages.allocate(bags * 16L), 0,
                    16);
        }
    }

    @Test
    void rowsMayLieFarApart() {
        final SplittableRandom random = Seeds.random();
        final Bags bags = Bags.random(random, 5, 3, 3, 20, false, Pooling.SUM);
        final float[] table = Seeds.floats(random, bags.rows() * bags.dim());
        try (GuardPages pages = new GuardPages()) {
            final Call call = new Call(pages, bags, table, 1 << 16);
            call.run();
            assertArrayEquals(References.sls(bags, table), call.out.values("rows far apart"));
        }
    }

    private static void check(SplittableRandom random, Bags bags) {
        final float[] table = Seeds.floats(random, bags.rows() * bags.dim());
        final float[] expected = References.sls(bags, table);
        final double[][] exact = References.slsDouble(bags, table);
        for (final GuardPages.Side side : GuardPages.Side.values()) {
            for (final int stride : new int[]{bags.dim(), 2 * bags.dim() + 3}) {
                try (GuardPages pages = new GuardPages(side)) {
                    final String what = bags.dim() + "-float rows, stride " + stride + ", bags "
                            + Arrays.toString(bags.offsets());
                    final Call call = new Call(pages, bags, table, stride);
                    call.run();
                    final float[] out = call.out.values(what);
                    assertArrayEquals(expected, out, what);
                    for (int i = 0; i < out.length; i++) {
                        assertEquals(exact[0][i], out[i],
                                (bags.length(i / bags.dim()) + 2) * 0x1p-24 * exact[1][i], what + ", float " + i);
                    }
                }
            }
        }
    }

    /** Arguments in guarded memory. */
    private static final class Call {
        private final Bags bags;
        private final GuardedRows table;
        private final MemorySegment indices;
        private final MemorySegment offsets;
        private final MemorySegment weights;
        private final GuardedRows out;

        Call(GuardPages pages, Bags bags, float[] values, int stride) {
            this.bags = bags;
            table = GuardedRows.operand(pages, values, bags.rows(), bags.dim(), stride);
            indices = pages.longs(bags.indices());
            offsets = pages.ints(bags.offsets());
            weights = bags.weights() == null ? null : pages.floats(bags.weights());
            out = GuardedRows.result(pages, new float[bags.bags() * bags.dim()], bags.bags(), bags.dim(), stride);
        }

        void run() {
            SparseLengthsSum.forward("C1", table.segment(), table.offset(), table.strideBytes(), bags.rows(),
                    bags.dim(), indices, 0, bags.indices().length, offsets, 0, bags.bags(), bags.pooling(), weights, 0,
                    out.segment(), out.offset(), out.strideBytes());
        }
    }
}
