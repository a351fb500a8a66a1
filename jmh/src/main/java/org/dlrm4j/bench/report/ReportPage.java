package org.dlrm4j.bench.report;

import org.dlrm4j.cli.plot.Axis;
import org.dlrm4j.cli.plot.Figure;
import org.dlrm4j.cli.plot.HtmlPage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.dlrm4j.bench.report.WorkItem.Stage;

/** One page that needs nothing but itself: figures, tables, what they say, and the machine they belong to. */
final class ReportPage {
    private final Findings findings;
    private final HtmlPage page;

    private ReportPage(Findings findings) {
        this.findings = findings;
        page = new HtmlPage(findings.title());
    }

    /** Writes findings as a page. */
    static HtmlPage of(Findings findings) {
        final ReportPage report = new ReportPage(findings);
        report.write();
        return report.page;
    }

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    private void write() {
        page.lead(summary());
        page.section("Where operators lie");
        page.figure(RooflineFigure.of(findings));
        operatorTable();
        page.section("Where the time goes");
        page.grid(findings.sweeps().stream().map(StepFigures::breakdown).toList());
        page.section("How speed changes");
        final List<Figure> speeds = new ArrayList<>();
        findings.sweeps().forEach(sweep -> speeds.add(StepFigures.sweep(sweep, findings.base().scenario())));
        if (!findings.formats().isEmpty()) {
            speeds.add(StepFigures.formats(findings.formats()));
        }
        page.grid(speeds);
        page.section("How good the model is");
        errors();
        page.section("What if");
        whatIfs();
        page.section("This machine's limits");
        page.figure(StepFigures.rows(findings.limits()));
        limits();
        page.section("Environment");
        page.definitions(
                findings.environment().entrySet().stream().map(e -> List.of(e.getKey(), e.getValue())).toList());
    }

    private String summary() {
        final Measurement base = findings.base();
        int most = -1;
        for (int i = 0; i < base.nanos().length; i++) {
            if (base.work().items().get(i).stage() != Stage.DATA
                    && (most < 0 || base.nanos()[i] > base.nanos()[most])) {
                most = i;
            }
        }
        final WorkItem item = base.work().items().get(most);
        return format(
                "A step of %.0f samples takes %s: %s samples a second. Most of it, %.0f %%, goes to %s (%s), bound by %s, at %.0f %% of the"
                        + " limit measured on this machine. The model predicts steps that it has not seen to %.1f %% (median; at worst %.1f %%).",
                base.work().samples(), duration(base.stepNanos()),
                Axis.label(base.work().samples() / base.stepNanos() * 1e9),
                100 * base.nanos()[most] / base.stepNanos(), item.name(), item.stage().title(),
                findings.operators().get(most).bindsBy(), 100 * findings.ofLimit(most),
                100 * findings.errors().medianStep(), 100 * findings.errors().maxStep());
    }

    private static String duration(double nanos) {
        return nanos < 1e6 ? Axis.label(nanos * 1e-3) + " µs" : Axis.label(nanos * 1e-6) + " ms";
    }

    private void operatorTable() {
        final List<List<String>> rows = new ArrayList<>();
        final Measurement base = findings.base();
        for (int i = 0; i < base.nanos().length; i++) {
            final WorkItem item = base.work().items().get(i);
            final double nanos = base.nanos()[i];
            final boolean limited = findings.operators().get(i).bound().nanos() > 0;
            rows.add(List.of(i + 1 + ". " + item.name(), item.stage().title(), format("%.1f", nanos * 1e-3),
                    item.stage() == Stage.DATA ? "" : format("%.1f", 100 * nanos / base.stepNanos()),
                    number(item.cost().flops() * 1e-6), number(item.cost().allBytes() * 1e-6),
                    number(item.cost().intensity()),
                    number(item.cost().flops() / nanos), number(item.cost().allBytes() / nanos),
                    limited ? format("%.0f", 100 * findings.ofLimit(i)) : "", findings.operators().get(i).bindsBy()));
        }
        page.table(List.of("operator", "stage", "µs", "% of step", "MFLOP", "MB", "FLOP/byte", "GFLOP/s",
                "GB/s",
                "% of limit", "bound by"), rows);
        page.note("Work and time are those of one thread" + (base.work().threads() == 1
                ? "."
                : ", of " + base.work().threads() + ".")
                + " The limit is the least time: arithmetic at the peak or bytes in order at the bandwidth of the level that holds them,"
                + " whichever takes longer, and random rows as fast as this machine reaches them. Latency is that of random rows as far as"
                + " others under way do not hide it. Overhead: calls, loops, bookkeeping, short vectors.");
    }

    private static String number(double value) {
        return value == 0 ? "" : Axis.label(value);
    }

    private void errors() {
        final PredictionErrors errors = findings.errors();
        page.paragraph(format(
                "The model was fitted to every other point of the sweeps, and predicts the rest: steps to %.1f %% (median) and %.1f %% (worst);"
                        + " single operators that take %.0f %% of a step or more to %.1f %% (median) and %.1f %% (worst).",
                100 * errors.medianStep(), 100 * errors.maxStep(), 100 * PredictionErrors.LEAST_SHARE,
                100 * errors.medianOperator(), 100 * errors.maxOperator()));
        final List<List<String>> rows = new ArrayList<>();
        for (PredictionErrors.Point point : errors.points()) {
            rows.add(List.of(point.label(), duration(point.measuredNanos()), duration(point.predictedNanos()),
                    format("%+.1f %%", 100 * point.error())));
        }
        page.table(List.of("not in the fit", "measured", "predicted", "error"), rows);
        coefficients();
        page.note(
                "A family of operators takes c0 · calls + c1 · units + c2 · max(FLOP / peak, bytes / bandwidth) + c3 · random rows."
                        + " Units are samples, bags or values. The c belong to the software, peak, bandwidths and rows to the machine.");
    }

