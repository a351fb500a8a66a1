package org.dlrm4j.bench.report;

import org.dlrm4j.cli.plot.Axis;
import org.dlrm4j.cli.plot.Figure;
import org.dlrm4j.cli.plot.HtmlPage;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.dlrm4j.bench.Processor;
import org.dlrm4j.kernels.KernelInfo;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.store.ModelFormatException;

/**
 * Answers the hardware question: what each operator of a model's step costs on this machine and what binds it, how that changes
 * with batch, threads and tables, and what it would be on described machines and clusters. Writes a page and its figures.
 */
public final class HardwareReport {
    private static final long BUDGET_NANOS = 400_000_000;
    private static final int ROUNDS = 2;

    /** So many samples' activations stay in the caches. */
    private static final int SCORED_SAMPLES = 512;

    /** Far more than caches hold: larger tables would only take time to fill. */
    private static final long MAX_TABLE_BYTES = 1L << 30;

    private final ReportOptions options;
    private final PrintStream out;

    private HardwareReport(ReportOptions options, PrintStream out) {
        this.options = options;
        this.out = out;
    }

    /**
     * Runs the report.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        // Images are drawn without a display.
        System.setProperty("java.awt.headless", "true");
        try {
            final ReportOptions options = ReportOptions.parse(args);
            if (options == null) {
                System.out.println(ReportOptions.USAGE);
                return;
            }
            new HardwareReport(options, System.out).run();
        } catch (IllegalArgumentException | ModelFormatException e) {
            System.err.println("dlrm bench --report: " + e.getMessage());
            System.exit(2);
        } catch (IOException e) {
            System.err.println("dlrm bench --report: " + e);
            System.exit(1);
        }
    }

    private void run() throws IOException {
        // Described machines are read now, not after minutes of measurement, should there be something wrong in them.
        final List<Path> files = options.machineFiles();
        for (Path file : files) {
            MachineFile.read(file, 1);
        }
        Files.createDirectories(options.output());
        final Scenario base = new Scenario(options.preset().workload().scaledTo(MAX_TABLE_BYTES), options.batch(),
                options.threads(), options.optimizer());
        final ThisMachine limits = ThisMachine.measure("this machine", options.threads(),
                what -> out.println("limits: " + what));
        final Findings findings = findings(base, limits, files);
        final HtmlPage page = ReportPage.of(findings);
        for (Figure figure : page.figures()) {
            figure.writePng(options.output());
        }
        final Path html = options.output().resolve("report.html");
        Files.writeString(html, page.html());
        print(findings);
        out.println("page: " + html);
    }

    private Findings findings(Scenario base, ThisMachine limits, List<Path> files) throws IOException {
        final double room = limits.machine().memoryBytes() / 4;
        final List<Sweep> sweeps = Sweep.around(base, options.threads(), room);
        final Map<Scenario, Measurement> measured = measure(base, sweeps);
        final Set<Measurement> fitted = new LinkedHashSet<>(List.of(measured.get(base)));
        for (Sweep sweep : sweeps) {
            for (int i = 0; i < sweep.scenarios().size(); i++) {
                if (sweep.isFitted(i, base)) {
                    fitted.add(measured.get(sweep.scenarios().get(i)));
                }
            }
        }
        final Machine machine = limits.machine();
        final OperatorModel model = OperatorModel.fit(List.copyOf(fitted), machine);
        final List<SweepResult> results = new ArrayList<>();
        for (Sweep sweep : sweeps) {
            final List<Measurement> points = sweep.scenarios().stream().map(measured::get).toList();
            results.add(new SweepResult(sweep, points, points.stream()
                    .mapToDouble(m -> OperatorModel.stepNanos(model.predict(m.work(), machine))).toArray()));
        }
        out.println("row formats");
        final List<FormatRunner.FormatTime> formats = new FormatRunner(options.output(), SCORED_SAMPLES, BUDGET_NANOS)
                .run(base.workload());
        final List<WhatIf> whatIfs = new ArrayList<>();
        for (Path file : files) {
            whatIfs.add(WhatIf.of(base, options.preset().workload().config(), model,
                    MachineFile.read(file, limits.rowsInFlight())));
        }
        return new Findings("What binds " + options.preset().name() + " on this machine",
                environment(base), limits, measured.get(base), model.predict(measured.get(base).work(), machine),
                results, formats, model, PredictionErrors.of(results, base, model, machine), whatIfs);
    }

    /**
     * Measures base and sweeps in rounds, the faster of a scenario's measurements counting: code that is compiled anew, or a
     * neighbour's load, slows down all steps of some seconds.
     */
    private Map<Scenario, Measurement> measure(Scenario base, List<Sweep> sweeps) {
        final ScenarioRunner runner = new ScenarioRunner(BUDGET_NANOS);
        final Map<Scenario, Measurement> fastest = new HashMap<>();
        out.println("compiling: " + options.preset().name());
        runner.run(base);
        for (int round = 1; round <= ROUNDS; round++) {
            final Set<Scenario> done = new HashSet<>();
            for (Sweep sweep : sweeps) {
                out.println("sweep, round " + round + " of " + ROUNDS + ": " + sweep.name());
                for (Scenario scenario : sweep.scenarios()) {
                    if (done.add(scenario)) {
                        fastest.merge(scenario, runner.run(scenario),
                                Measurement::faster);
                    }
                }
            }
            if (done.add(base)) {
                fastest.merge(base, runner.run(base), Measurement::faster);
            }
        }
        return fastest;
    }

