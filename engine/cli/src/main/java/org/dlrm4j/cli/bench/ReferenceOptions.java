package org.dlrm4j.cli.bench;

import org.dlrm4j.cli.Usage;
import picocli.CommandLine.Option;

/** What the reference's benchmark is told beside model, data and steps, under its names. */
final class ReferenceOptions {
    private static final int FLOAT_BITS = 32;

    // @formatter:off
    @Option(names = "--inference-only", description = "Predict instead of training.")
    private boolean inferenceOnly;

    @Option(names = "--print-freq", paramLabel = "STEPS", defaultValue = "1",
            description = "Print a line each so many steps (${DEFAULT-VALUE}).")
    private long printEvery;

    @Option(names = "--print-time", description = "Accepted: times are always printed.")
    private boolean printTime;

    @Option(names = "--print-wall-time", description = "Add the time of day to each line.")
    private boolean printWallTime;

    @Option(names = "--test-freq", paramLabel = "STEPS", defaultValue = "-1",
            description = "Evaluate so often and after the last step; -1 for never (${DEFAULT-VALUE}). Random data is "
                    + "evaluated on itself, and training goes on with the batch that would have come without.")
    private long testEvery;

    @Option(names = "--test-mini-batch-size", paramLabel = "N", defaultValue = "-1",
            description = "Samples evaluated at once; random data has batches of one size only (--mini-batch-size).")
    private int testBatchSize;

    @Option(names = {"--num-workers", "--test-num-workers"}, paramLabel = "N",
            description = "Accepted: batches are made between the times that are measured.")
    private int[] loaders;

    @Option(names = "--memory-map", description = "Accepted: data is always mapped.")
    private boolean memoryMap;

    @Option(names = "--activation-function", paramLabel = "relu", defaultValue = "relu",
            description = "Hidden layers have ReLU (${DEFAULT-VALUE}).")
    private String activation;

    @Option(names = {"--quantize-mlp-with-bit", "--quantize-emb-with-bit"}, paramLabel = "32",
            description = "Parameters have 32 bits.")
    private int[] bits;

    @Option(names = "--enable-profiling",
            description = "Record the run with the JDK's Flight Recorder into dlrm_bench<time>.jfr.")
    private boolean profiling;
    // @formatter:on

    /** Refuses values that cannot be had. */
    void check() {
        Usage.require(printEvery >= 1, "--print-freq is " + printEvery + ", expected 1 or more");
        Usage.require(testBatchSize == -1 || testBatchSize > 0,
                "--test-mini-batch-size is " + testBatchSize + ", expected 1 or more, or -1 for --mini-batch-size");
        Usage.require(activation.equals("relu"),
                "--activation-function is " + activation + ", but hidden layers have ReLU; leave it out");
        for (int found : bits == null ? new int[0] : bits) {
            Usage.require(found == FLOAT_BITS, "--quantize-mlp-with-bit and --quantize-emb-with-bit take " + FLOAT_BITS
                    + " only, found " + found + "; leave them out");
        }
    }

    boolean inferenceOnly() {
        return inferenceOnly;
    }

    long printEvery() {
        return printEvery;
    }

    boolean printWallTime() {
        return printWallTime;
    }

    /** Returns 0 for never. */
    long testEvery() {
        return Math.max(0, testEvery);
    }

    int testBatchSizeOr(int batchSize) {
        return testBatchSize > 0 ? testBatchSize : batchSize;
    }

    boolean profiling() {
        return profiling;
    }
}
