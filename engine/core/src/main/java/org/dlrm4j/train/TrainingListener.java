package org.dlrm4j.train;

/** Is told what a trainer does, on the trainer's thread. */
public interface TrainingListener {
    /**
     * A step was done.
     *
     * @param position the run after the step
     * @param loss mean loss of the step's batch before the update
     * @param samples samples of the batch
     */
    default void stepped(TrainingPosition position, double loss, int samples) {}

    /**
     * The model was evaluated.
     *
     * @param position where the run stands
     * @param summary the metrics
     */
    default void evaluated(TrainingPosition position, Metrics.Summary summary) {}

    /**
     * A checkpoint or a delta was committed.
     *
     * @param position where the run stands
     */
    default void checkpointed(TrainingPosition position) {}
}
