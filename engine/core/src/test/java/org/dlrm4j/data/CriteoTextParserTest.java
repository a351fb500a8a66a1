package org.dlrm4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CriteoTextParserTest {
    private final CriteoTextParser parser = new CriteoTextParser(0);

    private static List<String> fields() {
        List<String> fields = new ArrayList<>();
        fields.add("1");
        for (int i = 1; i <= 13; i++) {
            fields.add(String.valueOf(i));
        }
        for (int i = 1; i <= 26; i++) {
            fields.add(String.format("%08x", i));
        }
        return fields;
    }

    private int[] parse(String row) {
        byte[] text = row.getBytes(StandardCharsets.ISO_8859_1);
        int[] record = new int[40];
        assertEquals(text.length, parser.parseRow(text, 0, text.length, record, 0, "day_0", 7));
        return record;
    }

    private int[] parseWith(int field, String content) {
        List<String> fields = fields();
        fields.set(field, content);
        return parse(String.join("\t", fields));
    }

    private void assertMalformed(String row, String message) {
        MalformedRowException e = assertThrows(MalformedRowException.class, () -> parse(row));
        assertEquals("day_0, line 7, " + message + "; correct the row or let bad rows be skipped", e.getMessage());
    }

    private void assertMalformedWith(int field, String content, String message) {
        List<String> fields = fields();
        fields.set(field, content);
        assertMalformed(String.join("\t", fields) + "\n", message);
    }

    @Test
    void fieldsBecomeARecord() {
        int[] expected = new int[40];
        expected[0] = 1;
        for (int i = 1; i <= 13; i++) {
            expected[i] = i;
        }
        for (int i = 1; i <= 26; i++) {
            expected[13 + i] = i;
        }
        String row = String.join("\t", fields());
        assertArrayEquals(expected, parse(row));
        assertArrayEquals(expected, parse(row + "\n"));
        assertArrayEquals(expected, parse(row + "\r\n"));
        assertArrayEquals(expected, parse(row + "\r"));
    }

    @Test
    void missingFieldsAndNegativeCountsAreZero() {
        int[] expected = new int[40];
        assertArrayEquals(expected, parse("0" + "\t".repeat(39)));
        assertArrayEquals(expected, parse("0" + "\t".repeat(39) + "\r\n"));
        assertEquals(0, parseWith(2, "-1")[2]);
        assertEquals(0, parseWith(13, "-2147483648")[13]);
    }

    @Test
    void extremesFit() {
        assertEquals(Integer.MAX_VALUE, parseWith(1, "2147483647")[1]);
        assertEquals(12, parseWith(1, "00000000000012")[1]);
        assertEquals(-1, parseWith(14, "ffffffff")[14]);
        assertEquals(0x80000000, parseWith(39, "80000000")[39]);
        assertEquals(0xabcdef, parseWith(39, "ABCdef")[39]);
    }

    @Test
    void indexRangeIsAnUnsignedRemainder() {
        CriteoTextParser ranged = new CriteoTextParser(1000);
        List<String> fields = fields();
        fields.set(14, "ffffffff");
        byte[] text = String.join("\t", fields).getBytes(StandardCharsets.US_ASCII);
        int[] record = new int[42];
        ranged.parseRow(text, 0, text.length, record, 2, "day_0", 1);
        assertEquals(4294967295L % 1000, record[16]);
        assertThrows(IllegalArgumentException.class, () -> new CriteoTextParser(-1));
    }

    @Test
    void malformedRowsAreDescribed() {
        assertMalformedWith(0, "2", "field 1 (label): found \"2\", expected a label, 0 or 1");
        assertMalformedWith(0, "", "field 1 (label): found \"\", expected a label, 0 or 1");
        assertMalformedWith(0, "01", "field 1 (label): found \"01\", expected a label, 0 or 1");
        String integer = ", expected a signed 32-bit decimal integer or nothing";
        for (String bad : new String[]{"1.5", "x", "-", "+1", "2147483648", "-2147483649", "99999999999999999999",
                " 1", "1 "}) {
            assertMalformedWith(3, bad, "field 4 (I3): found \"" + bad + "\"" + integer);
        }
        String hash = ", expected one to eight hexadecimal digits or nothing";
        for (String bad : new String[]{"g", "123456789", "0x12", " ", "\u00e9"}) {
            assertMalformedWith(14, bad, "field 15 (C1): found \"" + bad + "\"" + hash);
            assertMalformedWith(39, bad, "field 40 (C26): found \"" + bad + "\"" + hash);
        }
        assertMalformedWith(20, "z".repeat(50),
                "field 21 (C7): found \"" + "z".repeat(40) + "\"... (50 bytes)" + hash);
    }

    @Test
    void wrongNumbersOfFieldsAreDescribed() {
        String end = "found the end of the row, expected 40 tab-separated fields";
        assertMalformed("\n", "field 1 (label): found \"\", expected a label, 0 or 1");
        for (int kept = 1; kept < 40; kept++) {
            String name = kept < 14 ? "I" + kept : "C" + (kept - 13);
            assertMalformed(String.join("\t", fields().subList(0, kept)) + "\n",
                    "field " + (kept + 1) + " (" + name + "): " + end);
            assertMalformed(String.join("\t", fields().subList(0, kept)),
                    "field " + (kept + 1) + " (" + name + "): " + end);
        }
        assertMalformed(String.join("\t", fields()) + "\tmore\n",
                "field 41 (surplus): found \"more\", expected 40 tab-separated fields, here are 41");
    }

    @Test
    void randomBytesNeverGetBeyondTheRow() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] row = String.join("\t", fields()).getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < 20_000; i++) {
            byte[] text = Arrays.copyOf(row, row.length + 2);
            text[row.length] = '\n';
            text[row.length + 1] = '0';
            for (int k = random.nextInt(4); k >= 0; k--) {
                text[random.nextInt(row.length)] = random.nextBoolean()
                        ? (byte) "\t\r-0aF"
                                .charAt(random.nextInt(6))
                        : (byte) random.nextInt(256);
            }
            int[] record = new int[40];
            String context = "seed " + seed;
            try {
                int next = parser.parseRow(text, 0, text.length, record, 0, "day_0", 1);
                assertEquals(CriteoTextParser.skipRow(text, 0, text.length), next, context);
            } catch (MalformedRowException e) {
                assertTrue(e.field() >= 1 && e.field() <= 41, context + e.getMessage());
            }
        }
    }

    @Test
    void hashesParseFromText() {
        assertEquals(0x68fd1e64, CriteoTextParser.parseHash("68fd1e64"));
        assertEquals(0, CriteoTextParser.parseHash(""));
        byte[] bytes = "\t68FD1E64\t".getBytes(StandardCharsets.US_ASCII);
        assertEquals(0x68fd1e64, CriteoTextParser.parseHash(bytes, 1, 9));
        for (String bad : new String[]{"123456789", "12g", "\u0661"}) {
            assertThrows(IllegalArgumentException.class, () -> CriteoTextParser.parseHash(bad));
        }
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                () -> CriteoTextParser.parseHash(bytes, 0, 9));
        assertTrue(e.getMessage().contains("character 1"), e.getMessage());
    }
}
