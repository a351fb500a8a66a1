package org.dlrm4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchemaPreprocessorTest {
    private static final PreprocessOptions OPTIONS = PreprocessOptions.defaults().withSplit(Split.none())
            .withThreads(2).withChunkBytes(4096);

    @TempDir
    Path directory;

    private Path write(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    private SchemaDataset run(Schema schema, PreprocessOptions options, String output, SchemaInputs inputs)
            throws Exception {
        return new SchemaPreprocessor(schema, options).run(inputs, directory.resolve(output), progress -> {});
    }

    private static SchemaInputs train(Path... files) {
        return new SchemaInputs(List.of(files), List.of(), List.of());
    }

    private static List<NaiveSchema.Sample> read(SampleSource source) {
        List<NaiveSchema.Sample> samples = new ArrayList<>();
        try (Batch batch = new Batch(100, source.denseFeatures(), source.sparseFeatures())) {
            for (long at = 0; at < source.samples(); at += 100) {
                source.read(at, (int) Math.min(100, source.samples() - at), batch);
                batch.checkComplete();
                for (int s = 0; s < batch.size(); s++) {
                    samples.add(sample(batch, s));
                }
            }
        }
        return samples;
    }

    private static NaiveSchema.Sample sample(Batch batch, int s) {
        float[] dense = new float[batch.denseFeatures()];
        for (int j = 0; j < dense.length; j++) {
            dense[j] = batch.dense().get(ValueLayout.JAVA_FLOAT, s * batch.denseStrideBytes() + j * 4L);
        }
        List<List<Integer>> bags = new ArrayList<>();
        for (int f = 0; f < batch.sparseFeatures(); f++) {
            List<Integer> bag = new ArrayList<>();
            int end = batch.offsets(f).getAtIndex(ValueLayout.JAVA_INT, s + 1);
            for (int p = batch.offsets(f).getAtIndex(ValueLayout.JAVA_INT, s); p < end; p++) {
                bag.add((int) batch.indices(f).getAtIndex(ValueLayout.JAVA_LONG, p));
            }
            bags.add(bag);
        }
        return new NaiveSchema.Sample(batch.targets().getAtIndex(ValueLayout.JAVA_FLOAT, s), dense, bags);
    }

    private static void assertSamples(List<NaiveSchema.Sample> expected, List<NaiveSchema.Sample> found,
            float tolerance) {
        assertEquals(expected.size(), found.size());
        for (int s = 0; s < found.size(); s++) {
            assertEquals(expected.get(s).label(), found.get(s).label(), "label of sample " + s);
            assertArrayEquals(expected.get(s).dense(), found.get(s).dense(), tolerance, "sample " + s);
            assertEquals(expected.get(s).bags(), found.get(s).bags(), "sample " + s);
        }
    }

    @Test
    void criteoIsAnInstanceThatGivesTheSameSamples() throws Exception {
        Path text = write("train.txt", CriteoTexts.rows(new Random(1), 3000));
        try (CriteoDataset expected = new CriteoPreprocessor(OPTIONS).run(List.of(text), directory.resolve("a"),
                p -> {});
                SchemaDataset found = run(Schema.builtIn("criteo"), OPTIONS, "b", train(text))) {
            assertArrayEquals(expected.tableRows(), found.tableRows());
            assertSamples(read(expected.train()), read(found.train()), 0);
        }
    }

    @Test
    void everythingIsEncodedAsSpeltOutByHand() throws Exception {
        String trainText = Schemas.rows(new Random(2), 2000);
        String testText = Schemas.rows(new Random(3), 500);
        String otherText = Schemas.rows(new Random(4), 77);
        Path compressed = directory.resolve("test.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(compressed))) {
            out.write(testText.getBytes(StandardCharsets.UTF_8));
        }
        SchemaInputs inputs = new SchemaInputs(List.of(write("train.csv", trainText)),
                List.of(write("other.csv", otherText)), List.of(compressed));
        NaiveSchema naive = new NaiveSchema(trainText, 2000);
        try (SchemaDataset data = run(Schemas.everything(), OPTIONS, "out", inputs)) {
            assertArrayEquals(naive.tableRows(), data.tableRows());
            // Means are summed in another order; everything else is exact.
            assertSamples(naive.samples(trainText), read(data.train()), 1e-5f);
            assertSamples(naive.samples(otherText), read(data.validation()), 1e-5f);
            assertSamples(naive.samples(testText), read(data.test()), 1e-5f);
            assertEquals(2577, data.textRows());
        }
        try (SchemaDataset data = run(Schemas.everything(), OPTIONS.withSplit(Split.trainRows(1500)), "split",
                train(inputs.train().getFirst()))) {
            NaiveSchema part = new NaiveSchema(trainText, 1500);
            assertArrayEquals(part.tableRows(), data.tableRows());
            assertSamples(part.samples(trainText).subList(0, 1500), read(data.train()), 1e-5f);
            assertSamples(part.samples(trainText).subList(1500, 2000), read(data.test()), 1e-5f);
        }
    }

    @Test
    void rowsAreScoredAsTheyWereTrainedWithOrWithoutLabel() throws Exception {
        String text = Schemas.rows(new Random(5), 300);
        try (SchemaDataset data = run(Schemas.everything(), OPTIONS, "out", train(write("train.csv", text)));
                Batch batch = new Batch(400, 3, 6)) {
            List<NaiveSchema.Sample> expected = read(data.train());
            assertSamples(expected, encode(data.encoder(), text, batch), 0);
            String unlabelled = text.replace(";;rating", "").replaceAll(";;c;;\\d", ";;c")
                    .replaceAll("\"\" \";;\\d", "\"\" \"");
            List<NaiveSchema.Sample> zero = expected.stream()
                    .map(s -> new NaiveSchema.Sample(0, s.dense(), s.bags())).toList();
            assertSamples(zero, encode(data.encoder(), unlabelled, batch), 0);
        }
    }

    private static List<NaiveSchema.Sample> encode(SampleEncoder encoder, String text, Batch batch) {
        RowEncoder rows = encoder.rows("stream");
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        batch.begin(batch.maxSamples());
        int samples = 0;
        int line = 1;
        for (int from = 0; from < bytes.length; line++) {
            int end = FieldSplitter.endOfLine(bytes, from, bytes.length);
            if (rows.isRow(bytes, from, end, line)) {
                rows.encode(bytes, from, end, line, batch, samples++);
            }
            from = end + 1;
        }
        batch.truncate(samples);
        List<NaiveSchema.Sample> found = new ArrayList<>();
        for (int s = 0; s < samples; s++) {
            found.add(sample(batch, s));
        }
        return found;
    }

    @Test
    void outputDependsNeitherOnThreadsNorOnInterruptions() throws Exception {
        SchemaInputs inputs = new SchemaInputs(
                List.of(write("a.csv", Schemas.rows(new Random(6), 800)),
                        write("b.csv", Schemas.rows(new Random(7), 200))),
                List.of(), List.of(write("c.csv", Schemas.rows(new Random(8), 400))));
        Schema schema = Schemas.everything();
        run(schema, OPTIONS.withThreads(1).withChunkBytes(1 << 20), "expected", inputs).close();
        run(schema, OPTIONS.withThreads(3).withChunkBytes(700), "threads", inputs).close();
        PreprocessResumeTest.assertSameFiles(directory.resolve("expected"), directory.resolve("threads"));
        int interruptions = 0;
        Random random = new Random(9);
        for (boolean done = false; !done;) {
            Thread runner = Thread.currentThread();
            long delayNanos = random.nextInt(10_000_000) + 4_000_000L * interruptions;
            Thread interrupter = Thread.ofVirtual().start(() -> {
                try {
                    Thread.sleep(java.time.Duration.ofNanos(delayNanos));
                    runner.interrupt();
                } catch (InterruptedException e) {
                    // The run was faster.
                }
            });
            try {
                run(schema, OPTIONS.withJournalIntervalMillis(0).withChunkBytes(4000), "resumed", inputs).close();
                done = true;
            } catch (InterruptedException | java.nio.channels.ClosedByInterruptException e) {
                interruptions++;
            } finally {
                interrupter.interrupt();
                while (interrupter.isAlive()) {
                    Thread.onSpinWait();
                }
                Thread.interrupted();
            }
        }
        assertTrue(interruptions > 0);
        PreprocessResumeTest.assertSameFiles(directory.resolve("expected"), directory.resolve("resumed"));
    }

    @Test
    void runsStoppedAtAnyReportAreResumedToTheSameBytes() throws Exception {
        SchemaInputs inputs = train(write("train.csv", Schemas.rows(new Random(15), 300)));
        run(Schemas.everything(), OPTIONS, "expected", inputs).close();
        for (PreprocessProgress.Phase phase : List.of(PreprocessProgress.Phase.LEARN, PreprocessProgress.Phase.CONVERT,
                PreprocessProgress.Phase.PUBLISH)) {
            Path out = directory.resolve(phase.name());
            SchemaPreprocessor preprocessor = new SchemaPreprocessor(Schemas.everything(), OPTIONS);
            assertThrows(PreprocessResumeTest.Stop.class, () -> preprocessor.run(inputs, out, progress -> {
                if (progress.phase() == phase) {
                    throw new PreprocessResumeTest.Stop();
                }
            }));
            run(Schemas.everything(), OPTIONS, phase.name(), inputs).close();
            PreprocessResumeTest.assertSameFiles(directory.resolve("expected"), out);
        }
    }

    @Test
    void malformedRowsAreNamedOrSkipped() throws Exception {
        String good = "1.5;;x;;c;;3;;u;;1990\n";
        String[][] cases = {{"1.5;;x;;c;;3;;u", "line 6, field 6 (?): found 5 fields, expected 6"},
                {"abc;;x;;c;;3;;u;;1990", "line 6, field 1 (price): found \"abc\", expected a decimal number"},
                {"1e999;;x;;c;;3;;u;;1990", "field 1 (price): found \"1e999\""},
                {"1.5;;x;;c;;good;;u;;1990", "field 4 (rating): found \"good\", expected a number"},
                {"1.5;;x;;c;;3;;u;;199O", "field 6 (year): found \"199O\""},
                {"1.5;;\"x;;c;;3;;u;;1990", "field 2 (?): found a quote that is not closed"}};
        for (int i = 0; i < cases.length; i++) {
            Path file = write("bad" + i + ".csv", Schemas.HEADER + good + "#\n" + cases[i][0] + "\n" + good);
            String output = "bad" + i;
            MalformedRowException e = assertThrows(MalformedRowException.class,
                    () -> run(Schemas.everything(), OPTIONS, output, train(file)));
            assertTrue(e.getMessage().startsWith(file.toString()) && e.getMessage().contains(cases[i][1]),
                    e.getMessage());
            assertEquals(6, e.line());
            try (SchemaDataset data = run(Schemas.everything(), OPTIONS.withSkipBadRows(true), "skip" + i,
                    train(file))) {
                assertEquals(2, data.train().samples());
                assertEquals(1, data.badRows());
            }
        }
        Path text = write("label.txt", CriteoTexts.rows(new Random(10), 3).replaceAll("(?m)^[01]", "2"));
        String message = assertThrows(MalformedRowException.class,
                () -> run(Schema.builtIn("criteo"), OPTIONS, "label", train(text))).getMessage();
        assertTrue(message.contains("(label): found \"2\", expected one of [1] for 1, one of [0] for 0"), message);
    }

    @Test
    void headersMustNameTheColumns() throws Exception {
        String[][] cases = {{"a;;b\n", "line 1: found the columns [a, b], expected \"rating\" once"},
                {"#\n" + "rating;;user;;genres;;year;;price;;year\n", "line 2: found the columns"},
                {"#\n", "found no line but comments, expected a header"}};
        for (int i = 0; i < cases.length; i++) {
            Path file = write("header" + i, cases[i][0]);
            String output = "out" + i;
            String message = assertThrows(DatasetException.class,
                    () -> run(Schemas.everything(), OPTIONS, output, train(file))).getMessage();
            assertTrue(message.contains(file.toString()) && message.contains(cases[i][1]), message);
        }
    }

    @Test
    void meaninglessOptionsAndOtherInputsAreRefused() throws Exception {
        Schema schema = Schemas.everything();
        assertThrows(IllegalArgumentException.class,
                () -> new SchemaPreprocessor(schema, PreprocessOptions.defaults()));
        assertThrows(IllegalArgumentException.class,
                () -> new SchemaPreprocessor(schema, OPTIONS.withMaxIndexRange(5)));
        assertThrows(IllegalArgumentException.class, () -> new SchemaInputs(List.of(), List.of(), List.of()));
        Path file = write("train.csv", Schemas.rows(new Random(11), 50));
        assertThrows(IllegalArgumentException.class, () -> run(schema, OPTIONS.withSplit(Split.trainRows(5)), "x",
                new SchemaInputs(List.of(file), List.of(), List.of(file))));
        run(schema, OPTIONS, "out", train(file)).close();
        run(schema, OPTIONS, "out", train(file)).close();
        String message = assertThrows(DatasetException.class,
                () -> run(Schema.builtIn("criteo"), OPTIONS, "out", train(file))).getMessage();
        assertTrue(message.contains("schema: the directory was begun with"), message);
        message = assertThrows(DatasetException.class, () -> run(schema, OPTIONS, "out", train(file, file)))
                .getMessage();
        assertTrue(message.contains("input.1"), message);
    }

    @Test
    void damageIsFound() throws Exception {
        SchemaDataset data = run(Schemas.everything(), OPTIONS, "out",
                train(write("train.csv", Schemas.rows(new Random(12), 60))));
        data.close();
        Path log = directory.resolve("out/train.samples");
        byte[] bytes = Files.readAllBytes(log);
        for (int i = 0; i < 192; i += i < 48 ? 1 : 5) {
            flip(log, bytes, i);
            String message = assertThrows(DatasetException.class, () -> SampleLog.open(log), "byte " + i).getMessage();
            assertTrue(message.startsWith(log.toString()) && message.contains("preprocess again"), message);
        }
        for (int length : new int[]{0, 39, 191, 192, bytes.length - 1}) {
            Files.write(log, java.util.Arrays.copyOf(bytes, length));
            assertThrows(DatasetException.class, () -> SampleLog.open(log), "length " + length);
        }
        Files.write(log, bytes);
        Path encoder = directory.resolve("out/encoder.bin");
        byte[] encoded = Files.readAllBytes(encoder);
        for (int i = 0; i < encoded.length; i += i < 32 ? 1 : 53) {
            flip(encoder, encoded, i);
            assertThrows(DatasetException.class, () -> SampleEncoder.load(encoder), "byte " + i);
        }
        Files.write(encoder, java.util.Arrays.copyOf(encoded, 11));
        assertThrows(DatasetException.class, () -> SampleEncoder.load(encoder));
        Files.write(encoder, encoded);
        data = SchemaDataset.open(directory.resolve("out"));
        try (Batch batch = new Batch(60, 3, 6)) {
            SampleLog open = data.train();
            assertThrows(IndexOutOfBoundsException.class, () -> open.read(1, 60, batch));
            data.close();
            data.close();
            assertThrows(IllegalStateException.class, () -> open.read(0, 1, batch));
            // The last row of the bags, far beyond its table.
            bytes[bytes.length - 1] = 0x40;
            Files.write(log, bytes);
            try (SampleLog damaged = SampleLog.open(log)) {
                String message = assertThrows(DatasetException.class, () -> damaged.read(0, 60, batch)).getMessage();
                assertTrue(message.contains("expected 0 to"), message);
            }
        }
    }

    private static void flip(Path file, byte[] bytes, int at) throws IOException {
        byte[] damaged = bytes.clone();
        damaged[at] ^= 4;
        Files.write(file, damaged);
    }

    @Test
    void encodersTellHowTheyDiffer() throws Exception {
        Path a = write("a.csv", Schemas.rows(new Random(13), 200));
        Path b = write("b.csv", Schemas.rows(new Random(14), 200));
        try (SchemaDataset first = run(Schemas.everything(), OPTIONS, "first", train(a));
                SchemaDataset same = run(Schemas.everything(), OPTIONS, "same", train(a));
                SchemaDataset other = run(Schemas.everything(), OPTIONS, "other", train(b))) {
            assertEquals(null, first.encoder().difference(same.encoder()));
            String difference = first.encoder().difference(other.encoder());
            assertTrue(difference.contains("dense feature year has another mean"), difference);
        }
    }
}
