package org.dlrm4j.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills writers at random moments; what is left must open and verify, and never be older than before. */
class ModelDirectoryCrashTest {
    private static final int KILLS = 20;

    @TempDir
    Path temp;

    /** The process that is killed: writes generations until then, one line a generation. */
    static final class EndlessWriter {
        private EndlessWriter() {}

        public static void main(String[] args) throws IOException {
            while (true) {
                try {
                    System.out.println(ModelDirectoryTest.writeGeneration(Path.of(args[0])));
                } catch (StoreException e) {
                    // A test that tries whether it gets the lock has it for a moment.
                    if (!e.getMessage().contains("another process is writing")) {
                        throw e;
                    }
                }
            }
        }
    }

    @Test
    void killedWriterLeavesTheOldGenerationOrTheNew() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Path model = temp.resolve("m");
        long last = 0;
        int interrupted = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            Process writer = startWriter(model);
            awaitFirstLine(writer);
            TimeUnit.MICROSECONDS.sleep(random.nextInt(40_000));
            writer.destroyForcibly().waitFor();
            long reported = lastReported();
            interrupted += Files.exists(ModelLayout.generation(model, readBack(model, seed) + 1))
                    ? 1
                    : 0;
            long generation = readBack(model, seed);
            assertTrue(generation > last, "seed " + seed + ": generation " + generation + " after " + last);
            assertTrue(generation == reported || generation == reported + 1,
                    "seed " + seed + ": generation " + generation + ", last reported " + reported);
            last = generation;
        }
        assertTrue(interrupted > 0, "no kill hit a writer at work");
        assertEquals(last + 1, ModelDirectoryTest.writeGeneration(model));
        try (Stream<Path> entries = Files.list(model)) {
            assertEquals(3, entries.count(), "expected .lock, one generation and model.json");
        }
    }

    private static long readBack(Path model, long seed) {
        try {
            return ModelDirectoryTest.readGeneration(model);
        } catch (StoreException e) {
            throw new AssertionError("seed " + seed, e);
        }
    }

    @Test
    void anotherProcessHoldsTheLock() throws Exception {
        Path model = temp.resolve("m");
        Process writer = startWriter(model);
        try {
            awaitFirstLine(writer);
            // The writer is without the lock for moments only; one refusal is the proof.
            StoreException refusal = null;
            for (int attempt = 0; attempt < 1000 && refusal == null; attempt++) {
                try {
                    ModelDirectory.write(model).close();
                } catch (StoreException e) {
                    refusal = e;
                }
            }
            assertTrue(refusal != null && refusal.getMessage().contains("another process is writing this model"),
                    String.valueOf(refusal));
        } finally {
            writer.destroyForcibly().waitFor();
        }
        ModelDirectory.write(model).close();
        assertThrows(IllegalStateException.class, () -> closedWriter(model).commit(Map.of()));
    }

    private static ModelWriter closedWriter(Path model) {
        ModelWriter writer = ModelDirectory.write(model);
        writer.close();
        return writer;
    }

    /** Output goes to a file, because a pipe is closed when its process is killed. */
    private Process startWriter(Path model) throws IOException {
        Files.deleteIfExists(output());
        return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"), EndlessWriter.class.getName(), model.toString())
                .redirectOutput(output().toFile()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    private Path output() {
        return temp.resolve("output");
    }

    private void awaitFirstLine(Process writer) throws IOException, InterruptedException {
        while (!Files.readString(output()).contains("\n")) {
            assertTrue(writer.isAlive(), "the writer failed to start");
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    /** The last whole line; the kill may have cut off another. */
    private long lastReported() throws IOException {
        String text = Files.readString(output());
        List<String> lines = text.substring(0, text.lastIndexOf('\n')).lines().toList();
        return Long.parseLong(lines.getLast());
    }
}
