package org.dlrm4j.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
 * Times the kernels beside the machine's limits in a few minutes and prints one table: median time of a call, rate, fraction
 * of the limit measured in the same run, bytes allocated a call. Writes JMH's raw results as JSON.
 *
 * <p>Usage: {@code KernelReport [--output FILE] [--forks N]}.
 */
public final class KernelReport {
    private static final Path DEFAULT_OUTPUT = Path.of("target", "kernel-report.json");
    private static final String USAGE = """
            Usage: KernelReport [--output FILE] [--forks N]
              --output FILE  raw results, JMH's JSON (default target/kernel-report.json); JMH's log is put beside it
              --forks N      JVMs started for each line, 1 to 100 (default 1)""";
    private static final String HEADER = "%-36s %-26s %13s %9s %8s %9s %9s%n";
    private static final String LINE = "%-36s %-26s %10.2f us %9s %8s %9s %9.2f%n";

    private final Path output;
    private final int forks;
    private final PrintStream out;
    private final OutputFormat log;
    private final Map<String, Double> limits = new HashMap<>();

    /** One set of benchmarks: the product of all parameter values. */
    private record Group(String benchmark, Map<String, List<String>> params) {
        /**
         * C2 takes up to a second for a register tile, and twice that where it has to share a core with the benchmark;
         * until it is done every accumulator is boxed. A model needs a dozen of them.
         */
        int warmupMillis() {
            return switch (benchmark.substring(0, benchmark.indexOf('.'))) {
                case "MachineLimits" -> 900;
                case "SlsBenchmark" -> 1500;
                case "DlrmBenchmark" -> 6000;
                default -> 3000;
            };
        }
    }

