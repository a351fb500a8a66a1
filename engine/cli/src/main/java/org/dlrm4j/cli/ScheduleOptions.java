package org.dlrm4j.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.dlrm4j.train.OptimizerSettings;
import org.dlrm4j.train.TrainerOptions;
import picocli.CommandLine.Option;

/** Batches, learning rate, dropout, and when to evaluate, to save and to stop. */
final class ScheduleOptions extends StepOptions {
    // @formatter:off
    @Option(names = "--accumulate", paramLabel = "N", defaultValue = "1",
            description = "Batches whose gradients make one step, as one batch of all their samples would "
                    + "(${DEFAULT-VALUE}).")
    private int accumulate;

    @Option(names = "--dropout", paramLabel = "P", defaultValue = "0",
            description = "Share of the units of each hidden layer that a step leaves out (${DEFAULT-VALUE}).")
    private float dropout;

    @Option(names = "--shuffle", description = "Visit the batches of every epoch in another random order.")
    private boolean shuffle;

    @Option(names = "--test-freq", paramLabel = "STEPS", defaultValue = "0",
            description = "Evaluate so often, and at the end; 0 for only at the end (${DEFAULT-VALUE}).")
    private long evaluateEvery;

    @Option(names = "--checkpoint-freq", paramLabel = "STEPS", defaultValue = "50000",
            description = "Save so often, and at the end; 0 for only at the end (${DEFAULT-VALUE}).")
    private long checkpointEvery;

    @Option(names = "--target-auc", paramLabel = "A", defaultValue = "NaN",
            description = "Stop when an evaluation reaches this AUC.")
    private double targetAuc;
    // @formatter:on

    @Option(names = "--patience", paramLabel = "N", defaultValue = "0", description = {
            "Stop when N evaluations in a row did not improve the best AUC; 0 for never (${DEFAULT-VALUE}).",
            "The best model is saved beside the last one, in the model directory's name with -best."})
    private int patience;

    boolean shuffle() {
        return shuffle;
    }

    int accumulate() {
        return accumulate;
    }

    /** Negative frequencies mean never, as in the reference. */
    TrainerOptions toOptions(int batchSize, boolean randomData, int seed, OptimizerSettings optimizer) {
        return new TrainerOptions(batchSize, accumulate, epochs(), optimizer, schedule(randomData),
                dropout, seed,
                Math.max(0, evaluateEvery),
                Math.max(0, checkpointEvery),
                targetAuc, patience, shuffle ? (long) seed : null);
    }

    /** Names what must be the same when a run is resumed. More epochs may be added. */
    static Map<String, Object> identity(TrainerOptions options, int seed) {
        final Map<String, Object> identity = new LinkedHashMap<>();
        identity.put("mini-batch-size", String.valueOf(options.batchSize()));
        identity.put("accumulate", String.valueOf(options.accumulate()));
        identity.put("dropout", String.valueOf(options.dropout()));
        identity.put("learning-rate", String.valueOf(options.schedule().base()));
        identity.put("lr-num-warmup-steps", String.valueOf(options.schedule().warmupSteps()));
        identity.put("lr-decay-start-step", String.valueOf(options.schedule().decayStart()));
        identity.put("lr-num-decay-steps", String.valueOf(options.schedule().decaySteps()));
        identity.put("shuffle", String.valueOf(options.shuffleSeed() != null));
        identity.put("numpy-rand-seed", String.valueOf(seed));
        return identity;
    }
}
