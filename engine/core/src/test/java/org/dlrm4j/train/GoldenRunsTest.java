package org.dlrm4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.data.RandomSource;
import org.dlrm4j.kernels.LossFunction;
import org.dlrm4j.kernels.Pooling;
import org.dlrm4j.model.Dlrm;
import org.dlrm4j.model.Interaction;
import org.dlrm4j.model.Linear;
import org.dlrm4j.model.Mlp;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.Network;
import org.dlrm4j.store.Json;
import org.dlrm4j.store.EmbeddingTable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The reference's small runs: same seed, same losses and final parameters. */
class GoldenRunsTest {
    private static final double TOLERANCE = 1e-6;
    private static final int SEED = 123;
    private static final long[] ROWS = {4, 3, 2};
    private static final int INDICES_PER_LOOKUP = 10;
    private static final ModelConfig CONFIG = new ModelConfig(4, ROWS, 2,
            new Dlrm(new int[]{4, 3, 2}, new int[]{4, 2, 1}, Interaction.DOT, false), Pooling.SUM, LossFunction.MSE, 0,
            new float[]{1, 1});

    @ParameterizedTest
    @CsvSource({"plain_mb1_ds1_lr.01, false, 1, 1, 0.01", "debug_mb1_ds1_lr.01, true, 1, 1, 0.01",
            "plain_mb2_ds6_lr.01, false, 2, 6, 0.01", "test1_debug_mb1_ds1_lr.1, true, 1, 1, 0.1",
            "test2_debug_mb2_ds4_lr.1, true, 2, 4, 0.1", "test3_debug_mb2_ds5_lr.1, true, 2, 5, 0.1"})
    void reproducesTheReference(String run, boolean debug, int batchSize, int samples, float learningRate)
            throws IOException {
        final Map<?, ?> golden = (Map<?, ?>) ((Map<?, ?>) golden().get("runs_mse_sgd_default_arch")).get(run);
        for (int threads = 1; threads <= 2; threads++) {
            final NumpyRandom stream = new NumpyRandom(SEED);
            if (debug) {
                drawAllData(stream, batchSize, samples);
            }
            final List<Double> losses = new ArrayList<>();
            try (Network model = Network.create(CONFIG, stream);
                    RandomSource source = new RandomSource(samples, batchSize, 4, ROWS, INDICES_PER_LOOKUP, false,
                            false,
                            RandomSource.Distribution.uniform(), SEED);
                    WorkerPool pool = new WorkerPool(WorkerPoolOptions.of(threads).withMinSharedWork(0));
                    Trainer trainer = new Trainer(model, source, null,
                            TrainerOptions.once(batchSize, OptimizerKind.SGD, learningRate), pool)) {
                trainer.run(new TrainingListener() {
                    @Override
                    public void stepped(TrainingPosition position, double loss, int count) {
                        losses.add(loss);
                    }
                }, null);
                final List<?> expected = (List<?>) golden.get("losses");
                assertEquals(expected.size(), losses.size());
                for (int i = 0; i < losses.size(); i++) {
                    assertEquals(Double.parseDouble((String) expected.get(i)), losses.get(i), TOLERANCE,
                            run + " loss " + i);
                }
                checkParameters(run, (Map<?, ?>) golden.get("final"), model);
            }
        }
    }

    private static Map<String, Object> golden() throws IOException {
        try (var in = GoldenRunsTest.class.getResourceAsStream("/golden/reference-runs.json")) {
            return Json.parseObject(in.readAllBytes(), "reference-runs.json");
        }
    }

    /** In debug mode the reference goes through all data before it builds the model. */
    private static void drawAllData(NumpyRandom random, int batchSize, int samples) {
        for (int at = 0; at < samples; at += batchSize) {
            final int n = Math.min(batchSize, samples - at);
            for (int i = 0; i < n * 4; i++) {
                random.nextDouble();
            }
            for (long rows : ROWS) {
                for (int i = 0; i < n; i++) {
                    final double size = Math
                            .rint(Math.max(1, random.nextDouble() * Math.min(rows, INDICES_PER_LOOKUP)));
                    for (int j = 0; j < size; j++) {
                        random.nextDouble();
                    }
                }
            }
            for (int i = 0; i < n; i++) {
                random.nextDouble();
            }
        }
    }

    private static void checkParameters(String run, Map<?, ?> expected, Network model) {
        for (int f = 0; f < ROWS.length; f++) {
            final EmbeddingTable table = model.tables().get(f);
            final List<?> rows = (List<?>) ((List<?>) expected.get("emb_l")).get(f);
            for (int r = 0; r < rows.size(); r++) {
                for (int i = 0; i < 2; i++) {
                    assertEquals(((Number) ((List<?>) rows.get(r)).get(i)).doubleValue(),
                            table.segment().get(ValueLayout.JAVA_FLOAT, table.rowOffset(r) + 4L * i), TOLERANCE,
                            run + " " + table.name() + " row " + r + " column " + i);
                }
            }
        }
        checkMlp(run + " bottom", (List<?>) expected.get("bot"), model.mlp("bot_l"));
        checkMlp(run + " top", (List<?>) expected.get("top"), model.mlp("top_l"));
    }

    private static void checkMlp(String what, List<?> expected, Mlp mlp) {
        for (int l = 0; l < mlp.layers().size(); l++) {
            final Linear layer = mlp.layers().get(l);
            final List<?> pair = (List<?>) expected.get(l);
            for (int o = 0; o < layer.out(); o++) {
                for (int i = 0; i < layer.in(); i++) {
                    check(what + " layer " + l + " weight " + o + "," + i,
                            ((List<?>) ((List<?>) pair.get(0)).get(o)).get(i),
                            layer.weights(), (long) o * layer.in() + i);
                }
                check(what + " layer " + l + " bias " + o, ((List<?>) pair.get(1)).get(o), layer.bias(), o);
            }
        }
    }

    private static void check(String what, Object expected, MemorySegment found, long at) {
        assertEquals(((Number) expected).doubleValue(), found.getAtIndex(ValueLayout.JAVA_FLOAT, at), TOLERANCE, what);
    }
}
