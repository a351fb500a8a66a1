package org.dlrm4j.cli.compare;

import org.dlrm4j.cli.Sizes;
import org.dlrm4j.cli.TextTable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlrm4j.data.PlantedOptimum;

/**
 * A comparison's outcome, best model first, beside what needs no model: the constant predictor, and the truth where it is
 * known.
 */
final class ComparisonTable {
    /** Headings of {@link #rows}; the first column is text, the others numbers. */
    static final List<String> HEADINGS = List.of("model", "log loss", "AUC", "NE", "calibration", "parameters",
            "train/s", "1: p50", "p99", "128: p50", "p99");

    private final List<ComparisonEntry> entries;
    private final PlantedOptimum optimum;

    /**
     * Sorts the entries.
     *
     * @param optimum the truth on the test part, or null
     */
    ComparisonTable(List<ComparisonEntry> entries, PlantedOptimum optimum) {
        this.entries = entries.stream().sorted(Comparator.comparingDouble(e -> e.test("logLoss").mean())).toList();
        this.optimum = optimum;
    }

    List<ComparisonEntry> entries() {
        return entries;
    }

    /** Returns the log loss of predicting the test part's base rate. */
    double constantLogLoss() {
        return entries.getFirst().test("constantLogLoss").mean();
    }

    /** Returns the truth on the test part, or null. */
    PlantedOptimum optimum() {
        return optimum;
    }

    /** Returns the cells. */
    List<String[]> rows() {
        final List<String[]> rows = new ArrayList<>();
        if (optimum != null) {
            rows.add(bare("planted optimum", optimum.logLoss(), Sizes.decimal(optimum.auc(), 4)));
        }
        for (ComparisonEntry entry : entries) {
            final ComparisonEntry.Spread speed = entry.spread(RunResult::samplesPerSecond);
            rows.add(new String[]{entry.model().name(), entry.test("logLoss").text(5), entry.test("auc").text(4),
                    Sizes.decimal(entry.test("normalizedEntropy").mean(), 4), entry.test("calibration").text(3),
                    Sizes.count(entry.runs().getFirst().parameters()), Sizes.count(Math.round(speed.mean())),
                    Sizes.micros(entry.latencyNanos("batch1NanosP50")),
                    Sizes.micros(entry.latencyNanos("batch1NanosP99")),
                    Sizes.micros(entry.latencyNanos("batch128NanosP50")),
                    Sizes.micros(entry.latencyNanos("batch128NanosP99"))});
        }
        rows.add(bare("constant", constantLogLoss(), "0.5000"));
        return rows;
    }

    private String[] bare(String name, double logLoss, String auc) {
        return new String[]{name, Sizes.decimal(logLoss, 5), auc, Sizes.decimal(logLoss / constantLogLoss(), 4), "", "",
                "", "", "", "", ""};
    }

    TextTable text() {
        final TextTable table = new TextTable().row(HEADINGS.toArray(String[]::new));
        rows().forEach(table::row);
        return table;
    }

    Map<String, Object> toJson(Map<String, Object> identity) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("comparison", identity);
        json.put("constantLogLoss", constantLogLoss());
        if (optimum != null) {
            json.put("plantedOptimum", Map.of("logLoss", optimum.logLoss(), "auc", optimum.auc()));
        }
        json.put("models", entries.stream().map(ComparisonEntry::toJson).toList());
        return json;
    }
}
