package org.dlrm4j.bench.report;

import java.util.List;

/**
 * A sweep that was run and predicted.
 *
 * @param sweep what was varied
 * @param measured one a value
 * @param predictedNanos time of a step by the model, one a value
 */
record SweepResult(Sweep sweep, List<Measurement> measured, double[] predictedNanos) {
    SweepResult {
        measured = List.copyOf(measured);
        predictedNanos = predictedNanos.clone();
    }
}
