package org.dlrm4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.data.RandomSource;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.model.Dlrm;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.ModelFiles;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.TableStorage;
import org.dlrm4j.store.EmbeddingTable;
import org.dlrm4j.store.ModelDirectory;
import org.dlrm4j.store.StoreException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that trains tables in mapped files on two threads, with checkpoints and deltas, is killed at random moments and resumed.
 * Each state that it leaves is the one that a run in memory, never killed, has after as many steps, bit for bit.
 * {@code -Ddlrm4j.test.kills=N -Ddlrm4j.test.seed=S} for more.
 */
class KilledRunTest {
    private static final int KILLS = Integer.getInteger("dlrm4j.test.kills", 4);
    private static final long SEED = Long.getLong("dlrm4j.test.seed", System.nanoTime());
    private static final ModelConfig CONFIG = ModelConfig.of(2, new long[]{2000, 31}, 8,
            Dlrm.of(new int[]{2, 5, 8}, new int[]{11, 4, 1}));
    private static final Map<String, Object> RUN = Map.of("seed", "3");
    private static final int BATCH = 4;

    @TempDir
    Path temp;

    /** A run with its parts; the checkpoints are the caller's. */
    private static final class Run implements AutoCloseable {
        final Network network;
        final Trainer trainer;
        final ModelDirectory resumed;
        private final WorkerPool pool = new WorkerPool(WorkerPoolOptions.of(2).withMinSharedWork(0));
        private final RandomSource source = new RandomSource(400, BATCH, 2, new long[]{2000, 31}, 2, false, true,
                RandomSource.Distribution.uniform(), 1);

        Run(Path model, TableStorage storage) {
            final ModelFiles.Loaded loaded = model == null
                    ? null
                    : ModelDirectory.load(model, state -> {
                        state.verify();
                        return ModelFiles.loadTrainable(state, storage);
                    });
            network = loaded == null ? Network.create(CONFIG, new NumpyRandom(3), storage) : loaded.network();
            resumed = loaded == null ? null : loaded.directory();
            trainer = new Trainer(network, source, null, new TrainerOptions(BATCH, 100_000, OptimizerKind.ADAGRAD,
                    LearningRateSchedule.constant(0.02f), 0, 9, Double.NaN, 0, null), pool);
            trainer.enableDeltas(2);
            if (resumed != null) {
                Checkpoint.restore(resumed, network, trainer, RUN);
            }
        }

        /** All parameters and their optimizer state. */
        int checksum() {
            final CRC32C crc = new CRC32C();
            network.parameters().forEach(parameter -> crc.update(parameter.values().asByteBuffer()));
            trainer.optimizer().parameterStates().values().forEach(state -> crc.update(state.segment().asByteBuffer()));
            Stream.concat(network.tables().stream(), trainer.optimizer().tableStates().stream()).forEach(
                    table -> crc.update(table.segment().asSlice(table.dataOffset(), table.rows()
                            * table.rowStrideBytes()).asByteBuffer()));
            return (int) crc.getValue();
        }

        @Override
        public void close() {
            trainer.close();
            pool.close();
            source.close();
            network.close();
        }
    }

    /** Trains for ever; prints the steps of each state that is written. */
    static final class EndlessRun {
        private EndlessRun() {}

        public static void main(String[] args) {
            final Path model = Path.of(args[0]);
            final boolean resumes = Files.exists(model.resolve("model.json"));
            try (Run run = new Run(resumes ? model : null, TableStorage.files(Path.of(args[1])))) {
                final CheckpointSeries series = new CheckpointSeries(model, 2, run.network, null, RUN);
                if (resumes) {
                    series.resumedFrom(run.resumed);
                }
                run.trainer.run(new TrainingListener() {}, new Trainer.CheckpointWriter() {
                    @Override
                    public void write(TrainingPosition position, Optimizer optimizer) {
                        series.write(position, optimizer);
                        System.out.println(position.step());
                    }

                    @Override
                    public void writeDelta(TrainingPosition position, Optimizer optimizer) {
                        series.writeDelta(position, optimizer);
                        System.out.println(position.step());
                    }
                });
            }
        }
    }

