package org.dlrm4j.train;

import java.util.SplittableRandom;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.SampleSource;
import org.dlrm4j.model.Network;

/**
 * Trains a model on a source of samples: steps, evaluations, checkpoints, early stop. A run that was interrupted and resumed
 * from its checkpoint gives the same bits as one that was not. Used by one thread, except for {@link #requestStop}.
 */
public final class Trainer implements AutoCloseable {
    /** Why a run ended. */
    public enum Outcome {
        /** All epochs are done. */
        FINISHED,
        /** An evaluation reached the target AUC. */
        TARGET_REACHED,
        /** Evaluations stopped improving. */
        NO_IMPROVEMENT,
        /** {@link Trainer#requestStop} was called. */
        STOPPED
    }

    /** Stores the run; called between steps. */
    @FunctionalInterface
    public interface CheckpointWriter {
        /**
         * Writes a checkpoint.
         *
         * @param position where the run stands
         * @param optimizer the optimizer with its state
         */
        void write(TrainingPosition position, Optimizer optimizer);

        /**
         * Writes what changed since the last checkpoint or delta. By default a checkpoint.
         *
         * @param position where the run stands
         * @param optimizer the optimizer with its state, which remembers the rows that were updated
         */
        default void writeDelta(TrainingPosition position, Optimizer optimizer) {
            write(position, optimizer);
        }
    }

    private final Network network;
    private final SampleSource train;
    private final SampleSource evaluation;
    private final TrainerOptions options;
    private final WorkerPool pool;
    private final Optimizer optimizer;
    private final TrainingStep step;
    private final BatchReader reader;
    private final Batch batch;
    private final long batchesPerEpoch;
    private TrainingPosition position = TrainingPosition.START;
    private volatile boolean stopRequested;
    private long deltaEverySteps;
    private int[] order;
    private int orderEpoch = -1;

    /**
     * Prepares a run from the start.
     *
     * @param network what to train; owned by the caller
     * @param train the training samples; owned by the caller
     * @param evaluation the samples to evaluate on, or null; owned by the caller
     * @param options how to train
     * @param pool the threads; owned by the caller
     * @throws IllegalArgumentException if the samples' features differ from the model's
     */
    public Trainer(Network network, SampleSource train, SampleSource evaluation, TrainerOptions options,
            WorkerPool pool) {
        if (train.denseFeatures() != network.config().denseFeatures()
                || train.sparseFeatures() != network.config().sparseFeatures()) {
            throw new IllegalArgumentException("the samples have " + train.denseFeatures() + " dense and "
                    + train.sparseFeatures() + " sparse features, the model has " + network.config().denseFeatures()
                    + " and "
                    + network.config().sparseFeatures());
        }
        if (train.samples() == 0) {
            throw new IllegalArgumentException("there are no training samples");
        }
        this.network = network;
        this.train = train;
        this.evaluation = evaluation;
        this.options = options;
        this.pool = pool;
        batchesPerEpoch = (train.samples() + options.stepSamples() - 1) / options.stepSamples();
        optimizer = new Optimizer(options.optimizer(), network, pool.threads(), options.randomSeed());
        final int largest = (int) Math.min(options.stepSamples(), train.samples());
        step = new TrainingStep(network, optimizer, largest, pool, options.dropout(), options.randomSeed());
        reader = new BatchReader(train, pool);
        batch = new Batch(largest, train.denseFeatures(), train.sparseFeatures());
    }

    /**
     * Returns the optimizer, for a checkpoint to restore its state.
     *
     * @return the live optimizer
     */
    public Optimizer optimizer() {
        return optimizer;
    }

    /**
     * Continues a run from where its checkpoint stands.
     *
     * @param restored the position
     */
    public void resumeFrom(TrainingPosition restored) {
        if (restored.batch() >= batchesPerEpoch) {
            throw new IllegalArgumentException(
                    "the checkpoint stands at batch " + restored.batch() + ", but an epoch has "
                            + batchesPerEpoch + "; resume with the same data and batch size");
        }
        position = restored;
        optimizer.resumeFrom(restored.step());
    }

    /**
     * Writes deltas between checkpoints. Call before {@link #run}, once; from then on updated rows of tables are remembered, a bit
     * each.
     *
     * @param everySteps steps between deltas, 1 or more; a checkpoint that is due at the same step is written instead
     */
    public void enableDeltas(long everySteps) {
        if (everySteps < 1) {
            throw new IllegalArgumentException("steps between deltas are " + everySteps + ", expected 1 or more");
        }
        deltaEverySteps = everySteps;
        optimizer.trackChanges();
    }

