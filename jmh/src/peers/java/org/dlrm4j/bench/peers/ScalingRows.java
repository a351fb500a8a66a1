package org.dlrm4j.bench.peers;

import java.lang.foreign.ValueLayout;
import java.util.List;
import org.dlrm4j.bench.MeasuredLimits;
import org.dlrm4j.data.Batch;
import org.dlrm4j.model.ForwardPass;
import org.dlrm4j.model.Network;
import org.dlrm4j.train.Optimizer;
import org.dlrm4j.train.OptimizerKind;
import org.dlrm4j.train.TrainingStep;
import org.dlrm4j.train.WorkerPool;

/** Ours on two threads beside ours on one, which must give the same bits. */
final class ScalingRows {
    static final String SUFFIX = "2 threads : 1";
    static final String INFERENCE = "inference, " + SUFFIX;
    static final String TRAINING = "training, " + SUFFIX;
    private static final int THREADS = 2;
    private static final int BATCH = 2048;
    private static final double TOLERANCE = 0;

    private ScalingRows() {}

    /** Adds a row for scoring and one for training; none where there is only one CPU to run on. */
    static void run(ModelShape shape, Rows rows) {
        if (Runtime.getRuntime().availableProcessors() < THREADS) {
            return;
        }
        final double peak = THREADS * MeasuredLimits.multiplyAddGflops();
        final List<Batch> batches = shape.batches(BATCH);
        try (Network model = shape.create(); WorkerPool pool = new WorkerPool(THREADS)) {
            addInference(shape, peak, model, pool, batches, rows);
            addTraining(shape, peak, model, pool, batches, rows);
        } finally {
            batches.forEach(Batch::close);
        }
    }

    private static void addInference(ModelShape shape, double peak, Network model, WorkerPool pool,
            List<Batch> batches, Rows rows) {
        try (ForwardPass one = new ForwardPass(model, InferenceRows.SLOTS, 1);
                ForwardPass whole = new ForwardPass(model, BATCH, THREADS)) {
            final Batch compared = batches.getFirst();
            final float[] expected = new float[BATCH];
            InferenceRows.scoreInto(one, compared, expected, 0);
            inParts(whole, pool, compared);
            final float[] scores = whole.predictions().asSlice(0, (long) BATCH * Float.BYTES)
                    .toArray(ValueLayout.JAVA_FLOAT);
            rows.add(INFERENCE, shape.label() + " batch " + BATCH,
                    Work.samples(BATCH, shape.inferenceFlops(), peak), TOLERANCE,
                    new Turns<>(batches, 0, batch -> inParts(whole, pool, batch)),
                    new Rows.Peer(
                            new Contestant(Row.ONE_THREAD,
                                    new Turns<>(batches, 1, batch -> InferenceRows.score(one, batch))),
                            Answers.maxDifference(scores, expected)));
        }
    }

    /** Scores a batch in pieces as small as one thread's, whose activations stay in L2; threads take turns. */
    private static void inParts(ForwardPass whole, WorkerPool pool, Batch batch) {
        pool.run(thread -> {
            for (int at = thread * InferenceRows.SLOTS; at < BATCH; at += THREADS * InferenceRows.SLOTS) {
                whole.run(batch, 0, at, at + InferenceRows.SLOTS, thread);
            }
        });
    }

    private static void addTraining(ModelShape shape, double peak, Network model, WorkerPool pool,
            List<Batch> batches, Rows rows) {
        try (Network copy = shape.create();
                WorkerPool caller = new WorkerPool(1);
                Optimizer optimizer = new Optimizer(OptimizerKind.SGD, model, THREADS);
                Optimizer copysOptimizer = new Optimizer(OptimizerKind.SGD, copy, 1);
                TrainingStep two = new TrainingStep(model, optimizer, BATCH, pool);
                TrainingStep one = new TrainingStep(copy, copysOptimizer, BATCH, caller)) {
            rows.add(TRAINING, shape.label() + " batch " + BATCH,
                    Work.samples(BATCH, shape.trainingFlops(), peak), TOLERANCE,
                    new Turns<>(batches, 0, batch -> two.run(batch, TrainingRows.LEARNING_RATE, "batch")),
                    new Rows.Peer(
                            new Contestant(Row.ONE_THREAD,
                                    new Turns<>(batches, 1,
                                            batch -> one.run(batch, TrainingRows.LEARNING_RATE, "batch"))),
                            Answers.maxDifference(losses(two, batches.getFirst()), losses(one, batches.getFirst()))));
        }
    }

    private static float[] losses(TrainingStep step, Batch batch) {
        final float[] losses = new float[TrainingRows.COMPARED_STEPS];
        for (int i = 0; i < losses.length; i++) {
            losses[i] = (float) step.run(batch, TrainingRows.COMPARED_LEARNING_RATE, "compared batch");
        }
        return losses;
    }
}
