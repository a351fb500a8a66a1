package org.dlrm4j.bench.report;

import org.dlrm4j.cli.plot.Axis;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How far the model is off where it was not fitted.
 *
 * @param points steps that were kept from the fit
 * @param medianStep median of the steps' absolute relative errors
 * @param maxStep the greatest
 * @param medianOperator median over all operators of these steps that take {@value #LEAST_SHARE} of the step or more
 * @param maxOperator the greatest
 */
record PredictionErrors(List<Point> points, double medianStep, double maxStep, double medianOperator,
        double maxOperator) {
    /** Smaller operators do not change a step, and a timer's steps are part of their times. */
    static final double LEAST_SHARE = 0.02;

    /**
     * A step.
     *
     * @param label what was run
     * @param measuredNanos its time
     * @param predictedNanos its time by the model
     */
    record Point(String label, double measuredNanos, double predictedNanos) {
        double error() {
            return predictedNanos / measuredNanos - 1;
        }
    }

    /** Compares the points of sweeps that were kept from the fit. */
    static PredictionErrors of(List<SweepResult> sweeps, Scenario base, OperatorModel model, Machine machine) {
        final List<Point> points = new ArrayList<>();
        final List<Double> operators = new ArrayList<>();
        for (SweepResult result : sweeps) {
            for (int i = 0; i < result.measured().size(); i++) {
                final Measurement measurement = result.measured().get(i);
                if (result.sweep().isFitted(i, base)) {
                    continue;
                }
                points.add(new Point(result.sweep().name() + " " + Axis.count(result.sweep().values()[i]),
                        measurement.stepNanos(), result.predictedNanos()[i]));
                final List<Prediction> predictions = model.predict(measurement.work(), machine);
                for (int p = 0; p < predictions.size(); p++) {
                    final double nanos = measurement.nanos()[p];
                    if (nanos > LEAST_SHARE * measurement.stepNanos()) {
                        operators.add(Math.abs(predictions.get(p).nanos() / nanos - 1));
                    }
                }
            }
        }
        final double[] steps = points.stream().mapToDouble(p -> Math.abs(p.error())).toArray();
        final double[] each = operators.stream().mapToDouble(Double::doubleValue).toArray();
        return new PredictionErrors(List.copyOf(points), median(steps), max(steps), median(each), max(each));
    }

    static double median(double[] values) {
        final double[] sorted = values.clone();
        Arrays.sort(sorted);
        final int half = sorted.length / 2;
        return sorted.length == 0
                ? Double.NaN
                : sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    private static double max(double[] values) {
        return Arrays.stream(values).max().orElse(Double.NaN);
    }
}
