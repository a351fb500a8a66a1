package org.dlrm4j.kernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Sums run over k ascending with one fused multiply-add a step whatever the provider, width, tile or block, so the oracle
 * is that loop and equality is to the bit.
 */
class GemmTest {
    private static final int[] SIZES = {1, 2, 3, 4, 5, 7, 8, 13, 15, 16, 17, 31, 33, 47, 63, 64, 65, 80, 130};
    private final SplittableRandom random = Seeds.random();

    private static MemorySegment floats(Arena arena, long count) {
        return arena.allocate(Math.max(4, count * 4), 64);
    }

    private MemorySegment random(Arena arena, int count) {
        return arena.allocateFrom(JAVA_FLOAT, Seeds.floats(random, count));
    }

    private enum Start {
        ZERO, BIAS, ACCUMULATE
    }

    private void check(int m, int n, int k, boolean transposeA, boolean transposeB, Start start,
            Activation activation) {
        final String what = "m=" + m + " n=" + n + " k=" + k + " Aᵀ=" + transposeA + " Bᵀ=" + transposeB + " " + start
                + " " + activation;
        final float[] a = Seeds.floats(random, m * k);
        final float[] b = Seeds.floats(random, k * n);
        final float[] bias = Seeds.floats(random, n);
        final float[] before = Seeds.floats(random, m * n);
        final float[] expected = new float[m * n];
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                float total = start == Start.BIAS ? bias[j] : start == Start.ACCUMULATE ? before[i * n + j] : 0f;
                float sum = 0;
                for (int p = 0; p < k; p++) {
                    if (p > 0 && p % 1024 == 0) {
                        total += sum;
                        sum = 0;
                    }
                    sum = Math.fma(transposeA ? a[p * m + i] : a[i * k + p], transposeB ? b[j * k + p] : b[p * n + j],
                            sum);
                }
                total += sum;
                expected[i * n + j] = activation == Activation.RELU ? Math.max(total, 0f) : total;
            }
        }
        for (final GuardPages.Side side : GuardPages.Side.values()) {
            try (GuardPages pages = new GuardPages(side)) {
                final GuardedRows left = transposeA
                        ? GuardedRows.operand(pages, a, k, m, m + 2)
                        : GuardedRows.operand(pages, a, m, k, k + 5);
                final GuardedRows right = transposeB
                        ? GuardedRows.operand(pages, b, n, k, k + 1)
                        : GuardedRows.operand(pages, b, k, n, n + 4);
                final GuardedRows biasVector = GuardedRows.operand(pages, bias);
                final GuardedRows c = GuardedRows.result(pages, before, m, n, n + 3);
                // NaN at first: packing writes all that is read, columns that are missing to a whole vector included.
                final MemorySegment packed = pages.allocate(Gemm.packedBytes(k, n)).fill((byte) 0xff);
                Gemm.pack(right.segment(), right.offset(), transposeB ? 4 : right.strideBytes(),
                        transposeB ? right.strideBytes() : 4, k, n, packed, 0);
                final int panel = Gemm.panelColumns();
                for (int from = 0; from < n; from += panel) {
                    Gemm.multiply(left.segment(), left.offset(), transposeA ? 4 : left.strideBytes(),
                            transposeA ? left.strideBytes() : 4, packed, 0, m, k, n, from, Math.min(n, from + panel),
                            c.segment(), c.offset(), c.strideBytes(), start == Start.ACCUMULATE,
                            start == Start.BIAS ? biasVector.segment() : null, biasVector.offset(),
                            activation);
                }
                assertArrayEquals(expected, c.values(what), what);
            }
        }
    }

    /** The three products of a layer as the engine calls them: forward, gradient of the data, gradient of the weights. */
    private void checkLayer(int m, int in, int out) {
        check(m, out, in, false, true, Start.BIAS, Activation.RELU);
        check(m, in, out, false, false, Start.ZERO, Activation.NONE);
        check(out, in, m, true, false, Start.ACCUMULATE, Activation.NONE);
    }

    @Test
    void layersOfEveryWidth() {
        for (final int width : Shapes.dims()) {
            checkLayer(5, width, 13);
            checkLayer(6, 19, width);
            checkLayer(width, 7, 33);
        }
    }

    @Test
    void emptyProducts() {
        for (final Start start : Start.values()) {
            check(0, 20, 7, false, true, start, Activation.RELU);
            check(5, 0, 7, false, true, start, Activation.RELU);
            check(5, 20, 0, false, true, start, Activation.RELU);
        }
    }

    @Test
    void everySizeOfMAndN() {
        for (int m : SIZES) {
            for (int n : SIZES) {
                check(m, n, 5, false, true, Start.BIAS, Activation.RELU);
            }
        }
    }

    @Test
    void everyOperandOrder() {
        for (int size : SIZES) {
            for (Start start : Start.values()) {
                check(size, 70, 19, true, false, start, Activation.NONE);
                check(9, size, 19, false, false, start, Activation.RELU);
                check(6, 33, size, true, true, start, Activation.NONE);
            }
        }
    }

    @Test
    void sumsThatCrossBlocksOfK() {
        for (int k : new int[]{0, 1, 1023, 1024, 1025, 2050}) {
            check(7, 70, k, false, true, Start.BIAS, Activation.RELU);
            check(7, 15, k, true, false, Start.ACCUMULATE, Activation.NONE);
        }
    }

    @Test
    void aPackedPartEqualsThePackedWhole() {
        try (Arena arena = Arena.ofConfined()) {
            final int k = 37;
            final int n = 3 * Gemm.panelColumns() + 5;
            final MemorySegment b = random(arena, k * n);
            final MemorySegment whole = floats(arena, Gemm.packedBytes(k, n) / 4);
            final MemorySegment parts = floats(arena, Gemm.packedBytes(k, n) / 4);
            Gemm.pack(b, 0, 4L * n, 4, k, n, whole, 0);
            for (int from = 0; from < n; from += Gemm.panelColumns()) {
                final int to = Math.min(n, from + Gemm.panelColumns());
                Gemm.packPart(b, 0, 4L * n, 4, k, n, 0, 20, from, to, parts, 0);
                Gemm.packPart(b, 0, 4L * n, 4, k, n, 20, k, from, to, parts, 0);
            }
            assertEquals(-1, whole.mismatch(parts));
        }
    }

    @Test
    void aNaNGoesThroughRelu() {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment a = floats(arena, 16);
            a.set(JAVA_FLOAT, 0, Float.NaN);
            final MemorySegment packed = floats(arena, Gemm.packedBytes(16, 20) / 4);
            final MemorySegment c = floats(arena, 20);
            Gemm.multiply(a, 0, 64, 4, packed, 0, 1, 16, 20, 0, 20, c, 0, 80, false, null, 0, Activation.RELU);
            for (int j = 0; j < 20; j++) {
                assertTrue(Float.isNaN(c.getAtIndex(JAVA_FLOAT, j)), "column " + j);
            }
        }
    }

    @Test
    void refusesBadArguments() {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment a = floats(arena, 12);
            final MemorySegment packed = floats(arena, Gemm.packedBytes(4, 3) / 4);
            final MemorySegment c = floats(arena, 9);
            final MemorySegment heap = MemorySegment.ofArray(new float[12]);
            assertThrows(IllegalArgumentException.class,
                    () -> Gemm.multiply(heap, 0, 16, 4, packed, 0, 3, 4, 3, 0, 3, c, 0, 12,
                            false, null, 0, Activation.NONE));
            assertThrows(IllegalArgumentException.class,
                    () -> Gemm.multiply(a, 4, 16, 4, packed, 0, 3, 4, 3, 0, 3, c, 0, 12,
                            false, null, 0, Activation.NONE));
            assertThrows(IllegalArgumentException.class,
                    () -> Gemm.multiply(a, 0, 16, 4, packed, 0, 3, 4, 3, 0, 3, c, 4, 12,
                            false, null, 0, Activation.NONE));
            assertThrows(IllegalArgumentException.class,
                    () -> Gemm.multiply(a, 0, 16, 4, packed, 0, 3, 4, 3, 0, 3, c, 0, 8,
                            false, null, 0, Activation.NONE));
            assertThrows(IllegalArgumentException.class,
                    () -> Gemm.multiply(a, 0, 16, 4, packed, 0, 3, 4, 3, 1, 3, c, 0, 12,
                            false, null, 0, Activation.NONE));
            assertThrows(IllegalArgumentException.class,
                    () -> Gemm.multiply(a, 0, 16, 4, packed, 0, 3, 4, 3, 0, 3, c, 0, 12,
                            true, a, 0, Activation.NONE));
        }
    }
}
