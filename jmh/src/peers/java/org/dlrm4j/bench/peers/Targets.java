package org.dlrm4j.bench.peers;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** How fast dlrm4j wants to be on one core with AVX-512: beside the machine's limits, and beside the faster peer. */
final class Targets {
    private static final int[] BATCHES = {1, 16, 128, 2048};

    /** The targets in the report's order. */
    static final List<Target> ALL = all();

    private Targets() {}

    private static List<Target> all() {
        final List<Target> targets = new ArrayList<>();
        final Predicate<Row> largeProducts = gemm("(128|2048) x .*");
        targets.add(new Target("GEMM, 128 rows or more: of FMA peak", 0.9, largeProducts, Row::ofLimit));
        targets.add(new Target("GEMM, 128 rows or more: times libtorch", 1, largeProducts, Row::ratioToBestPeer));
        targets.add(new Target("GEMM, 16 rows: of FMA peak", 0.7, gemm("16 x .*"), Row::ofLimit));
        targets.add(new Target("GEMM, 1 row: of reading the weights", 0.8, gemm("1 x .*"), Row::ofLimit));

        targets.add(new Target("SLS far over L3: of random rows", 0.95, sls("DRAM.*"), Row::ofLimit));
        targets.add(new Target("SLS far over L3: times libtorch", 1.3, sls("DRAM.*"), Row::ratioToBestPeer));
        targets.add(new Target("SLS in L2, L3: times libtorch", 1.2, sls("L[23].*"), Row::ratioToBestPeer));
        targets.add(new Target("Row-wise Adagrad far over L3: of random rows", 0.7,
                rows(LookupRows.ROW_ADAGRAD_ALONE, "DRAM.*"), Row::ofLimit));

        addInference(targets, "Kaggle", 3.5, 1.8, 1.6, 1.6);
        addInference(targets, "MLPerf", 1.1, 1.4, 1.6, 1.45);
        addInference(targets, "RMC1", 4, 2.5, 1.3, 1.3);
        targets.add(new Target("Inference, batch 128 or more: of FMA peak", 0.85,
                rows(InferenceRows.OPERATION, "(Kaggle|MLPerf) batch (128|2048)"), Row::ofLimit));
        addTraining(targets, "Kaggle", 128, 2.5);
        addTraining(targets, "Kaggle", 2048, 1.8);
        addTraining(targets, "MLPerf", 2048, 1.5);
        addTraining(targets, "RMC1", 2048, 6);
        for (String model : List.of("Kaggle", "MLPerf")) {
            for (String what : List.of(ScalingRows.INFERENCE, ScalingRows.TRAINING)) {
                targets.add(new Target(what + ", " + model + " 2048", 1.85, rows(what, model + ".*"),
                        Row::ratioToBestPeer));
            }
        }
        return List.copyOf(targets);
    }

    private static void addInference(List<Target> targets, String model, double... wanted) {
        for (int i = 0; i < BATCHES.length; i++) {
            targets.add(new Target("Inference, " + model + " " + BATCHES[i] + ": times the better peer", wanted[i],
                    rows(InferenceRows.OPERATION, model + " batch " + BATCHES[i]), Row::ratioToBestPeer));
        }
    }

    private static void addTraining(List<Target> targets, String model, int batch, double wanted) {
        targets.add(new Target("Training, " + model + " " + batch + ": times libtorch", wanted,
                rows(TrainingRows.OPERATION, model + " batch " + batch), Row::ratioToBestPeer));
    }

    private static Predicate<Row> gemm(String shape) {
        return row -> row.operation().startsWith(GemmRows.OPERATION) && row.shape().matches(shape);
    }

    private static Predicate<Row> sls(String size) {
        return rows(LookupRows.SLS, size);
    }

    private static Predicate<Row> rows(String operation, String shape) {
        return row -> row.operation().equals(operation) && row.shape().matches(shape);
    }
}
