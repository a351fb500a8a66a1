package org.dlrm4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.dlrm4j.data.trace.DistanceDraw;
import org.dlrm4j.data.trace.TraceComparison;
import org.dlrm4j.data.trace.TraceFormat;
import org.dlrm4j.data.trace.TraceGenerator;
import org.dlrm4j.data.trace.TraceProfile;
import org.dlrm4j.data.trace.TraceProfiler;
import org.dlrm4j.data.trace.TraceWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dlrm synth trace}. */
// @formatter:off
@Command(name = "trace", customSynopsis = "dlrm synth trace --profiles DIR --output DIR [OPTION...]", sortOptions = false,
        description = {
            "Makes lookups from profiles.", "",
            "Writes one file of row numbers a table, trace_0 and so on, and prints how close these come to the profiles.",
            ""},
        footer = {"", "Examples:", "  dlrm synth trace --profiles profiles --output traces",
            "  dlrm synth trace --profiles profiles --output traces --length 1000000000 --format int32",
            "  dlrm synth trace --profiles input --output traces --draw independent   (the reference's numbers)"})
// @formatter:on
final class SynthTraceCommand implements Callable<Integer> {
    /** Accesses between looks at the clock. */
    private static final int STRIDE = 1 << 12;

    @Spec
    private CommandSpec spec;

    // @formatter:off
    @Option(names = "--profiles", paramLabel = "DIR", required = true, description = "Profiles of dlrm synth profile.")
    private Path directory;

    @Option(names = "--output", paramLabel = "DIR", required = true, description = "Where the files go.")
    private Path output;

    @Option(names = "--length", paramLabel = "N", defaultValue = "0",
            description = "Lookups of each table; 0 for as many as were profiled (${DEFAULT-VALUE}).")
    private long length;

    @Option(names = "--format", paramLabel = "text|int64|int32", defaultValue = "int64",
            description = "What the files hold (${DEFAULT-VALUE}).")
    private TraceFormat format;

    @Option(names = "--draw", paramLabel = "exhaustive|independent|independent_padded", defaultValue = "exhaustive",
            description = "Use each profiled distance exactly once, or draw each for itself as the reference does, or so that "
                    + "no first lookups follow when distances are all possible (${DEFAULT-VALUE}).")
    private DistanceDraw draw;

    @Option(names = "--policy", paramLabel = "lru|rand", defaultValue = "lru",
            description = "Whether a repeated lookup moves its row to the top of the stack (${DEFAULT-VALUE}).")
    private TraceGenerator.Policy policy;

    @Option(names = "--numpy-rand-seed", paramLabel = "N", defaultValue = "123",
            description = "Seed of table 0; the next table has the next seed (${DEFAULT-VALUE}).")
    private int seed;

    @Option(names = "--details", description = "Print hit rates of several caches, and histograms of distances.")
    private boolean details;
    // @formatter:on

    @Override
    public Integer call() throws IOException {
        Usage.require(length >= 0, "--length is " + length + ", expected 0 or more");
        final PrintWriter out = spec.commandLine().getOut();
        final List<TraceProfile> profiles = ProfileDirectory.read(directory);
        Files.createDirectories(output);
        final List<TraceComparison> comparisons = new ArrayList<>();
        final long startNanos = System.nanoTime();
        long lookups = 0;
        for (int table = 0; table < profiles.size(); table++) {
            final TraceProfile profile = profiles.get(table);
            final TraceProfiler made = write(out, profile, table);
            comparisons.add(new TraceComparison(profile, made.profile()));
            lookups += made.accesses();
        }
        final double seconds = (System.nanoTime() - startNanos) * 1e-9;
        TraceReport.comparison(out, comparisons, details);
        out.println(Sizes.count(lookups) + " lookups in " + Sizes.seconds(seconds) + ", "
                + Sizes.count(Math.round(lookups / seconds)) + " a second; saved in " + output);
        return Main.OK;
    }

    private TraceProfiler write(PrintWriter out, TraceProfile profile, int table) throws IOException {
        final Path file = output.resolve("trace_" + table + (format == TraceFormat.TEXT ? ".log" : ".bin"));
        final long accesses = length == 0 ? profile.accesses() : length;
        final TraceGenerator generator = new TraceGenerator(profile, draw, policy, seed + table);
        final TraceProfiler made = new TraceProfiler();
        try (TraceWriter writer = new TraceWriter(file, format);
                ProgressReporter progress = new ProgressReporter(out, ProgressReporter.isTerminal(), "table " + table,
                        new ProgressReporter.Unit("lookups", 1), accesses, 0)) {
            while (made.accesses() < accesses) {
                final long row = generator.next();
                writer.write(row);
                made.add(row);
                if (made.accesses() % STRIDE == 0) {
                    progress.update(made.accesses(), () -> Sizes.count(made.distinctRows()) + " rows");
                }
            }
            writer.commit();
        }
        return made;
    }
}