    private Process start(Path model, Path work) throws IOException {
        Files.deleteIfExists(output());
        return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED", "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED", "-cp",
                System.getProperty("java.class.path"), EndlessRun.class.getName(), model.toString(), work.toString())
                .redirectOutput(output().toFile()).redirectError(temp.resolve("errors").toFile()).start();
    }

    private Path output() {
        return temp.resolve("output");
    }

    @Test
    void aKilledRunLeavesAStateOfTheRunThatIsNotKilled() throws Exception {
        final Random random = new Random(SEED);
        final Path model = temp.resolve("m");
        final Path work = Files.createDirectory(temp.resolve("work"));
        final Map<Long, Integer> left = new HashMap<>();
        long last = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            final String what = "seed " + SEED + ", kill " + kill;
            final Process run = start(model, work);
            while (!Files.readString(output()).contains("\n")) {
                assertTrue(run.isAlive(), what + ": the run failed: " + Files.readString(temp.resolve("errors")));
                TimeUnit.MILLISECONDS.sleep(1);
            }
            TimeUnit.MICROSECONDS.sleep(random.nextInt(60_000));
            run.destroyForcibly().waitFor();
            final String text = Files.readString(output());
            final long reported = Long.parseLong(text.substring(0, text.lastIndexOf('\n')).lines().toList().getLast());
            try (Run state = new Run(model, TableStorage.anonymous())) {
                final long step = Checkpoint.step(state.resumed);
                assertTrue(step > last && step >= reported && step <= reported + 2,
                        what + ": found step " + step + ", reported " + reported + ", before " + last);
                left.put(step, state.checksum());
                last = step;
            }
        }
        assertEquals(left, undisturbed(left, last), "seed " + SEED);
        TableStorage.files(work);
        try (Stream<Path> files = Files.list(work)) {
            assertEquals(List.of(), files.toList());
        }
    }

    /** The same states of a run in memory. */
    private static Map<Long, Integer> undisturbed(Map<Long, Integer> steps, long last) {
        final Map<Long, Integer> states = new HashMap<>();
        try (Run run = new Run(null, TableStorage.anonymous())) {
            run.trainer.run(new TrainingListener() {
                @Override
                public void stepped(TrainingPosition now, double loss, int samples) {
                    if (steps.containsKey(now.step())) {
                        states.put(now.step(), run.checksum());
                    }
                    if (now.step() == last) {
                        run.trainer.requestStop();
                    }
                }
            }, null);
        }
        return states;
    }

    @Test
    void whatAKilledProcessLeftIsDeleted() throws Exception {
        final Path work = Files.createDirectory(temp.resolve("work"));
        final Process gone = new ProcessBuilder("true").start();
        gone.waitFor();
        final Path leftover = Files.createFile(work.resolve("emb_0-" + gone.pid() + ".work"));
        final Path former = Files.createFile(work.resolve("emb_0-" + ProcessHandle.current().pid() + ".work"));
        Files.setLastModifiedTime(former, FileTime.from(Instant.EPOCH));
        final Path others = Files.createFile(work.resolve("emb_1-1.work"));
        final Path unrelated = Files.createFile(work.resolve("notes-12.txt"));
        try (EmbeddingTable table = TableStorage.files(work).create("emb_0", 10, 4, RowFormat.F32)) {
            table.segment().set(ValueLayout.JAVA_FLOAT, table.rowOffset(9), 1);
        }
        assertTrue(Files.notExists(leftover) && Files.notExists(former) && Files.exists(others)
                && Files.exists(unrelated));
        final String message = assertThrows(StoreException.class, () -> TableStorage.files(work.resolve("none")))
                .getMessage();
        assertTrue(message.startsWith(work.resolve("none") + ": expected a directory"), message);
    }
}
