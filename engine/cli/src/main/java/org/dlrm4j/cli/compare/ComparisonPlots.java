package org.dlrm4j.cli.compare;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import org.dlrm4j.cli.Sizes;

/** The drawings of a comparison. A model has the same colour in all of them. */
final class ComparisonPlots {
    private static final int WIDTH = 760;
    private static final int CURVES_HEIGHT = 400;
    private static final int ROW_HEIGHT = 34;
    private static final int DOTS_MARGIN = 70;
    private static final int CALIBRATION_SIZE = 300;

    private final ComparisonTable table;

    ComparisonPlots(ComparisonTable table) {
        this.table = table;
    }

    /** Draws log loss on the test part, a row a model: the mean, each seed, and what needs no model. */
    String losses() {
        final double constant = table.constantLogLoss().mean();
        final Map<String, Double> references = new LinkedHashMap<>();
        references.put("constant", constant);
        if (table.hasOptimum()) {
            references.put("optimum", table.optimumLogLoss().mean());
        }
        return dots("log loss on the test part; small marks are single seeds", references,
                entry -> entry.runs().stream().mapToDouble(run -> run.test("logLoss")).toArray());
    }

    /** Draws by how much log loss is above or below the baseline's, a row a model. */
    String differences() {
        return dots("log loss less that of lr with the same seed and rows; small marks are single seeds",
                Map.of("lr", 0.0), entry -> entry.lossDifferences(table.baseline()));
    }

    private String dots(String title, Map<String, Double> references, Function<ComparisonEntry, double[]> bySeed) {
        final List<ComparisonEntry> entries = table.entries();
        final double[] all = DoubleStream.concat(references.values().stream().mapToDouble(v -> v),
                entries.stream().flatMapToDouble(entry -> DoubleStream.of(bySeed.apply(entry)))).toArray();
        final double min = Arrays.stream(all).min().orElseThrow();
        final double max = Arrays.stream(all).max().orElseThrow();
        final double margin = 0.05 * Math.max(max - min, 1e-6);
        final SvgPlot rows = new SvgPlot(WIDTH, entries.size() * ROW_HEIGHT + DOTS_MARGIN, min - margin, max + margin,
                0, entries.size());
        rows.xAxis(title);
        references.forEach((name, value) -> reference(rows, value, name));
        for (int i = 0; i < entries.size(); i++) {
            final ComparisonEntry entry = entries.get(i);
            final double y = rows.y(entries.size() - i - 0.6);
            final double[] values = bySeed.apply(entry);
            final ComparisonEntry.Spread spread = ComparisonEntry.Spread.of(values);
            rows.text("name", "end", 58, y + 4, entry.model().name());
            rows.line("error s" + color(entry), rows.x(spread.mean() - spread.deviation()), y,
                    rows.x(spread.mean() + spread.deviation()), y);
            for (double value : values) {
                rows.mark("seed f" + color(entry), 0, rows.x(value), y, 2.5, "one seed: " + Sizes.decimal(value, 5));
            }
            rows.mark("f" + color(entry), color(entry), rows.x(spread.mean()), y, 5.5,
                    entry.model().name() + ": " + spread.text(5));
        }
        return rows.svg(title);
    }

    private static void reference(SvgPlot plot, double logLoss, String name) {
        final double bottom = plot.y(0);
        plot.line("reference", plot.x(logLoss), 14, plot.x(logLoss), bottom);
        plot.text("tick", "middle", plot.x(logLoss), 11, name);
    }

