package org.dlrm4j.bench.peers;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A line of the report.
 *
 * @param operation what is computed
 * @param shape its sizes
 * @param work what a call does
 * @param outcomes engines that were timed, ours first; none if a peer was wrong and no other was left, or if the row is a limit
 * @param differences for each peer the largest difference between its outputs and ours
 * @param tolerance the largest difference that counts as the same answer
 */
record Row(String operation, String shape, Work work, List<Contest.Outcome> outcomes, Map<String, Double> differences,
        double tolerance) implements Serializable {
    static final String OURS = "dlrm4j";
    static final String LIBTORCH = "libtorch";
    static final String ONNX_RUNTIME = "ONNX Runtime";

    /** Ours on one thread, beside which ours on two stands. */
    static final String ONE_THREAD = "dlrm4j, one thread";
    private static final String FORMAT = "%-24s %-21s %12s %18s %8s %12s %14s %12s %14s";

    static String header() {
        return String.format(Locale.ROOT, FORMAT, "operation", "shape", "ours us", "rate", "of limit", "libtorch us",
                "ratio", "ORT us", "ratio");
    }

    /** Formats the row: times in microseconds, ratios peer / ours with the spread of their quartiles. */
    String line() {
        final List<Object> cells = new ArrayList<>(List.of(operation, shape));
        final Contest.Outcome ours = outcome(OURS);
        if (ours != null) {
            cells.add(micros(ours.nanos()));
            cells.add(rate(work.rate(ours.nanos())));
            cells.add(work.limit() == 0 ? "" : format("%.0f %%", 100 * ofLimit()));
        } else if (differences.isEmpty()) {
            cells.addAll(List.of("", rate(work.limit()), "limit"));
        } else {
            cells.addAll(List.of("", "", ""));
        }
        final boolean scaling = differences.containsKey(ONE_THREAD);
        for (String peer : List.of(scaling ? ONE_THREAD : LIBTORCH, ONNX_RUNTIME)) {
            final Contest.Outcome outcome = outcome(peer);
            if (outcome != null) {
                cells.add(micros(outcome.nanos()));
                cells.add(format("%.2f +-%.0f %%", outcome.ratio(), 50 * outcome.ratioSpread()));
            } else if (differences.containsKey(peer)) {
                cells.add("WRONG");
                cells.add(format("by %.1e", differences.get(peer)));
            } else {
                cells.addAll(List.of("", ""));
            }
        }
        return String.format(Locale.ROOT, FORMAT, cells.toArray());
    }

    /** Formats the row as a JSON object on one line. */
    String json() {
        final Contest.Outcome ours = outcome(OURS);
        final String engines = outcomes.stream()
                .map(o -> format(
                        "{\"engine\":\"%s\",\"nanosPerCall\":%.1f,\"spread\":%.4f,\"ratio\":%.4f,\"ratioSpread\":%.4f}",
                        o.engine(), o.nanos(), o.spread(), o.ratio(), o.ratioSpread()))
                .collect(Collectors.joining(","));
        final String maxDifferences = differences.entrySet().stream()
                .map(e -> format("\"%s\":%s", e.getKey(), Double.isFinite(e.getValue()) ? e.getValue() : "null"))
                .collect(Collectors.joining(","));
        final String rate = ours == null ? "null" : format("%.3f", work.rate(ours.nanos()));
        final String limit = work.limit() == 0 ? "null" : format("%.3f", work.limit());
        return format("{\"operation\":\"%s\",\"shape\":\"%s\",\"unit\":\"%s\",\"rate\":%s,\"limit\":%s,"
                + "\"maxDifference\":{%s},\"tolerance\":%s,\"engines\":[%s]}", operation, shape, work.unit(), rate,
                limit,
                maxDifferences, tolerance, engines);
    }

    /** Returns our rate as a fraction of the limit, or NaN if we were not timed or there is no limit. */
    double ofLimit() {
        final Contest.Outcome ours = outcome(OURS);
        return ours == null || work.limit() == 0 ? Double.NaN : work.rate(ours.nanos()) / work.limit();
    }

    /** Returns the time of the fastest peer over ours, or NaN if none was timed. */
    double ratioToBestPeer() {
        return outcomes.stream().skip(1).mapToDouble(Contest.Outcome::ratio).min().orElse(Double.NaN);
    }

    private Contest.Outcome outcome(String engine) {
        return outcomes.stream().filter(o -> o.engine().equals(engine)).findFirst().orElse(null);
    }

    private String rate(double rate) {
        return format(rate < 1000 ? "%.1f %s" : "%,.0f %s", rate, work.unit());
    }

    private static String micros(double nanos) {
        return format("%.1f", nanos / 1000);
    }

    private static String format(String pattern, Object... arguments) {
        return String.format(Locale.ROOT, pattern, arguments);
    }
}