    /**
     * Returns the number of steps of the whole run.
     *
     * @return epochs times batches of an epoch
     */
    public long totalSteps() {
        return batchesPerEpoch * options.epochs();
    }

    /** Asks a running {@link #run} to return after the current step. Callable from any thread. */
    public void requestStop() {
        stopRequested = true;
    }

    /**
     * Trains until the epochs are done or the run stops early. Writes a last checkpoint in any case that does not throw.
     *
     * @param listener is told of progress
     * @param checkpoints stores the run, or null
     * @param best stores the run whenever an evaluation is better than all before, or null
     * @return why the run ended
     * @throws NonFiniteException if the loss is NaN or infinite, naming batch and culprit; the last checkpoint stays
     */
    public Outcome run(TrainingListener listener, CheckpointWriter checkpoints, CheckpointWriter best) {
        Outcome outcome = Outcome.FINISHED;
        try (Evaluator evaluator = evaluation == null ? null : new Evaluator(network, pool, options.batchSize())) {
            while (position.epoch() < options.epochs()) {
                if (stopRequested) {
                    outcome = Outcome.STOPPED;
                    break;
                }
                stepOnce(listener);
                final long done = position.step();
                final boolean last = position.epoch() == options.epochs();
                if (evaluator != null && (last || due(done, options.evaluateEverySteps()))) {
                    final Metrics.Summary summary = evaluator.evaluate(evaluation, Long.MAX_VALUE);
                    position = position.afterEvaluation(summary.auc());
                    listener.evaluated(position, summary);
                    if (best != null && position.evaluationsSinceBest() == 0) {
                        best.write(position, optimizer);
                    }
                    if (summary.auc() >= options.targetAuc()) {
                        outcome = Outcome.TARGET_REACHED;
                        break;
                    }
                    if (options.patience() > 0 && position.evaluationsSinceBest() >= options.patience()) {
                        outcome = Outcome.NO_IMPROVEMENT;
                        break;
                    }
                }
                if (checkpoints != null && !last) {
                    if (due(done, options.checkpointEverySteps())) {
                        checkpoint(listener, checkpoints);
                    } else if (due(done, deltaEverySteps)) {
                        checkpoints.writeDelta(position, optimizer);
                        listener.checkpointed(position);
                    }
                }
            }
        }
        if (checkpoints != null) {
            checkpoint(listener, checkpoints);
        }
        return outcome;
    }

    /**
     * Trains without keeping the best model apart.
     *
     * @param listener is told of progress
     * @param checkpoints stores the run, or null
     * @return why the run ended
     */
    public Outcome run(TrainingListener listener, CheckpointWriter checkpoints) {
        return run(listener, checkpoints, null);
    }

    private static boolean due(long step, long every) {
        return every > 0 && step % every == 0;
    }

    private void checkpoint(TrainingListener listener, CheckpointWriter checkpoints) {
        checkpoints.write(position, optimizer);
        listener.checkpointed(position);
    }

    private void stepOnce(TrainingListener listener) {
        final long number = batchNumber();
        final long first = number * options.stepSamples();
        final int samples = (int) Math.min(options.stepSamples(), train.samples() - first);
        reader.read(first, samples, batch);
        final double loss = step.run(batch, options.schedule().rate(position.step() + 1),
                "epoch " + position.epoch() + ", batch " + number + " (samples " + first + " to "
                        + (first + samples - 1) + ")");
        position = position.afterStep(batchesPerEpoch);
        listener.stepped(position, loss, samples);
    }

    /** The order of an epoch is a function of seed and epoch, so that a resumed run finds it again. */
    private long batchNumber() {
        if (options.shuffleSeed() == null) {
            return position.batch();
        }
        if (orderEpoch != position.epoch()) {
            orderEpoch = position.epoch();
            order = new int[Math.toIntExact(batchesPerEpoch)];
            final SplittableRandom random = new SplittableRandom(options.shuffleSeed() + orderEpoch);
            for (int i = 0; i < order.length; i++) {
                final int j = random.nextInt(i + 1);
                order[i] = order[j];
                order[j] = i;
            }
        }
        return order[(int) position.batch()];
    }

    @Override
    public void close() {
        batch.close();
        step.close();
        optimizer.close();
    }
}
