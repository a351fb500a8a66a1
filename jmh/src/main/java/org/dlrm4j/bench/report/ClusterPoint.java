package org.dlrm4j.bench.report;

/**
 * A step on a cluster by the model, in milliseconds.
 *
 * @param nodes how many
 * @param globalBatch samples of a step on all of them
 * @param denseMillis MLPs, interaction, loss and their updates on a node's samples
 * @param lookupMillis lookups of a node's tables for all samples
 * @param updateMillis updates of a node's tables
 * @param allToAllMillis exchange of pooled rows and of their gradients, as far as nothing hides it
 * @param allReduceMillis sum of the MLPs' gradients, as far as nothing hides it
 * @param fits whether a node's tables fit into its memory
 */
record ClusterPoint(int nodes, double globalBatch, double denseMillis, double lookupMillis, double updateMillis,
        double allToAllMillis, double allReduceMillis, boolean fits) {
    /** Names of the parts, in the order of {@link #parts}. */
    static final String[] PARTS = {"MLPs", "lookups", "sparse update", "all-to-all", "all-reduce"};

    double[] parts() {
        return new double[]{denseMillis, lookupMillis, updateMillis, allToAllMillis, allReduceMillis};
    }

    double stepMillis() {
        return denseMillis + lookupMillis + updateMillis + allToAllMillis + allReduceMillis;
    }

    /** Returns samples that the cluster trains in a second. */
    double samplesPerSecond() {
        return globalBatch / stepMillis() * 1e3;
    }

    /** Names the largest part. */
    String bindsBy() {
        final double[] parts = parts();
        int most = 0;
        for (int i = 1; i < parts.length; i++) {
            most = parts[i] > parts[most] ? i : most;
        }
        return PARTS[most] + (fits ? "" : ", does not fit into memory");
    }
}
