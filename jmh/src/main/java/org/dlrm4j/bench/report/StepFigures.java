package org.dlrm4j.bench.report;

import org.dlrm4j.cli.plot.Axis;
import org.dlrm4j.cli.plot.Figure;
import org.dlrm4j.cli.plot.Frame;
import org.dlrm4j.cli.plot.StackedBars;
import org.dlrm4j.cli.plot.Canvas.Mark;
import org.dlrm4j.cli.plot.StackedBars.Bar;
import java.util.Arrays;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.dlrm4j.bench.PageSize;
import org.dlrm4j.bench.report.WorkItem.Stage;

/** Where the time of steps goes, and how it changes. */
final class StepFigures {
    private static final int WIDE = 920;
    private static final int NARROW = 450;
    private static final int HEIGHT = 300;

    private static final String[] FORMAT_PARTS = {"lookups", "other layers"};

    private StepFigures() {}

    private static double[] parts(Measurement measurement, double scale) {
        final double[] parts = new double[Stage.values().length];
        for (Stage stage : Stage.values()) {
            parts[stage.ordinal()] = measurement.nanos(stage) * scale;
        }
        return parts;
    }

    /** Returns the predicted time of each stage. */
    private static double[] parts(List<Prediction> predictions, double scale) {
        final double[] parts = new double[Stage.values().length];
        for (Prediction prediction : predictions) {
            parts[prediction.item().stage().ordinal()] += prediction.nanos() * scale;
        }
        return parts;
    }

    /** Draws the time of a sample by stage over the points of a sweep. */
    static Figure breakdown(SweepResult result) {
        final List<Bar> bars = new ArrayList<>();
        for (int i = 0; i < result.measured().size(); i++) {
            final Measurement measurement = result.measured().get(i);
            bars.add(new Bar(Axis.count(result.sweep().values()[i]),
                    parts(measurement, 1e-3 / measurement.work().samples())));
        }
        final String name = result.sweep().name();
        return new Figure("breakdown-" + name.replace(' ', '-'), "Time by " + name,
                "Each column is the time of a sample, from making the data to the last update, by what it goes to.",
                NARROW,
                HEIGHT, canvas -> StackedBars.columns(canvas, NARROW, HEIGHT, Stage.titles(), bars, name,
                        "microseconds a sample"));
    }

