package org.dlrm4j.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    private static Object parse(String text) {
        return Json.parse(text.getBytes(StandardCharsets.UTF_8), "x.json");
    }

    @Test
    void parsesEveryKindOfValue() {
        Map<String, Object> expected = new LinkedHashMap<>();
        expected.put("b", Arrays.asList(true, false, null));
        expected.put("a", List.of(0L, -1L, Long.MIN_VALUE, Long.MAX_VALUE, 1.5, -2e-3, 1e300, -0.0));
        expected.put("s", "q\" b\\ s/ \b\f\n\r\t \u00e9 \ud83d\ude00");
        expected.put("", Map.of());
        Object value = parse("""
                {"b" : [true,false , null],
                 "a": [0, -1, -9223372036854775808, 9223372036854775807, 1.5, -2e-3, 1E+300, -0.0],
                 "s": "q\\" b\\\\ s\\/ \\b\\f\\n\\r\\t \\u00e9 \\ud83d\\uDE00",
                 "": {}}
                """);
        assertEquals(expected, value);
        assertEquals(List.copyOf(expected.keySet()), List.copyOf(((Map<?, ?>) value).keySet()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "{", "[", "[1,]", "[,1]", "{,}", "{\"a\":1,}", "{\"a\"}", "{a:1}", "{'a':1}",
            "[1 2]",
            "tru", "True", "nul", "NaN", "Infinity", "-", "+1", "01", "1.", ".5", "1e", "1e+", "0x1", "1 1", "[1]]",
            "\"abc", "\"\\x\"", "\"\\u12g4\"", "\"\\u\uff11234\"", "\"\n\"", "\"\\", "\"\\ud800\"",
            "\"\\udc00\\ud800\"",
            "9223372036854775808", "1e309", "{\"a\":1,\"a\":2}", "// c\n1", "\u00a01", "\0", "[\0]", "\"a\0\""})
    void refusesWhatIsNotStrictJson(String text) {
        ModelFormatException e = assertThrows(ModelFormatException.class, () -> parse(text));
        assertEquals("x.json", e.file());
        assertTrue(e.field().matches("line \\d+, column \\d+"), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"a": 1,~ "b": x}      | x.json: line 2, column 7: found 'x', expected a value
            {"a": 1~~ "b": 2}      | x.json: line 3, column 2: found '"', expected ',' or '}'
            {"a": 1, "a": 2}       | x.json: line 1, column 10: key "a" appears twice, expected once
            [1, 2                  | x.json: line 1, column 6: found end of text, expected ',' or ']'
            [~99999999999999999999]| x.json: line 2, column 1: integer 99999999999999999999 needs more than 64 bits
            """)
    void errorsNameLineAndColumn(String text, String message) {
        assertEquals(message,
                assertThrows(ModelFormatException.class, () -> parse(text.strip().replace('~', '\n'))).getMessage());
    }

    @Test
    void limitsDepth() {
        parse("[".repeat(64) + "]".repeat(64));
        ModelFormatException e = assertThrows(ModelFormatException.class,
                () -> parse("[".repeat(1_000_000) + "]".repeat(1_000_000)));
        assertEquals("x.json: line 1, column 65: nested deeper than 64", e.getMessage());
        Object nested = 1;
        for (int i = 0; i < 65; i++) {
            nested = List.of(nested);
        }
        Object tooDeep = nested;
        assertThrows(IllegalArgumentException.class, () -> Json.write(tooDeep));
    }

    @Test
    void limitsSizeAndRefusesOtherEncodings() {
        byte[] large = new byte[Json.MAX_BYTES + 1];
        Arrays.fill(large, (byte) ' ');
        assertEquals("length", assertThrows(ModelFormatException.class, () -> Json.parse(large, "x")).field());
        byte[] latin1 = {'"', (byte) 0xe9, '"'};
        assertEquals("encoding", assertThrows(ModelFormatException.class, () -> Json.parse(latin1, "x")).field());
        assertThrows(ModelFormatException.class, () -> Json.parseObject(new byte[]{'1'}, "x"));
    }

    @Test
    void refusesToWriteWhatJsonCannotSay() {
        for (Object value : new Object[]{Double.NaN, Double.POSITIVE_INFINITY, Float.NaN, new Object(), "\ud800",
                Map.of(1, 2), new int[0]}) {
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                    () -> Json.write(Map.of("k", List.of(1, value))));
            assertTrue(e.getMessage().startsWith("$.k[1]: "), e.getMessage());
        }
    }

    @Test
    void indentedTextIsForPeople() {
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("shape", List.of(3, 4));
        value.put("empty", Map.of());
        value.put("tables", List.of(Map.of("rows", 5), Map.of("rows", 6)));
        assertEquals("""
                {
                  "shape": [3, 4],
                  "empty": {},
                  "tables": [
                    {
                      "rows": 5
                    },
                    {
                      "rows": 6
                    }
                  ]
                }
                """, Json.writeIndented(value));
        assertEquals("{\"shape\":[3,4],\"empty\":{},\"tables\":[{\"rows\":5},{\"rows\":6}]}", Json.write(value));
    }

    @Test
    void randomValuesSurviveBothForms() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 2000; i++) {
            Object value = randomValue(random, 5);
            assertEquals(value, parse(Json.write(value)), "seed " + seed);
            assertEquals(value, parse(Json.writeIndented(value)), "seed " + seed);
        }
    }

    private static Object randomValue(Random random, int depth) {
        return switch (random.nextInt(depth == 0 ? 5 : 7)) {
            case 0 -> null;
            case 1 -> random.nextBoolean();
            case 2 -> random.nextLong() >> random.nextInt(64);
            case 3 -> random.nextGaussian() * Math.pow(10, random.nextInt(-300, 300));
            case 4 -> randomString(random);
            case 5 -> {
                List<Object> list = new ArrayList<>();
                for (int i = random.nextInt(5); i > 0; i--) {
                    list.add(randomValue(random, depth - 1));
                }
                yield list;
            }
            default -> {
                Map<String, Object> map = new LinkedHashMap<>();
                for (int i = random.nextInt(5); i > 0; i--) {
                    map.put(randomString(random), randomValue(random, depth - 1));
                }
                yield map;
            }
        };
    }

    private static String randomString(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(8); i > 0; i--) {
            int c = random.nextBoolean() ? random.nextInt(128) : random.nextInt(Character.MAX_CODE_POINT);
            text.appendCodePoint(c >= 0xd800 && c < 0xe000 ? '?' : c);
        }
        return text.toString();
    }
}
