package org.dlrm4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Schemas as JSON, and the parts that rows are taken apart with. */
class SchemaTest {
    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void jsonIsReadAndWrittenWithoutLoss() {
        List<Schema> schemas = new ArrayList<>(List.of(Schemas.everything()));
        Schema.BUILT_IN.forEach(name -> schemas.add(Schema.builtIn(name)));
        for (Schema schema : schemas) {
            assertEquals(schema, Schema.parse(bytes(schema.toJson()), "again"));
        }
        Schema criteo = Schema.builtIn("criteo");
        assertEquals(13, criteo.dense().size());
        assertEquals(26, criteo.sparse().size());
        assertThrows(IllegalArgumentException.class, () -> Schema.builtIn("movielens"));
    }

    @Test
    void mistakesAreNamed() {
        String[][] mistakes = {{"\"header\": true", "\"headers\": true", "text.headers: found an unknown key"},
                {"\"header\": true", "\"header\": 1", "text.header: found 1, expected true or false"},
                {"\"delimiter\": \";;\"", "\"delimiter\": \"\"", "delimiter: found \"\""},
                {"\"quote\": \"\\\"\"", "\"quote\": \"''\"", "quote: found \"''\""},
                {"\"name\": \"films\"", "\"name\": 3", "name: found 3, expected a text"},
                {"\"rating\", \"user\"", "\"user\", \"user\"", "columns: found \"user\" twice"},
                {"\"atLeast\": 4", "\"positive\": []", "label: found positive []"},
                {"\"atLeast\": 4", "\"atLeast\": \"4\"", "label.atLeast: found 4, expected a number"},
                {"\"standardize\"", "\"square\"", "dense[0].transform: found square"},
                {"{\"column\": \"year\"", "{\"column\": \"years\"", "dense: found column \"years\""},
                {"\"fill\": 2.5}, \"price\"", "\"fill\": 2.5}, \"rating\"",
                        "dense: found column \"rating\", the label"},
                {"\"minCount\": 3", "\"minCount\": 0", "sparse feature user, minCount: found 0"},
                {"\"minCount\": 3", "\"minCount\": 3.5", "sparse[0].minCount: found 3.5, expected a whole number"},
                {"\"minCount\": 3", "\"hashRows\": 9", "hashRows: found 9, expected no minCount"},
                {"[1980, 1990, 2000]", "[1980, 1980]", "decade, boundaries: found [1980.0, 1980.0]"},
                {"[1980, 1990, 2000]", "[\"x\"]", "sparse[2].boundaries: found x, expected a list of numbers"},
                {"\"quantiles\": 4", "\"quantiles\": 1", "price_class, quantiles: found 1"},
                {"[\"decade\", \"genres\"]", "[\"decade\", \"x\"]", "sparse.decades_of_genres: found a cross of \"x\""},
                {"[\"decade\", \"genres\"]", "[\"decade\"]", "expected two features or more"},
                {"[\"decade\", \"genres\"]", "[\"price_class\", \"genres\"]", "found a cross of quantile buckets"},
                {"\"name\": \"price_class\"", "\"name\": \"decade\"", "sparse: found \"decade\" twice"},
                {"\"cross\": [\"user\"", "\"column\": \"user\", \"cross\": [\"user\"", "no column"}};
        for (String[] mistake : mistakes) {
            String json = Schemas.EVERYTHING.replace(mistake[0], mistake[1]);
            assertFalse(json.equals(Schemas.EVERYTHING), mistake[0]);
            String message = assertThrows(DatasetException.class, () -> Schema.parse(bytes(json), "films.json"),
                    mistake[1]).getMessage();
            assertTrue(message.startsWith("films.json") && message.contains(mistake[2])
                    && message.endsWith("correct the schema"), message);
        }
        String message = assertThrows(DatasetException.class, () -> Schema.parse(bytes("{\n  x"), "f")).getMessage();
        assertTrue(message.contains("line 2, column 3"), message);
    }