    /** Draws measured and predicted steps over the points of a sweep. */
    static Figure sweep(SweepResult result, Scenario base) {
        final double[] values = result.sweep().values();
        final double[] measured = new double[values.length];
        final double[] predicted = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            final Measurement measurement = result.measured().get(i);
            measured[i] = measurement.work().samples() / measurement.stepNanos() * 1e6;
            predicted[i] = measurement.work().samples() / result.predictedNanos()[i] * 1e6;
        }
        final double[] both = new double[2 * values.length];
        System.arraycopy(measured, 0, both, 0, values.length);
        System.arraycopy(predicted, 0, both, values.length, values.length);
        final String name = result.sweep().name();
        return new Figure("sweep-" + name.replace(' ', '-'), "Speed by " + name,
                "Dots are measured steps, the dashed line is the model; rings are steps that it had not seen.", NARROW,
                HEIGHT,
                canvas -> {
                    final Frame frame = new Frame(canvas, NARROW, HEIGHT, 0, Axis.around(values),
                            Axis.linear(Arrays.stream(both).max().orElse(1)));
                    frame.axes(name, "thousand samples a second");
                    frame.curve("dashed", values, predicted);
                    for (int i = 0; i < values.length; i++) {
                        final boolean seen = result.sweep().isFitted(i, base);
                        canvas.mark(seen ? "f0" : "s0", seen ? Mark.DISC : Mark.RING, frame.x(values[i]),
                                frame.y(measured[i]), 5,
                                name + " " + Axis.count(values[i]) + ": " + Axis.label(measured[i])
                                        + " thousand/s, model "
                                        + Axis.label(predicted[i]));
                    }
                });
    }

    /** Draws the time of a sample that is scored from tables in each row format. */
    static Figure formats(List<FormatRunner.FormatTime> formats) {
        final List<Bar> bars = new ArrayList<>();
        for (FormatRunner.FormatTime time : formats) {
            bars.add(new Bar(time.format() + ", " + time.rowBytes() + " B",
                    new double[]{time.lookupMicros(), time.otherMicros()}));
        }
        return new Figure("row-formats", "Time by row format, scoring",
                "Each column is the time of one sample's forward pass of one thread, from tables mapped from files, by format and size of"
                        + " a row: where memory binds, smaller rows are faster, where it does not, unpacking them costs.",
                NARROW, HEIGHT, canvas -> StackedBars.columns(canvas, NARROW, HEIGHT, FORMAT_PARTS, bars, "row format",
                        "microseconds a sample"));
    }

    /** Draws random rows a second over the size of the table. */
    static Figure rows(ThisMachine limits) {
        final List<ThisMachine.RowRate> huge = limits.rowsPerSecond().stream()
                .filter(r -> r.pages() == PageSize.HUGE && r.rowBytes() == 64)
                .sorted(Comparator.comparingLong(ThisMachine.RowRate::tableBytes)).toList();
        final double[] bytes = limits.rowsPerSecond().stream().mapToDouble(ThisMachine.RowRate::tableBytes).toArray();
        final double[] all = limits.rowsPerSecond().stream().mapToDouble(ThisMachine.RowRate::millionRows).toArray();
        return new Figure("random-rows", "Random rows of one core",
                "How many rows of 64 bytes (line), of 256 bytes (orange) and of 64 bytes in small pages (green) a core reads, by the size"
                        + " of the table: each step down is a level of the memory that the table no longer fits into.",
                WIDE, HEIGHT, canvas -> {
                    final Frame frame = new Frame(canvas, WIDE, HEIGHT, 0, Axis.around(bytes), Axis.around(all));
                    frame.axes("bytes of the table", "million rows a second");
                    frame.curve("s0", huge.stream().mapToDouble(ThisMachine.RowRate::tableBytes).toArray(),
                            huge.stream().mapToDouble(ThisMachine.RowRate::millionRows).toArray());
                    for (ThisMachine.RowRate rate : limits.rowsPerSecond()) {
                        final String style = rate.pages() == PageSize.SMALL
                                ? "f2"
                                : rate.rowBytes() == 64 ? "f0" : "f1";
                        canvas.mark(style, Mark.DISC, frame.x(rate.tableBytes()), frame.y(rate.millionRows()), 4.5,
                                rate.rowBytes() + " bytes, " + rate.pages() + " pages: "
                                        + Axis.label(rate.millionRows()) + " million rows/s");
                    }
                });
    }

    /** Draws the base's step here, measured and predicted, and on described machines. */
    static Figure whatIf(Findings findings) {
        final List<Bar> bars = new ArrayList<>();
        final double perSample = 1e-3 / findings.base().work().samples();
        final double[] measured = parts(findings.base(), perSample);
        final double[] predicted = parts(findings.operators(), perSample);
        // The described machines are given data that others make.
        measured[Stage.DATA.ordinal()] = 0;
        predicted[Stage.DATA.ordinal()] = 0;
        bars.add(new Bar("this machine, measured", measured));
        bars.add(new Bar("this machine, model", predicted));
        for (WhatIf whatIf : findings.whatIfs()) {
            bars.add(bar(whatIf.machine().name(), whatIf.step(), perSample));
            bars.add(bar("… tables filling half its memory", whatIf.largerTables(), perSample));
        }
        final int height = StackedBars.rowsHeight(bars.size());
        return new Figure("what-if", "The same step on other machines",
                "Each bar is a step, with one thread a core, by what its time goes to; the number is the time of a sample. What is longest is"
                        + " the machine's new bottleneck.",
                WIDE, height, canvas -> StackedBars.rows(canvas, WIDE, Stage.titles(), bars, "µs a sample"));
    }

    private static Bar bar(String name, List<Prediction> step, double perSample) {
        final double[] parts = parts(step, perSample);
        parts[Stage.DATA.ordinal()] = 0;
        return new Bar(name, parts);
    }

    /** Draws the parts of a cluster's step over the number of nodes. */
    static Figure cluster(Machine machine, List<ClusterPoint> points, boolean weak) {
        final List<Bar> bars = new ArrayList<>();
        for (ClusterPoint point : points) {
            bars.add(new Bar(String.valueOf(point.nodes()), point.parts()));
        }
        final String name = machine.name().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
        return new Figure((weak ? "cluster-weak-" : "cluster-strong-") + name,
                (weak ? "Every node brings its batch" : "All nodes share one batch") + ": " + machine.name(),
                "Each column is a step's time on so many nodes, by what it goes to; communication counts as far as nothing hides it.",
                NARROW, HEIGHT,
                canvas -> StackedBars.columns(canvas, NARROW, HEIGHT, ClusterPoint.PARTS, bars, "nodes",
                        "milliseconds"));
    }
}
