package org.dlrm4j.bench.peers;

import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.dlrm4j.bench.MeasuredLimits;
import org.dlrm4j.data.Batch;
import org.dlrm4j.model.Network;
import org.dlrm4j.train.Optimizer;
import org.dlrm4j.train.OptimizerKind;
import org.dlrm4j.train.TrainingStep;
import org.dlrm4j.train.WorkerPool;

/** Whole training steps with SGD: forward, loss, backward, update. */
final class TrainingRows {
    static final String OPERATION = "DLRM training, SGD";
    private static final double TOLERANCE = 1e-4;
    static final float LEARNING_RATE = 0.01f;

    /** A large rate makes parameters, and so losses, move enough that a wrong gradient shows. */
    static final float COMPARED_LEARNING_RATE = 0.5f;
    static final int COMPARED_STEPS = 8;

    private TrainingRows() {}

    /** Adds a row for each batch size. */
    static void run(ModelShape shape, List<Integer> batchSizes, Rows rows) {
        final double peak = MeasuredLimits.multiplyAddGflops();
        for (int m : batchSizes) {
            try (Network model = shape.create();
                    WorkerPool pool = new WorkerPool(1);
                    Optimizer optimizer = new Optimizer(OptimizerKind.SGD, model, 1);
                    TrainingStep step = new TrainingStep(model, optimizer, m, pool);
                    PointerScope tensors = new PointerScope()) {
                batchSize(shape, m, peak, step, TorchDlrm.forTraining(model), rows);
            }
        }
    }

    private static void batchSize(ModelShape shape, int m, double peak, TrainingStep step, TorchDlrm torch,
            Rows rows) {
        final List<Batch> batches = shape.batches(m);
        try {
            final List<TorchDlrm.Input> inputs = torch.inputs(batches, shape.pooling());
            final float[] ours = new float[COMPARED_STEPS];
            final float[] torchs = new float[COMPARED_STEPS];
            for (int i = 0; i < COMPARED_STEPS; i++) {
                // The same batch again and again: only what was learned from it changes the loss.
                ours[i] = (float) step.run(batches.getFirst(), COMPARED_LEARNING_RATE, "compared batch");
                torchs[i] = (float) torch.train(inputs.getFirst(), COMPARED_LEARNING_RATE);
            }
            rows.add(OPERATION, shape.label() + " batch " + m,
                    Work.samples(m, shape.trainingFlops(), peak), TOLERANCE,
                    new Turns<>(batches, 0, batch -> step.run(batch, LEARNING_RATE, "batch")),
                    new Rows.Peer(
                            new Contestant(Row.LIBTORCH,
                                    new Turns<>(inputs, 1, input -> torch.train(input, LEARNING_RATE))),
                            Answers.maxDifference(ours, torchs)));
        } finally {
            torch.close();
            batches.forEach(Batch::close);
        }
    }
}
