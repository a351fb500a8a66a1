package org.dlrm4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.data.RandomSource;
import org.dlrm4j.kernels.Reductions;
import org.dlrm4j.model.Dlrm;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.ModelFiles;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.Parameter;
import org.dlrm4j.model.TableStorage;
import org.dlrm4j.store.ModelDirectory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Checkpoints and deltas are taken while a run on several threads goes on. Each loads; each of its tables, layers and their state is
 * that of a run on one thread after just as many steps, and finite; and a run that is resumed from it, on any number of threads, ends
 * with the same bits. {@code -Ddlrm4j.test.snapshots=N} for more of them an optimizer, {@code -Ddlrm4j.test.seed=S}.
 */
class SnapshotTest {
    private static final int SNAPSHOTS = Integer.getInteger("dlrm4j.test.snapshots", 4);
    private static final long SEED = Long.getLong("dlrm4j.test.seed", System.nanoTime());
    private static final int STEPS = 5 * SNAPSHOTS;
    private static final int BATCH = 32;
    private static final long[] ROWS = {400, 3, 90, 1000};
    private static final ModelConfig CONFIG = ModelConfig.of(2, ROWS, 8,
            Dlrm.of(new int[]{2, 16, 8}, new int[]{18, 8, 1}));
    private static final Map<String, Object> RUN = Map.of("seed", "3");

    @TempDir
    Path model;
    private final Random random = new Random(SEED);

    private static final class Run implements AutoCloseable {
        final Network network;
        final Trainer trainer;
        private final WorkerPool pool;
        private final RandomSource source = new RandomSource(BATCH * STEPS, BATCH, 2, ROWS, 3, false, true,
                RandomSource.Distribution.uniform(), 1);

        Run(Path resumed, OptimizerKind kind, int threads) {
            final ModelFiles.Loaded loaded = resumed == null
                    ? null
                    : ModelDirectory.load(resumed, state -> {
                        state.verify();
                        return ModelFiles.loadTrainable(state, TableStorage.anonymous());
                    });
            network = loaded == null ? Network.create(CONFIG, new NumpyRandom(3)) : loaded.network();
            pool = new WorkerPool(WorkerPoolOptions.of(threads).withMinSharedWork(0));
            trainer = new Trainer(network, source, null, new TrainerOptions(BATCH, 1, kind,
                    LearningRateSchedule.constant(0.02f), 0, 0, Double.NaN, 0, null), pool);
            trainer.enableDeltas(Long.MAX_VALUE);
            if (loaded != null) {
                Checkpoint.restore(loaded.directory(), network, trainer, RUN);
            }
        }

        /** All parameters and their optimizer state, tables first. */
        List<MemorySegment> state() {
            final List<MemorySegment> all = new ArrayList<>();
            Stream.concat(network.tables().stream(), trainer.optimizer().tableStates().stream()).forEach(table -> all
                    .add(table.segment().asSlice(table.dataOffset(), table.rows() * table.rowStrideBytes())));
            network.parameters().stream().map(Parameter::values).forEach(all::add);
            trainer.optimizer().parameterStates().values().forEach(state -> all.add(state.segment()));
            return all;
        }

        /** One checksum a table and parameter, so that each tells its step. */
        List<Long> checksums() {
            return state().stream().map(segment -> {
                final CRC32C crc = new CRC32C();
                crc.update(segment.asByteBuffer());
                return crc.getValue();
            }).toList();
        }

        @Override
        public void close() {
            trainer.close();
            pool.close();
            source.close();
            network.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void everySnapshotIsAStateOfTheRun(OptimizerKind kind) {
        final List<List<Long>> states = new ArrayList<>();
        try (Run run = new Run(null, kind, 1)) {
            states.add(run.checksums());
            run.trainer.run(new TrainingListener() {
                @Override
                public void stepped(TrainingPosition now, double loss, int samples) {
                    states.add(run.checksums());
                }
            }, null);
        }
        final int[] taken = {0};
        try (Run run = new Run(null, kind, 3)) {
            final CheckpointSeries series = new CheckpointSeries(model, 1, run.network, null, RUN);
            run.trainer.run(new TrainingListener() {
                @Override
                public void stepped(TrainingPosition now, double loss, int samples) {
                    final long stepsLeft = STEPS - now.step();
                    if (random.nextLong(stepsLeft + 1) >= SNAPSHOTS - taken[0]) {
                        return;
                    }
                    taken[0]++;
                    if (random.nextInt(4) == 0) {
                        series.write(now, run.trainer.optimizer());
                    } else {
                        series.writeDelta(now, run.trainer.optimizer());
                    }
                    check(kind, states, now.step());
                }
            }, null);
            assertEquals(states.getLast(), run.checksums(), "seed " + SEED);
        }
        assertEquals(SNAPSHOTS, taken[0]);
    }

    private void check(OptimizerKind kind, List<List<Long>> states, long step) {
        final int threads = 1 + random.nextInt(4);
        final String what = "seed " + SEED + ", " + kind + ", step " + step + ", resumed on " + threads + " threads";
        try (Run resumed = new Run(model, kind, threads)) {
            assertEquals(states.get((int) step), resumed.checksums(), what);
            for (MemorySegment values : resumed.state()) {
                assertEquals(-1, Reductions.firstNonFinite(values, 0, values.byteSize() / Float.BYTES), what);
            }
            resumed.trainer.run(new TrainingListener() {}, null);
            assertEquals(states.getLast(), resumed.checksums(), what);
        }
    }
}
