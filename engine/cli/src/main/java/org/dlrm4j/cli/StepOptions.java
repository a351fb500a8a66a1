package org.dlrm4j.cli;

import org.dlrm4j.train.LearningRateSchedule;
import picocli.CommandLine.Option;

/** Size, number and learning rate of training steps, under the reference's names. */
public class StepOptions {
    @Option(names = "--mini-batch-size", paramLabel = "N", description = "Samples of a step (128; random data: 1).")
    private Integer batchSize;

    @Option(names = "--nepochs", paramLabel = "N", defaultValue = "1", description = "Passes over the training data (${DEFAULT-VALUE}).")
    private int epochs;

    @Option(names = "--learning-rate", paramLabel = "R", description = "Learning rate (0.1; random data: 0.01).")
    private Float learningRate;

    @Option(names = "--lr-num-warmup-steps", paramLabel = "N", defaultValue = "0", description = "Steps over which the rate rises to its value (${DEFAULT-VALUE}).")
    private long warmupSteps;

    @Option(names = "--lr-decay-start-step", paramLabel = "N", defaultValue = "0", description = "Step at which the rate begins to fall (${DEFAULT-VALUE}).")
    private long decayStart;

    @Option(names = "--lr-num-decay-steps", paramLabel = "N", defaultValue = "0", description = "Steps over which it falls quadratically; 0 for never (${DEFAULT-VALUE}).")
    private long decaySteps;

    public int batchSize(boolean randomData) {
        return batchSize != null ? batchSize : randomData ? 1 : 128;
    }

    /** Returns the samples of a step, or what the command takes if they were not given. */
    public int batchSizeOr(int other) {
        return batchSize != null ? batchSize : other;
    }

    public int epochs() {
        return epochs;
    }

    public LearningRateSchedule schedule(boolean randomData) {
        final float rate = learningRate != null ? learningRate : randomData ? 0.01f : 0.1f;
        return new LearningRateSchedule(rate, warmupSteps, decayStart, decaySteps);
    }
}
