package org.dlrm4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.model.BatchShape;
import org.dlrm4j.model.Cost;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.ModelExamples;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.PassObserver;
import org.dlrm4j.model.PassPhase;
import org.dlrm4j.model.ReferenceModel;
import org.dlrm4j.store.EmbeddingTable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** An observer hears of every operator in the order of the step, and changes nothing. */
class PassObserverTest {
    private static final int SAMPLES = 9;

    private static final class Recorder implements PassObserver {
        final List<String> events = Collections.synchronizedList(new ArrayList<>());

        @Override
        public void begin(int thread) {
            // The order is told by what ends.
        }

        @Override
        public void end(PassPhase phase, int number, int thread) {
            events.add(phase + " " + number);
        }
    }

    private static double[] train(ModelConfig config, PassObserver observer, int threads) {
        try (Network network = Network.create(config, new NumpyRandom(5));
                WorkerPool pool = new WorkerPool(WorkerPoolOptions.of(threads).withMinSharedWork(0));
                Optimizer optimizer = new Optimizer(OptimizerKind.ADAGRAD, network, threads);
                TrainingStep step = new TrainingStep(network, optimizer, SAMPLES, pool);
                Batch batch = ModelExamples.batch(config, SAMPLES, 1)) {
            step.observe(observer);
            step.run(batch, 0.1f, "batch");
            step.observe(null);
            step.run(batch, 0.1f, "batch");
            return ReferenceModel.flatten(network);
        }
    }

    @ParameterizedTest
    @MethodSource("org.dlrm4j.model.ModelExamples#all")
    void hearsEveryOperatorInOrder(ModelConfig config) {
        final Recorder recorder = new Recorder();
        assertArrayEquals(train(config, null, 1), train(config, recorder, 1));
        final List<String> expected = new ArrayList<>();
        try (Network network = Network.create(config, new NumpyRandom(5))) {
            final int layers = network.operators().size();
            for (int i = 0; i < layers; i++) {
                expected.add("FORWARD " + i);
            }
            expected.add("LOSS 0");
            for (int i = layers - 1; i >= 0; i--) {
                expected.add("BACKWARD " + i);
            }
            final BatchShape shape = new BatchShape(1,
                    new double[config.sparseFeatures() + network.derivedFeatures()]);
            for (int i = 0; i < layers; i++) {
                if (!network.operators().get(i).cost(PassPhase.WEIGHTS, shape).equals(Cost.NONE)) {
                    expected.add("WEIGHTS " + i);
                }
            }
            for (int i = 0; i < network.lookups().size(); i++) {
                expected.add("TABLES " + i);
            }
            for (int i = 0; i < network.parameters().size(); i++) {
                expected.add("PARAMETERS " + i);
            }
        }
        // Layers and parameters of more than one panel are several tasks.
        final List<String> distinct = new ArrayList<>();
        for (String event : recorder.events) {
            if (distinct.isEmpty() || !distinct.getLast().equals(event)) {
                distinct.add(event);
            }
        }
        assertEquals(expected, distinct);
    }

    @Test
    void hearsFromAllThreads() {
        final ModelConfig config = ModelExamples.all().findFirst().orElseThrow();
        final Recorder recorder = new Recorder();
        assertArrayEquals(train(config, null, 1), train(config, recorder, 3));
        assertEquals(3, Collections.frequency(recorder.events, "LOSS 0"));
        assertTrue(recorder.events.contains("PARAMETERS 0"));
    }

    /** 4 floats of values, gradient and each state, and the two packed copies of a matrix, read and written. */
    @ParameterizedTest
    @EnumSource(value = OptimizerKind.class, names = {"SGD", "ADAGRAD", "ADAM", "FTRL"})
    void updatesCostTheirValuesGradientsAndState(OptimizerKind kind) {
        final ModelConfig config = ModelExamples.all().findFirst().orElseThrow();
        try (Network network = Network.create(config, new NumpyRandom(5));
                Optimizer optimizer = new Optimizer(kind, network, 1)) {
            final int states = kind == OptimizerKind.SGD ? 0 : kind == OptimizerKind.ADAGRAD ? 1 : 2;
            final double weights = network.parameters().get(0).count();
            assertEquals(4 * weights * (3 + 2 * states + 4), optimizer.parameterCost(0).bytes());
            assertEquals(4 * network.parameters().get(1).count() * (3.0 + 2 * states),
                    optimizer.parameterCost(1).bytes());
            final BatchShape shape = new BatchShape(6, new double[]{2, 0, 0});
            final Cost table = optimizer.tableCost(0, shape);
            assertEquals(12 * (1 + states), table.rows());
            assertEquals(2 * 12 * (1 + states) * EmbeddingTable.bytes(1, config.dim()), table.rowBytes());
            assertTrue(table.flops() >= 2 * 12 * config.dim());
        }
    }
}