    /** Draws validation log loss over training samples: mean over seeds, and the range of the seeds around it. */
    String curves() {
        double low = table.hasOptimum() ? table.optimumLogLoss().mean() : Double.POSITIVE_INFINITY;
        double maxSamples = 0;
        for (ComparisonEntry entry : table.entries()) {
            for (RunResult run : entry.runs()) {
                low = Math.min(low, run.validationLogLoss());
                maxSamples = Math.max(maxSamples, run.samples());
            }
        }
        // Curves begin high and end close together: what is above the constant predictor is of no interest.
        final double high = table.constantLogLoss().mean();
        final double margin = 0.04 * Math.max(high - low, 1e-6);
        final SvgPlot plot = new SvgPlot(WIDTH, CURVES_HEIGHT, 0, maxSamples, low - margin, high + margin);
        plot.xAxis("training samples");
        plot.yAxis("log loss on the validation part");
        plot.line("reference", plot.x(0), plot.y(high), plot.x(maxSamples), plot.y(high));
        plot.text("tick", "end", plot.x(maxSamples), plot.y(high) - 4, "constant");
        if (table.hasOptimum()) {
            final double optimum = table.optimumLogLoss().mean();
            plot.line("reference", plot.x(0), plot.y(optimum), plot.x(maxSamples), plot.y(optimum));
            plot.text("tick", "end", plot.x(maxSamples), plot.y(optimum) - 4, "optimum (test part)");
        }
        for (ComparisonEntry entry : table.entries()) {
            curve(plot, entry, high + margin);
        }
        return plot.svg("learning curves");
    }

    /** Seeds that ended early bound the curve: beyond them the mean would be of other runs. */
    private static void curve(SvgPlot plot, ComparisonEntry entry, double ceiling) {
        final int points = entry.runs().stream().mapToInt(run -> run.curve().size()).min().orElse(0);
        final double[] xs = new double[points];
        final double[] mean = new double[points];
        final double[] low = new double[points];
        final double[] high = new double[points];
        for (int i = 0; i < points; i++) {
            final int at = i;
            xs[i] = entry.runs().getFirst().curve().get(i).samples();
            final double[] losses = entry.runs().stream()
                    .mapToDouble(run -> Math.min(ceiling, run.curve().get(at).logLoss())).toArray();
            mean[i] = Arrays.stream(losses).average().orElseThrow();
            low[i] = Arrays.stream(losses).min().orElseThrow();
            high[i] = Arrays.stream(losses).max().orElseThrow();
        }
        int first = 0;
        while (first < points - 1 && mean[first + 1] >= ceiling) {
            first++;
        }
        plot.band("band f" + color(entry), Arrays.copyOfRange(xs, first, points),
                Arrays.copyOfRange(low, first, points), Arrays.copyOfRange(high, first, points));
        plot.path("curve s" + color(entry), Arrays.copyOfRange(xs, first, points),
                Arrays.copyOfRange(mean, first, points));
        for (int i = first + 1; i < points; i += Math.max(1, points / 6)) {
            plot.mark("f" + color(entry), color(entry), plot.x(xs[i]), plot.y(mean[i]), 3.5, entry.model().name()
                    + ": " + Sizes.decimal(mean[i], 5) + " after " + Sizes.count((long) xs[i]) + " samples");
        }
    }

    /** Draws a model's mean prediction against the share of clicks in tenths of the test part, a line a seed. */
    String calibration(ComparisonEntry entry) {
        double max = 0;
        for (ComparisonEntry each : table.entries()) {
            for (RunResult run : each.runs()) {
                for (TestScores.Bin bin : run.bins()) {
                    max = Math.max(max, Math.max(bin.predicted(), bin.observed()));
                }
            }
        }
        final SvgPlot plot = new SvgPlot(CALIBRATION_SIZE, CALIBRATION_SIZE, 0, 1.03 * max, 0, 1.03 * max);
        plot.xAxis("predicted");
        plot.yAxis("observed");
        plot.line("reference", plot.x(0), plot.y(0), plot.x(max), plot.y(max));
        for (RunResult run : entry.runs()) {
            final double[] xs = run.bins().stream().mapToDouble(TestScores.Bin::predicted).toArray();
            final double[] ys = run.bins().stream().mapToDouble(TestScores.Bin::observed).toArray();
            plot.path("thin s" + color(entry), xs, ys);
            for (int i = 0; i < xs.length; i++) {
                plot.mark("f" + color(entry), color(entry), plot.x(xs[i]), plot.y(ys[i]), 3, "predicted "
                        + Sizes.decimal(xs[i], 4) + ", observed " + Sizes.decimal(ys[i], 4));
            }
        }
        return plot.svg("calibration of " + entry.model().name());
    }

    /** Returns the number of a model's colour and shape. */
    static int color(ComparisonEntry entry) {
        return entry.model().kind().ordinal();
    }
}
