package org.dlrm4j.kernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Sums run over k ascending with one fused multiply-add a step whatever the provider, width, tile or block, so the oracle
 * is that loop and equality is to the bit.
 */
class GemmTest {
    private static final int[] SIZES = {1, 2, 3, 4, 5, 7, 8, 13, 15, 16, 17, 31, 33, 47, 63, 64, 65, 80, 130};
    private static final float SENTINEL = -12345f;
    private final Random random = new Random(Long.getLong("dlrm4j.test.seed", 42));

    private static MemorySegment floats(Arena arena, long count) {
        return arena.allocate(Math.max(4, count * 4), 64);
    }

    private MemorySegment random(Arena arena, long count) {
        final MemorySegment s = floats(arena, count);
        for (long i = 0; i < count; i++) {
            s.setAtIndex(JAVA_FLOAT, i, random.nextFloat() - 0.5f);
        }
        return s;
    }

    private enum Start {
        ZERO, BIAS, ACCUMULATE
    }

    private void check(int m, int n, int k, boolean transposeA, boolean transposeB, Start start,
            Activation activation) {
        final String what = "m=" + m + " n=" + n + " k=" + k + " Aᵀ=" + transposeA + " Bᵀ=" + transposeB + " " + start
                + " "
                + activation;
        try (Arena arena = Arena.ofConfined()) {
            final int ldc = n + 3;
            final MemorySegment a = random(arena, (long) m * k);
            final MemorySegment b = random(arena, (long) k * n);
            final MemorySegment bias = random(arena, n);
            final MemorySegment c = floats(arena, (long) m * ldc + 8);
            c.asSlice(0, ((long) m * ldc + 8) * 4).fill((byte) 0xff);
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < ldc; j++) {
                    if (j >= n || start == Start.ACCUMULATE) {
                        c.setAtIndex(JAVA_FLOAT, (long) i * ldc + j, j >= n ? SENTINEL : i - j);
                    }
                }
            }
            final MemorySegment packed = floats(arena, Gemm.packedBytes(k, n) / 4);
            Gemm.pack(b, 0, transposeB ? 4 : 4L * n, transposeB ? 4L * k : 4, k, n, packed, 0);
            final int panel = Gemm.panelColumns();
            final int split = n > panel ? panel : n;
            for (int from = 0; from < n; from += split) {
                Gemm.multiply(a, 0, transposeA ? 4 : 4L * k, transposeA ? 4L * m : 4, packed, 0, m, k, n, from,
                        from + split > n ? n : from + split, c, 0, 4L * ldc, start == Start.ACCUMULATE,
                        start == Start.BIAS ? bias : null, 0, activation);
            }
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    float total = start == Start.BIAS
                            ? bias.getAtIndex(JAVA_FLOAT, j)
                            : start == Start.ACCUMULATE ? i - j : 0f;
                    float sum = 0;
                    for (int p = 0; p < k; p++) {
                        if (p > 0 && p % 1024 == 0) {
                            total += sum;
                            sum = 0;
                        }
                        final float x = a.getAtIndex(JAVA_FLOAT, transposeA ? (long) p * m + i : (long) i * k + p);
                        final float y = b.getAtIndex(JAVA_FLOAT, transposeB ? (long) j * k + p : (long) p * n + j);
                        sum = Math.fma(x, y, sum);
                    }
                    total += sum;
                    final float expected = activation == Activation.RELU ? Math.max(total, 0f) : total;
                    assertEquals(expected, c.getAtIndex(JAVA_FLOAT, (long) i * ldc + j), what + " at " + i + "," + j);
                }
                for (int j = n; j < ldc; j++) {
                    assertEquals(SENTINEL, c.getAtIndex(JAVA_FLOAT, (long) i * ldc + j),
                            what + ": wrote past row " + i);
                }
            }
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
            final MemorySegment b = random(arena, (long) k * n);
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
