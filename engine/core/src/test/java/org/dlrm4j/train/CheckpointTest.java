package org.dlrm4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.data.RandomSource;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.model.Dlrm;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.ModelFiles;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.ReferenceModel;
import org.dlrm4j.model.TableStorage;
import org.dlrm4j.model.WideDeep;
import org.dlrm4j.store.ModelDirectory;
import org.dlrm4j.store.ModelFormatException;
import org.dlrm4j.store.ModelWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class CheckpointTest {
    private static final long[] ROWS = {50, 7, 300};
    private static final ModelConfig CONFIG = ModelConfig.of(5, ROWS, 16,
            Dlrm.of(new int[]{5, 20, 16}, new int[]{30, 1}));
    private static final int BATCH = 32;
    private static final long SAMPLES = 20 * BATCH + 9;

    @TempDir
    Path directory;

    private static RandomSource source(int seed) {
        return source(CONFIG, seed);
    }

    private static RandomSource source(ModelConfig config, int seed) {
        return new RandomSource(SAMPLES, BATCH, config.denseFeatures(), config.rows(), 4, false, true,
                RandomSource.Distribution.uniform(), seed);
    }

    private static TrainerOptions options(OptimizerKind kind, int checkpointEvery, int evaluateEvery) {
        // FTRL's sums assume one rate.
        final LearningRateSchedule schedule = kind == OptimizerKind.FTRL
                ? LearningRateSchedule.constant(0.05f)
                : new LearningRateSchedule(0.05f, 5, 20, 15);
        return new TrainerOptions(BATCH, 2, kind, schedule, evaluateEvery,
                checkpointEvery,
                Double.NaN, 0, 9L);
    }

    /** Trains until {@code stopAfter} steps in all; resumes if a checkpoint is there. */
    private static double[] train(Path model, ModelConfig config, OptimizerKind kind, int threads, long stopAfter,
            TableStorage storage, List<Double> losses) {
        return train(model, config, options(kind, 0, 7), threads, stopAfter, storage, losses);
    }

    private static double[] train(Path model, ModelConfig config, TrainerOptions options, int threads, long stopAfter,
            TableStorage storage, List<Double> losses) {
        return train(model, config, RowFormat.F32, options, threads, stopAfter, storage, losses);
    }

    private static double[] train(Path model, ModelConfig config, RowFormat format, TrainerOptions options,
            int threads, long stopAfter, TableStorage storage, List<Double> losses) {
        final boolean resume = model.toFile().exists();
        final ModelFiles.Loaded loaded = resume
                ? ModelDirectory.load(model, m -> ModelFiles.loadTrainable(m, storage))
                : null;
        try (Network parameters = resume
                ? loaded.network()
                : Network.create(config, new NumpyRandom(3), storage,
                        format);
                RandomSource train = source(config, 1);
                RandomSource evaluation = source(config, 2);
                WorkerPool pool = new WorkerPool(WorkerPoolOptions.of(threads).withMinSharedWork(0));
                Trainer trainer = new Trainer(parameters, train, evaluation, options, pool)) {
            if (resume) {
                Checkpoint.restore(loaded.directory(), parameters, trainer, Map.of("seed", "3"));
            }
            trainer.run(new TrainingListener() {
                @Override
                public void stepped(TrainingPosition position, double loss, int samples) {
                    losses.add(loss);
                    if (position.step() == stopAfter) {
                        trainer.requestStop();
                    }
                }
            }, (position, optimizer) -> Checkpoint.write(model, parameters, null, optimizer, position,
                    Map.of("seed", "3")));
            return ReferenceModel.flatten(parameters);
        }
    }

    @ParameterizedTest
    @EnumSource(OptimizerKind.class)
    void aResumedRunGivesTheBitsOfAnUninterruptedOne(OptimizerKind kind) {
        final List<Double> whole = new ArrayList<>();
        final double[] expected = train(directory.resolve("whole"), CONFIG, kind, 1, Long.MAX_VALUE,
                TableStorage.anonymous(),
                whole);
        assertEquals(42, whole.size());
        final List<Double> pieces = new ArrayList<>();
        double[] found = null;
        int threads = 1;
        for (long stop : new long[]{1, 13, 21, 22, 40, Long.MAX_VALUE}) {
            found = train(directory.resolve("pieces"), CONFIG, kind, threads++, stop,
                    TableStorage.files(directory), pieces);
        }
        assertEquals(whole, pieces);
        assertEquals(Set.of("pieces", "whole"), Set.of(directory.toFile().list()), "working files must be gone");
        assertArrayEquals(expected, found);
    }

    @ParameterizedTest
    @EnumSource(OptimizerKind.class)
    void randomRoundingIsTheSameAfterResumingAndForAnyNumberOfThreads(OptimizerKind kind) {
        final TrainerOptions options = options(kind, 0, 7).withDropout(0, 11);
        final List<Double> whole = new ArrayList<>();
        final double[] expected = train(directory.resolve("whole"), CONFIG, RowFormat.BF16, options, 1,
                Long.MAX_VALUE, TableStorage.anonymous(), whole);
        final List<Double> pieces = new ArrayList<>();
        double[] found = null;
        int threads = 1;
        for (long stop : new long[]{1, 13, 22, Long.MAX_VALUE}) {
            found = train(directory.resolve("pieces"), CONFIG, RowFormat.BF16, options, threads++, stop,
                    TableStorage.files(directory), pieces);
        }
        assertEquals(whole, pieces);
        assertArrayEquals(expected, found);
        final double[] other = train(directory.resolve("other"), CONFIG, RowFormat.BF16, options.withDropout(0, 12), 1,
                Long.MAX_VALUE, TableStorage.anonymous(), new ArrayList<>());
        assertFalse(Arrays.equals(expected, other), "another seed rounds otherwise");
    }

    @ParameterizedTest
    @MethodSource("org.dlrm4j.model.ModelExamples#all")
    void everyArchitectureIsResumed(ModelConfig config) {
        final List<Double> losses = new ArrayList<>();
        final double[] expected = train(directory.resolve("whole"), config, OptimizerKind.ADAGRAD, 1, Long.MAX_VALUE,
                TableStorage.anonymous(), losses);
        final List<Double> pieces = new ArrayList<>();
        train(directory.resolve("pieces"), config, OptimizerKind.ADAGRAD, 2, 17, TableStorage.anonymous(), pieces);
        assertArrayEquals(expected, train(directory.resolve("pieces"), config, OptimizerKind.ADAGRAD, 3,
                Long.MAX_VALUE, TableStorage.anonymous(), pieces));
        assertEquals(losses, pieces);
    }

    @Test
    void aRunOfSeveralOptimizersWithClippingAndDropoutIsResumed() {
        final ModelConfig config = ModelConfig.of(5, ROWS, 16, new WideDeep(new int[]{20, 9}, true, List.of()));
        final TrainerOptions options = options(OptimizerKind.FTRL, 0, 7).withDropout(0.3f, 11)
                .withOptimizer(new OptimizerSettings(GroupSettings.of(OptimizerKind.SGD).withMomentum(0.9f, true),
                        GroupSettings.of(OptimizerKind.ADAMW).withLearningRateFactor(0.1f),
                        GroupSettings.of(OptimizerKind.FTRL).withRegularization(1e-3f, 1e-3f)
                                .withInitialAccumulator(0.1f),
                        0.2f));
        final List<Double> losses = new ArrayList<>();
        final double[] expected = train(directory.resolve("whole"), config, options, 1, Long.MAX_VALUE,
                TableStorage.anonymous(), losses);
        final List<Double> pieces = new ArrayList<>();
        final Path parts = directory.resolve("pieces");
        for (long stop : new long[]{1, 17, 30}) {
            train(parts, config, options, 2, stop, TableStorage.files(directory), pieces);
        }
        final OptimizerSettings settings = options.optimizer();
        final TrainerOptions other = options.withOptimizer(new OptimizerSettings(settings.dense(),
                settings.embedding(), settings.wide().withRegularization(0.5f, 1e-3f), 0.2f));
        final String message = assertThrows(ModelFormatException.class,
                () -> train(parts, config, other, 2, 31, TableStorage.anonymous(), new ArrayList<>())).getMessage();
        assertTrue(message.contains("model.json") && message.contains("training.optimizers.wide.l1")
                && message.contains("but the run that resumes has 0.5; resume with the same settings"), message);
        assertArrayEquals(expected,
                train(parts, config, options, 3, Long.MAX_VALUE, TableStorage.anonymous(), pieces));
        assertEquals(losses, pieces);
    }

    /** Writes a generation as it was before there were several optimizers a run. */
    private static ModelDirectory nameOptimizer(ModelDirectory generation, Path directory, String name) {
        try (ModelWriter writer = ModelDirectory.write(directory)) {
            for (String file : generation.fileNames()) {
                Files.copy(generation.path(file), writer.path(file));
            }
            final Map<String, Object> training = new LinkedHashMap<>();
            ((Map<?, ?>) generation.manifest().get("training"))
                    .forEach((key, value) -> training.put(String.valueOf(key), value));
            assertNotNull(training.remove("optimizers"));
            training.put("optimizer", name);
            writer.commit(Map.of("configuration", generation.manifest().get("configuration"), "training", training));
            return generation;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aCheckpointThatOnlyNamesItsOptimizerIsResumed() {
        final List<Double> losses = new ArrayList<>();
        final double[] expected = train(directory.resolve("whole"), CONFIG, OptimizerKind.ROW_WISE_ADAGRAD, 1,
                Long.MAX_VALUE, TableStorage.anonymous(), losses);
        final Path old = directory.resolve("old");
        train(old, CONFIG, OptimizerKind.ROW_WISE_ADAGRAD, 1, 30, TableStorage.anonymous(), new ArrayList<>());
        ModelDirectory.load(old, generation -> nameOptimizer(generation, old, "ROW_WISE_ADAGRAD"));
        assertArrayEquals(expected, train(old, CONFIG, OptimizerKind.ROW_WISE_ADAGRAD, 1, Long.MAX_VALUE,
                TableStorage.anonymous(), losses));
    }

    @Test
    void anotherRunIsRefused() {
        final Path model = directory.resolve("m");
        train(model, CONFIG, OptimizerKind.SGD, 1, 3, TableStorage.anonymous(), new ArrayList<>());
        final ModelFiles.Loaded loaded = ModelDirectory.load(model,
                m -> ModelFiles.loadTrainable(m, TableStorage.anonymous()));
        try (Network parameters = loaded.network();
                RandomSource train = source(1);
                WorkerPool pool = new WorkerPool(1)) {
            try (Trainer trainer = new Trainer(parameters, train, null, options(OptimizerKind.SGD, 0, 0), pool)) {
                final String message = assertThrows(ModelFormatException.class,
                        () -> Checkpoint.restore(loaded.directory(), parameters, trainer, Map.of("seed", "4")))
                        .getMessage();
                assertTrue(
                        message.contains("model.json") && message.contains("training.run.seed")
                                && message.contains("is 3"),
                        message);
            }
            try (Trainer trainer = new Trainer(parameters, train, null, options(OptimizerKind.ADAGRAD, 0, 0), pool)) {
                final String message = assertThrows(ModelFormatException.class,
                        () -> Checkpoint.restore(loaded.directory(), parameters, trainer, Map.of("seed", "3")))
                        .getMessage();
                assertTrue(message.contains("training.optimizers.dense.kind") && message.contains("SGD"), message);
            }
        }
    }

    @Test
    void evaluationsStopARunEarly() {
        try (Network parameters = Network.create(CONFIG, new NumpyRandom(3));
                RandomSource train = source(1);
                RandomSource evaluation = source(2);
                WorkerPool pool = new WorkerPool(1)) {
            // Targets are random: any AUC reaches 0.01, and none keeps rising.
            final TrainerOptions reached = new TrainerOptions(BATCH, 9, OptimizerKind.SGD,
                    LearningRateSchedule.constant(0.01f),
                    4, 0, 0.01, 0, null);
            final long[] steps = new long[1];
            final TrainingListener count = new TrainingListener() {
                @Override
                public void stepped(TrainingPosition position, double loss, int samples) {
                    steps[0] = position.step();
                }
            };
            try (Trainer trainer = new Trainer(parameters, train, evaluation, reached, pool)) {
                assertEquals(Trainer.Outcome.TARGET_REACHED, trainer.run(count, null));
                assertEquals(4, steps[0]);
            }
            final TrainerOptions impatient = new TrainerOptions(BATCH, 1000, OptimizerKind.SGD,
                    LearningRateSchedule.constant(0.01f), 4, 0, Double.NaN, 3, null);
            try (Trainer trainer = new Trainer(parameters, train, evaluation, impatient, pool)) {
                final List<TrainingPosition> best = new ArrayList<>();
                assertEquals(Trainer.Outcome.NO_IMPROVEMENT,
                        trainer.run(count, null, (position, optimizer) -> best.add(position)));
                assertTrue(steps[0] < 21_000, "stopped after " + steps[0]);
                assertEquals(steps[0] - 3 * 4, best.getLast().step(), "the best model was three evaluations ago");
                for (int i = 1; i < best.size(); i++) {
                    assertTrue(best.get(i).bestAuc() > best.get(i - 1).bestAuc());
                }
            }
        }
    }
}
