package org.dlrm4j.cli.compare;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.dlrm4j.cli.Sizes;

/**
 * A model with its runs, one a seed.
 *
 * @param model the model
 * @param settings what all runs had
 * @param runs in the order of seeds, 1 or more
 * @param rowLosses the loss of each test row, mean over seeds
 */
record ComparisonEntry(ComparedModel model, ModelSettings settings, List<RunResult> runs, float[] rowLosses) {
    /**
     * Mean and sample standard deviation over seeds.
     *
     * @param mean mean
     * @param deviation standard deviation; 0 for one seed
     */
    record Spread(double mean, double deviation) {
        static Spread of(double[] values) {
            double mean = 0;
            for (double value : values) {
                mean += value / values.length;
            }
            double squares = 0;
            for (double value : values) {
                squares += (value - mean) * (value - mean);
            }
            return new Spread(mean, values.length == 1 ? 0 : Math.sqrt(squares / (values.length - 1)));
        }

        Map<String, Object> toJson() {
            final Map<String, Object> json = new LinkedHashMap<>();
            json.put("mean", mean);
            json.put("deviation", deviation);
            return json;
        }

        String text(int decimals) {
            return Sizes.decimal(mean, decimals) + (deviation == 0 ? "" : " ± " + Sizes.decimal(deviation, decimals));
        }
    }

    /**
     * A difference in log loss between two models on the same data with the same seeds. What makes some seeds' or rows' labels
     * harder to guess than others' is not in it.
     *
     * @param overSeeds mean over seeds and their deviation
     * @param standardError of the mean, as far as it is due to the choice of test rows
     */
    record Difference(Spread overSeeds, double standardError) {
        String text() {
            return String.format(Locale.ROOT, "%+.5f", overSeeds.mean())
                    + (overSeeds.deviation() == 0 ? "" : " ± " + Sizes.decimal(overSeeds.deviation(), 5));
        }
    }

    /** Returns this model's log loss less another's, seed by seed. */
    double[] lossDifferences(ComparisonEntry other) {
        return IntStream.range(0, runs.size())
                .mapToDouble(i -> runs.get(i).test("logLoss") - other.runs.get(i).test("logLoss")).toArray();
    }

    /** Returns this model's log loss less another's. */
    Difference minus(ComparisonEntry other) {
        final int n = rowLosses.length;
        double mean = 0;
        for (int i = 0; i < n; i++) {
            mean += ((double) rowLosses[i] - other.rowLosses[i]) / n;
        }
        double squares = 0;
        for (int i = 0; i < n; i++) {
            final double deviation = (double) rowLosses[i] - other.rowLosses[i] - mean;
            squares += deviation * deviation;
        }
        return new Difference(Spread.of(lossDifferences(other)), Math.sqrt(squares / Math.max(1, n - 1) / n));
    }

    Spread spread(ToDoubleFunction<RunResult> value) {
        return Spread.of(runs.stream().mapToDouble(value).toArray());
    }

    Spread test(String metric) {
        return spread(run -> run.test(metric));
    }

    /** Returns a latency in nanoseconds of the first run, the only one that measured. */
    long latencyNanos(String name) {
        return ((Number) runs.getFirst().latencies().get(name)).longValue();
    }

    Map<String, Object> toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("model", model.name());
        json.put("settings", settings.describe(model));
        for (String metric : List.of("logLoss", "auc", "accuracy", "normalizedEntropy", "calibration")) {
            final Spread spread = test(metric);
            if (!Double.isNaN(spread.mean())) {
                json.put(metric, spread.toJson());
            }
        }
        json.put("runs", runs.stream().map(RunResult::toJson).toList());
        return json;
    }
}