    @Test
    void numbersAreThoseOfDouble() {
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            String text = switch (i % 5) {
                case 0 -> Double.toString(Double.longBitsToDouble(random.nextLong()));
                case 1 -> Long.toString(random.nextLong() >> random.nextInt(64));
                case 2 -> random.nextInt(100_000) + "." + random.nextInt(100_000);
                case 3 -> Float.toString(random.nextFloat());
                default -> random.nextLong() + "." + random.nextLong(1L << 62) + "e-" + random.nextInt(30);
            };
            if (Double.isFinite(Double.parseDouble(text))) {
                byte[] padded = bytes("7" + text + "7");
                assertEquals(Double.parseDouble(text), NumberParser.parse(padded, 1, padded.length - 1), text);
            }
        }
        for (String text : List.of("", "-", "+", ".", "1..2", "1.2.3", "1e", "1e+", "e5", "0x1", "1f", "NaN",
                "Infinity",
                " 1", "1 ", "1,5", "1e999", "--1")) {
            assertTrue(Double.isNaN(NumberParser.parse(bytes(text), 0, text.length())), text);
        }
        assertEquals(0.5, NumberParser.parse(bytes("+.5"), 0, 3));
        assertEquals(5.0, NumberParser.parse(bytes("5."), 0, 2));
    }

    private static List<String> split(TextFormat format, String line) {
        FieldSplitter splitter = new FieldSplitter(format);
        List<String> fields = new ArrayList<>();
        if (!splitter.split(bytes("x" + line + "x"), 1, 1 + bytes(line).length)) {
            return null;
        }
        for (int f = 0; f < splitter.count(); f++) {
            fields.add(splitter.text(f));
        }
        return fields;
    }

    @Test
    void fieldsAreSplitByDelimiterQuoteAndTrim() {
        TextFormat plain = new TextFormat("\t", false, "", "", false, List.of());
        assertEquals(List.of("a", "", " b ", ""), split(plain, "a\t\t b \t\r"));
        assertEquals(List.of(""), split(plain, ""));
        TextFormat adult = new TextFormat(", ", false, "", "", false, List.of());
        assertEquals(List.of("39", "a,b", ","), split(adult, "39, a,b, ,"));
        TextFormat csv = new TextFormat(",", false, "", "\"", true, List.of());
        assertEquals(List.of("a", "b, \"c\" ", "d\"e", "", "ü"), split(csv, " a ,\"b, \"\"c\"\" \" , d\"e,\"\",ü"));
        assertEquals(null, split(csv, "a,\"b"));
        assertEquals(null, split(csv, "a,\"b\"c,d"));
        TextFormat untrimmed = new TextFormat(",", false, "", "'", false, List.of());
        assertEquals(List.of(" 'a'", "b,"), split(untrimmed, " 'a','b,'"));
        String many = "a,".repeat(500);
        assertEquals(501, split(csv, many).size());
    }

    @Test
    void frequentValuesGetRowsInOrderOfAppearance() {
        SparseFeature feature = new SparseFeature("f", SparseFeature.Kind.TEXT, "c", "", List.of(), 0, List.of(), 0, 2,
                3,
                0, false);
        ValueCounter counter = new ValueCounter(feature);
        for (long value : new long[]{9, 8, 7, 6, 5, 5, 6, 7, 8, 5, 4, 4, 4, 0, 0}) {
            counter.add(value);
        }
        // 5 and 4 occur three times; of those with two only the first, 8, fits.
        ValueDictionary dictionary = counter.dictionary();
        assertEquals(3, dictionary.size());
        assertEquals(List.of(8L, 5L, 4L), List.of(dictionary.value(0), dictionary.value(1), dictionary.value(2)));
        assertEquals(-1, dictionary.row(7));
        assertEquals(1, dictionary.row(5));
    }

    @Test
    void dictionariesFindWhatWasAdded() {
        ValueDictionary dictionary = new ValueDictionary("f");
        Random random = new Random(2);
        List<Long> values = new ArrayList<>(List.of(0L, -1L, Long.MIN_VALUE));
        for (int i = 0; i < 5000; i++) {
            values.add(i % 2 == 0 ? random.nextLong() : i << 20);
        }
        List<Long> distinct = values.stream().distinct().toList();
        distinct.forEach(dictionary::add);
        for (int row = 0; row < distinct.size(); row++) {
            assertEquals(row, dictionary.row(distinct.get(row)));
            assertEquals(row, dictionary.add(distinct.get(row)));
        }
        assertEquals(-1, dictionary.row(12345));
    }

    @Test
    void hashesOfShortTextsDiffer() {
        Set<Long> hashes = new HashSet<>();
        int texts = 0;
        for (int length = 0; length < 40; length++) {
            for (int i = 0; i < Math.min(1000, 1 << Math.min(length, 10)); i++) {
                byte[] text = bytes("\0".repeat(length));
                for (int bit = 0; bit < Math.min(length, 10); bit++) {
                    text[length - 1 - bit] = (byte) (i >> bit & 1);
                }
                hashes.add(ValueHash.of(text, 0, length));
                texts++;
            }
        }
        assertEquals(texts, hashes.size());
        assertFalse(ValueHash.combine(ValueHash.combine(0, 1), 2) == ValueHash.combine(ValueHash.combine(0, 2), 1));
        // Files hold these: they never change.
        assertEquals(0x778f4f1cd022260bL, ValueHash.of(bytes("Bachelors"), 0, 9));
    }

    @Test
    void encodingDoesNotAllocate() {
        Schema schema = Schema.builtIn("adult");
        SampleEncoder encoder = new TrainingStatistics(schema).encoder();
        RowEncoder rows = encoder.rows("test");
        byte[] row = bytes(
                "39, State-gov, 77516, Bachelors, 13, Never-married, Adm-clerical, Not-in-family, White, Male, 2174,"
                        + " 0, 40, United-States, <=50K");
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Batch batch = new Batch(100, 5, 12)) {
            long least = Long.MAX_VALUE;
            for (int round = 0; round < 300; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                batch.begin(100);
                for (int s = 0; s < 100; s++) {
                    rows.encode(row, 0, row.length, 1, batch, s);
                }
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertEquals(0, least);
        }
    }
}
