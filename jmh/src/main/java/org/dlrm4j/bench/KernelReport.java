package org.dlrm4j.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.UnaryOperator;
import org.dlrm4j.kernels.KernelInfo;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormat;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Times the kernels beside the machine's limits in a few minutes and prints one table: median time of a call, rates, fraction
 * of the limit measured in the same run, bytes allocated a call. The limit is the roofline: the arithmetic at the peak or the
 * memory at the bandwidth of the level that holds it, whichever takes longer. Writes JMH's raw results as JSON.
 *
 * <p>Usage: {@code KernelReport [--output FILE] [--forks N] [--all]}.
 */
public final class KernelReport {
    private static final Path DEFAULT_OUTPUT = Path.of("target", "kernel-report.json");
    private static final String USAGE = """
            Usage: KernelReport [--output FILE] [--forks N] [--all]
              --output FILE  raw results, JMH's JSON (default target/kernel-report.json); JMH's log is put beside it
              --forks N      JVMs started for each line, 1 to 100 (default 1)
              --all          every benchmark at every shape, about two hours, instead of a selection of some minutes""";
    private static final String HEADER = "%-36s %-30s %13s %9s %8s %9s %9s%n";
    private static final String LINE = "%-36s %-30s %10.2f us %9s %8s %9s %9.2f%n";

    private final Path output;
    private final int forks;
    private final boolean all;
    private final PrintStream out;
    private final OutputFormat log;
    private final Limits limits = new Limits();
    private final int vectorBits = Math.max(128, KernelInfo.vectorBits());

    private KernelReport(Path output, int forks, boolean all, PrintStream out, PrintStream log) {
        this.output = output;
        this.forks = forks;
        this.all = all;
        this.out = out;
        this.log = OutputFormatFactory.createFormatInstance(log, VerboseMode.NORMAL);
    }

    /**
     * Runs the report.
     *
     * @param args see the usage above
     * @throws IllegalStateException if a benchmark fails, naming JMH's log
     * @throws IOException if the output file cannot be written
     */
    public static void main(String[] args) throws IOException {
        Path output = DEFAULT_OUTPUT;
        int forks = 1;
        boolean all = false;
        for (int i = 0; i < args.length; i++) {
            final String value = i + 1 < args.length ? args[i + 1] : null;
            if (args[i].equals("--help")) {
                System.out.println(USAGE);
                return;
            } else if (args[i].equals("--all")) {
                all = true;
            } else if (args[i].equals("--output") && value != null) {
                output = Path.of(value);
                i++;
            } else if (args[i].equals("--forks") && value != null && value.matches("[1-9][0-9]?|100")) {
                forks = Integer.parseInt(value);
                i++;
            } else {
                System.err.println("unexpected argument: " + String.join(" ", List.of(args).subList(i, args.length)));
                System.err.println(USAGE);
                System.exit(2);
            }
        }
        final Path logFile = Path.of(output + ".log");
        // Now, not after minutes of measurement, should it turn out that the folder cannot be written.
        Files.createDirectories(output.toAbsolutePath().getParent());
        try (PrintStream log = new PrintStream(Files.newOutputStream(logFile), true, StandardCharsets.UTF_8)) {
            new KernelReport(output, forks, all, System.out, log).run();
        } catch (RunnerException e) {
            throw new IllegalStateException("a benchmark failed; " + logFile + " tells why", e);
        }
    }

    private void run() throws RunnerException, IOException {
        out.println(System.getProperty("java.vm.name") + " " + Runtime.version() + "; " + Processor.describe()
                + "; one thread unless said, "
                + forks + (forks == 1 ? " fork" : " forks"));
        out.println(KernelInfo.description());
        out.printf(HEADER, "benchmark", "shape", "time", "GFLOP/s", "GB/s", "of limit", "B/op");
        final List<RunResult> results = new ArrayList<>();
        for (BenchmarkGroup group : BenchmarkGroup.of(all, vectorBits, Runtime.getRuntime().availableProcessors())) {
            for (RunResult result : measure(group)) {
                results.add(result);
                print(result);
            }
        }
        try (PrintStream json = new PrintStream(Files.newOutputStream(output), false, StandardCharsets.UTF_8)) {
            ResultFormatFactory.getInstance(ResultFormatType.JSON, json).writeOut(results);
            if (json.checkError()) {
                throw new IOException(output + ": could not be written; is the disk full?");
            }
        }
        out.println(
                "B/op includes what JMH allocates itself, about 40 KB an iteration of 200 ms: 0.2 B a microsecond.");
        out.println("raw results: " + output);
    }

    private Collection<RunResult> measure(BenchmarkGroup group) throws RunnerException {
        final ChainedOptionsBuilder options = new OptionsBuilder()
                .include("^" + KernelReport.class.getPackageName() + "." + group.benchmark() + "$")
                .forks(forks)
                .threads(group.threads())
                .warmupIterations(3)
                .warmupTime(TimeValue.milliseconds(group.warmupMillis() / 3))
                .measurementIterations(5)
                .measurementTime(TimeValue.milliseconds(200))
                .addProfiler(GCProfiler.class)
                .shouldFailOnError(true);
        group.params().forEach((name, values) -> options.param(name, values.toArray(String[]::new)));
        return new Runner(options.build(), log).run();
    }

    private void print(RunResult result) {
        final BenchmarkParams params = result.getParams();
        final String benchmark = params.getBenchmark().substring(KernelReport.class.getPackageName().length() + 1);
        final UnaryOperator<String> param = params::getParam;
        final int threads = params.getThreads();
        final Work work = Work.of(benchmark, param, vectorBits, threads);
        final double micros = result.getPrimaryResult().getStatistics().getPercentile(50);
        if (threads == 1) {
            limits.put(Work.limitKey(benchmark, param), work, micros);
        }
        final double least = limits.leastMicros(work);
        final Result<?> allocated = result.getSecondaryResults().get("gc.alloc.rate.norm");
        out.printf(LINE, benchmark, shape(params), micros, rate(threads * work.flops(), micros),
                rate(threads * work.bytes(), micros),
                Double.isNaN(least) ? "" : String.format("%.0f %%", 100 * least / micros), allocated.getScore());
    }

    /** Formats giga-units a second; nothing for 0. */
    private static String rate(double amount, double micros) {
        return amount == 0 ? "" : String.format("%.1f", amount / micros * 1e-3);
    }

    private static String shape(BenchmarkParams params) {
        final List<String> values = new ArrayList<>();
        for (String key : params.getParamsKeys()) {
            values.add((key.equals("layer") || key.equals("shape") || key.equals("size") || key.equals("distribution")
                    || key.equals("function") || key.equals("pages")
                            ? ""
                            : key + "=")
                    + params.getParam(key));
        }
        if (params.getThreads() > 1) {
            values.add(params.getThreads() + " threads");
        }
        return String.join(" ", values);
    }
}