    private KernelReport(Path output, int forks, PrintStream out, PrintStream log) {
        this.output = output;
        this.forks = forks;
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
        for (int i = 0; i < args.length; i += 2) {
            final String value = i + 1 < args.length ? args[i + 1] : null;
            if (args[i].equals("--help")) {
                System.out.println(USAGE);
                return;
            } else if (args[i].equals("--output") && value != null) {
                output = Path.of(value);
            } else if (args[i].equals("--forks") && value != null && value.matches("[1-9][0-9]?|100")) {
                forks = Integer.parseInt(value);
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
            new KernelReport(output, forks, System.out, log).run();
        } catch (RunnerException e) {
            throw new IllegalStateException("a benchmark failed; " + logFile + " tells why", e);
        }
    }

    private void run() throws RunnerException, IOException {
        out.println(System.getProperty("java.vm.name") + " " + Runtime.version() + "; " + cpu() + "; one thread, "
                + forks + (forks == 1 ? " fork" : " forks"));
        out.println(KernelInfo.description());
        out.printf(HEADER, "benchmark", "shape", "time", "GFLOP/s", "GB/s", "of limit", "B/op");
        final List<RunResult> results = new ArrayList<>();
        for (Group group : groups()) {
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

    private static String cpu() throws IOException {
        final Path info = Path.of("/proc/cpuinfo");
        if (!Files.isReadable(info)) {
            return System.getProperty("os.arch");
        }
        final Map<String, String> fields = new HashMap<>();
        for (String line : Files.readAllLines(info)) {
            final int colon = line.indexOf(':');
            if (colon > 0) {
                fields.putIfAbsent(line.substring(0, colon).strip(), line.substring(colon + 1).strip());
            }
        }
        return fields.getOrDefault("model name", System.getProperty("os.arch")) + " family "
                + fields.getOrDefault("cpu family", "?") + " model " + fields.getOrDefault("model", "?");
    }

    /** The limits come first: later lines are held against them. */
    private static List<Group> groups() {
        final List<Group> groups = new ArrayList<>();
        for (int bits = Math.max(128, KernelInfo.vectorBits()); bits >= 128; bits /= 2) {
            groups.add(new Group("MachineLimits.fma" + bits, Map.of()));
        }
        groups.add(new Group("MachineLimits.sequentialRead",
                Map.of("sizeBytes", List.of("16384", "524288", "16777216", "1073741824"))));
        groups.add(new Group("MachineLimits.randomRows",
                Map.of("rowBytes", List.of("64", "128", "256", "512"), "size", List.of("DRAM"))));
        groups.add(
                new Group("MachineLimits.randomRows", Map.of("rowBytes", List.of("256"), "size", List.of("L2", "L3"))));

        groups.add(gemm("forward", List.of("512x256"), List.of("1", "16")));
        groups.add(gemm("forward", List.of("13x512", "512x256", "256x64", "367x512"), List.of("128")));
        groups.add(gemm("forward", List.of("512x256", "1024x1024"), List.of("2048")));
        groups.add(gemm("dgrad", List.of("512x256", "1024x1024"), List.of("128")));
        groups.add(gemm("wgrad", List.of("512x256", "1024x1024"), List.of("128")));

        groups.add(sls(List.of("16", "32", "64", "128"), "32", "DRAM", "UNIFORM"));
        groups.add(sls(List.of("64"), "1", "DRAM", "UNIFORM"));
        groups.add(sls(List.of("64"), "32", "DRAM", "ZIPF"));
        groups.add(sls(List.of("64"), "32", "L3", "UNIFORM"));
        groups.add(sls(List.of("64"), "32", "L2", "UNIFORM"));
        for (String method : List.of("sgd", "adagrad", "rowWiseAdagrad")) {
            groups.add(new Group("SparseUpdateBenchmark." + method, Map.of("dim", List.of("64"), "pooling",
                    List.of("1"), "size", List.of("DRAM"), "distribution", List.of("UNIFORM"))));
        }
        for (String method : List.of("forward", "backward")) {
            groups.add(new Group("InteractionBenchmark." + method,
                    Map.of("shape", List.of("27x16", "27x128", "9x32"), "m", List.of("128"))));
        }
        groups.add(new Group("DlrmBenchmark.forward",
                Map.of("m", List.of("1", "128", "2048"), "maxRows", List.of("1000000"))));
        groups.add(new Group("DlrmBenchmark.trainingStep",
                Map.of("m", List.of("128", "2048"), "maxRows", List.of("1000000"))));
        return groups;
    }

    private static Group gemm(String method, List<String> layers, List<String> m) {
        return new Group("GemmBenchmark." + method, Map.of("layer", layers, "m", m));
    }

    private static Group sls(List<String> dims, String pooling, String size, String distribution) {
        return new Group("SlsBenchmark.forward", Map.of("dim", dims, "pooling", List.of(pooling), "size",
                List.of(size), "distribution", List.of(distribution)));
    }

    private Collection<RunResult> measure(Group group) throws RunnerException {
        final ChainedOptionsBuilder options = new OptionsBuilder()
                .include("^" + KernelReport.class.getPackageName() + "." + group.benchmark + "$")
                .forks(forks)
                .warmupIterations(3)
                .warmupTime(TimeValue.milliseconds(group.warmupMillis() / 3))
                .measurementIterations(5)
                .measurementTime(TimeValue.milliseconds(200))
                .addProfiler(GCProfiler.class)
                .shouldFailOnError(true);
        group.params.forEach((name, values) -> options.param(name, values.toArray(String[]::new)));
        return new Runner(options.build(), log).run();
    }

    private void print(RunResult result) {
        final BenchmarkParams params = result.getParams();
        final String benchmark = params.getBenchmark().substring(KernelReport.class.getPackageName().length() + 1);
        final UnaryOperator<String> param = params::getParam;
        final Work work = Work.of(benchmark, param, Math.max(128, KernelInfo.vectorBits()));
        final double micros = result.getPrimaryResult().getStatistics().getPercentile(50);
        final double rate = (work.flops() + work.bytes()) / micros * 1e-3;
        limits.put(Work.limitKey(benchmark, param), rate);
        final Double limit = work.limit() == null ? null : limits.get(work.limit());
        final Result<?> allocated = result.getSecondaryResults().get("gc.alloc.rate.norm");
        out.printf(LINE, benchmark, shape(params), micros, work.flops() > 0 ? String.format("%.1f", rate) : "",
                work.bytes() > 0 ? String.format("%.1f", rate) : "",
                limit == null ? "" : String.format("%.0f %%", 100 * rate / limit), allocated.getScore());
    }

    private static String shape(BenchmarkParams params) {
        final List<String> values = new ArrayList<>();
        for (String key : params.getParamsKeys()) {
            values.add((key.equals("layer") || key.equals("shape") || key.equals("size") || key.equals("distribution")
                    ? ""
                    : key + "=") + params.getParam(key));
        }
        return String.join(" ", values);
    }
}
