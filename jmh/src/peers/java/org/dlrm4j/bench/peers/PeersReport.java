package org.dlrm4j.bench.peers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.dlrm4j.kernels.KernelInfo;

/**
 * Times dlrm4j beside libtorch and ONNX Runtime in a few minutes and prints one table, and another that
 * tells which targets are reached; writes the figures as JSON. Each group of rows has a JVM of its own, so that neither compiled
 * code nor memory of one shows in another. All engines use one thread, except where ours on two is compared with ours on one.
 *
 * <p>Usage: {@code PeersReport [--output FILE] [--quick] [--only GROUP]}.
 */
public final class PeersReport {
    private static final Path DEFAULT_OUTPUT = Path.of("target", "peers-report.json");
    private static final String USAGE = """
            Usage: PeersReport [--output FILE] [--quick] [--only GROUP]
              --output FILE  figures as JSON (default target/peers-report.json)
              --quick        a part of the rows with fewer rounds, about a minute
              --only GROUP   one group of rows: %s""";
    private static final Contest FULL = new Contest(11, 40_000_000, 2_000_000_000);
    private static final Contest QUICK = new Contest(5, 20_000_000, 1_000_000_000);

    /** Variables that tune a peer; a stray OPENBLAS_CORETYPE=Haswell, say, would halve libtorch's speed on AVX-512. */
    private static final Pattern TUNING = Pattern.compile("(OPENBLAS|OMP|GOMP|KMP|MKL|ATEN|DNNL|ONEDNN|ORT)_.*");

    private PeersReport() {}

    /**
     * Runs the report.
     *
     * @param args see the usage above
     * @throws IOException if the output file cannot be written or a JVM cannot be started
     * @throws InterruptedException if interrupted while a JVM runs
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        Path output = DEFAULT_OUTPUT;
        boolean quick = false;
        Group only = null;
        Path child = null;
        for (int i = 0; i < args.length; i++) {
            final String value = i + 1 < args.length ? args[i + 1] : null;
            if (args[i].equals("--help")) {
                System.out.println(usage());
                return;
            } else if (args[i].equals("--quick")) {
                quick = true;
            } else if (args[i].equals("--output") && value != null) {
                output = Path.of(value);
                i++;
            } else if (args[i].equals("--only") && value != null && Group.named(value) != null) {
                only = Group.named(value);
                i++;
            } else if (args[i].equals("--rows") && value != null) {
                // How the report starts a JVM for one group.
                child = Path.of(value);
                i++;
            } else {
                System.err.println("unexpected argument: " + String.join(" ", List.of(args).subList(i, args.length)));
                System.err.println(usage());
                System.exit(2);
            }
        }
        if (child != null && only != null) {
            try (Rows rows = new Rows(quick ? QUICK : FULL, System.out, child)) {
                Torch.useOneThread();
                only.run(quick, rows);
            }
        } else {
            report(only == null ? List.of(Group.values()) : List.of(only), quick, output);
        }
    }

    private static String usage() {
        return String.format(USAGE, String.join(", ", List.of(Group.values()).stream().map(Group::label).toList()));
    }

    private static void report(List<Group> groups, boolean quick, Path output) throws IOException,
            InterruptedException {
        // Now, not after minutes of measurement, should it turn out that the folder cannot be written.
        Files.createDirectories(output.toAbsolutePath().getParent());
        final String machine = machine();
        final String started = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        final String loadBefore = load();
        System.out.println(machine);
        System.out.println(KernelInfo.description() + "; libtorch " + Torch.version()
                + "; ONNX Runtime " + OnnxDlrm.version()
                + "; one thread each; times are medians, ratios peer / ours (of \"" + ScalingRows.SUFFIX
                + "\": one thread / two); load " + loadBefore);
        System.out.println(Row.header());
        final List<Row> rows = new ArrayList<>();
        for (Group group : groups) {
            rows.addAll(inOwnJvm(group, quick));
        }
        final List<Target.Result> targets = Targets.ALL.stream().map(target -> target.check(rows)).toList();
        System.out.printf("%n%s%n", Target.Result.header());
        targets.forEach(target -> System.out.println(target.line()));
        final String json = String.format(Locale.ROOT,
                "{%n\"machine\":\"%s\",%n\"kernels\":\"%s\",%n\"libtorch\":\"%s\",%n\"onnxRuntime\":\"%s\",%n"
                        + "\"started\":\"%s\",%n"
                        + "\"loadBefore\":\"%s\",%n\"loadAfter\":\"%s\",%n\"rows\":[%n%s%n],%n\"targets\":[%n%s%n]}%n",
                machine, KernelInfo.description(), Torch.version(), OnnxDlrm.version(), started,
                loadBefore, load(),
                rows.stream().map(Row::json).collect(Collectors.joining(",\n")),
                targets.stream().map(Target.Result::json).collect(Collectors.joining(",\n")));
        Files.writeString(output, json);
        System.out.println("figures: " + output);
    }

    /** Runs a group and returns its rows; the child prints its table itself. */
    private static List<Row> inOwnJvm(Group group, boolean quick) throws IOException, InterruptedException {
        final Path rows = Files.createTempFile("peers-" + group.label(), ".rows");
        try {
            final List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
                    "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED", "-Xmx2g",
                    // JavaCPP's guards against leaks read /proc for each tensor; scopes free the tensors here.
                    "-Dorg.bytedeco.javacpp.nopointergc=true", "-Dorg.bytedeco.javacpp.maxbytes=0",
                    "-Dorg.bytedeco.javacpp.maxphysicalbytes=0", "-cp", System.getProperty("java.class.path"),
                    PeersReport.class.getName(), "--rows", rows.toString(), "--only", group.label()));
            if (quick) {
                command.add("--quick");
            }
            final ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.INHERIT);
            final Path errors = Files.createTempFile("peers-" + group.label(), ".log");
            builder.redirectError(errors.toFile());
            // Peers choose their kernels for this CPU themselves, whatever shell the report was started from.
            builder.environment().keySet().removeIf(name -> TUNING.matcher(name).matches());
            builder.environment().put("OMP_NUM_THREADS", "1");
            builder.environment().put("OPENBLAS_NUM_THREADS", "1");
            System.out.flush();
            final int status = builder.start().waitFor();
            if (status != 0) {
                throw new IllegalStateException("group " + group.label() + " ended with status " + status + "; "
                        + errors + " tells why");
            }
            Files.delete(errors);
            return Rows.read(rows);
        } finally {
            Files.delete(rows);
        }
    }

    private static String machine() throws IOException {
        String cpu = System.getProperty("os.arch");
        final Path info = Path.of("/proc/cpuinfo");
        if (Files.isReadable(info)) {
            final List<String> lines = Files.readAllLines(info, StandardCharsets.UTF_8);
            cpu = field(lines, "model name") + " family " + field(lines, "cpu family") + " model "
                    + field(lines, "model");
        }
        return System.getProperty("java.vm.name") + " " + Runtime.version() + "; " + cpu;
    }

    private static String field(List<String> lines, String name) {
        return lines.stream().filter(line -> line.replaceFirst("\\s*:.*", "").equals(name)).findFirst()
                .map(line -> line.substring(line.indexOf(':') + 1).strip()).orElse("?");
    }

    /** Returns the machine's load: other work makes figures worse, and their reader should know. */
    private static String load() throws IOException {
        final Path load = Path.of("/proc/loadavg");
        return Files.isReadable(load)
                ? String.join(" ", List.of(Files.readString(load).split(" ")).subList(0, 3))
                : "?";
    }
}