    private static Map<String, String> environment(Scenario base) throws IOException {
        final ModelConfig config = base.config();
        final Map<String, String> environment = new LinkedHashMap<>();
        environment.put("processor",
                Processor.describe() + ", " + Runtime.getRuntime().availableProcessors() + " cores");
        environment.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        environment.put("Java", System.getProperty("java.vm.name") + " " + Runtime.version());
        environment.put("kernels", KernelInfo.description());
        environment.put("model", config.architecture().name() + " " + config.architecture().toJson() + ", "
                + config.sparseFeatures() + " tables of " + Axis.label(Arrays.stream(config.rows()).sum())
                + " rows together, " + config.dim() + " floats a row, " + config.denseFeatures() + " dense features");
        environment.put("step", base.batch() + " samples, " + bags(base) + ", "
                + base.threads() + (base.threads() == 1 ? " thread, " : " threads, ") + base.optimizer());
        environment.put("times", "the fastest tenth of each operator's times in real training steps, of the faster of "
                + ROUNDS + " rounds");
        return environment;
    }

    private static String bags(Scenario base) {
        return Axis.label(base.workload().lookupsPerSample()) + " uniform random rows a sample";
    }

    private void print(Findings findings) {
        final Measurement base = findings.base();
        out.printf(Locale.ROOT, "%-28s %-18s %10s %8s %8s %8s  %s%n", "operator", "stage", "us", "GFLOP/s", "GB/s",
                "of limit", "bound by");
        for (int i = 0; i < base.nanos().length; i++) {
            final WorkItem item = base.work().items().get(i);
            out.printf(Locale.ROOT, "%-28s %-18s %10.1f %8.1f %8.1f %6.0f %%  %s%n", item.name(), item.stage().title(),
                    base.nanos()[i] * 1e-3, item.cost().flops() / base.nanos()[i],
                    item.cost().allBytes() / base.nanos()[i], 100 * findings.ofLimit(i),
                    findings.operators().get(i).bindsBy());
        }
        for (FormatRunner.FormatTime time : findings.formats()) {
            out.printf(Locale.ROOT,
                    "scoring from %-4s rows of %4d bytes: lookups %8.3f us a sample, other layers %8.3f us%n",
                    time.format(), time.rowBytes(), time.lookupMicros(), time.otherMicros());
        }
        for (PredictionErrors.Point point : findings.errors().points()) {
            out.printf(Locale.ROOT, "not in the fit: %-20s measured %10.1f us, predicted %10.1f us, %+.1f %%%n",
                    point.label(), point.measuredNanos() * 1e-3, point.predictedNanos() * 1e-3, 100 * point.error());
        }
        out.printf(Locale.ROOT,
                "prediction error: %.1f %% median, %.1f %% at worst; of operators %.1f %% and %.1f %%%n",
                100 * findings.errors().medianStep(), 100 * findings.errors().maxStep(),
                100 * findings.errors().medianOperator(), 100 * findings.errors().maxOperator());
    }
}
