package org.dlrm4j.train;

/**
 * How to train. Immutable and checked on construction.
 *
 * @param batchSize samples a step, 1 to 65,536; the last batch of an epoch may be shorter
 * @param epochs passes over the training samples
 * @param optimizer how gradients become updates
 * @param schedule learning rate by step
 * @param evaluateEverySteps evaluate each so many steps, 0 for only at the end
 * @param checkpointEverySteps write a checkpoint each so many steps, 0 for only at the end
 * @param targetAuc stop when an evaluation reaches it; NaN for never
 * @param patience stop when so many evaluations in a row did not improve the best AUC; 0 for never
 * @param shuffleSeed visit the batches of each epoch in an order drawn from this seed; null for the order of the source
 */
public record TrainerOptions(int batchSize, int epochs, OptimizerKind optimizer, LearningRateSchedule schedule,
        long evaluateEverySteps, long checkpointEverySteps, double targetAuc, int patience, Long shuffleSeed) {
    /** The largest batch. */
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
