package org.dlrm4j.store;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills writers of checkpoints, deltas and compactions at random moments; the newest state that they reported, or the one after it,
 * must be there, whole. {@code -Ddlrm4j.test.kills=N -Ddlrm4j.test.seed=S} for more of them.
 */
class ModelDeltaCrashTest {
    private static final int KILLS = Integer.getInteger("dlrm4j.test.kills", 8);
    private static final int ROWS = 97;

    @TempDir
    Path temp;

    /** The process that is killed. State n has n in row 0, and in row {@code n % ROWS} unless that is row 0. */
    static final class EndlessWriter {
        private EndlessWriter() {}

        public static void main(String[] args) throws IOException {
            final Path model = Path.of(args[0]);
            try (EmbeddingTable table = EmbeddingTable.anonymous("items", ROWS, 4)) {
                long n = 0;
                if (Files.exists(model.resolve("model.json"))) {
                    final ModelDirectory state = ModelDirectory.open(model);
                    n = steps(state);
                    try (EmbeddingTable stored = EmbeddingTable.openReadOnly(state.path("items"))) {
                        MemorySegment.copy(stored.segment(), stored.dataOffset(), table.segment(), 0,
                                ROWS * table.rowStrideBytes());
                    }
                    state.applyDeltas("items", table);
                }
                while (true) {
                    n++;
                    next(model, table, n);
                    System.out.println(n);
                    if (n % 5 == 0) {
                        ModelDirectory.compact(model, 1 + (int) (n % 2));
                    }
                }
            }
        }

        private static void next(Path model, EmbeddingTable table, long n) {
            table.segment().set(JAVA_FLOAT, table.rowOffset(n % ROWS), n);
            table.segment().set(JAVA_FLOAT, table.rowOffset(0), n);
            if (n % 7 == 1) {
                try (ModelWriter writer = ModelDirectory.write(model, 2)) {
                    TableFiles.write(table, writer.path("items"));
                    writer.commit(Map.of("steps", n));
                }
                return;
            }
            final ModelDirectory state = ModelDirectory.open(model);
            try (ChangedRows rows = new ChangedRows(ROWS);
                    Arena arena = Arena.ofConfined();
                    DeltaWriter writer = ModelDirectory.writeDelta(model, state.generation(), state.deltas())) {
                final MemorySegment changed = arena.allocateFrom(JAVA_LONG, 0, n % ROWS);
                rows.mark(changed, 0, 2);
                writer.writeRows("items", table, rows);
                writer.commit(Map.of("steps", n));
            }
        }
    }

    private static long steps(ModelDirectory state) {
        return (Long) state.manifest().get("steps");
    }

    @Test
    void aKilledWriterLeavesTheStateBeforeOrTheNext() throws Exception {
        final long seed = Long.getLong("dlrm4j.test.seed", System.nanoTime());
        final Random random = new Random(seed);
        final Path model = temp.resolve("m");
        long last = 0;
        long lastGeneration = 0;
        boolean sawDeltas = false;
        for (int kill = 0; kill < KILLS; kill++) {
            final Process writer = start(model);
            while (!Files.readString(output()).contains("\n")) {
                assertTrue(writer.isAlive(), "seed " + seed + ": the writer failed: " + Files.readString(output()));
                TimeUnit.MILLISECONDS.sleep(1);
            }
            TimeUnit.MICROSECONDS.sleep(random.nextInt(60_000));
            writer.destroyForcibly().waitFor();
            final String text = Files.readString(output());
            final long reported = Long.parseLong(text.substring(0, text.lastIndexOf('\n')).lines().toList().getLast());
            final ModelDirectory state = ModelDirectory.open(model);
            final long found = check(state, "seed " + seed + ", kill " + kill);
            assertTrue(found > last && (found == reported || found == reported + 1),
                    "seed " + seed + ": found " + found + ", reported " + reported + ", before " + last);
            assertTrue(state.generation() >= lastGeneration, "seed " + seed);
            sawDeltas |= state.deltas() > 0;
            last = found;
            lastGeneration = state.generation();
        }
        assertTrue(sawDeltas, "seed " + seed + ": no kill came after a delta");
    }

    private static long check(ModelDirectory state, String what) {
        state.verify();
        final long n = steps(state);
        try (EmbeddingTable table = EmbeddingTable.openCopyOnWrite(state.path("items"))) {
            state.applyDeltas("items", table);
            for (long row = 0; row < ROWS; row++) {
                final long expected = row == 0 ? n : Math.max(0, n - Math.floorMod(n - row, ROWS));
                assertEquals((float) expected, table.segment().get(JAVA_FLOAT, table.rowOffset(row)),
                        what + ", row " + row);
            }
        }
        return n;
    }

    private Process start(Path model) throws IOException {
        Files.deleteIfExists(output());
        return new ProcessBuilder(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "--enable-native-access=ALL-UNNAMED",
                "-cp", System.getProperty("java.class.path"), EndlessWriter.class.getName(), model.toString()))
                .redirectOutput(output().toFile()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    private Path output() {
        return temp.resolve("output");
    }
}
