package org.dlrm4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.data.SampleSource;
import org.dlrm4j.kernels.LossFunction;
import org.dlrm4j.kernels.Pooling;
import org.dlrm4j.model.Dlrm;
import org.dlrm4j.model.Interaction;
import org.dlrm4j.model.Linear;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.ModelExamples;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.ReferenceModel;
import org.dlrm4j.model.WeightedPooling;
import org.dlrm4j.model.WideDeep;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Optimizers against their definitions, on a model that has parameters of all groups. */
class OptimizerTest {
    private static final ModelConfig CONFIG = new ModelConfig(3, new long[]{5, 1, 9}, 4,
            new WideDeep(new int[]{6, 5}, true, List.of()), Pooling.SUM, LossFunction.BCE, 0, new float[]{1, 1});
    /** Tables of single weights that are multiplied, not added. */
    private static final ModelConfig WEIGHTED = new ModelConfig(3, new long[]{5, 1, 9}, 4,
            new Dlrm(new int[]{3, 6, 4}, new int[]{5, 1}, Interaction.CAT, false)
                    .withEmbeddings(new WeightedPooling()),
            Pooling.SUM, LossFunction.BCE, 0, new float[]{1, 1});
    private static final float RATE = 0.05f;
    private static final int STEPS = 3;
    private static final int BATCH = 23;

    /** Epsilons are large, so that gradients which are nothing but rounding are not blown up to steps of the full rate. */
    static Stream<OptimizerSettings> settings() {
        final GroupSettings sgd = GroupSettings.of(OptimizerKind.SGD);
        final GroupSettings adagrad = GroupSettings.of(OptimizerKind.ADAGRAD).withEpsilon(1e-3f);
        final GroupSettings rowWise = GroupSettings.of(OptimizerKind.ROW_WISE_ADAGRAD).withEpsilon(1e-3f);
        final GroupSettings adam = GroupSettings.of(OptimizerKind.ADAM).withEpsilon(1e-3f);
        final GroupSettings adamW = GroupSettings.of(OptimizerKind.ADAMW).withEpsilon(1e-3f);
        final GroupSettings ftrl = GroupSettings.of(OptimizerKind.FTRL);
        return Stream.of(OptimizerSettings.of(sgd), OptimizerSettings.of(sgd.withWeightDecay(0.1f)),
                OptimizerSettings.of(sgd.withMomentum(0.9f, false)),
                OptimizerSettings.of(sgd.withMomentum(0.8f, true).withWeightDecay(0.1f)),
                OptimizerSettings.of(adagrad), OptimizerSettings.of(adagrad.withInitialAccumulator(0.1f)),
                OptimizerSettings.of(rowWise), OptimizerSettings.of(rowWise.withWeightDecay(0.2f)),
                OptimizerSettings.of(adam), OptimizerSettings.of(adam.withBetas(0.5, 0.9).withWeightDecay(0.1f)),
                OptimizerSettings.of(adamW.withWeightDecay(0.3f)), OptimizerSettings.of(ftrl),
                OptimizerSettings.of(ftrl.withRegularization(0.01f, 0.1f).withInitialAccumulator(0.1f)),
                new OptimizerSettings(sgd.withMomentum(0.9f, false), adam.withLearningRateFactor(0.5f),
                        ftrl.withLearningRateFactor(3).withRegularization(0.002f, 0), 0),
                OptimizerSettings.of(sgd).withMaxGradientNorm(0.1f),
                OptimizerSettings.of(adagrad).withMaxGradientNorm(0.05f),
                OptimizerSettings.of(sgd).withMaxGradientNorm(1e6f));
    }

    private static double[] train(OptimizerSettings settings, int threads, int steps, float dropout) {
        return train(CONFIG, settings, threads, steps, dropout);
    }

    private static double[] train(ModelConfig config, OptimizerSettings settings, int threads, int steps,
            float dropout) {
        try (Network network = Network.create(config, new NumpyRandom(5));
                WorkerPool pool = new WorkerPool(WorkerPoolOptions.of(threads).withMinSharedWork(0));
                Optimizer optimizer = new Optimizer(settings, network, threads);
                TrainingStep step = new TrainingStep(network, optimizer, BATCH, pool, dropout, 77)) {
            for (int i = 0; i < steps; i++) {
                try (Batch batch = ModelExamples.batch(config, BATCH, i)) {
                    step.run(batch, RATE, "batch " + i);
                }
            }
            assertEquals(steps, optimizer.step());
            return ReferenceModel.flatten(network);
        }
    }

    @ParameterizedTest
    @MethodSource("settings")
    void threeStepsFollowTheDefinitionForAnyNumberOfThreads(OptimizerSettings settings) {
        threeStepsFollowTheDefinition(CONFIG, settings);
    }

    @ParameterizedTest
    @MethodSource("settings")
    void weightsOfPooledRowsFollowTheDefinitionForAnyNumberOfThreads(OptimizerSettings settings) {
        threeStepsFollowTheDefinition(WEIGHTED, settings);
    }

