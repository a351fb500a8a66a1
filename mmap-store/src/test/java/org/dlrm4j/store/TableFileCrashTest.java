package org.dlrm4j.store;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills a process that trains in a mapped file: what it leaves is sealed and right, or open and says so. */
class TableFileCrashTest {
    private static final int KILLS = 10;
    private static final long ROWS = 20_000;

    @TempDir
    Path temp;

    /** The process that is killed: changes all rows and seals, again and again. */
    static final class EndlessTrainer {
        private EndlessTrainer() {}

        public static void main(String[] args) throws IOException {
            Path path = Path.of(args[0]);
            for (float value = 1;; value++) {
                try (EmbeddingTable table = EmbeddingTable.openWritable(path)) {
                    for (long row = 0; row < table.rows(); row++) {
                        table.segment().set(JAVA_FLOAT, table.rowOffset(row), value);
                    }
                    table.seal();
                }
                Files.writeString(Path.of(args[1]), "started");
            }
        }
    }

    @Test
    void killedTrainerNeverLeavesASealedFileThatIsWrong() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Path path = temp.resolve("t");
        EmbeddingTable.create(path, "t", ROWS, 32).close();
        int open = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            Path started = temp.resolve("started" + kill);
            Process trainer = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED", "-cp",
                    System.getProperty("java.class.path"), EndlessTrainer.class.getName(), path.toString(),
                    started.toString()).inheritIO().start();
            while (!Files.exists(started)) {
                assertTrue(trainer.isAlive(), "the trainer failed to start");
                TimeUnit.MILLISECONDS.sleep(1);
            }
            TimeUnit.MICROSECONDS.sleep(random.nextInt(30_000));
            trainer.destroyForcibly().waitFor();
            open += verifyOrOpen(path, seed) ? 0 : 1;
            EmbeddingTable.openWritable(path).close();
        }
        assertTrue(open > 0, "seed " + seed + ": no kill hit the trainer at work");
    }

    /** Returns whether the file is sealed; then it must be right. */
    private static boolean verifyOrOpen(Path path, long seed) {
        try (EmbeddingTable table = EmbeddingTable.openReadOnly(path)) {
            table.verify();
            float first = table.segment().get(JAVA_FLOAT, table.rowOffset(0));
            assertEquals(first, table.segment().get(JAVA_FLOAT, table.rowOffset(ROWS - 1)), "seed " + seed);
            return true;
        } catch (ModelFormatException e) {
            assertEquals("state", e.field(), "seed " + seed + ": " + e.getMessage());
            return false;
        }
    }
}
