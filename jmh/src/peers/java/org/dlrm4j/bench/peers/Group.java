package org.dlrm4j.bench.peers;

import java.util.List;
import java.util.Locale;

/** Rows that share a JVM. */
enum Group {
    /** Matrix products. */
    GEMM,
    /** Lookups in one table, with and without update. */
    LOOKUPS,
    /** Scoring, Criteo Kaggle. */
    INFERENCE_KAGGLE,
    /** Scoring, MLPerf. */
    INFERENCE_MLPERF,
    /** Scoring, RMC1. */
    INFERENCE_RMC1,
    /** Training, Criteo Kaggle. */
    TRAINING_KAGGLE,
    /** Training, MLPerf. */
    TRAINING_MLPERF,
    /** Training, RMC1. */
    TRAINING_RMC1,
    /** Two threads beside one, Criteo Kaggle. */
    SCALING_KAGGLE,
    /** Two threads beside one, MLPerf. */
    SCALING_MLPERF;

    private static final List<Integer> BATCHES = List.of(1, 16, 128, 2048);
    private static final List<Integer> QUICK_BATCHES = List.of(1, 128);

    /** Returns the name as it stands on the command line. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Returns the group of that name, or null. */
    static Group named(String label) {
        return List.of(values()).stream().filter(g -> g.label().equals(label)).findFirst().orElse(null);
    }

    /** Adds the rows. */
    void run(boolean quick, Rows rows) {
        final List<Integer> batches = quick ? QUICK_BATCHES : BATCHES;
        switch (this) {
            case GEMM -> GemmRows.run(quick, rows);
            case LOOKUPS -> LookupRows.run(quick, rows);
            case INFERENCE_KAGGLE -> InferenceRows.run(ModelShape.KAGGLE, batches, rows);
            case INFERENCE_MLPERF -> InferenceRows.run(ModelShape.MLPERF, batches, rows);
            case INFERENCE_RMC1 -> InferenceRows.run(ModelShape.RMC1, batches, rows);
            case TRAINING_KAGGLE -> TrainingRows.run(ModelShape.KAGGLE, quick ? List.of(128) : List.of(128, 2048),
                    rows);
            case TRAINING_MLPERF -> TrainingRows.run(ModelShape.MLPERF, List.of(2048), rows);
            case TRAINING_RMC1 -> TrainingRows.run(ModelShape.RMC1, List.of(2048), rows);
            case SCALING_KAGGLE -> ScalingRows.run(ModelShape.KAGGLE, rows);
            case SCALING_MLPERF -> ScalingRows.run(ModelShape.MLPERF, rows);
        }
    }
}
