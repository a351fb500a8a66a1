package org.dlrm4j.train;

/**
 * How to train. Immutable and checked on construction.
 *
 * @param batchSize samples of a batch, 1 to 65,536; the last batch of an epoch may be shorter
 * @param accumulate batches whose gradients make one step, 1 or more: the step is that of one batch of all their samples, of
 *     which there are at most 65,536
 * @param epochs passes over the training samples
 * @param optimizer how gradients become updates
 * @param schedule learning rate by step
 * @param evaluateEverySteps evaluate each so many steps, 0 for only at the end
 * @param checkpointEverySteps write a checkpoint each so many steps, 0 for only at the end
 * @param targetAuc stop when an evaluation reaches it; NaN for never
 * @param patience stop when so many evaluations in a row did not improve the best AUC; 0 for never
 * @param dropout share of the units of each hidden layer of an MLP that a step leaves out, in [0, 1); 0 for none
 * @param randomSeed seed of the choice of these units, and of the rounding of rows in bf16
 * @param shuffleSeed visit the batches of each epoch in an order drawn from this seed; null for the order of the source
 */
public record TrainerOptions(int batchSize, int accumulate, int epochs, OptimizerSettings optimizer,
        LearningRateSchedule schedule, float dropout, long randomSeed, long evaluateEverySteps,
        long checkpointEverySteps, double targetAuc, int patience, Long shuffleSeed) {
    /** The largest batch, and the most samples of a step. */
    public static final int MAX_BATCH = 65_536;

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException naming the option that is wrong
     */
    public TrainerOptions {
        if (batchSize < 1 || batchSize > MAX_BATCH) {
            throw new IllegalArgumentException("batch size is " + batchSize + ", expected 1 to " + MAX_BATCH);
        }
        if (accumulate < 1 || (long) batchSize * accumulate > MAX_BATCH) {
            throw new IllegalArgumentException("gradients of " + accumulate + " batches of " + batchSize
                    + " samples are to be accumulated, expected 1 batch or more and at most " + MAX_BATCH
                    + " samples in all");
        }
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException("dropout is " + dropout + ", expected 0 or more and less than 1");
        }
        if (optimizer.needsConstantRate() && !schedule.isConstant()) {
            throw new IllegalArgumentException("FTRL takes weights from sums that assume one learning rate; leave out "
                    + "warm-up and decay, or use another optimizer");
        }
        if (epochs < 0) {
            throw new IllegalArgumentException("epochs are " + epochs + ", expected 0 or more");
        }
        if (evaluateEverySteps < 0 || checkpointEverySteps < 0 || patience < 0) {
            throw new IllegalArgumentException(
                    "steps between evaluations (" + evaluateEverySteps + "), between checkpoints ("
                            + checkpointEverySteps + ") and patience (" + patience + ") must be 0 or more");
        }
        if (targetAuc < 0 || targetAuc > 1) {
            throw new IllegalArgumentException("target AUC is " + targetAuc + ", expected 0 to 1");
        }
    }

    /**
     * Returns options with one optimizer of usual settings, without accumulation and dropout.
     *
     * @param batchSize samples a step
     * @param epochs passes over the training samples
     * @param optimizer how gradients become updates
     * @param schedule learning rate by step
     * @param evaluateEverySteps evaluate each so many steps, 0 for only at the end
     * @param checkpointEverySteps write a checkpoint each so many steps, 0 for only at the end
     * @param targetAuc stop when an evaluation reaches it; NaN for never
     * @param patience stop when so many evaluations in a row did not improve the best AUC; 0 for never
     * @param shuffleSeed visit the batches in an order drawn from this seed; null for the order of the source
     */
    public TrainerOptions(int batchSize, int epochs, OptimizerKind optimizer, LearningRateSchedule schedule,
            long evaluateEverySteps, long checkpointEverySteps, double targetAuc, int patience, Long shuffleSeed) {
        this(batchSize, 1, epochs, OptimizerSettings.of(optimizer), schedule, 0f, 0, evaluateEverySteps,
                checkpointEverySteps, targetAuc, patience, shuffleSeed);
    }

    /**
     * Returns options with other optimizers.
     *
     * @param settings how gradients become updates
     * @return the options
     */
    public TrainerOptions withOptimizer(OptimizerSettings settings) {
        return new TrainerOptions(batchSize, accumulate, epochs, settings, schedule, dropout, randomSeed,
                evaluateEverySteps, checkpointEverySteps, targetAuc, patience, shuffleSeed);
    }

    /**
     * Returns options that accumulate gradients.
     *
     * @param batches {@link #accumulate}
     * @return the options
     */
    public TrainerOptions withAccumulation(int batches) {
        return new TrainerOptions(batchSize, batches, epochs, optimizer, schedule, dropout, randomSeed,
                evaluateEverySteps, checkpointEverySteps, targetAuc, patience, shuffleSeed);
    }

    /**
     * Returns options with dropout.
     *
     * @param share {@link #dropout}
     * @param seed {@link #randomSeed}
     * @return the options
     */
    public TrainerOptions withDropout(float share, long seed) {
        return new TrainerOptions(batchSize, accumulate, epochs, optimizer, schedule, share, seed,
                evaluateEverySteps, checkpointEverySteps, targetAuc, patience, shuffleSeed);
    }

    /**
     * Returns the samples of a step.
     *
     * @return batch size times accumulated batches
     */
    public int stepSamples() {
        return batchSize * accumulate;
    }

    /**
     * Returns options that train once over the data without evaluation or checkpoints on the way.
     *
     * @param batchSize samples a step
     * @param optimizer how gradients become updates
     * @param learningRate constant rate
     * @return the options
     */
    public static TrainerOptions once(int batchSize, OptimizerKind optimizer, float learningRate) {
        return new TrainerOptions(batchSize, 1, optimizer, LearningRateSchedule.constant(learningRate), 0, 0,
                Double.NaN, 0,
                null);
    }
}