    private static void threeStepsFollowTheDefinition(ModelConfig config, OptimizerSettings settings) {
        try (Network network = Network.create(config, new NumpyRandom(5))) {
            final OptimizerReference reference = new OptimizerReference(network, settings, RATE);
            for (int i = 0; i < STEPS; i++) {
                try (Batch batch = ModelExamples.batch(config, BATCH, i)) {
                    network.derive(batch);
                    final double norm = reference.step(batch);
                    assertTrue(settings.maxGradientNorm() == 0 || settings.maxGradientNorm() > 1e3
                            || norm > settings.maxGradientNorm(), "norm " + norm + " is to be clipped");
                }
            }
            final double[] found = train(config, settings, 1, STEPS, 0f);
            final double[] before = ReferenceModel.flatten(network);
            int moved = 0;
            for (int i = 0; i < found.length; i++) {
                assertEquals(reference.model.parameters[i], found[i], 2e-6 + 2e-5 * Math.abs(found[i] - before[i]),
                        "parameter " + i);
                moved += found[i] != before[i] ? 1 : 0;
            }
            assertTrue(moved > found.length / 2, moved + " of " + found.length + " parameters moved");
            for (int threads = 2; threads <= 3; threads++) {
                assertArrayEquals(found, train(config, settings, threads, STEPS, 0f), threads + " threads");
            }
        }
    }

    @Test
    void l1MakesWideWeightsZeroAndLeavesTheRestAlone() {
        final double[] plain = train(OptimizerSettings.wideAndDeep(0), 1, STEPS, 0f);
        final double[] sparse = train(OptimizerSettings.wideAndDeep(1e3f), 1, STEPS, 0f);
        final int embeddings = (5 + 1 + 9) * 4;
        boolean nonZero = false;
        for (int i = embeddings; i < embeddings + 15; i++) {
            assertEquals(0, sparse[i], "wide weight " + (i - embeddings));
            nonZero |= plain[i] != 0;
        }
        assertTrue(nonZero, "without L1 there are weights");
        assertFalse(Arrays.equals(Arrays.copyOf(sparse, embeddings), new double[embeddings]));
    }

    /** 103 samples that do not depend on how they are read. */
    private static final class Samples implements SampleSource {
        @Override
        public long samples() {
            return 103;
        }

        @Override
        public int denseFeatures() {
            return CONFIG.denseFeatures();
        }

        @Override
        public int sparseFeatures() {
            return CONFIG.sparseFeatures();
        }

        @Override
        public void read(long firstSample, int count, Batch into) {
            into.beginOneHot(count);
            for (int s = 0; s < count; s++) {
                final Random random = new Random(firstSample + s);
                for (int i = 0; i < denseFeatures(); i++) {
                    into.setDense(s, i, random.nextFloat());
                }
                into.setTarget(s, random.nextInt(2));
                for (int f = 0; f < sparseFeatures(); f++) {
                    into.setIndex(s, f, random.nextInt((int) CONFIG.rows()[f]));
                }
            }
        }

        @Override
        public void close() {}
    }

    private static List<Double> run(TrainerOptions options, Network network, int threads) {
        final List<Double> losses = new ArrayList<>();
        try (SampleSource source = new Samples();
                WorkerPool pool = new WorkerPool(WorkerPoolOptions.of(threads).withMinSharedWork(0));
                Trainer trainer = new Trainer(network, source, null, options, pool)) {
            trainer.run(new TrainingListener() {
                @Override
                public void stepped(TrainingPosition position, double loss, int samples) {
                    losses.add(loss);
                }
            }, null);
            assertEquals(losses.size(), trainer.totalSteps());
        }
        return losses;
    }

    @Test
    void accumulatedBatchesAreOneLargeBatch() {
        final OptimizerSettings settings = new OptimizerSettings(GroupSettings.of(OptimizerKind.ADAM),
                GroupSettings.of(OptimizerKind.ROW_WISE_ADAGRAD), GroupSettings.of(OptimizerKind.FTRL), 0.5f);
        final TrainerOptions small = TrainerOptions.once(8, OptimizerKind.SGD, RATE).withOptimizer(settings);
        final TrainerOptions large = TrainerOptions.once(32, OptimizerKind.SGD, RATE).withOptimizer(settings);
        try (Network a = Network.create(CONFIG, new NumpyRandom(5));
                Network b = Network.create(CONFIG, new NumpyRandom(5));
                Network c = Network.create(CONFIG, new NumpyRandom(5))) {
            final List<Double> accumulated = run(small.withAccumulation(4), a, 2);
            assertEquals(4, accumulated.size(), "103 samples are three steps of 32, and a short one");
            assertEquals(run(large, b, 1), accumulated);
            assertArrayEquals(ReferenceModel.flatten(b), ReferenceModel.flatten(a));
            assertEquals(13, run(small, c, 1).size());
            assertFalse(Arrays.equals(ReferenceModel.flatten(c), ReferenceModel.flatten(a)));
        }
    }

