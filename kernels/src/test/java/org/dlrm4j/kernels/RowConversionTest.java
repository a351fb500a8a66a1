package org.dlrm4j.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.dlrm4j.kernels.internal.CounterRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RowConversionTest {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    private final GuardPages pages = new GuardPages();

    @AfterEach
    void free() {
        pages.close();
    }

    @Test
    void rowsHaveTheBytesOfPyTorch() throws IOException {
        final List<String> rows = lines("fbgemm-rows.txt");
        assertEquals(12, rows.size());
        for (final String row : rows) {
            final String[] fields = row.split(" ");
            final MemorySegment f32 = bytes(fields[0]);
            assertEquals(fields[1], encoded(RowFormat.I8, f32));
            assertEquals(fields[2], encoded(RowFormat.I4, f32));
        }
    }

    private String encoded(RowFormat format, MemorySegment f32) {
        final int dim = (int) (f32.byteSize() / 4);
        final MemorySegment target = pages.allocate(format.rowBytes(dim));
        RowConversion.encode("C1", format, 0, 1, dim, f32, 0, f32.byteSize(), target, 0, target.byteSize());
        return HexFormat.of().formatHex(target.toArray(ValueLayout.JAVA_BYTE));
    }

    @Test
    void sumsOfForeignRowsHaveTheBitsOfFbgemm() throws IOException {
        final List<String> rows = lines("fbgemm-rows.txt");
        final List<String> bags = lines("fbgemm-bags.txt");
        final long[] indices = Arrays.stream(bags.get(0).split(" ")).mapToLong(Long::parseLong).toArray();
        final int[] offsets = Arrays.stream(bags.get(1).split(" ")).mapToInt(Integer::parseInt).toArray();
        for (final RowFormat format : new RowFormat[]{RowFormat.I8, RowFormat.I4}) {
            final int column = format == RowFormat.I8 ? 1 : 2;
            final MemorySegment table = bytes(
                    String.join("", rows.stream().map(row -> row.split(" ")[column]).toList()));
            final MemorySegment out = pages.allocate((offsets.length - 1) * 64L);
            SparseLengthsSum.forward("C1", format, table, 0, format.rowBytes(16), rows.size(), 16, pages.longs(indices),
                    0, indices.length, pages.ints(offsets), 0, offsets.length - 1, Pooling.SUM, bytes(bags.get(2)), 0,
                    out, 0, 64);
            assertArrayEquals(GuardPages.toArray(bytes(bags.get(2 + column))), GuardPages.toArray(out),
                    format.toString());
        }
    }

    private MemorySegment bytes(String hex) {
        final byte[] bytes = HexFormat.of().parseHex(hex);
        final MemorySegment segment = pages.allocate(bytes.length);
        MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return segment;
    }

    private static List<String> lines(String resource) throws IOException {
        try (InputStream in = RowConversionTest.class.getResourceAsStream(resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().filter(line -> !line.startsWith("#"))
                    .toList();
        }
    }

    @ParameterizedTest
    @EnumSource(value = RowFormat.class, names = {"F16", "BF16"})
    void everyValueKeepsItsBits(RowFormat format) {
        final int count = 1 << 16;
        final MemorySegment all = pages.allocate(2L * count);
        for (int bits = 0; bits < count; bits++) {
            all.set(SHORT, 2L * bits, (short) bits);
        }
        final MemorySegment floats = pages.allocate(4L * count);
        RowConversion.decode(format, 1, count, all, 0, 2L * count, floats, 0, 4L * count);
        final MemorySegment again = pages.allocate(2L * count);
        RowConversion.encode("C1", format, 0, 1, count, floats, 0, 4L * count, again, 0, 2L * count);
        final int quiet = format == RowFormat.F16 ? 0x200 : 0x40;
        for (int bits = 0; bits < count; bits++) {
            final boolean nan = Float.isNaN(floats.getAtIndex(ValueLayout.JAVA_FLOAT, bits));
            assertEquals((short) (nan ? bits | quiet : bits), again.get(SHORT, 2L * bits) | (nan ? quiet : 0),
                    Integer.toHexString(bits));
        }
        final MemorySegment stochastic = pages.allocate(2L * count);
        RowConversion.encodeBf16Stochastic(0, 1, count, floats, 0, 4L * count, stochastic, 0, 2L * count, 3);
        for (int bits = 0; format == RowFormat.BF16 && bits < count; bits++) {
            final boolean nan = Float.isNaN(floats.getAtIndex(ValueLayout.JAVA_FLOAT, bits));
            assertEquals((short) (nan ? bits | quiet : bits), stochastic.get(SHORT, 2L * bits));
        }
    }

    @ParameterizedTest
    @EnumSource(value = RowFormat.class, names = {"F16", "BF16"})
    void halfWayIsRoundedToEven(RowFormat format) {
        final float step = format == RowFormat.F16 ? 0x1p-10f : 0x1p-7f;
        assertEncodes(format, 1f, 1 + step / 2);
        assertEncodes(format, 1 + step, Math.nextUp(1 + step / 2));
        assertEncodes(format, 1 + 2 * step, 1 + 3 * step / 2);
        assertEncodes(format, -1f, -1 - step / 2);
        assertEncodes(format, Float.POSITIVE_INFINITY, Float.MAX_VALUE);
        assertEncodes(format, -0f, format == RowFormat.F16 ? -0x1p-25f : -Float.MIN_VALUE);
        assertEncodes(format, 0x1p-24f, 0x1p-24f);
        assertTrue(Float.isNaN(roundTrip(format, Float.intBitsToFloat(0x7F800001))));
    }

    private void assertEncodes(RowFormat format, float expected, float value) {
        assertEquals(expected, roundTrip(format, value));
    }

    private float roundTrip(RowFormat format, float value) {
        final MemorySegment from = pages.floats(new float[]{value});
        final MemorySegment to = pages.allocate(2);
        RowConversion.encode("C1", format, 0, 1, 1, from, 0, 4, to, 0, 2);
        RowConversion.decode(format, 1, 1, to, 0, 2, from, 0, 4);
        return GuardPages.toArray(from)[0];
    }

    @Test
    void stochasticRoundingIsRightOnAverageAndRepeats() {
        final int count = 1 << 14;
        final float step = 0x1p-7f;
        final float[] values = new float[count];
        Arrays.fill(values, 1 + 0.3f * step);
        final MemorySegment from = pages.floats(values);
        final MemorySegment to = pages.allocate(2L * count);
        RowConversion.encodeBf16Stochastic(0, count / 16, 16, from, 0, 64, to, 0, 32, 42);
        final MemorySegment back = pages.allocate(4L * count);
        RowConversion.decode(RowFormat.BF16, 1, count, to, 0, 2L * count, back, 0, 4L * count);
        int up = 0;
        for (final float x : GuardPages.toArray(back)) {
            assertTrue(x == 1 || x == 1 + step, String.valueOf(x));
            up += x > 1 ? 1 : 0;
        }
        // Five standard deviations of a binomial distribution.
        assertEquals(0.3 * count, up, 5 * Math.sqrt(count * 0.3 * 0.7));
        final MemorySegment part = pages.allocate(2L * count / 2);
        RowConversion.encodeBf16Stochastic(count / 32, count / 32, 16, from, 0, 64, part, 0, 32, 42);
        assertEquals(-1, part.mismatch(to.asSlice(count)));
        RowConversion.encodeBf16Stochastic(count / 32, count / 32, 16, from, 0, 64, part, 0, 32, 43);
        assertTrue(part.mismatch(to.asSlice(count)) >= 0);
    }

    @Test
    void stochasticRoundingAddsTheBitsOfRowAndColumn() {
        final SplittableRandom random = Seeds.random();
        final int rows = 3;
        for (final int dim : Shapes.dims()) {
            final MemorySegment from = pages.allocate(4L * rows * dim);
            final MemorySegment to = pages.allocate(2L * rows * dim);
            for (int i = 0; i < rows * dim; i++) {
                // Every eighth number has the exponent of infinity and NaN.
                from.set(INT, 4L * i, i % 8 == 5 ? random.nextInt() | 0x7F80_0000 : random.nextInt());
            }
            final long key = RowConversion.roundingKey(7, 11, 2);
            RowConversion.encodeBf16Stochastic(100, rows, dim, from, 0, 4L * dim, to, 0, 2L * dim, key);
            for (int r = 0; r < rows; r++) {
                final long rowKey = CounterRandom.rowKey(CounterRandom.key(7, 11, -3), 100 + r);
                for (int j = 0; j < dim; j++) {
                    final int bits = from.get(INT, 4L * (r * dim + j));
                    final short expected = Float.isNaN(Float.intBitsToFloat(bits))
                            ? (short) (bits >>> 16 | 0x40)
                            : (short) (bits + (CounterRandom.bits(rowKey, j) >>> 16) >>> 16);
                    assertEquals(expected, to.get(SHORT, 2L * (r * dim + j)),
                            "dim " + dim + ", row " + r + ", column " + j);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = RowFormat.class, names = {"I8", "I4"})
    void quantizationIsOffByHalfAStep(RowFormat format) {
        final SplittableRandom random = Seeds.random();
        for (final int dim : new int[]{2, 4, 30, 64, 130}) {
            final float[] values = Seeds.floats(random, 3 * dim);
            final MemorySegment rows = pages.allocate(3L * (format.rowBytes(dim) + 3));
            rows.fill((byte) 0x55);
            RowConversion.encode("C1", format, 0, 3, dim, pages.floats(values), 0, 4L * dim, rows, 0,
                    format.rowBytes(dim) + 3);
            assertEquals(0x55, rows.get(ValueLayout.JAVA_BYTE, rows.byteSize() - 1));
            final MemorySegment back = pages.allocate(12L * dim);
            RowConversion.decode(format, 3, dim, rows, 0, format.rowBytes(dim) + 3, back, 0, 4L * dim);
            final float[] found = GuardPages.toArray(back);
            for (int r = 0; r < 3; r++) {
                final float[] row = Arrays.copyOfRange(values, r * dim, (r + 1) * dim);
                Arrays.sort(row);
                final double range = row[dim - 1] - row[0];
                // Half a step, and in 4 bits what scale and bias lose as binary16.
                final double limit = format == RowFormat.I8 ? range / 255 * 0.5001 : range / 15 * 0.51 + 15 * 0x1p-13;
                for (int j = 0; j < dim; j++) {
                    assertEquals(values[r * dim + j], found[r * dim + j], limit, "row " + r + ", column " + j);
                }
            }
        }
    }

    @Test
    void numbersWithoutAPlaceAreNamed() {
        for (final float bad : new float[]{Float.NaN, Float.POSITIVE_INFINITY}) {
            final MemorySegment rows = pages.floats(new float[]{1, 2, 3, 4, 5, bad});
            assertRefused("table C3, row 8, column 1: " + bad
                    + ", expected a finite number, as rows in format i8 have no other; use bf16", RowFormat.I8, rows);
            assertRefused("table C3, row 8, column 1: " + bad, RowFormat.I4, rows);
        }
        assertRefused(
                "table C3, row 6: its numbers are too large or too far apart for the scale and bias of format i4, "
                        + "expected at most 65504; use bf16",
                RowFormat.I4, pages.floats(new float[]{-70_000, 2, 3, 4, 5, 6}));
        assertRefused("table C3, row 7: its numbers are too large", RowFormat.I8,
                pages.floats(new float[]{1, 2, -3e38f, 3e38f, 5, 6}));
        assertRefused("target needs 30 bytes", RowFormat.I8, pages.floats(new float[6]), 29);
        assertRefused("source needs 24 bytes at byte 0, but its segment has 20", RowFormat.BF16,
                pages.floats(new float[5]));
    }

    private void assertRefused(String message, RowFormat format, MemorySegment rows) {
        assertRefused(message, format, rows, 3L * format.rowBytes(2));
    }

    private void assertRefused(String message, RowFormat format, MemorySegment rows, long targetBytes) {
        final MemorySegment target = pages.allocate(targetBytes);
        final IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                () -> RowConversion.encode("C3", format, 6, 3, 2, rows, 0, 8, target, 0, format.rowBytes(2)));
        assertTrue(e.getMessage().startsWith(message), e.getMessage());
    }

    @Test
    void lengthsOfRowsFollowFromTheFormat() {
        assertArrayEquals(new int[]{256, 128, 128, 72, 36},
                Stream.of(RowFormat.values()).mapToInt(format -> format.rowBytes(64)).toArray());
        for (final int bad : new int[]{0, -1, (1 << 20) + 1}) {
            assertThrows(IllegalArgumentException.class, () -> RowFormat.F32.rowBytes(bad));
        }
    }
}
