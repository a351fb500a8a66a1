package org.dlrm4j.kernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Sums have one order whatever the provider, width, tile or copy of the weights, so the oracle is the loop that the contract spells out,
 * and equality is to the bit.
 */
class CompactGemmTest {
    private static final List<WeightFormat> FORMATS = List.of(WeightFormat.BF16, WeightFormat.I8);
    /** On both sides of the number of rows above which the kernels read floats, and of every height of a tile. */
    private static final int[] ROWS = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 17, 33};
    private final SplittableRandom random = Seeds.random();

    /** Returns the weights as the format holds them, and the scale of each output. */
    private record Rounded(float[] weights, float[] scales) {
        static Rounded of(WeightFormat format, float[] w, int n, int k) {
            final float[] weights = new float[n * k];
            final float[] scales = new float[n];
            for (int j = 0; j < n; j++) {
                float largest = 0;
                for (int p = 0; p < k; p++) {
                    largest = Math.max(largest, Math.abs(w[j * k + p]));
                }
                scales[j] = format == WeightFormat.I8 ? largest / 127 : 1;
                for (int p = 0; p < k; p++) {
                    weights[j * k + p] = format == WeightFormat.I8
                            ? largest == 0 ? 0 : (int) Math.rint(w[j * k + p] * (127 / (double) largest))
                            : bf16(w[j * k + p]);
                }
            }
            return new Rounded(weights, scales);
        }

        /** The nearest number of 8 bits of precision, ties to even: by arithmetic, not by the bits. */
        private static float bf16(float x) {
            if (!Float.isFinite(x) || x == 0) {
                return x;
            }
            final int exponent = Math.max(Math.getExponent(x), Float.MIN_EXPONENT);
            final double unit = Math.scalb(1.0, exponent - 7);
            return (float) (Math.rint(x / unit) * unit);
        }
    }

    private static float[] oracle(Rounded rounded, float[] a, float[] bias, int m, int k, int n,
            Activation activation) {
        final float[] c = new float[m * n];
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                float total = bias == null ? 0f : bias[j];
                float sum = 0;
                for (int p = 0; p < k; p++) {
                    if (p > 0 && p % 1024 == 0) {
                        total += sum * rounded.scales[j];
                        sum = 0;
                    }
                    sum = Math.fma(a[i * k + p], rounded.weights[j * k + p], sum);
                }
                total += sum * rounded.scales[j];
                c[i * n + j] = activation == Activation.RELU ? Math.max(total, 0f) : total;
            }
        }
        return c;
    }

    private void check(int m, int k, int n, boolean biased, Activation activation) {
        check(Seeds.floats(random, m * k), Seeds.floats(random, n * k), m, k, n, biased, activation);
    }

    private void check(float[] a, float[] w, int m, int k, int n, boolean biased, Activation activation) {
        final float[] bias = biased ? Seeds.floats(random, n) : null;
        for (final WeightFormat format : FORMATS) {
            final String what = format + " m=" + m + " k=" + k + " n=" + n + " " + activation;
            final float[] expected = oracle(Rounded.of(format, w, n, k), a, bias, m, k, n, activation);
            for (final GuardPages.Side side : GuardPages.Side.values()) {
                try (GuardPages pages = new GuardPages(side)) {
                    final GuardedRows left = GuardedRows.operand(pages, a, m, k, k + 5);
                    final GuardedRows weights = GuardedRows.operand(pages, w);
                    final GuardedRows biasVector = biased ? GuardedRows.operand(pages, bias) : null;
                    final GuardedRows c = GuardedRows.output(pages, m, n, 3);
                    // NaN at first: packing writes all that counts, columns that are missing to a whole vector included.
                    final MemorySegment packed = pages.allocate(CompactGemm.packedBytes(format, k, n))
                            .fill((byte) 0xff);
                    CompactGemm.pack(format, weights.segment(), weights.offset(), k, n, 0, n / 2, packed, 0);
                    CompactGemm.pack(format, weights.segment(), weights.offset(), k, n, n / 2, n, packed, 0);
                    CompactGemm.multiply(format, left.segment(), left.offset(), left.strideBytes(), packed, 0, m, k, n,
                            c.segment(), c.offset(), c.strideBytes(), biased ? biasVector.segment() : null,
                            biased ? biasVector.offset() : 0, activation);
                    assertArrayEquals(expected, c.values(what), what);
                }
            }
        }
    }

    @Test
    void layersOfEveryWidth() {
        for (final int width : Shapes.dims()) {
            for (final int m : new int[]{1, 3, 13}) {
                check(m, width, 13, true, Activation.RELU);
                check(m, 19, width, true, Activation.RELU);
            }
        }
    }

    @Test
    void everyNumberOfRows() {
        for (final int m : ROWS) {
            for (final int n : new int[]{1, 2, 16, 47, 64, 65, 130}) {
                check(m, 21, n, true, Activation.RELU);
                check(m, 21, n, false, Activation.NONE);
            }
        }
    }

    @Test
    void layersOfModels() {
        for (final int m : new int[]{1, 2, 4, 9}) {
            check(m, 13, 512, true, Activation.RELU);
            check(m, 367, 512, true, Activation.RELU);
            check(m, 512, 1024, true, Activation.RELU);
            check(m, 256, 1, true, Activation.NONE);
            check(m, 64, 16, true, Activation.RELU);
        }
    }

    @Test
    void sumsThatCrossBlocksOfInputs() {
        for (final int k : new int[]{0, 1, 1023, 1024, 1025, 2050, 3456}) {
            for (final int m : new int[]{1, 4, 9}) {
                check(m, k, 70, true, Activation.RELU);
                check(m, k, 15, false, Activation.NONE);
            }
        }
    }

    @Test
    void bf16IsTheProductWithTheRoundedWeights() {
        final int k = 1500;
        final int n = 70;
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment w = arena.allocateFrom(JAVA_FLOAT, Seeds.floats(random, n * k));
            final MemorySegment rounded = arena.allocateFrom(JAVA_FLOAT,
                    Rounded.of(WeightFormat.BF16, w.toArray(JAVA_FLOAT), n, k).weights);
            final MemorySegment a = arena.allocateFrom(JAVA_FLOAT, Seeds.floats(random, 9 * k));
            final MemorySegment bias = arena.allocateFrom(JAVA_FLOAT, Seeds.floats(random, n));
            final MemorySegment compact = arena.allocate(CompactGemm.packedBytes(WeightFormat.BF16, k, n), 64);
            final MemorySegment packed = arena.allocate(Gemm.packedBytes(k, n), 64);
            CompactGemm.pack(WeightFormat.BF16, w, 0, k, n, 0, n, compact, 0);
            Gemm.pack(rounded, 0, 4, 4L * k, k, n, packed, 0);
            for (final int m : new int[]{1, 4, 9}) {
                final MemorySegment expected = arena.allocate(4L * m * n, 64);
                final MemorySegment actual = arena.allocate(4L * m * n, 64);
                Gemm.multiply(a, 0, 4L * k, 4, packed, 0, m, k, n, 0, n, expected, 0, 4L * n, false, bias, 0,
                        Activation.SIGMOID);
                CompactGemm.multiply(WeightFormat.BF16, a, 0, 4L * k, compact, 0, m, k, n, actual, 0, 4L * n, bias, 0,
                        Activation.SIGMOID);
                assertEquals(-1, expected.mismatch(actual), "m=" + m);
            }
        }
    }

    @Test
    void packedWeightsAreUnpackedAsWhatTheyStandFor() {
        for (final int k : new int[]{0, 1, 40}) {
            for (final int n : new int[]{1, 17, 130}) {
                final float[] w = Seeds.floats(random, n * k);
                for (final WeightFormat format : FORMATS) {
                    final Rounded rounded = Rounded.of(format, w, n, k);
                    try (GuardPages pages = new GuardPages()) {
                        final MemorySegment packed = pages.allocate(CompactGemm.packedBytes(format, k, n));
                        CompactGemm.pack(format, pages.floats(w), 0, k, n, 0, n, packed, 0);
                        final MemorySegment out = pages.allocate(4L * n * k);
                        CompactGemm.unpack(format, packed, 0, k, n, out, 0);
                        final float[] expected = new float[n * k];
                        for (int i = 0; i < n * k; i++) {
                            expected[i] = rounded.scales[i / k] * rounded.weights[i];
                        }
                        assertArrayEquals(expected, GuardPages.toArray(out), format + " " + n + " x " + k);
                    }
                }
            }
        }
    }

    @Test
    void aSampleDoesNotDependOnItsBatch() {
        final int k = 1100;
        final int n = 130;
        final int rows = 40;
        for (final WeightFormat format : FORMATS) {
            try (Arena arena = Arena.ofConfined()) {
                final MemorySegment w = arena.allocateFrom(JAVA_FLOAT, Seeds.floats(random, n * k));
                final MemorySegment a = arena.allocateFrom(JAVA_FLOAT, Seeds.floats(random, rows * k));
                final MemorySegment packed = arena.allocate(CompactGemm.packedBytes(format, k, n), 64);
                CompactGemm.pack(format, w, 0, k, n, 0, n, packed, 0);
                final MemorySegment whole = arena.allocate(4L * rows * n, 64);
                CompactGemm.multiply(format, a, 0, 4L * k, packed, 0, rows, k, n, whole, 0, 4L * n, null, 0,
                        Activation.RELU);
                for (final int m : new int[]{1, 2, 4, 5, 8, 10, 20}) {
                    final MemorySegment parts = arena.allocate(4L * rows * n, 64);
                    for (int i = 0; i < rows; i += m) {
                        CompactGemm.multiply(format, a, 4L * i * k, 4L * k, packed, 0, m, k, n, parts, 4L * i * n,
                                4L * n, null, 0, Activation.RELU);
                    }
                    assertEquals(-1, whole.mismatch(parts), format + ", parts of " + m);
                }
            }
        }
    }

    @Test
    void extremeWeights() {
        final int k = 9;
        final int n = 70;
        for (final float size : new float[]{0f, Float.MIN_VALUE, 1e-42f, Float.MIN_NORMAL, 1e30f}) {
            final float[] w = Seeds.floats(random, n * k);
            for (int i = 0; i < w.length; i++) {
                w[i] *= size;
            }
            check(Seeds.floats(random, 9 * k), w, 9, k, n, true, Activation.NONE);
            check(Seeds.floats(random, k), w, 1, k, n, true, Activation.NONE);
        }
    }

    @Test
    void bf16KeepsInfinityAndNaN() {
        final int k = 3;
        final int n = 70;
        final float[] w = Seeds.floats(random, n * k);
        w[5 * k + 1] = Float.POSITIVE_INFINITY;
        w[6 * k + 2] = Float.NEGATIVE_INFINITY;
        // Of this NaN bfloat16 loses the payload: it would become an infinity.
        w[69 * k] = Float.intBitsToFloat(0x7F80_0001);
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment packed = arena.allocate(CompactGemm.packedBytes(WeightFormat.BF16, k, n), 64);
            CompactGemm.pack(WeightFormat.BF16, arena.allocateFrom(JAVA_FLOAT, w), 0, k, n, 0, n, packed, 0);
            for (final int m : new int[]{1, 9}) {
                final float[] a = new float[m * k];
                Arrays.fill(a, 1f);
                final MemorySegment c = arena.allocate(4L * m * n, 64);
                CompactGemm.multiply(WeightFormat.BF16, arena.allocateFrom(JAVA_FLOAT, a), 0, 4L * k, packed, 0, m, k,
                        n, c, 0, 4L * n, null, 0, Activation.NONE);
                for (int i = 0; i < m; i++) {
                    for (int j = 0; j < n; j++) {
                        final float value = c.getAtIndex(JAVA_FLOAT, (long) i * n + j);
                        final String what = "m=" + m + " [" + i + "][" + j + "]";
                        switch (j) {
                            case 5 -> assertEquals(Float.POSITIVE_INFINITY, value, what);
                            case 6 -> assertEquals(Float.NEGATIVE_INFINITY, value, what);
                            case 69 -> assertTrue(Float.isNaN(value), what);
                            default -> assertTrue(Float.isFinite(value), what);
                        }
                    }
                }
            }
        }
    }

    @Test
    void i8RefusesWeightsThatAreNoNumbers() {
        try (Arena arena = Arena.ofConfined()) {
            for (final float bad : new float[]{Float.NaN, Float.NEGATIVE_INFINITY}) {
                final MemorySegment w = arena.allocate(4L * 5 * 7, 64);
                w.setAtIndex(JAVA_FLOAT, 3 * 7 + 4, bad);
                final MemorySegment packed = arena.allocate(CompactGemm.packedBytes(WeightFormat.I8, 7, 5), 64);
                final String message = assertThrows(IllegalArgumentException.class,
                        () -> CompactGemm.pack(WeightFormat.I8, w, 0, 7, 5, 0, 5, packed, 0)).getMessage();
                assertEquals("output 3, input 4: is " + bad
                        + ", expected a finite number, as weights in format i8 are no other; use bf16 or f32, or train "
                        + "the model again", message);
            }
        }
    }

    @Test
    void refusesBadArguments() {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment a = arena.allocate(48);
            final MemorySegment w = arena.allocate(48);
            final MemorySegment c = arena.allocate(36);
            final MemorySegment heap = MemorySegment.ofArray(new float[12]);
            assertThrows(IllegalArgumentException.class, () -> CompactGemm.packedBytes(WeightFormat.F32, 4, 3));
            assertThrows(IllegalArgumentException.class, () -> CompactGemm.packedBytes(WeightFormat.I8, -1, 3));
            for (final WeightFormat format : FORMATS) {
                final MemorySegment packed = arena.allocate(CompactGemm.packedBytes(format, 4, 3), 64);
                assertThrows(IllegalArgumentException.class,
                        () -> CompactGemm.pack(format, heap, 0, 4, 3, 0, 3, packed, 0));
                assertThrows(IllegalArgumentException.class,
                        () -> CompactGemm.pack(format, w, 4, 4, 3, 0, 3, packed, 0));
                assertThrows(IllegalArgumentException.class,
                        () -> CompactGemm.pack(format, w, 0, 4, 3, 0, 4, packed, 0));
                assertThrows(IllegalArgumentException.class,
                        () -> CompactGemm.pack(format, w, 0, 4, 3, 0, 3, packed, 4));
                assertThrows(IllegalArgumentException.class, () -> CompactGemm.multiply(format, heap, 0, 16, packed, 0,
                        3, 4, 3, c, 0, 12, null, 0, Activation.NONE));
                assertThrows(IllegalArgumentException.class, () -> CompactGemm.multiply(format, a, 4, 16, packed, 0, 3,
                        4, 3, c, 0, 12, null, 0, Activation.NONE));
                assertThrows(IllegalArgumentException.class, () -> CompactGemm.multiply(format, a, 0, 16, packed, 4, 3,
                        4, 3, c, 0, 12, null, 0, Activation.NONE));
                assertThrows(IllegalArgumentException.class, () -> CompactGemm.multiply(format, a, 0, 16, packed, 0, 3,
                        4, 3, c, 4, 12, null, 0, Activation.NONE));
                assertThrows(IllegalArgumentException.class, () -> CompactGemm.multiply(format, a, 0, 16, packed, 0, 3,
                        4, 3, c, 0, 8, null, 0, Activation.NONE));
                assertThrows(IllegalArgumentException.class, () -> CompactGemm.multiply(format, a, 0, 16, packed, 0, -1,
                        4, 3, c, 0, 12, null, 0, Activation.NONE));
                assertThrows(IllegalArgumentException.class, () -> CompactGemm.multiply(format, a, 0, 16, packed, 0, 3,
                        4, 3, c, 0, 12, c, 28, Activation.NONE));
            }
        }
    }
}
