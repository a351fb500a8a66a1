package org.dlrm4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.data.RandomSource;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.ModelExamples;
import org.dlrm4j.model.ModelFiles;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.ReferenceModel;
import org.dlrm4j.model.WeightedPooling;
import org.dlrm4j.model.TableStorage;
import org.dlrm4j.store.ModelDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Checkpoint and deltas are the live run, bit for bit, over random histories of models, optimizers, threads, deltas, checkpoints,
 * compactions and restarts. {@code -Ddlrm4j.test.histories=N -Ddlrm4j.test.seed=S} for more of them.
 */
class DeltaTest {
    private static final int HISTORIES = Integer.getInteger("dlrm4j.test.histories", 30);
    private static final long SEED = Long.getLong("dlrm4j.test.seed", 77);
    private static final int BATCH = 3;
    private static final Map<String, Object> RUN = Map.of("seed", "3");

    @TempDir
    Path temp;

    /** What happens after some steps. */
    private enum Event {
        DELTA, DELTA_AGAIN, CHECKPOINT, COMPACTION, RESTART
    }

    private static TrainerOptions options(OptimizerKind kind) {
        return new TrainerOptions(BATCH, 1000, kind, LearningRateSchedule.constant(0.05f), 0, 0, Double.NaN, 0, null);
    }

    /** A run in pieces, whose checkpoints the test decides. */
    private static final class Run implements AutoCloseable {
        final Network network;
        final Trainer trainer;
        final CheckpointSeries series;
        private final RandomSource source;
        private final WorkerPool pool;
        private TrainingPosition position = TrainingPosition.START;

        Run(Path directory, ModelConfig config, RowFormat format, OptimizerKind kind, int threads, boolean resume) {
            final ModelFiles.Loaded loaded = resume
                    ? ModelDirectory.load(directory, m -> ModelFiles.loadTrainable(m, TableStorage.anonymous()))
                    : null;
            network = resume
                    ? loaded.network()
                    : Network.create(config, new NumpyRandom(3), TableStorage.anonymous(), format);
            source = new RandomSource(200, BATCH, config.denseFeatures(), config.rows(), 2, false, true,
                    RandomSource.Distribution.uniform(), 1);
            pool = new WorkerPool(WorkerPoolOptions.of(threads).withMinSharedWork(0));
            trainer = new Trainer(network, source, null, options(kind), pool);
            trainer.enableDeltas(Long.MAX_VALUE);
            series = new CheckpointSeries(directory, 2, network, null, RUN);
            if (resume) {
                Checkpoint.restore(loaded.directory(), network, trainer, RUN);
                series.resumedFrom(loaded.directory());
            }
        }

        void steps(int count) {
            final int[] left = {count};
            trainer.run(new TrainingListener() {
                @Override
                public void stepped(TrainingPosition now, double loss, int samples) {
                    position = now;
                    if (--left[0] == 0) {
                        trainer.requestStop();
                    }
                }
            }, null);
        }

        double[][] state() {
            return new double[][]{ReferenceModel.flatten(network), optimizerState()};
        }

        private double[] optimizerState() {
            final java.util.stream.DoubleStream.Builder all = java.util.stream.DoubleStream.builder();
            trainer.optimizer().parameterStates().values().forEach(tensor -> {
                for (long i = 0; i < tensor.segment().byteSize() / 4; i++) {
                    all.add(tensor.segment().getAtIndex(java.lang.foreign.ValueLayout.JAVA_FLOAT, i));
                }
            });
            trainer.optimizer().tableStates().forEach(table -> {
                for (long row = 0; row < table.rows(); row++) {
                    for (int i = 0; i < table.dim(); i++) {
                        all.add(table.segment().get(java.lang.foreign.ValueLayout.JAVA_FLOAT,
                                table.rowOffset(row) + 4L * i));
                    }
                }
            });
            return all.build().toArray();
        }

        @Override
        public void close() {
            trainer.close();
            pool.close();
            source.close();
            network.close();
        }
    }

    @Test
    void checkpointAndDeltasAreTheLiveState() {
        final List<ModelConfig> models = ModelExamples.all().toList();
        int deltas = 0;
        for (int history = 0; history < HISTORIES; history++) {
            final Random random = new Random(SEED + history);
            final ModelConfig config = models.get(random.nextInt(models.size()));
            final OptimizerKind kind = OptimizerKind.values()[random.nextInt(OptimizerKind.values().length)];
            final RowFormat format = random.nextBoolean()
                    && !(config.architecture().embeddings() instanceof WeightedPooling)
                            ? RowFormat.BF16
                            : RowFormat.F32;
            final String what = "seed " + (SEED + history) + ", " + config.architecture().name() + ", " + kind + ", "
                    + format;
            deltas += history(temp.resolve("h" + history), config, format, kind, random, what);
        }
        assertTrue(deltas >= HISTORIES, "deltas " + deltas);
    }

