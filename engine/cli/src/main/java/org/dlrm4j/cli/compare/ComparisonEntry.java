package org.dlrm4j.cli.compare;

import org.dlrm4j.cli.Sizes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * A model with its runs, one a seed.
 *
 * @param model the model
 * @param settings what all runs had
 * @param runs in the order of seeds, 1 or more
 */
record ComparisonEntry(ComparedModel model, ModelSettings settings, List<RunResult> runs) {
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

        String text(int decimals) {
            return Sizes.decimal(mean, decimals) + (deviation == 0 ? "" : " ± " + Sizes.decimal(deviation, decimals));
        }
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
        for (String metric : List.of("logLoss", "auc", "normalizedEntropy", "calibration")) {
            final Spread spread = test(metric);
            if (!Double.isNaN(spread.mean())) {
                json.put(metric, Map.of("mean", spread.mean(), "deviation", spread.deviation()));
            }
        }
        json.put("runs", runs.stream().map(RunResult::toJson).toList());
        return json;
    }
}
