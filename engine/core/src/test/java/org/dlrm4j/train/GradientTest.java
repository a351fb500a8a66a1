package org.dlrm4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.kernels.LossFunction;
import org.dlrm4j.kernels.Pooling;
import org.dlrm4j.model.Dlrm;
import org.dlrm4j.model.Interaction;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.ModelExamples;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.ReferenceModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients against central differences of the double-precision oracle, and what must not change the result of a step. */
class GradientTest {
    @ParameterizedTest
    @MethodSource("org.dlrm4j.model.ModelExamples#all")
    void gradientsAreThoseOfTheDefinition(ModelConfig config) {
        final float learningRate = 1f;
        try (Network model = Network.create(config, new NumpyRandom(5));
                Batch batch = ModelExamples.batch(config, 37, 6)) {
            final ReferenceModel reference = new ReferenceModel(model);
            final double expectedLoss = reference.loss(batch);
            final double loss;
            try (WorkerPool pool = new WorkerPool(1);
                    Optimizer optimizer = new Optimizer(OptimizerKind.SGD, model, 1);
                    TrainingStep step = new TrainingStep(model, optimizer, batch.size(), pool)) {
                loss = step.run(batch, learningRate, "batch");
            }
            assertEquals(expectedLoss, loss, 1e-6 * Math.max(1, expectedLoss));
            final double[] after = ReferenceModel.flatten(model);
            final double h = 1e-6;
            int nonZero = 0;
            for (int i = 0; i < after.length; i++) {
                final double before = reference.parameters[i];
                reference.parameters[i] = before + h;
                final double up = reference.loss(batch);
                reference.parameters[i] = before - h;
                final double down = reference.loss(batch);
                reference.parameters[i] = before;
                final double gradient = (up - down) / (2 * h);
                // The update is rounded to a float of the parameter's size; duplicates of a row round once each.
                assertEquals(gradient, (before - after[i]) / learningRate,
                        1e-6 + 5e-6 * Math.abs(before) + 2e-5 * Math.abs(gradient),
                        "parameter " + i);
                nonZero += gradient != 0 ? 1 : 0;
            }
            assertTrue(nonZero > after.length / 4, nonZero + " of " + after.length + " gradients are not zero");
        }
    }

    /** These batches are small: the caller's thread would do them alone. */
    private static WorkerPool alwaysShared(int threads) {
        return new WorkerPool(WorkerPoolOptions.of(threads).withMinSharedWork(0));
    }

