package org.dlrm4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.kernels.Dropout;
import org.dlrm4j.model.ForwardPass;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.ModelExamples;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.Parameter;
import org.dlrm4j.model.ReferenceModel;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Dropout in every architecture that has an MLP. */
class DropoutTest {
    private static final float SHARE = 0.4f;
    private static final long SEED = 77;
    private static final int BATCH = 37;

    /** What the units of a layer are multiplied by in a step, from the kernel whose own tests hold its definition. */
    private static double factor(Network network, String layer, int sample, int unit, long step) {
        int number = 0;
        while (!network.parameters().get(number).name().equals(layer + ".weight")) {
            number++;
        }
        final Parameter weight = network.parameters().get(number);
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment row = arena.allocate(4L * weight.rows());
            row.setAtIndex(ValueLayout.JAVA_FLOAT, unit, 1f);
            Dropout.apply(row, 0, 4L * weight.rows(), 1, weight.rows(), SHARE, SEED, step, number, sample);
            return row.getAtIndex(ValueLayout.JAVA_FLOAT, unit);
        }
    }

    private static boolean hasHiddenLayers(ModelConfig config) {
        return switch (config.architecture().name()) {
            case "lr", "fm" -> false;
            default -> true;
        };
    }

    @ParameterizedTest
    @MethodSource("org.dlrm4j.model.ModelExamples#all")
    void lossAndGradientsAreThoseOfTheThinnedNetwork(ModelConfig config) {
        try (Network model = Network.create(config, new NumpyRandom(5));
                Batch batch = ModelExamples.batch(config, BATCH, 6)) {
            final ReferenceModel reference = new ReferenceModel(model);
            final double fullLoss = reference.loss(batch);
            reference.thinning = (layer, sample, unit) -> factor(model, layer, sample, unit, 1);
            final double expectedLoss = reference.loss(batch);
            assertEquals(hasHiddenLayers(config), expectedLoss != fullLoss);
            final double loss;
            try (WorkerPool pool = new WorkerPool(1);
                    Optimizer optimizer = new Optimizer(OptimizerKind.SGD, model, 1);
                    TrainingStep step = new TrainingStep(model, optimizer, BATCH, pool, SHARE, SEED)) {
                loss = step.run(batch, 1f, "batch");
            }
            assertEquals(expectedLoss, loss, 1e-6 * Math.max(1, expectedLoss));
            final double[] after = ReferenceModel.flatten(model);
            final double h = 1e-6;
            for (int i = 0; i < after.length; i += 3) {
                final double before = reference.parameters[i];
                reference.parameters[i] = before + h;
                final double up = reference.loss(batch);
                reference.parameters[i] = before - h;
                final double down = reference.loss(batch);
                reference.parameters[i] = before;
                final double gradient = (up - down) / (2 * h);
                assertEquals(gradient, before - after[i],
                        1e-6 + 5e-6 * Math.abs(before) + 2e-5 * Math.abs(gradient), "parameter " + i);
            }
            // Scoring leaves out nothing, also after training did.
            final ReferenceModel trained = new ReferenceModel(model);
            try (ForwardPass forward = new ForwardPass(model, BATCH, 1)) {
                model.derive(batch);
                forward.run(batch, 0, 0, BATCH, 0);
                for (int s = 0; s < BATCH; s++) {
                    assertEquals(trained.predict(batch, s),
                            forward.predictions().getAtIndex(ValueLayout.JAVA_FLOAT, s), 1e-5);
                }
            }
        }
    }

    private static double[] train(ModelConfig config, int size, int threads, float share, long seed) {
        try (Network model = Network.create(config, new NumpyRandom(5));
                WorkerPool pool = new WorkerPool(WorkerPoolOptions.of(threads).withMinSharedWork(0));
                Optimizer optimizer = new Optimizer(OptimizerKind.ADAM, model, threads);
                TrainingStep step = new TrainingStep(model, optimizer, size, pool, share, seed)) {
            for (int i = 0; i < 3; i++) {
                try (Batch batch = ModelExamples.batch(config, size, i)) {
                    step.run(batch, 0.1f, "batch " + i);
                }
            }
            return ReferenceModel.flatten(model);
        }
    }

    @ParameterizedTest
    @MethodSource("org.dlrm4j.model.ModelExamples#all")
    void threadsAndChunksDoNotChangeTheChoice(ModelConfig config) {
        for (int size : new int[]{1, 5, 700}) {
            final double[] one = train(config, size, 1, SHARE, SEED);
            for (int threads = 2; threads <= 3; threads++) {
                assertArrayEquals(one, train(config, size, threads, SHARE, SEED), size + ", threads " + threads);
            }
        }
        if (hasHiddenLayers(config)) {
            assertFalse(Arrays.equals(train(config, 5, 1, SHARE, SEED), train(config, 5, 1, SHARE, SEED + 1)));
        } else {
            assertTrue(Arrays.equals(train(config, 5, 1, SHARE, SEED), train(config, 5, 1, 0, SEED)));
        }
    }
}