    private void coefficients() {
        final List<List<String>> rows = new ArrayList<>();
        findings.model().coefficients().entrySet().stream().sorted(Map.Entry.comparingByKey()).forEach(entry -> {
            final double[] c = entry.getValue();
            rows.add(List.of(entry.getKey().toLowerCase(Locale.ROOT), number(c[0]), number(c[1]), efficiency(c[2]),
                    efficiency(c[3])));
        });
        page.table(
                List.of("family", "c0, ns a call", "c1, ns a unit", "1/c2, % of the roofline",
                        "1/c3, % of random rows"),
                rows);
    }

    private static String efficiency(double factor) {
        return factor == 0 ? "" : format("%.0f", 100 / factor);
    }

    private void whatIfs() {
        if (findings.whatIfs().isEmpty()) {
            page.paragraph("No machine was described: name one with --machines.");
            return;
        }
        page.figure(StepFigures.whatIf(findings));
        final List<List<String>> rows = new ArrayList<>();
        final double samples = findings.base().work().samples();
        rows.add(whatIfRow("this machine, model", findings.limits().machine(), findings.operators(), samples));
        for (WhatIf whatIf : findings.whatIfs()) {
            rows.add(whatIfRow(whatIf.machine().name(), whatIf.machine(), whatIf.step(), samples));
            rows.add(whatIfRow("… tables filling half its memory", whatIf.machine(), whatIf.largerTables(), samples));
        }
        page.table(List.of("machine", "cores", "GFLOP/s a core", "step", "samples/s", "bottleneck"), rows);
        page.note(
                "Overheads are taken from this machine. Tables fill caches and memories from the fastest on, those first whose"
                        + " rows are used most a byte; rows of a table are used equally often, as in random data.");
        for (WhatIf whatIf : findings.whatIfs()) {
            if (!whatIf.weak().isEmpty()) {
                page.subsection("A cluster of: " + whatIf.machine().name());
                page.grid(List.of(StepFigures.cluster(whatIf.machine(), whatIf.weak(), true),
                        StepFigures.cluster(whatIf.machine(), whatIf.strong(), false)));
                clusterTable(whatIf);
            }
        }
    }

    private static List<String> whatIfRow(String name, Machine machine, List<Prediction> step, double samples) {
        final double nanos = OperatorModel.stepNanos(step);
        return List.of(name, String.valueOf(machine.cores()), Axis.label(machine.coreGflops()), duration(nanos),
                Axis.label(samples / nanos * 1e9), WhatIf.bottleneck(step));
    }

    private void clusterTable(WhatIf whatIf) {
        final List<List<String>> rows = new ArrayList<>();
        for (int i = 0; i < whatIf.weak().size(); i++) {
            final ClusterPoint weak = whatIf.weak().get(i);
            final ClusterPoint strong = whatIf.strong().get(i);
            rows.add(List.of(String.valueOf(weak.nodes()), Axis.count(weak.globalBatch()),
                    duration(weak.stepMillis() * 1e6), Axis.label(weak.samplesPerSecond()), weak.bindsBy(),
                    duration(strong.stepMillis() * 1e6), Axis.label(strong.samplesPerSecond()), strong.bindsBy()));
        }
        page.table(List.of("nodes", "samples of a step", "step", "samples/s", "bound by", "step, shared batch",
                "samples/s",
                "bound by"), rows);
        page.note(
                "Tables that fill half of one node's memory are divided among the nodes, MLPs are on each. Pooled rows go to the"
                        + " samples' nodes by an all-to-all, their gradients back by another, and an all-reduce sums the MLPs' gradients. The first"
                        + " exchange is hidden by the bottom MLP, the second by the gradients of the weights, the all-reduce by what is left of"
                        + " these and by the updates of tables.");
    }

    private void limits() {
        final Machine machine = findings.limits().machine();
        final List<List<String>> rows = new ArrayList<>();
        final List<MemoryTier> tiers = new ArrayList<>(machine.caches());
        tiers.addAll(machine.memory());
        for (MemoryTier tier : tiers) {
            rows.add(List.of(tier.name(), Axis.label(tier.bytes()), Axis.label(tier.coreGigabytes()),
                    Axis.label(tier.allGigabytes()), Axis.label(tier.latencyNanos()),
                    Axis.label(1e3 / (tier.rowStartNanos() + tier.lineNanos())),
                    Axis.label(1e3 / (tier.rowStartNanos() + 4 * tier.lineNanos()))));
        }
        page.paragraph(format(
                "%s GFLOP/s a core in single precision; %s random rows under way at once; %s; a random row costs %s ns more in"
                        + " small pages.",
                Axis.label(machine.coreGflops()), Axis.label(findings.limits().rowsInFlight()),
                machine.hugePages() ? "tables lie in huge pages" : "tables lie in small pages",
                Axis.label(machine.walkNanos())));
        page.table(
                List.of("level", "bytes", "GB/s, one core", "GB/s, all", "ns a dependent load", "10^6 rows/s of 64 B",
                        "10^6 rows/s of 256 B"),
                rows);
    }
}
