package org.dlrm4j.cli.compare;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import org.dlrm4j.cli.Sizes;
import org.dlrm4j.cli.plot.Axis;
import org.dlrm4j.cli.plot.Canvas;
import org.dlrm4j.cli.plot.Canvas.Anchor;
import org.dlrm4j.cli.plot.Canvas.Mark;
import org.dlrm4j.cli.plot.Figure;
import org.dlrm4j.cli.plot.Frame;

/** The drawings of a comparison. A model has the same colour and mark in all of them. */
final class ComparisonPlots {
    private static final int WIDTH = 760;
    private static final int CURVES_HEIGHT = 420;
    private static final int LEGEND_HEIGHT = 20;
    private static final int ROW_HEIGHT = 34;
    private static final int DOTS_MARGIN = 70;
    private static final int CALIBRATION_SIZE = 300;

    private final ComparisonTable table;

    ComparisonPlots(ComparisonTable table) {
        this.table = table;
    }

    /** Draws log loss on the test part, a row a model: the mean, each seed, and what needs no model. */
    Figure losses() {
        final double constant = table.constantLogLoss().mean();
        final Map<String, Double> references = new LinkedHashMap<>();
        references.put("constant", constant);
        if (table.hasOptimum()) {
            references.put("optimum", table.optimumLogLoss().mean());
        }
        return dots("losses", "Log loss", "log loss on the test part", references,
                entry -> entry.runs().stream().mapToDouble(run -> run.test("logLoss")).toArray());
    }

    /** Draws by how much log loss is above or below the baseline's, a row a model. */
    Figure differences() {
        return dots("differences", "Beside logistic regression", "log loss less that of lr with the same seed and rows",
                Map.of("lr", 0.0), entry -> entry.lossDifferences(table.baseline()));
    }

    private Figure dots(String name, String title, String axis, Map<String, Double> references,
            Function<ComparisonEntry, double[]> bySeed) {
        final int height = table.entries().size() * ROW_HEIGHT + DOTS_MARGIN;
        return new Figure(name, title,
                "Large marks are means over seeds with a standard deviation to both sides, small ones are single seeds.",
                WIDTH,
                height, canvas -> dots(canvas, height, axis, references, bySeed));
    }

    private void dots(Canvas canvas, int height, String axis, Map<String, Double> references,
            Function<ComparisonEntry, double[]> bySeed) {
        final List<ComparisonEntry> entries = table.entries();
        final double[] all = DoubleStream.concat(references.values().stream().mapToDouble(v -> v),
                entries.stream().flatMapToDouble(entry -> drawn(bySeed.apply(entry)))).toArray();
        final Frame rows = new Frame(canvas, WIDTH, height, 0, around(all, 0.05), new Axis(0, entries.size(), false));
        rows.xAxis(axis);
        references.forEach((name, value) -> {
            canvas.line("dashed", rows.x(value), rows.top(), rows.x(value), rows.bottom());
            canvas.text("tick", Anchor.MIDDLE, rows.x(value), rows.top() - 3, name);
        });
        for (int i = 0; i < entries.size(); i++) {
            final ComparisonEntry entry = entries.get(i);
            final double y = rows.y(entries.size() - i - 0.6);
            final double[] values = bySeed.apply(entry);
            final ComparisonEntry.Spread spread = ComparisonEntry.Spread.of(values);
            canvas.text("name", Anchor.END, rows.left() - 6, y + 4, entry.model().name());
            canvas.line("error " + line(entry), rows.x(spread.mean() - spread.deviation()), y,
                    rows.x(spread.mean() + spread.deviation()), y);
            for (double value : values) {
                canvas.mark("seed " + area(entry), Mark.DISC, rows.x(value), y, 2.5,
                        "one seed: " + Sizes.decimal(value, 5));
            }
            canvas.mark(area(entry), mark(entry), rows.x(spread.mean()), y, 5.5,
                    entry.model().name() + ": " + spread.text(5));
        }
    }

    private static DoubleStream drawn(double[] values) {
        final ComparisonEntry.Spread spread = ComparisonEntry.Spread.of(values);
        return DoubleStream.concat(DoubleStream.of(values),
                DoubleStream.of(spread.mean() - spread.deviation(), spread.mean() + spread.deviation()));
    }

    /** Returns an axis that values and a margin on both sides fit. */
    private static Axis around(double[] values, double share) {
        final double min = Arrays.stream(values).min().orElseThrow();
        final double max = Arrays.stream(values).max().orElseThrow();
        final double margin = share * Math.max(max - min, 1e-6);
        return new Axis(min - margin, max + margin, false);
    }

