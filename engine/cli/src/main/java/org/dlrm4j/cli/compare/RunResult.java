package org.dlrm4j.cli.compare;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlrm4j.cli.MetricsText;

/**
 * What one run of one model gave. Where test and latency are null the run was a trial of the search, which never sees the
 * test part.
 *
 * @param curve validation along the way, in order of samples
 * @param parameters weights, biases and table entries
 * @param samplesPerSecond training speed without evaluations
 * @param test metrics on the test part, as in {@link MetricsText#json}, of the best parameters by validation log loss
 * @param bins calibration on the test part
 * @param latencies of scoring, in nanoseconds by name
 */
record RunResult(List<Point> curve, long parameters, double samplesPerSecond, Map<String, Object> test,
        List<TestScores.Bin> bins, Map<String, Object> latencies) {
    /**
     * An evaluation on the validation part.
     *
     * @param samples training samples seen
     * @param logLoss log loss
     */
    record Point(long samples, double logLoss) {}

    static RunResult of(List<Point> curve, long parameters, double samplesPerSecond, TestScores.Quality quality,
            Map<String, Object> latencies) {
        return new RunResult(List.copyOf(curve), parameters, samplesPerSecond,
                quality == null ? null : MetricsText.json(quality.summary()),
                quality == null ? null : quality.bins(), latencies);
    }

    /** Returns the lowest log loss on the validation part. */
    double validationLogLoss() {
        return curve.stream().mapToDouble(Point::logLoss).min().orElseThrow();
    }

    /** Returns a metric of the test part; NaN where it is not defined. */
    double test(String metric) {
        return test.get(metric) instanceof Number number ? number.doubleValue() : Double.NaN;
    }

    /** Returns the training samples seen when the run ended. */
    long samples() {
        return curve.getLast().samples();
    }

    Map<String, Object> toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("validationLogLoss", validationLogLoss());
        json.put("parameters", parameters);
        json.put("samplesPerSecond", samplesPerSecond);
        json.put("curve", curve.stream().map(p -> List.of(p.samples(), p.logLoss())).toList());
        if (test != null) {
            json.put("test", test);
            json.put("calibration", bins.stream().map(b -> List.of(b.predicted(), b.observed())).toList());
            json.put("latencies", latencies);
        }
        return json;
    }

    @SuppressWarnings("unchecked")
    static RunResult fromJson(Map<String, Object> json) {
        final List<Point> curve = new ArrayList<>();
        for (Object pair : (List<Object>) json.get("curve")) {
            curve.add(new Point((long) at(pair, 0), at(pair, 1)));
        }
        final List<TestScores.Bin> bins = new ArrayList<>();
        for (Object pair : (List<Object>) json.getOrDefault("calibration", List.of())) {
            bins.add(new TestScores.Bin(at(pair, 0), at(pair, 1)));
        }
        final Map<String, Object> test = (Map<String, Object>) json.get("test");
        return new RunResult(curve, ((Number) json.get("parameters")).longValue(),
                ((Number) json.get("samplesPerSecond")).doubleValue(), test, test == null ? null : bins,
                (Map<String, Object>) json.get("latencies"));
    }

    private static double at(Object pair, int index) {
        return ((Number) ((List<?>) pair).get(index)).doubleValue();
    }
}
