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
import org.junit.jupiter.params.provider.EnumSource;

class CompactSlsTest {
    private static final float SENTINEL = -12345.5f;
    private static final int[] DIMS = {2, 4, 8, 14, 16, 18, 20, 30, 32, 34, 40, 64, 66, 96, 100, 128, 130, 162, 256,
            514,
            1024};

    @ParameterizedTest
    @EnumSource(RowFormat.class)
    void sumsHaveTheBitsOfTheSequentialSum(RowFormat format) {
        final SplittableRandom random = Seeds.random();
        for (final int dim : DIMS) {
            check(random, format, dim);
            if (format != RowFormat.I4) {
                check(random, format, dim + 1);
            }
        }
    }

    private static void check(SplittableRandom random, RowFormat format, int dim) {
        for (final boolean weighted : new boolean[]{false, true}) {
            for (final Pooling pooling : Pooling.values()) {
                final int pad = random.nextInt(2) * 3;
                final Bags bags = Bags.random(random, 9, 4, 11, dim, weighted, pooling);
                try (GuardPages pages = new GuardPages()) {
                    final Call call = new Call(pages, bags, new CompactTable(pages, random, format, 11, dim, pad), pad);
                    call.run();
                    call.assertOutput();
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(RowFormat.class)
    void compiledCodeGivesTheSameBits(RowFormat format) {
        final SplittableRandom random = Seeds.random();
        try (GuardPages pages = new GuardPages()) {
            for (final int dim : new int[]{16, 40, 64, 128}) {
                final Bags bags = Bags.random(random, 3, 3, 30, dim, dim == 40, Pooling.MEAN);
                final Call call = new Call(pages, bags, new CompactTable(pages, random, format, 30, dim, 0), 0);
                for (int i = 0; i < 6_000; i++) {
                    call.run();
                }
                call.assertOutput();
            }
        }
    }

    @Test
    void infinityAndNanOfBinary16ReachTheSum() {
        final short[] special = {0x7C00, (short) 0xFC00, 0x7E00, (short) 0xFDFF, 0x7BFF};
        final float[] expected = {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN, Float.NaN, 65504};
        final SplittableRandom random = Seeds.random();
        try (GuardPages pages = new GuardPages()) {
            for (final int dim : new int[]{4, 16, 40, 130}) {
                for (int s = 0; s < special.length; s++) {
                    final int column = random.nextInt(dim);
                    final CompactTable table = new CompactTable(pages, random, RowFormat.F16, 2, dim, 0);
                    table.segment.fill((byte) 0);
                    table.segment.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * (dim + column), special[s]);
                    final Bags bags = new Bags(2, dim, new long[]{0, 1, 0, 0}, new int[]{0, 3, 4}, null, Pooling.SUM);
                    final Call call = new Call(pages, bags, table, 0);
                    call.run();
                    final float[] sums = new float[2 * dim];
                    sums[column] = expected[s];
                    assertArrayEquals(sums, GuardPages.toArray(call.out));
                }
            }
        }
    }

    @Test
    void anyWeightOfBinary16RowsIsRight() {
        final SplittableRandom random = Seeds.random();
        for (final float weight : new float[]{0x1p-140f, 65535.99f, 65536f, -0x1p16f, 3e38f, Float.NaN,
                Float.NEGATIVE_INFINITY}) {
            try (GuardPages pages = new GuardPages()) {
                for (final int dim : new int[]{4, 16, 40, 130}) {
                    final CompactTable table = new CompactTable(pages, random, RowFormat.F16, 2, dim, 0);
                    final Bags bags = new Bags(2, dim, new long[]{0, 1, 0, 1}, new int[]{0, 2, 4},
                            new float[]{0.5f, weight, 2f, 70_000f}, Pooling.SUM);
                    final Call call = new Call(pages, bags, table, 0);
                    call.run();
                    call.assertOutput();
                }
            }
        }
    }

    @Test
    void everyBinary16HasItsValue() {
        try (GuardPages pages = new GuardPages()) {
            final int dim = 1 << 16;
            final MemorySegment table = pages.allocate(2L * dim);
            final float[] expected = new float[dim];
            for (int bits = 0; bits < dim; bits++) {
                table.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * bits, (short) bits);
                // A sum that begins with 0 has no negative zero.
                expected[bits] = CompactTable.half((short) bits) + 0f;
            }
            final MemorySegment out = pages.allocate(4L * dim);
            SparseLengthsSum.forward("C1", RowFormat.F16, table, 0, 2L * dim, 1, dim, pages.longs(0), 0, 1,
                    pages.ints(0, 1), 0, 1, Pooling.SUM, null, 0, out, 0, 4L * dim);
            assertArrayEquals(expected, GuardPages.toArray(out));
        }
    }

    @ParameterizedTest
    @EnumSource(RowFormat.class)
    void rowsBeyondFourGigabytesAreReached(RowFormat format) {
        final int stride = format.rowBytes(32);
        final long rows = (5L << 30) / stride;
        final SplittableRandom random = Seeds.random();
        try (GuardPages pages = new GuardPages()) {
            final CompactTable one = new CompactTable(pages, random, format, 1, 32, 0);
            final MemorySegment table = pages.allocate(rows * stride);
            MemorySegment.copy(one.segment, 0, table, (rows - 1) * stride, stride);
            final MemorySegment out = pages.allocate(32 * 4);
            SparseLengthsSum.forward("C1", format, table, 0, stride, rows, 32, pages.longs(rows - 1), 0, 1,
                    pages.ints(0, 1), 0, 1, Pooling.SUM, null, 0, out, 0, 128);
            final Bags bags = new Bags(1, 32, new long[1], new int[]{0, 1}, null, Pooling.SUM);
            assertArrayEquals(one.sum(bags), GuardPages.toArray(out));
        }
    }

    @ParameterizedTest
    @EnumSource(RowFormat.class)
    void tablesBeyondTheCachesAndLongBagsHaveTheSameBits(RowFormat format) {
        final SplittableRandom random = Seeds.random();
        for (final int dim : new int[]{16, 64, 140, 256}) {
            try (GuardPages pages = new GuardPages()) {
                // Rows at the table's end, before the inaccessible page, far behind each other.
                final int rows = 40;
                final Bags few = Bags.random(random, 30, 70, rows, dim, true, Pooling.SUM);
                final int[] offsets = Arrays.copyOf(few.offsets(), few.offsets().length + 2);
                offsets[few.offsets().length] = few.indices().length + 1500;
                offsets[few.offsets().length + 1] = few.indices().length + 1500;
                final long[] indices = Arrays.copyOf(few.indices(), few.indices().length + 1500);
                for (int p = few.indices().length; p < indices.length; p++) {
                    indices[p] = random.nextInt(rows);
                }
                final Bags bags = new Bags(rows, dim, indices, offsets, Seeds.floats(random, indices.length),
                        Pooling.SUM);
                final int pad = 60_000;
                final Call call = new Call(pages, bags, new CompactTable(pages, random, format, rows, dim, pad), 0);
                call.run();
                call.assertOutput();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(RowFormat.class)
    void rowsMayLieFarApart(RowFormat format) {
        final SplittableRandom random = Seeds.random();
        try (GuardPages pages = new GuardPages()) {
            final Bags bags = Bags.random(random, 5, 3, 3, 34, true, Pooling.SUM);
            final Call call = new Call(pages, bags, new CompactTable(pages, random, format, 3, 34, 1 << 17), 0);
            call.run();
            call.assertOutput();
        }
    }

    @Test
    void badArgumentsAreNamed() {
        try (GuardPages pages = new GuardPages()) {
            final MemorySegment table = pages.allocate(10 * 24);
            assertRefused("dim is 15, expected an even number: rows in format i4 have two elements a byte; use i8",
                    RowFormat.I4, table, 24, 15);
            assertRefused("table has a stride of 23 bytes, expected at least 24", RowFormat.I8, table, 23, 16);
            assertRefused("table needs 248 bytes at byte 0, but its segment has 240", RowFormat.I8, table, 25, 15);
            assertRefused("dim is 0", RowFormat.BF16, table, 24, 0);
        }
    }

    private static void assertRefused(String message, RowFormat format, MemorySegment table, long stride, int dim) {
        try (GuardPages pages = new GuardPages()) {
            final IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                    () -> SparseLengthsSum.forward("C7", format, table, 0, stride, 10, dim, pages.longs(0), 0, 1,
                            pages.ints(0, 1), 0, 1, Pooling.SUM, null, 0, pages.allocate(4L * dim), 0, 4L * dim));
            assertTrue(e.getMessage().contains(message), e.getMessage());
        }
    }

    /** Arguments in guarded memory. Gaps between output rows hold sentinels. */
    private static final class Call {
        private final Bags bags;
        private final CompactTable table;
        private final int outStride;
        private final MemorySegment indices;
        private final MemorySegment offsets;
        private final MemorySegment weights;
        private final MemorySegment out;

        Call(GuardPages pages, Bags bags, CompactTable table, int outPad) {
            this.bags = bags;
            this.table = table;
            outStride = bags.dim() + outPad;
            indices = pages.longs(bags.indices());
            offsets = pages.ints(bags.offsets());
            weights = bags.weights() == null ? null : pages.floats(bags.weights());
            final float[] sentinels = new float[(bags.bags() - 1) * outStride + bags.dim()];
            Arrays.fill(sentinels, SENTINEL);
            out = pages.floats(sentinels);
        }

        void run() {
            SparseLengthsSum.forward("C1", table.format, table.segment, 0, table.strideBytes, bags.rows(), bags.dim(),
                    indices, 0, bags.indices().length, offsets, 0, bags.bags(), bags.pooling(), weights, 0, out, 0,
                    outStride * 4L);
        }

        void assertOutput() {
            final float[] expected = table.sum(bags);
            final float[] found = GuardPages.toArray(out);
            for (int i = 0; i < found.length; i++) {
                final int bag = i / outStride;
                final int j = i % outStride;
                assertEquals(j < bags.dim() ? expected[bag * bags.dim() + j] : SENTINEL, found[i],
                        table.format + " rows of " + bags.dim() + ", bag " + bag + " of "
                                + Arrays.toString(bags.offsets()) + ", column " + j);
            }
        }
    }
}
