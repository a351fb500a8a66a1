package org.dlrm4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CriteoPreprocessorTest {
    private static final PreprocessOptions OPTIONS = PreprocessOptions.defaults().withThreads(2).withChunkBytes(4096);

    @TempDir
    Path directory;

    private int files;

    private Path input(String text) throws IOException {
        return Files.writeString(directory.resolve("day_" + files++), text);
    }

    private Path gzip(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(StandardCharsets.US_ASCII));
        }
        return Files.write(directory.resolve("day_" + files++ + ".gz"), bytes.toByteArray());
    }

    private CriteoDataset run(PreprocessOptions options, Path... inputs) throws Exception {
        return new CriteoPreprocessor(options).run(List.of(inputs), directory.resolve("out" + files++), progress -> {});
    }

    private void check(PreprocessOptions options, List<String> texts, Path... inputs) throws Exception {
        NaivePreprocessing expected = new NaivePreprocessing(texts, options);
        Path out = directory.resolve("out" + files++);
        try (CriteoDataset data = new CriteoPreprocessor(options).run(List.of(inputs), out, progress -> {})) {
            assertRecords(expected.train, out.resolve("train.bin"));
            assertRecords(expected.validation, out.resolve("validation.bin"));
            assertRecords(expected.test, out.resolve("test.bin"));
            assertEquals(expected.badRows, data.badRows());
            for (int f = 0; f < 26; f++) {
                FeatureDictionary dictionary = data.dictionary(f);
                List<Integer> values = expected.dictionaries.get(f);
                assertEquals(values.size(), data.tableRows()[f]);
                for (int id = 0; id < values.size(); id++) {
                    assertEquals(values.get(id), dictionary.value(id));
                    assertEquals(id, dictionary.row(values.get(id)));
                }
            }
            try (var left = Files.list(out)) {
                assertEquals(30, left.count(), "three logs, 26 dictionaries, one summary");
            }
        }
    }

    private static void assertRecords(List<int[]> expected, Path log) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(log)).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(expected.size() * 160, bytes.capacity(), log.toString());
        int[] record = new int[40];
        for (int[] row : expected) {
            for (int i = 0; i < 40; i++) {
                record[i] = bytes.getInt();
            }
            assertArrayEquals(row, record);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void anyNumberOfThreadsAndAnyChunkSizeGiveTheReferencesRecords(int threads) throws Exception {
        String text = CriteoTexts.rows(new Random(threads), 1003);
        for (int chunkBytes : new int[]{1, 64, 1000, 1 << 20}) {
            check(OPTIONS.withThreads(threads).withChunkBytes(chunkBytes), List.of(text), input(text));
        }
    }

    @Test
    void rowsAreDealtForEveryRemainder() throws Exception {
        Random random = new Random(5);
        for (int rows : new int[]{0, 1, 2, 6, 7, 8, 13, 14, 15, 27}) {
            String text = CriteoTexts.rows(random, rows);
            check(OPTIONS, List.of(text), input(text));
            check(OPTIONS.withDays(3), List.of(text), input(text));
            check(OPTIONS.withSplit(Split.none()), List.of(text), input(text));
            check(OPTIONS.withSplit(Split.trainRows(10)), List.of(text), input(text));
        }
    }

    @Test
    void lastRowNeedsNoLineFeed() throws Exception {
        String text = CriteoTexts.rows(new Random(6), 50).stripTrailing() + "\tff";
        text = text.substring(0, text.lastIndexOf('\t'));
        check(OPTIONS, List.of(text), input(text));
    }

    @Test
    void daysInFilesOfTheirOwnPlainAndCompressed() throws Exception {
        Random random = new Random(7);
        List<String> days = List.of(CriteoTexts.rows(random, 200), CriteoTexts.rows(random, 0),
                CriteoTexts.rows(random, 301), CriteoTexts.rows(random, 101));
        check(OPTIONS, days, input(days.get(0)), gzip(days.get(1)), gzip(days.get(2)), input(days.get(3)));
        check(OPTIONS, days, gzip(days.get(0)), input(days.get(1)), input(days.get(2)), gzip(days.get(3)));
    }

    @Test
    void subSamplingAndIndexRangeFollowTheReference() throws Exception {
        String text = CriteoTexts.rows(new Random(8), 800);
        NaivePreprocessing sampled = new NaivePreprocessing(List.of(text), OPTIONS.withNegativeDropRate(0.875, 123));
        assertTrue(sampled.train.size() < 350, "the oracle drops most negatives: " + sampled.train.size());
        check(OPTIONS.withNegativeDropRate(0.875, 123), List.of(text), input(text));
        check(OPTIONS.withNegativeDropRate(1, 1), List.of(text), input(text));
        check(OPTIONS.withMaxIndexRange(7), List.of(text), input(text));
        check(OPTIONS.withMaxIndexRange(100).withNegativeDropRate(0.5, 9), List.of(text), gzip(text));
    }

    @Test
    void malformedRowsEndTheRunWithTheirPlace() throws Exception {
        String good = CriteoTexts.rows(new Random(9), 100).replace("\r", "");
        String[] lines = good.split("\n");
        lines[41] = lines[41].replaceFirst("\t[^\t]*$", "\txyz");
        Path input = input(good);
        Path second = input(String.join("\n", lines) + "\n");
        MalformedRowException e = assertThrows(MalformedRowException.class,
                () -> run(OPTIONS.withChunkBytes(64), input, second));
        assertTrue(e.getMessage().startsWith(second + ", line 42, field 40 (C26): found \"xyz\""), e.getMessage());
        assertEquals(42, e.line());
    }

    @Test
    void malformedRowsAreCountedAndSkippedIfWanted() throws Exception {
        String[] lines = CriteoTexts.rows(new Random(10), 300).replace("\r", "").split("\n");
        for (int i = 0; i < lines.length; i += 7) {
            lines[i] = i % 2 == 0 ? "0\t1" : lines[i] + "\t1";
        }
        String text = String.join("\n", lines) + "\n";
        check(OPTIONS.withSkipBadRows(true).withNegativeDropRate(0.3, 4), List.of(text), input(text));
        try (CriteoDataset data = run(OPTIONS.withSkipBadRows(true), input(text))) {
            assertEquals(43, data.badRows());
            assertEquals(300, data.textRows());
        }
    }

    @Test
    void finishedDirectoryIsOpenedWithoutWorkAndRefusesOtherOptionsOrInput() throws Exception {
        Path input = input(CriteoTexts.rows(new Random(11), 40));
        Path out = directory.resolve("out");
        new CriteoPreprocessor(OPTIONS).run(List.of(input), out, progress -> {}).close();
        List<PreprocessProgress> heard = new ArrayList<>();
        new CriteoPreprocessor(OPTIONS.withThreads(1)).run(List.of(input), out, heard::add).close();
        assertTrue(heard.isEmpty());
        assertRefused("option.maxIndexRange: the directory was begun with 0, this run has 5",
                OPTIONS.withMaxIndexRange(5), out, input);
        assertRefused("input.1: the directory was begun with null", OPTIONS, out, input, input);
        Path two = directory.resolve("two");
        new CriteoPreprocessor(OPTIONS).run(List.of(input, input), two, progress -> {}).close();
        assertRefused("more input files", OPTIONS, two, input);
        Files.writeString(input, CriteoTexts.rows(new Random(12), 40));
        assertRefused("input.0: the directory was begun with day_0", OPTIONS, out, input);
    }

    private static void assertRefused(String part, PreprocessOptions options, Path out, Path... inputs) {
        DatasetException e = assertThrows(DatasetException.class,
                () -> new CriteoPreprocessor(options).run(List.of(inputs), out, progress -> {}));
        assertTrue(e.getMessage().contains(part), e.getMessage());
        assertTrue(e.getMessage().contains("empty"), e.getMessage());
    }

    @Test
    void directoryWithForeignFilesIsRefused() throws Exception {
        Path out = Files.createDirectory(directory.resolve("foreign"));
        Files.writeString(out.resolve("train.bin"), "precious");
        assertRefused("holds train.bin", OPTIONS, out, input("0"));
        assertEquals("precious", Files.readString(out.resolve("train.bin")));
    }

    @Test
    void secondRunInTheSameDirectoryIsRefused() throws Exception {
        Path input = input(CriteoTexts.rows(new Random(17), 40));
        Path out = directory.resolve("out");
        List<DatasetException> refusals = new ArrayList<>();
        new CriteoPreprocessor(OPTIONS)
                .run(List.of(input), out,
                        progress -> refusals.add(assertThrows(DatasetException.class,
                                () -> new CriteoPreprocessor(OPTIONS).run(List.of(input), out, inner -> {}))))
                .close();
        assertFalse(refusals.isEmpty());
        for (DatasetException e : refusals) {
            assertTrue(e.getMessage().contains("preprocess.lock: is held by another run"), e.getMessage());
        }
    }

    @Test
    void optionsOutOfRangeAreNamed() {
        assertOption("maxIndexRange is -1", () -> OPTIONS.withMaxIndexRange(-1));
        assertOption("negativeDropRate is 1.5", () -> OPTIONS.withNegativeDropRate(1.5, 0));
        assertOption("negativeDropRate is NaN", () -> OPTIONS.withNegativeDropRate(Double.NaN, 0));
        assertOption("days is 0", () -> OPTIONS.withDays(0));
        assertOption("threads is 0", () -> OPTIONS.withThreads(0));
        assertOption("chunkBytes is 0", () -> OPTIONS.withChunkBytes(0));
        assertOption("journalIntervalMillis is -1", () -> OPTIONS.withJournalIntervalMillis(-1));
        assertOption("split TRAIN_ROWS with -1", () -> Split.trainRows(-1));
        assertOption("split NONE with 3", () -> new Split(Split.Kind.NONE, 3));
        assertOption("no input files", () -> run(OPTIONS));
    }

    private static void assertOption(String part, Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(part), message);
    }

    @Test
    void truncatedGzipIsReported() throws Exception {
        Path whole = gzip(CriteoTexts.rows(new Random(13), 500));
        byte[] bytes = Files.readAllBytes(whole);
        for (int length : new int[]{5, bytes.length / 2, bytes.length - 4}) {
            Files.write(whole, Arrays.copyOf(bytes, length));
            DatasetException e = assertThrows(DatasetException.class, () -> run(OPTIONS, whole));
            assertTrue(e.getMessage().contains(whole + ", after byte "), e.getMessage());
        }
    }

    @Test
    void damagedJournalAndSummaryAreRefused() throws Exception {
        Path input = input(CriteoTexts.rows(new Random(14), 40));
        Path out = directory.resolve("out");
        new CriteoPreprocessor(OPTIONS).run(List.of(input), out, progress -> {}).close();
        Path summary = out.resolve("dataset.properties");
        Files.writeString(summary, Files.readString(summary).replace("rows=40", "rows=41"));
        DatasetException e = assertThrows(DatasetException.class, () -> CriteoDataset.open(out));
        assertTrue(e.getMessage().contains("dataset.properties, crc32c"), e.getMessage());
    }

    @Test
    void truncatedLogIsRefusedWhenTheDataSetIsOpened() throws Exception {
        Path input = input(CriteoTexts.rows(new Random(15), 40));
        Path out = directory.resolve("out");
        new CriteoPreprocessor(OPTIONS).run(List.of(input), out, progress -> {}).close();
        Path log = out.resolve("train.bin");
        Files.write(log, Arrays.copyOf(Files.readAllBytes(log), 160 * 3));
        DatasetException e = assertThrows(DatasetException.class, () -> CriteoDataset.open(out));
        assertTrue(e.getMessage().contains("train.bin: has 3 records, expected 35"), e.getMessage());
    }

    @Test
    void progressIsMonotoneAndComplete() throws Exception {
        Path input = input(CriteoTexts.rows(new Random(16), 2000));
        List<PreprocessProgress> heard = new ArrayList<>();
        new CriteoPreprocessor(OPTIONS).run(List.of(input), directory.resolve("out"), heard::add).close();
        assertEquals(PreprocessProgress.Phase.COUNT, heard.getFirst().phase());
        PreprocessProgress last = heard.getLast();
        assertEquals(PreprocessProgress.Phase.PUBLISH, last.phase());
        assertEquals(2000, last.rows());
        assertEquals(Files.size(input), last.bytesTotal());
        assertFalse(heard.stream().anyMatch(p -> p.bytesDone() > p.bytesTotal() || p.rowsPerSecond() < 0));
    }

    @Test
    void overlongLineIsRefused() throws Exception {
        Path input = input("0" + "\t".repeat(3_000_000));
        DatasetException e = assertThrows(DatasetException.class, () -> run(OPTIONS, input));
        assertTrue(e.getMessage().contains("byte 0: line of more than"), e.getMessage());
    }
}