    /** Draws validation log loss over training samples: mean over seeds, and the range of the seeds around it. */
    Figure curves() {
        return new Figure("curves", "Learning curves",
                "Mean over seeds; the band spans all seeds. A curve ends where its first seed ended. What is worse than the "
                        + "constant predictor is cut.",
                WIDTH, CURVES_HEIGHT, this::curves);
    }

    private void curves(Canvas canvas) {
        double low = table.hasOptimum() ? table.optimumLogLoss().mean() : Double.POSITIVE_INFINITY;
        double maxSamples = 1;
        for (ComparisonEntry entry : table.entries()) {
            for (RunResult run : entry.runs()) {
                low = Math.min(low, run.validationLogLoss());
                maxSamples = Math.max(maxSamples, run.samples());
            }
        }
        // Curves begin high and end close together: what is above the constant predictor is of no interest.
        final double high = table.constantLogLoss().mean();
        final Axis losses = around(new double[]{low, high}, 0.04);
        final Frame frame = new Frame(canvas, WIDTH, CURVES_HEIGHT, LEGEND_HEIGHT, new Axis(0, maxSamples, false),
                losses);
        legend(canvas, frame.left());
        frame.axes("training samples", "log loss on the validation part");
        frame.level(high, "constant");
        if (table.hasOptimum()) {
            frame.level(table.optimumLogLoss().mean(), "optimum (test part)");
        }
        for (ComparisonEntry entry : table.entries()) {
            curve(canvas, frame, entry, losses.max());
        }
    }

    private void legend(Canvas canvas, double left) {
        double x = left + 6;
        for (ComparisonEntry entry : table.entries()) {
            canvas.mark(area(entry), mark(entry), x, 10, 4.5, "");
            canvas.text("tick", Anchor.START, x + 9, 14, entry.model().name());
            x += 34 + 6.6 * entry.model().name().length();
        }
    }

    /** Seeds that ended early bound the curve: beyond them the mean would be of other runs. */
    private static void curve(Canvas canvas, Frame frame, ComparisonEntry entry, double ceiling) {
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
        frame.band("band " + area(entry), Arrays.copyOfRange(xs, first, points),
                Arrays.copyOfRange(low, first, points), Arrays.copyOfRange(high, first, points));
        frame.curve(line(entry), Arrays.copyOfRange(xs, first, points),
                Arrays.copyOfRange(mean, first, points));
        for (int i = first + 1; i < points; i += Math.max(1, points / 6)) {
            canvas.mark(area(entry), mark(entry), frame.x(xs[i]), frame.y(mean[i]), 3.5, entry.model().name()
                    + ": " + Sizes.decimal(mean[i], 5) + " after " + Sizes.count((long) xs[i]) + " samples");
        }
    }

    /** Draws a model's mean prediction against the share of clicks in tenths of the test part, a line a seed. */
    Figure calibration(ComparisonEntry entry) {
        return new Figure("calibration-" + entry.model().name(), entry.model().name(), "", CALIBRATION_SIZE,
                CALIBRATION_SIZE, canvas -> calibration(canvas, entry));
    }

    private void calibration(Canvas canvas, ComparisonEntry entry) {
        double max = 0;
        for (ComparisonEntry each : table.entries()) {
            for (RunResult run : each.runs()) {
                for (TestScores.Bin bin : run.bins()) {
                    max = Math.max(max, Math.max(bin.predicted(), bin.observed()));
                }
            }
        }
        final Frame frame = new Frame(canvas, CALIBRATION_SIZE, CALIBRATION_SIZE, 0, Axis.linear(max),
                Axis.linear(max));
        frame.axes("predicted", "observed");
        canvas.line("dashed", frame.x(0), frame.y(0), frame.x(max), frame.y(max));
        for (RunResult run : entry.runs()) {
            final double[] xs = run.bins().stream().mapToDouble(TestScores.Bin::predicted).toArray();
            final double[] ys = run.bins().stream().mapToDouble(TestScores.Bin::observed).toArray();
            frame.curve("thin " + line(entry), xs, ys);
            for (int i = 0; i < xs.length; i++) {
                canvas.mark(area(entry), mark(entry), frame.x(xs[i]), frame.y(ys[i]), 3,
                        "predicted " + Sizes.decimal(xs[i], 4) + ", observed " + Sizes.decimal(ys[i], 4));
            }
        }
    }

    private static String area(ComparisonEntry entry) {
        return "f" + entry.model().kind().ordinal();
    }

    private static String line(ComparisonEntry entry) {
        return "s" + entry.model().kind().ordinal();
    }

    private static Mark mark(ComparisonEntry entry) {
        return Mark.of(entry.model().kind().ordinal());
    }
}