    private static int history(Path directory, ModelConfig config, RowFormat format, OptimizerKind kind, Random random,
            String what) {
        int deltas = 0;
        Run run = new Run(directory, config, format, kind, 1 + random.nextInt(3), false);
        try {
            for (int event = 0; event < 6; event++) {
                run.steps(1 + random.nextInt(3));
                final Event next = event == 0 ? Event.CHECKPOINT : Event.values()[random.nextInt(5)];
                switch (next) {
                    case DELTA, DELTA_AGAIN -> run.series.writeDelta(run.position, run.trainer.optimizer());
                    case CHECKPOINT -> run.series.write(run.position, run.trainer.optimizer());
                    case COMPACTION -> {
                        run.series.writeDelta(run.position, run.trainer.optimizer());
                        ModelDirectory.compact(directory, 2);
                    }
                    case RESTART -> run.series.writeDelta(run.position, run.trainer.optimizer());
                }
                final double[][] live = run.state();
                ModelDirectory.open(directory).verify();
                deltas += (int) ModelDirectory.open(directory).deltas();
                try (Network served = ModelFiles.open(directory).network()) {
                    assertArrayEquals(live[0], ReferenceModel.flatten(served), what);
                }
                final TrainingPosition position = run.position;
                if (next == Event.COMPACTION || next == Event.RESTART) {
                    run.close();
                    run = new Run(directory, config, format, kind, 1 + random.nextInt(3), true);
                    run.position = position;
                    assertArrayEquals(live[0], run.state()[0], what);
                    assertArrayEquals(live[1], run.state()[1], what);
                }
            }
        } finally {
            run.close();
        }
        return deltas;
    }

    @Test
    void deltasComeBetweenCheckpointsAndARunThatWasKilledGoesOn() throws IOException {
        final ModelConfig config = ModelExamples.all().findFirst().orElseThrow();
        final Path directory = temp.resolve("m");
        final TrainerOptions options = new TrainerOptions(BATCH, 1, OptimizerKind.ADAGRAD,
                LearningRateSchedule.constant(0.05f), 0, 20, Double.NaN, 0, null);
        double[] expected = null;
        for (boolean interrupted : new boolean[]{false, true}) {
            final Path where = interrupted ? directory : temp.resolve("whole");
            try (Network network = Network.create(config, new NumpyRandom(3));
                    RandomSource source = new RandomSource(200, BATCH, config.denseFeatures(), config.rows(), 2, false,
                            true, RandomSource.Distribution.uniform(), 1);
                    WorkerPool pool = new WorkerPool(1);
                    Trainer trainer = new Trainer(network, source, null, options, pool)) {
                trainer.enableDeltas(5);
                final CheckpointSeries series = new CheckpointSeries(where, 1, network, null, RUN);
                // As a kill would: nothing is written after step 37.
                final Trainer.CheckpointWriter writer = new Trainer.CheckpointWriter() {
                    @Override
                    public void write(TrainingPosition position, Optimizer optimizer) {
                        if (!interrupted || position.step() < 37) {
                            series.write(position, optimizer);
                        }
                    }

                    @Override
                    public void writeDelta(TrainingPosition position, Optimizer optimizer) {
                        if (!interrupted || position.step() < 37) {
                            series.writeDelta(position, optimizer);
                        }
                    }
                };
                trainer.run(new TrainingListener() {}, writer);
                expected = expected == null ? ReferenceModel.flatten(network) : expected;
            }
        }
        try (Stream<Path> entries = Files.list(directory)) {
            assertEquals(
                    List.of(".lock", "d000002-000001", "d000002-000002", "d000002-000003", "g000002", "model.json"),
                    entries.map(path -> path.getFileName().toString()).sorted().toList());
        }
        try (Run resumed = new Run(directory, config, RowFormat.F32, OptimizerKind.ADAGRAD, 2, true)) {
            assertEquals(35, Checkpoint.step(ModelDirectory.open(directory)));
            resumed.steps(67 - 35);
            assertArrayEquals(expected, resumed.state()[0]);
        }
        assertFalse(Files.exists(directory.resolve("d000002-000004")));
    }
}
