package org.dlrm4j.cli.compare;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.dlrm4j.cli.ArchitectureOptions;
import org.dlrm4j.cli.Sizes;
import org.dlrm4j.cli.TextTable;
import org.dlrm4j.data.PlantedOptimum;

/**
 * A comparison's outcome, best model first, beside what needs no model: the constant predictor, and the truth where it is
 * known. Logistic regression, if it takes part, is what the others are measured by.
 */
final class ComparisonTable {
    private final List<ComparisonEntry> entries;
    private final ComparisonEntry baseline;
    private final List<PlantedOptimum> optima;
    private final List<Column> columns = new ArrayList<>();

    /** A column after the first; text of an entry. */
    private record Column(String heading, boolean cost, boolean onTerminal, Function<ComparisonEntry, String> cell) {}

    /**
     * Sorts the entries.
     *
     * @param optima the truth on the test part of each seed; empty if nobody knows it
     */
    ComparisonTable(List<ComparisonEntry> entries, List<PlantedOptimum> optima) {
        this.entries = entries.stream().sorted(Comparator.comparingDouble(e -> e.test("logLoss").mean())).toList();
        this.optima = optima;
        baseline = entries.stream().filter(e -> e.model().kind() == ArchitectureOptions.Kind.LR).findFirst()
                .orElse(null);
        quality("log loss", true, e -> e.test("logLoss").text(5));
        if (baseline != null) {
            quality("vs lr", true, e -> e == baseline ? "" : e.minus(baseline).text());
            quality("SE", true, e -> e == baseline ? "" : Sizes.decimal(e.minus(baseline).standardError(), 5));
        }
        if (!optima.isEmpty()) {
            quality("over opt.", true, e -> Sizes.decimal(100 * overOptimum(e).mean(), 2) + " %");
        }
        quality("AUC", true, e -> e.test("auc").text(4));
        quality("accuracy", false, e -> Sizes.decimal(100 * e.test("accuracy").mean(), 2) + " %");
        quality("NE", true, e -> Sizes.decimal(e.test("normalizedEntropy").mean(), 4));
        quality("calibration", true, e -> e.test("calibration").text(3));
        cost("parameters", true, e -> Sizes.count(e.runs().getFirst().parameters()));
        cost("train/s", true, e -> Sizes.count(Math.round(e.spread(RunResult::samplesPerSecond).mean())));
        cost("1: p50", true, e -> Sizes.micros(e.latencyNanos("batch1NanosP50")));
        cost("p99", false, e -> Sizes.micros(e.latencyNanos("batch1NanosP99")));
        cost("128: p50", true, e -> Sizes.micros(e.latencyNanos("batch128NanosP50")));
        cost("p99", false, e -> Sizes.micros(e.latencyNanos("batch128NanosP99")));
    }

    private void quality(String heading, boolean onTerminal, Function<ComparisonEntry, String> cell) {
        columns.add(new Column(heading, false, onTerminal, cell));
    }

    private void cost(String heading, boolean onTerminal, Function<ComparisonEntry, String> cell) {
        columns.add(new Column(heading, true, onTerminal, cell));
    }

    List<ComparisonEntry> entries() {
        return entries;
    }

    /** Returns the model that others are measured by, or null. */
    ComparisonEntry baseline() {
        return baseline;
    }

    /** Returns the log loss of predicting the test part's base rate. */
    ComparisonEntry.Spread constantLogLoss() {
        return entries.getFirst().test("constantLogLoss");
    }

    /** Returns whether the truth is known. */
    boolean hasOptimum() {
        return !optima.isEmpty();
    }

    /** Returns the log loss of the truth on the test parts. */
    ComparisonEntry.Spread optimumLogLoss() {
        return ComparisonEntry.Spread.of(optima.stream().mapToDouble(PlantedOptimum::logLoss).toArray());
    }

    /** Returns by what share of the truth's log loss a model is above it, seed by seed. */
    ComparisonEntry.Spread overOptimum(ComparisonEntry entry) {
        return ComparisonEntry.Spread.of(IntStream.range(0, optima.size())
                .mapToDouble(i -> entry.runs().get(i).test("logLoss") / optima.get(i).logLoss() - 1).toArray());
    }

    /** Returns headings and rows of quality, with what needs no model. */
    List<String[]> quality() {
        return cells(columns.stream().filter(column -> !column.cost()).toList());
    }

    /** Returns headings and rows of size and speed. */
    List<String[]> cost() {
        final List<Column> chosen = columns.stream().filter(Column::cost).toList();
        final List<String[]> rows = new ArrayList<>();
        rows.add(row("model", chosen, Column::heading));
        entries.forEach(entry -> rows.add(row(entry, chosen)));
        return rows;
    }

    private List<String[]> cells(List<Column> chosen) {
        final List<String[]> rows = new ArrayList<>();
        rows.add(row("model", chosen, Column::heading));
        if (hasOptimum()) {
            final double auc = optima.stream().mapToDouble(PlantedOptimum::auc).average().orElseThrow();
            rows.add(bare(chosen, "planted optimum", optimumLogLoss(), Sizes.decimal(auc, 4)));
        }
        entries.forEach(entry -> rows.add(row(entry, chosen)));
        rows.add(bare(chosen, "constant", constantLogLoss(), "0.5000"));
        return rows;
    }

    private static String[] row(ComparisonEntry entry, List<Column> chosen) {
        return row(entry.model().name(), chosen, column -> column.cell().apply(entry));
    }

    private static String[] row(String name, List<Column> chosen, Function<Column, String> cell) {
        final String[] cells = new String[chosen.size() + 1];
        cells[0] = name;
        for (int c = 0; c < chosen.size(); c++) {
            cells[c + 1] = cell.apply(chosen.get(c));
        }
        return cells;
    }

    private String[] bare(List<Column> chosen, String name, ComparisonEntry.Spread logLoss, String auc) {
        return row(name, chosen, column -> switch (column.heading()) {
            case "log loss" -> logLoss.text(5);
            case "AUC" -> auc;
            case "NE" -> Sizes.decimal(logLoss.mean() / constantLogLoss().mean(), 4);
            default -> "";
        });
    }

    TextTable text() {
        final TextTable table = new TextTable();
        cells(columns.stream().filter(Column::onTerminal).toList()).forEach(table::row);
        return table;
    }

    Map<String, Object> toJson(Map<String, Object> identity) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("comparison", identity);
        json.put("constantLogLoss", constantLogLoss().toJson());
        if (hasOptimum()) {
            json.put("plantedOptimum",
                    optima.stream().map(optimum -> Map.of("logLoss", optimum.logLoss(), "auc", optimum.auc()))
                            .toList());
        }
        json.put("models", entries.stream().map(this::toJson).toList());
        return json;
    }

    private Map<String, Object> toJson(ComparisonEntry entry) {
        final Map<String, Object> json = entry.toJson();
        if (baseline != null) {
            final ComparisonEntry.Difference difference = entry.minus(baseline);
            final Map<String, Object> versus = difference.overSeeds().toJson();
            versus.put("standardError", difference.standardError());
            json.put("logLossLessLr", versus);
        }
        if (hasOptimum()) {
            json.put("overOptimum", overOptimum(entry).toJson());
        }
        return json;
    }
}
