package org.dlrm4j.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Lookups and row updates with arguments that are wrong in any way: what is wrong is refused before anything is written, what is
 * right has the bits of the definition. {@code -Ddlrm4j.test.bags=N} for more.
 */
class HostileBagsTest {
    private static final int BAGS = Integer.getInteger("dlrm4j.test.bags", 12_000);
    private static final int ROWS = 23;
    private static final int DIM = 20;
    private static final long KEY = RowConversion.roundingKey(1, 2, 3);

    @ParameterizedTest
    @EnumSource
    void lookups(RowFormat format) {
        final SplittableRandom random = Seeds.random();
        long refused = 0;
        long done = 0;
        for (final int dim : new int[]{2, 16, 48}) {
            try (GuardPages pages = new GuardPages()) {
                final CompactTable table = new CompactTable(pages, random, format, ROWS, dim, 0);
                final HostileBags hostile = new HostileBags(pages, random, ROWS);
                final MemorySegment out = pages.allocate(HostileBags.MAX_BAGS * 4L * dim);
                final float[] untouched = new float[HostileBags.MAX_BAGS * dim];
                Arrays.fill(untouched, GuardedRows.SENTINEL);
                for (long end = done + BAGS / 3; done < end; done += HostileBags.MAX_BAGS / 2) {
                    hostile.draw();
                    MemorySegment.copy(untouched, 0, out, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, untouched.length);
                    final boolean accepted = isAccepted(() -> SparseLengthsSum.forward("C1", format, table.segment, 0,
                            table.strideBytes, ROWS, dim, hostile.indices, 0, hostile.indexCount, hostile.offsets, 0,
                            hostile.bags, hostile.pooling, hostile.weights, 0, out, 0, 4L * dim));
                    assertEquals(hostile.areRight(), accepted, hostile::toString);
                    final float[] expected = untouched.clone();
                    if (accepted) {
                        System.arraycopy(table.sum(hostile.bags(dim)), 0, expected, 0, hostile.bags * dim);
                    } else {
                        refused++;
                    }
                    assertArrayEquals(expected, GuardPages.toArray(out), hostile::toString);
                }
            }
        }
        assertTrue(refused > BAGS / 50, "refused " + refused);
    }

    private static boolean isAccepted(Runnable call) {
        try {
            call.run();
            return true;
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            assertTrue(e.getMessage().matches("(table C1|indexCount|bags|indices|offsets|weights|scratch|out|grad|dOut"
                    + "|dWeights)\\b.*"), e.getMessage());
            return false;
        }
    }

    /** The updates, by what they are called with beyond the bags. */
    enum Update {
        SGD, SGD_DECAY, ADAGRAD, ROW_WISE_ADAGRAD, MOMENTUM, ADAM, FTRL, WEIGHT_GRADIENT;

        /** The formats that it knows. */
        List<RowFormat> formats() {
            return this == SGD || this == WEIGHT_GRADIENT
                    ? List.of(RowFormat.F32)
                    : List.of(RowFormat.F32, RowFormat.BF16);
        }

        void run(RowFormat format, Memory m, HostileBags h) {
            final long row = format.rowBytes(DIM);
            final long stride = 4L * DIM;
            switch (this) {
                case SGD -> SparseUpdate.sgd("C1", m.table, 0, row, ROWS, DIM, h.indices, 0, h.indexCount, h.offsets, 0,
                        h.bags, h.pooling, h.weights, 0, m.grad, 0, stride, 0.5f, 0, 1);
                case SGD_DECAY -> SparseUpdate.sgd("C1", format, m.table, 0, row, ROWS, DIM, KEY, h.indices, 0,
                        h.indexCount, h.offsets, 0, h.bags, h.pooling, h.weights, 0, m.grad, 0, stride, 0.5f, 0.1f, 0,
                        1, m.scratch, 0);
                case ADAGRAD -> SparseUpdate.adagrad("C1", format, m.table, 0, row, ROWS, DIM, KEY, m.first, 0, stride,
                        h.indices, 0, h.indexCount, h.offsets, 0, h.bags, h.pooling, h.weights, 0, m.grad, 0, stride,
                        0.5f, 1e-8f, 0, 0, 1, m.scratch, 0);
                case ROW_WISE_ADAGRAD -> SparseUpdate.rowWiseAdagrad("C1", format, m.table, 0, row, ROWS, DIM, KEY,
                        m.first, 0, h.indices, 0, h.indexCount, h.offsets, 0, h.bags, h.pooling, h.weights, 0, m.grad,
                        0, stride, 0.5f, 1e-8f, 0, 0, 1, m.scratch, 0);
                case MOMENTUM -> LazySparseUpdate.momentum("C1", format, m.table, 0, row, ROWS, DIM, KEY, m.first, 0,
                        stride, h.indices, 0, h.indexCount, h.offsets, 0, h.bags, h.pooling, h.weights, 0, m.grad, 0,
                        stride, 0.5f, 0.9f, true, 0.1f, 0, 1, m.scratch, 0);
                case ADAM -> LazySparseUpdate.adam("C1", format, m.table, 0, row, ROWS, DIM, KEY, m.first, 0, stride,
                        m.second, 0, stride, h.indices, 0, h.indexCount, h.offsets, 0, h.bags, h.pooling, h.weights, 0,
                        m.grad, 0, stride, 0.5f, 0.9, 0.999, 1e-8f, 0.1f, WeightDecay.DECOUPLED, 3, 0, 1, m.scratch,
                        0);
                case FTRL -> LazySparseUpdate.ftrl("C1", format, m.table, 0, row, ROWS, DIM, KEY, m.first, 0, stride,
                        m.second, 0, stride, h.indices, 0, h.indexCount, h.offsets, 0, h.bags, h.pooling, h.weights, 0,
                        m.grad, 0, stride, 0.5f, 1f, 0.1f, 0.1f, 0, 1, m.scratch, 0);
                case WEIGHT_GRADIENT -> SparseLengthsSum.weightGradient("C1", m.table, 0, row, ROWS, DIM, h.indices, 0,
                        h.indexCount, h.offsets, 0, h.bags, h.pooling, m.grad, 0, stride, m.first, 0);
            }
        }
    }