    @Test
    void aGradientThatOverflowsIsNotAppliedWhenItsNormIsLimited() {
        try (Network network = Network.create(CONFIG, new NumpyRandom(5));
                WorkerPool pool = new WorkerPool(1);
                Optimizer optimizer = new Optimizer(OptimizerSettings.of(OptimizerKind.SGD).withMaxGradientNorm(1f),
                        network, 1);
                TrainingStep step = new TrainingStep(network, optimizer, BATCH, pool);
                Batch batch = ModelExamples.batch(CONFIG, BATCH, 1)) {
            // The first layer is 0 but for a bias, the second multiplies gradients by 1e10, which the huge feature then meets.
            final Linear first = network.mlp("deep").layers().get(0);
            first.weights().fill((byte) 0);
            first.repack(0, first.out());
            first.bias().fill((byte) 0);
            first.bias().setAtIndex(ValueLayout.JAVA_FLOAT, 0, 1e-30f);
            final Linear second = network.mlp("deep").layers().get(1);
            for (int i = 0; i < second.in() * second.out(); i++) {
                second.weights().setAtIndex(ValueLayout.JAVA_FLOAT, i, 1e10f);
            }
            second.repack(0, second.out());
            for (int i = 0; i < second.out(); i++) {
                second.bias().setAtIndex(ValueLayout.JAVA_FLOAT, i, 1f);
            }
            for (int i = 0; i < BATCH; i++) {
                batch.setDense(i, 0, 3e38f);
            }
            network.parameters().stream().filter(p -> p.name().startsWith("linear")).forEach(p -> {
                p.values().fill((byte) 0);
                p.changed(0, p.rows());
            });
            final double[] before = ReferenceModel.flatten(network);
            final String message = assertThrows(NonFiniteException.class, () -> step.run(batch, RATE, "batch 7"))
                    .getMessage();
            assertTrue(message.startsWith("batch 7: the gradient's norm is "), message);
            assertArrayEquals(before, ReferenceModel.flatten(network));
            assertEquals(0, optimizer.step(), "the step did not happen");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            SGD              | 1   | 0 | 0   | 0   | 0   | 1 | epsilon is 1.0, but SGD has none
            ADAM             | 0   | 0 | 0.5 | 0   | 0   | 1 | momentum is 0.5, but ADAM has none
            ADAM             | NaN | 0 | 0   | 0   | 0   | 1 | epsilon is NaN, expected a number of 0 or more
            FTRL             | 0   | 1 | 0   | 0   | 0   | 1 | weight decay is 1.0, but FTRL has none
            ADAGRAD          | 0   | 0 | 0   | 0   | 2   | 1 | L1 is 2.0, but ADAGRAD has none
            SGD              | 0   | 0 | 1   | 0   | 0   | 1 | momentum is 1.0, expected 0 or more and less than 1
            ADAGRAD          | 0   | 0 | 0   | 0.9 | 0   | 1 | beta1 is 0.9, but ADAGRAD has none
            ADAMW            | 0   | 0 | 0   | 1   | 0   | 1 | beta1 is 1.0, expected 0 or more and less than 1
            SGD              | 0   | 0 | 0   | 0   | 0   | 0 | learning rate factor is 0.0, expected a positive number
            """)
    void settingsThatMakeNoSenseAreRefused(OptimizerKind kind, float epsilon, float decay, float momentum, double beta1,
            float l1, float factor, String message) {
        final String found = assertThrows(IllegalArgumentException.class,
                () -> new GroupSettings(kind, factor, epsilon, 0, decay, momentum, false, beta1, 0, l1, 0))
                .getMessage();
        assertTrue(found.startsWith(message), found);
    }

    @Test
    void settingsThatDoNotGoTogetherAreRefused() {
        final GroupSettings rowWise = GroupSettings.of(OptimizerKind.ROW_WISE_ADAGRAD);
        assertTrue(
                assertThrows(IllegalArgumentException.class, () -> new OptimizerSettings(rowWise, rowWise, rowWise, 0))
                        .getMessage().startsWith("ROW_WISE_ADAGRAD updates tables only"));
        assertTrue(assertThrows(IllegalArgumentException.class,
                () -> OptimizerSettings.of(OptimizerKind.SGD).withMaxGradientNorm(Float.NaN)).getMessage()
                .contains("limit is NaN"));
        assertTrue(assertThrows(IllegalArgumentException.class,
                () -> new TrainerOptions(8, 1, OptimizerKind.FTRL, new LearningRateSchedule(1, 5, 0, 0), 0, 0,
                        Double.NaN, 0, null))
                .getMessage().contains("leave out warm-up and decay"));
        assertTrue(assertThrows(IllegalArgumentException.class,
                () -> TrainerOptions.once(4096, OptimizerKind.SGD, 1).withAccumulation(17)).getMessage()
                .contains("17 batches of 4096 samples"));
        assertTrue(assertThrows(IllegalArgumentException.class,
                () -> TrainerOptions.once(8, OptimizerKind.SGD, 1).withDropout(1, 0)).getMessage()
                .contains("dropout is 1.0"));
    }
}