    private static double[] train(ModelConfig config, OptimizerKind kind, int size, int threads) {
        try (Network model = Network.create(config, new NumpyRandom(5));
                WorkerPool pool = alwaysShared(threads);
                Optimizer optimizer = new Optimizer(kind, model, threads);
                TrainingStep step = new TrainingStep(model, optimizer, size, pool)) {
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
    void threadsDoNotChangeABit(ModelConfig config) {
        // The other methods' updates differ by element only; OptimizerTest has them all.
        for (OptimizerKind kind : new OptimizerKind[]{OptimizerKind.SGD, OptimizerKind.ADAGRAD,
                OptimizerKind.ROW_WISE_ADAGRAD}) {
            for (int size : new int[]{1, 5, 1300}) {
                final double[] one = train(config, kind, size, 1);
                for (int threads : new int[]{2, 3, 7}) {
                    assertArrayEquals(one, train(config, kind, size, threads),
                            kind + ", batch " + size + ", threads " + threads);
                }
            }
        }
    }

    @Test
    void adagradFollowsItsFormula() {
        // One sample, one index a table: state = g², so every touched weight moves by lr·sign(g) (row-wise: by the row's norm).
        final ModelConfig config = ModelConfig.of(2, new long[]{3}, 4,
                Dlrm.of(new int[]{2, 4}, new int[]{1}));
        for (OptimizerKind kind : new OptimizerKind[]{OptimizerKind.ADAGRAD, OptimizerKind.ROW_WISE_ADAGRAD}) {
            try (Network model = Network.create(config, new NumpyRandom(1)); Batch batch = new Batch(1, 2, 1)) {
                batch.beginOneHot(1);
                batch.setDense(0, 0, 1.5f);
                batch.setDense(0, 1, 0.5f);
                batch.setTarget(0, 1);
                batch.setIndex(0, 0, 2);
                final double[] before = ReferenceModel.flatten(model);
                try (WorkerPool pool = new WorkerPool(1);
                        Optimizer optimizer = new Optimizer(kind, model, 1);
                        TrainingStep step = new TrainingStep(model, optimizer, 1, pool)) {
                    step.run(batch, 0.01f, "batch");
                }
                final double[] after = ReferenceModel.flatten(model);
                double rowNorm = 0;
                for (int i = 0; i < 12; i++) {
                    final double moved = after[i] - before[i];
                    if (i < 8) {
                        assertEquals(0, moved, "row " + i / 4 + " was not in the batch");
                    } else if (kind == OptimizerKind.ADAGRAD) {
                        assertTrue(moved == 0 || Math.abs(Math.abs(moved) - 0.01) < 1e-5, "moved by " + moved);
                    }
                    rowNorm += moved * moved;
                }
                if (kind == OptimizerKind.ROW_WISE_ADAGRAD) {
                    assertEquals(0.01 * 2, Math.sqrt(rowNorm), 1e-5, "lr · |g| / sqrt(mean g²) = lr · sqrt(dim)");
                }
                int movedWeights = 0;
                for (int i = 12; i < after.length; i++) {
                    final double moved = Math.abs(after[i] - before[i]);
                    assertTrue(moved == 0 || Math.abs(moved - 0.01) < 1e-5, "moved by " + moved);
                    movedWeights += moved > 0 ? 1 : 0;
                }
                assertTrue(movedWeights > 0);
            }
        }
    }

    @Test
    void aNaNStopsTheStepAndIsNamed() {
        final ModelConfig config = ModelExamples.dlrm(4, Interaction.DOT, false, Pooling.SUM, LossFunction.BCE, 0);
        try (Network model = Network.create(config, new NumpyRandom(5));
                Batch batch = ModelExamples.batch(config, 9, 6);
                WorkerPool pool = alwaysShared(2);
                Optimizer optimizer = new Optimizer(OptimizerKind.SGD, model, 2);
                TrainingStep step = new TrainingStep(model, optimizer, 9, pool)) {
            final double[] before = ReferenceModel.flatten(model);
            batch.setDense(4, 1, Float.NaN);
            assertEquals("batch 7: dense feature 1 of sample 4 is NaN; clean the input",
                    assertThrows(NonFiniteException.class, () -> step.run(batch, 0.1f, "batch 7")).getMessage());
            assertArrayEquals(before, ReferenceModel.flatten(model));
            batch.setDense(4, 1, 1f);
            model.tables().get(1).segment().set(ValueLayout.JAVA_FLOAT, model.tables().get(1).rowOffset(0), Float.NaN);
            assertEquals("batch 8: table-01 row 0 is NaN or infinite; lower the learning rate",
                    assertThrows(NonFiniteException.class, () -> step.run(batch, 0.1f, "batch 8")).getMessage());
            model.mlp("top_l").layers().get(1).weights().set(ValueLayout.JAVA_FLOAT, 0, Float.POSITIVE_INFINITY);
            model.mlp("top_l").layers().get(1).repack(0, 5);
            assertEquals("batch 9: top MLP layer 1 has a parameter that is NaN or infinite; lower the learning rate",
                    assertThrows(NonFiniteException.class, () -> step.run(batch, 0.1f, "batch 9")).getMessage());
        }
    }

    @Test
    void anIndexOutOfRangeIsNamedAndNothingChanges() {
        final ModelConfig config = ModelExamples.dlrm(4, Interaction.DOT, false, Pooling.SUM, LossFunction.BCE, 0);
        try (Network model = Network.create(config, new NumpyRandom(5));
                Batch batch = ModelExamples.batch(config, 9, 6);
                WorkerPool pool = alwaysShared(2);
                Optimizer optimizer = new Optimizer(OptimizerKind.SGD, model, 2);
                TrainingStep step = new TrainingStep(model, optimizer, 9, pool)) {
            final double[] before = ReferenceModel.flatten(model);
            batch.indices(2).setAtIndex(ValueLayout.JAVA_LONG, batch.indexCount(2) - 1L, 9);
            final String message = assertThrows(IndexOutOfBoundsException.class, () -> step.run(batch, 0.1f, "batch"))
                    .getMessage();
            assertTrue(message.contains("table-02") && message.contains("9"), message);
            assertArrayEquals(before, ReferenceModel.flatten(model));
        }
    }
}
