package org.dlrm4j.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.store.EmbeddingTable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Costs counted by hand, and what must hold for those of every layer. */
class CostTest {
    private static final int SAMPLES = 10;

    private static Cost sum(List<Operator> operators, PassPhase phase, BatchShape shape) {
        return operators.stream().map(operator -> operator.cost(phase, shape)).reduce(Cost.NONE, Cost::plus);
    }

    /** 3 dense features, 2 tables of 16 floats, one hidden unit layer each: every number below is counted on paper. */
    @Test
    void dlrmByHand() {
        final ModelConfig config = ModelConfig.of(3, new long[]{100, 50}, 16,
                Dlrm.of(new int[]{3, 16}, new int[]{5, 1}));
        try (Network network = Network.create(config, new NumpyRandom(1))) {
            final BatchShape shape = new BatchShape(SAMPLES, new double[]{2, 4});
            final List<Operator> operators = network.operators();
            assertEquals(
                    List.of("bottom MLP layer 0", "embedding lookups", "dot interaction", "top MLP layer 0",
                            "top MLP layer 1"),
                    operators.stream().map(Operator::name).toList());
            assertEquals(List.of(OperatorKind.LINEAR, OperatorKind.LOOKUP, OperatorKind.INTERACTION,
                    OperatorKind.LINEAR, OperatorKind.LOGIT), operators.stream().map(Operator::kind).toList());

            assertEquals(new Cost(2 * 10 * 48, 4 * (48 + 10 * 19), 0, 0),
                    operators.get(0).cost(PassPhase.FORWARD, shape));
            // No gradient of the data: only that of the activation.
            assertEquals(new Cost(160, 4 * 3 * 160, 0, 0), operators.get(0).cost(PassPhase.BACKWARD, shape));
            assertEquals(new Cost(2 * 10 * 48 + 160, 4 * (48 + 10 * 19 + 16), 0, 0),
                    operators.get(0).cost(PassPhase.WEIGHTS, shape));

            final double rowStride = EmbeddingTable.bytes(1, 16);
            assertEquals(new Cost(60 * 16, 60 * 8 + 2 * 10 * (4 + 64), 60, 60 * rowStride),
                    operators.get(1).cost(PassPhase.FORWARD, shape));
            assertEquals(Cost.NONE, operators.get(1).cost(PassPhase.BACKWARD, shape));

            // 3 pairs of 16 floats; the dense vector is copied beside them.
            assertEquals(new Cost(10 * 3 * 32, 4 * 10 * (48 + 19), 0, 0),
                    operators.get(2).cost(PassPhase.FORWARD, shape));
            assertEquals(new Cost(10 * 3 * 64, 4 * 10 * (96 + 19), 0, 0),
                    operators.get(2).cost(PassPhase.BACKWARD, shape));
            // The loss gives the last layer's gradient of the pre-activation.
            assertEquals(operators.get(4).cost(PassPhase.FORWARD, shape),
                    operators.get(4).cost(PassPhase.BACKWARD, shape));
            assertThrows(IllegalArgumentException.class, () -> operators.get(0).cost(PassPhase.LOSS, shape));
        }
    }

    @ParameterizedTest
    @MethodSource("org.dlrm4j.model.ModelExamples#all")
    void everyLayerHasCostsThatGrowWithItsSamples(ModelConfig config) {
        try (Network network = Network.create(config, new NumpyRandom(1));
                Batch batch = ModelExamples.batch(config, SAMPLES, 3)) {
            network.derive(batch);
            final BatchShape shape = BatchShape.of(batch, network);
            final BatchShape twice = shape.withSamples(2 * SAMPLES);
            double parameterFlops = 0;
            for (Operator operator : network.operators()) {
                final Cost one = operator.cost(PassPhase.FORWARD, shape);
                final Cost two = operator.cost(PassPhase.FORWARD, twice);
                assertEquals(2 * one.flops(), two.flops(), 1e-9 * two.flops(), operator.name());
                assertTrue(two.bytes() > one.bytes(), operator.name());
                assertEquals(2 * one.rows(), two.rows(), 1e-9 * two.rows(), operator.name());
                parameterFlops += operator.kind() == OperatorKind.LINEAR ? one.flops() : 0;
            }
            final List<Operator> operators = network.operators();
            final double rows = network.lookups().stream().mapToDouble(l -> batch.indexCount(l.feature())).sum();
            assertEquals(rows, sum(operators, PassPhase.FORWARD, shape).rows(), 1e-9 * rows);
            assertEquals(network.lookups().size(), operators.stream().mapToInt(Operator::lookups).sum());
            assertTrue(parameterFlops <= 2.0 * SAMPLES * config.denseParameters());
            // The gradient of the weights is a product as large as the layer's own.
            assertTrue(sum(operators, PassPhase.WEIGHTS, shape).flops() >= parameterFlops);
        }
    }

    @Test
    void intensityIsFlopsPerByte() {
        assertEquals(2, new Cost(80, 24, 1, 16).intensity());
        assertEquals(0, Cost.NONE.intensity());
        assertEquals(new Cost(20, 4, 6, 8), new Cost(10, 2, 3, 4).times(2));
    }
}