    /** What an update reads and writes besides the bags, each ending at an inaccessible page. */
    private static final class Memory {
        private final MemorySegment table;
        private final MemorySegment first;
        private final MemorySegment second;
        private final MemorySegment grad;
        private final MemorySegment scratch;

        Memory(GuardPages pages, SplittableRandom random, int rowBytes) {
            table = pages.allocate((long) ROWS * rowBytes);
            first = pages.allocate(ROWS * 4L * DIM);
            second = pages.allocate(ROWS * 4L * DIM);
            grad = pages.floats(Seeds.floats(random, HostileBags.MAX_BAGS * DIM));
            scratch = pages.allocate(SparseUpdate.scratchBytes(HostileBags.MAX_INDICES, DIM));
        }

        void reset(byte[] rows) {
            MemorySegment.copy(rows, 0, table, ValueLayout.JAVA_BYTE, 0, rows.length);
            first.fill((byte) 0);
            second.fill((byte) 0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void updates(Update update) {
        final SplittableRandom random = Seeds.random();
        long refused = 0;
        for (RowFormat format : update.formats()) {
            final int rowBytes = format.rowBytes(DIM);
            try (GuardPages pages = new GuardPages()) {
                final Memory memory = new Memory(pages, random, rowBytes);
                final HostileBags hostile = new HostileBags(pages, random, ROWS);
                final byte[] before = rows(random, format);
                for (long done = 0; done < BAGS; done += HostileBags.MAX_BAGS / 2) {
                    hostile.draw();
                    memory.reset(before);
                    final boolean accepted = isAccepted(() -> update.run(format, memory, hostile));
                    assertEquals(hostile.areRight(), accepted, hostile::toString);
                    final BitSet used = new BitSet();
                    if (accepted && update != Update.WEIGHT_GRADIENT) {
                        final Bags bags = hostile.bags(DIM);
                        for (int p = bags.offsets()[0]; p < bags.offsets()[bags.bags()]; p++) {
                            used.set((int) bags.indices()[p]);
                        }
                    } else if (!accepted) {
                        refused++;
                        assertEquals(-1, memory.first.mismatch(memory.second), hostile::toString);
                    }
                    final byte[] after = memory.table.toArray(ValueLayout.JAVA_BYTE);
                    for (int row = 0; row < ROWS; row++) {
                        final int at = row * rowBytes;
                        final boolean same = Arrays.equals(before, at, at + rowBytes, after, at, at + rowBytes);
                        assertTrue(used.get(row) ? !same && Float.isFinite(first(format, memory.table, at)) : same,
                                () -> "row " + at / rowBytes + " of " + hostile);
                    }
                }
            }
        }
        assertTrue(refused > BAGS / 50, "refused " + refused);
    }

    private static byte[] rows(SplittableRandom random, RowFormat format) {
        final MemorySegment values = MemorySegment.ofArray(Seeds.floats(random, ROWS * DIM));
        final byte[] rows = new byte[ROWS * format.rowBytes(DIM)];
        for (int i = 0; i < ROWS * DIM; i++) {
            final int bits = values.get(ValueLayout.JAVA_INT_UNALIGNED, 4L * i);
            if (format == RowFormat.BF16) {
                MemorySegment.ofArray(rows).set(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i, (short) (bits >> 16));
            } else {
                MemorySegment.ofArray(rows).set(ValueLayout.JAVA_INT_UNALIGNED, 4L * i, bits);
            }
        }
        return rows;
    }

    private static float first(RowFormat format, MemorySegment table, long at) {
        return Float.intBitsToFloat(format == RowFormat.BF16
                ? table.get(ValueLayout.JAVA_SHORT_UNALIGNED, at) << 16
                : table.get(ValueLayout.JAVA_INT_UNALIGNED, at));
    }
}
