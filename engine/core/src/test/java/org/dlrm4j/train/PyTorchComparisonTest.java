package org.dlrm4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.model.ForwardPass;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.Parameter;
import org.dlrm4j.store.EmbeddingTable;
import org.dlrm4j.store.Json;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same models, parameters and batches as in PyTorch: same predictions, losses and three steps of SGD. */
class PyTorchComparisonTest {
    private static final double TOLERANCE = 1e-5;
    private static final int STEPS = 3;

    @ParameterizedTest
    @ValueSource(strings = {"dlrm-dot", "dlrm-dot-itself", "dlrm-cat", "dlrm-qr-mult", "dlrm-qr-add", "dlrm-qr-concat",
            "dlrm-md", "dlrm-md-round", "dlrm-weighted", "dlrm-projection", "dcn", "dcnv2-full-stacked",
            "dcnv2-full-parallel", "dcnv2-low-rank-stacked", "dcnv2-low-rank-parallel", "wdl", "wdl-crosses", "lr",
            "fm"})
    void trainsLikePyTorch(String name) throws IOException {
        final Map<String, Object> fixture = fixture(name);
        final ModelConfig config = ModelConfig.fromJson(object(fixture.get("configuration")), Path.of(name));
        final List<?> batches = (List<?>) fixture.get("batches");
        final float learningRate = ((Number) fixture.get("learningRate")).floatValue();
        try (Network network = Network.create(config, new NumpyRandom(1));
                WorkerPool pool = new WorkerPool(2);
                Optimizer optimizer = new Optimizer(OptimizerKind.SGD, network, 2)) {
            set(network, object(fixture.get("initial")));
            for (int i = 0; i < batches.size(); i++) {
                final Map<String, Object> expected = object(batches.get(i));
                try (Batch batch = batch(config, expected);
                        TrainingStep step = new TrainingStep(network, optimizer, batch.size(), pool)) {
                    requirePredictions(network, batch, floats(expected.get("predictions")), name + ", batch " + i);
                    if (i < STEPS) {
                        assertEquals(((Number) expected.get("loss")).doubleValue(),
                                step.run(batch, learningRate, "batch " + i), TOLERANCE, name + ", batch " + i);
                    }
                }
            }
            final Map<String, Object> trained = object(fixture.get("trained"));
            final Map<String, float[]> ours = values(network);
            assertEquals(trained.keySet(), ours.keySet());
            ours.forEach((parameter, values) -> {
                final float[] theirs = floats(trained.get(parameter));
                assertEquals(theirs.length, values.length, parameter);
                for (int i = 0; i < values.length; i++) {
                    assertEquals(theirs[i], values[i], TOLERANCE, name + ": " + parameter + ", value " + i);
                }
            });
        }
    }

    private static void requirePredictions(Network network, Batch batch, float[] expected, String what) {
        try (ForwardPass forward = new ForwardPass(network, batch.size(), 1)) {
            network.derive(batch);
            forward.run(batch, 0, 0, batch.size(), 0);
            for (int s = 0; s < expected.length; s++) {
                assertEquals(expected[s], forward.predictions().getAtIndex(ValueLayout.JAVA_FLOAT, s), TOLERANCE,
                        what + ", sample " + s);
            }
        }
    }

    private static Batch batch(ModelConfig config, Map<String, Object> stored) {
        final float[] dense = floats(stored.get("dense"));
        final float[] targets = floats(stored.get("targets"));
        final Batch batch = new Batch(targets.length, config.denseFeatures(), config.sparseFeatures());
        batch.begin(targets.length);
        for (int s = 0; s < targets.length; s++) {
            batch.setTarget(s, targets[s]);
            for (int i = 0; i < config.denseFeatures(); i++) {
                batch.setDense(s, i, dense[s * config.denseFeatures() + i]);
            }
            for (int f = 0; f < config.sparseFeatures(); f++) {
                final List<?> indices = (List<?>) ((List<?>) stored.get("indices")).get(f);
                final List<?> offsets = (List<?>) ((List<?>) stored.get("offsets")).get(f);
                for (Object index : indices.subList(((Number) offsets.get(s)).intValue(),
                        ((Number) offsets.get(s + 1)).intValue())) {
                    batch.addIndex(f, (Long) index);
                }
                batch.endBag(f);
            }
        }
        return batch;
    }

    private static void set(Network network, Map<String, Object> initial) {
        assertEquals(values(network).keySet(), initial.keySet());
        for (EmbeddingTable table : network.tables()) {
            final float[] values = floats(initial.get(table.name()));
            for (int i = 0; i < values.length; i++) {
                table.segment().set(ValueLayout.JAVA_FLOAT,
                        table.rowOffset(i / table.dim()) + 4L * (i % table.dim()), values[i]);
            }
        }
        for (Parameter parameter : network.parameters()) {
            final float[] values = floats(initial.get(parameter.name()));
            for (int i = 0; i < values.length; i++) {
                parameter.values().setAtIndex(ValueLayout.JAVA_FLOAT, i, values[i]);
            }
            parameter.changed(0, parameter.rows());
        }
    }

    private static Map<String, float[]> values(Network network) {
        final Map<String, float[]> all = new LinkedHashMap<>();
        for (EmbeddingTable table : network.tables()) {
            final float[] values = new float[Math.toIntExact(table.rows() * table.dim())];
            for (int i = 0; i < values.length; i++) {
                values[i] = table.segment().get(ValueLayout.JAVA_FLOAT,
                        table.rowOffset(i / table.dim()) + 4L * (i % table.dim()));
            }
            all.put(table.name(), values);
        }
        for (Parameter parameter : network.parameters()) {
            all.put(parameter.name(), parameter.values().toArray(ValueLayout.JAVA_FLOAT));
        }
        return all;
    }

    private static float[] floats(Object list) {
        final List<?> numbers = (List<?>) list;
        final float[] values = new float[numbers.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = ((Number) numbers.get(i)).floatValue();
        }
        return values;
    }

    @SuppressWarnings("unchecked") // keys of parsed JSON objects are strings
    private static Map<String, Object> object(Object json) {
        return (Map<String, Object>) json;
    }

    private static Map<String, Object> fixture(String name) throws IOException {
        final String file = "/pytorch/" + name + ".json";
        try (var stream = PyTorchComparisonTest.class.getResourceAsStream(file)) {
            return Json.parseObject(stream.readAllBytes(), file);
        }
    }
}
