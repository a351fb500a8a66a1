package org.dlrm4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Interrupts runs at any moment and compares what the resumed run gives with an uninterrupted one, byte for byte. */
class PreprocessResumeTest {
    private static final PreprocessOptions OPTIONS = PreprocessOptions.defaults().withThreads(2).withChunkBytes(16384)
            .withNegativeDropRate(0.25, 77).withJournalIntervalMillis(0);

    @TempDir
    Path directory;

    /** What the killed process runs: inputs are all arguments but the last. */
    static final class Child {
        private Child() {}

        static void main(String[] arguments) throws Exception {
            List<Path> paths = List.of(arguments).stream().map(Path::of).toList();
            new CriteoPreprocessor(OPTIONS).run(paths.subList(0, paths.size() - 1), paths.getLast(), progress -> {})
                    .close();
        }
    }

    private Path input() throws IOException {
        return Files.writeString(directory.resolve("train.txt"), CriteoTexts.rows(new Random(4), 1_000));
    }

    private List<Path> inputs() throws IOException {
        Random random = new Random(3);
        Path plain = Files.writeString(directory.resolve("day_0"), CriteoTexts.rows(random, 12_000));
        Path compressed = directory.resolve("day_1.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(compressed))) {
            out.write(CriteoTexts.rows(random, 8_000).getBytes());
        }
        return List.of(plain, compressed);
    }

    static void assertSameFiles(Path expected, Path actual) throws IOException {
        try (var files = Files.list(expected); var others = Files.list(actual)) {
            assertEquals(files.map(Path::getFileName).sorted().toList(),
                    others.map(Path::getFileName).sorted().toList());
        }
        try (var files = Files.list(expected)) {
            for (Path file : files.toList()) {
                assertArrayEquals(Files.readAllBytes(file),
                        Files.readAllBytes(actual.resolve(file.getFileName())), file.toString());
            }
        }
    }

    @Test
    void killedProcessesAreResumedToTheSameBytes() throws Exception {
        List<Path> inputs = inputs();
        Path expected = directory.resolve("expected");
        new CriteoPreprocessor(OPTIONS.withThreads(1).withChunkBytes(1 << 20)).run(inputs, expected, progress -> {})
                .close();
        Path out = directory.resolve("killed");
        Random random = new Random();
        int kills = 0;
        int alive = 0;
        while (kills < 6) {
            Process process = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(), "-Xshare:auto",
                    "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), Child.class.getName(),
                    inputs.get(0).toString(), inputs.get(1).toString(), out.toString())
                    .redirectErrorStream(true).redirectOutput(directory.resolve("log").toFile()).start();
            Path journal = out.resolve("preprocess.journal");
            while (process.isAlive() && !Files.exists(journal)) {
                Thread.onSpinWait();
            }
            boolean ended = process.waitFor(random.nextInt(400), TimeUnit.MILLISECONDS);
            process.destroyForcibly().waitFor();
            alive += ended ? 0 : 1;
            assertTrue(!ended || process.exitValue() == 0, () -> read(directory.resolve("log")));
            kills++;
        }
        assertTrue(alive > 0, "no kill hit a running process");
        new CriteoPreprocessor(OPTIONS.withJournalIntervalMillis(3000)).run(inputs, out, progress -> {}).close();
        assertSameFiles(expected, out);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends a run from within. */
    static final class Stop extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    @Test
    void runsStoppedAtAnyReportAreResumedToTheSameBytes() throws Exception {
        List<Path> single = List.of(input());
        Path expected = directory.resolve("expected");
        new CriteoPreprocessor(OPTIONS).run(single, expected, progress -> {}).close();
        for (PreprocessProgress.Phase phase : List.of(PreprocessProgress.Phase.COUNT,
                PreprocessProgress.Phase.CONVERT, PreprocessProgress.Phase.PUBLISH)) {
            Path out = directory.resolve(phase.name());
            assertThrows(Stop.class, () -> new CriteoPreprocessor(OPTIONS).run(single, out, progress -> {
                if (progress.phase() == phase) {
                    throw new Stop();
                }
            }));
            new CriteoPreprocessor(OPTIONS.withThreads(1)).run(single, out, progress -> {}).close();
            assertSameFiles(expected, out);
        }
    }

    @Test
    void everyStepOfPublishingMayBeRepeated() throws Exception {
        List<Path> single = List.of(input());
        Path expected = directory.resolve("expected");
        new CriteoPreprocessor(OPTIONS).run(single, expected, progress -> {}).close();
        byte[] test = Files.readAllBytes(expected.resolve("test.bin"));
        byte[] validation = Files.readAllBytes(expected.resolve("validation.bin"));
        // The states that a kill can leave: nothing dealt, validation copied, the part cut, the test set named.
        for (int state = 0; state < 4; state++) {
            Path out = directory.resolve("state" + state);
            assertThrows(Stop.class, () -> new CriteoPreprocessor(OPTIONS).run(single, out, progress -> {
                if (progress.phase() == PreprocessProgress.Phase.PUBLISH) {
                    throw new Stop();
                }
            }));
            Path part = out.resolve("heldout.part");
            assertEquals(test.length + validation.length, Files.size(part));
            if (state >= 1) {
                Files.write(out.resolve("validation.bin"), validation);
            }
            if (state >= 2) {
                Files.write(part, test);
            }
            if (state >= 3) {
                Files.move(part, out.resolve("test.bin"));
                Files.move(out.resolve("train.part"), out.resolve("train.bin"));
            }
            new CriteoPreprocessor(OPTIONS).run(single, out, progress -> {}).close();
            assertSameFiles(expected, out);
        }
    }

    @Test
    void resumingWithOtherOptionsOrLostOutputIsRefused() throws Exception {
        List<Path> single = List.of(input());
        Path out = directory.resolve("out");
        assertThrows(Stop.class, () -> new CriteoPreprocessor(OPTIONS).run(single, out, progress -> {
            if (progress.phase() == PreprocessProgress.Phase.PUBLISH) {
                throw new Stop();
            }
        }));
        DatasetException e = assertThrows(DatasetException.class,
                () -> new CriteoPreprocessor(OPTIONS.withDays(2)).run(single, out, progress -> {}));
        assertTrue(e.getMessage().contains("preprocess.journal, option.days: the directory was begun with 7"),
                e.getMessage());
        Files.write(out.resolve("dictionaries.part"), new byte[8]);
        e = assertThrows(DatasetException.class,
                () -> new CriteoPreprocessor(OPTIONS).run(single, out, progress -> {}));
        assertTrue(e.getMessage().contains("dictionaries.part: ends before entry"), e.getMessage());
    }
}
