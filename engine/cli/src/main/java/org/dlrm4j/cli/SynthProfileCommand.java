package org.dlrm4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.ClickDataset;
import org.dlrm4j.data.ClickLog;
import org.dlrm4j.data.SampleSource;
import org.dlrm4j.data.trace.ProfilePrivacy;
import org.dlrm4j.data.trace.TraceFormat;
import org.dlrm4j.data.trace.TraceProfile;
import org.dlrm4j.data.trace.TraceProfiler;
import org.dlrm4j.data.trace.TraceReader;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dlrm synth profile}. */
// @formatter:off
@Command(name = "profile", sortOptions = false,
        customSynopsis = "dlrm synth profile --output DIR (--data DIR | --click-log FILE | FILE...) [OPTION...]",
        description = {
            "Measures how the lookups of each table follow each other.", "",
            "Writes one file a table with its rows and the distribution of its stack distances, in the reference's "
            + "format (dist_emb_0.log and so on). It tells nothing of labels, of dense features, nor of which rows go "
            + "together. Memory follows the number of rows, not of lookups.",
            ""},
        footer = {"", "Examples:", "  dlrm synth profile --data data --output profiles",
            "  dlrm synth profile --output profiles --format int64 table0.bin table1.bin",
            "  dlrm synth profile --data data --output shared --min-accesses 20 --epsilon 1"})
// @formatter:on
final class SynthProfileCommand implements Callable<Integer> {
    private static final int BATCH_SIZE = 1024;
    /** Accesses between looks at the clock. */

    @Spec
    private CommandSpec spec;

    // @formatter:off
    @Parameters(paramLabel = "FILE", arity = "0..*", description = "One file of row numbers a table.")
    private List<Path> traces = List.of();

    @Option(names = "--data", paramLabel = "DIR",
            description = "Output directory of dlrm preprocess, or planted:rows=N,.. as for dlrm train; the training "
                    + "samples are measured.")
    private String data;

    @Option(names = "--click-log", paramLabel = "FILE", description = "The reference's binary click log.")
    private Path clickLog;

    @Option(names = "--output", paramLabel = "DIR", required = true, description = "Where the profiles go.")
    private Path output;

    @Option(names = "--format", paramLabel = "text|int64|int32", defaultValue = "text",
            description = "What the files hold (${DEFAULT-VALUE}).")
    private TraceFormat format;
    // @formatter:on

    @ArgGroup(validate = false, heading = "%nPrivacy:%n")
    private final PrivacyOptions privacy = new PrivacyOptions();

    @Override
    public Integer call() throws IOException {
        Usage.require(Stream.of(data != null, clickLog != null, !traces.isEmpty()).filter(given -> given).count() == 1,
                "what to measure: give one of --data, --click-log and FILE...");
        final PrintWriter out = spec.commandLine().getOut();
        final ProfilePrivacy wanted = Usage.of(privacy::privacy);
        final List<TraceProfile> profiles = new ArrayList<>();
        final long startNanos = System.nanoTime();
        long accesses = 0;
        for (TraceProfiler profiler : measure(out)) {
            if (profiler.accesses() == 0) {
                throw new CommandException("table " + profiles.size() + " has no lookups; leave it out");
            }
            accesses += profiler.accesses();
            profiles.add(profiler.profile(wanted));
        }
        final double seconds = (System.nanoTime() - startNanos) * 1e-9;
        ProfileDirectory.write(output, profiles);
        TraceReport.profiles(out, profiles);
        out.println(Sizes.count(accesses) + " lookups in " + Sizes.seconds(seconds) + ", "
                + Sizes.count(Math.round(accesses / seconds)) + " a second; saved in " + output);
        return Main.OK;
    }

    private List<TraceProfiler> measure(PrintWriter out) throws IOException {
        if (data != null) {
            try (ClickDataset dataset = ClickData.open(data)) {
                return measure(out, dataset.train());
            }
        }
        if (clickLog != null) {
            try (ClickLog log = ClickLog.open(clickLog)) {
                return measure(out, log);
            }
        }
        final List<TraceProfiler> profilers = new ArrayList<>();
        for (Path trace : traces) {
            profilers.add(measure(out, trace));
        }
        return profilers;
    }

    private static List<TraceProfiler> measure(PrintWriter out, SampleSource source) {
        final List<TraceProfiler> profilers = Stream.generate(TraceProfiler::new).limit(source.sparseFeatures())
                .toList();
        try (Batch batch = new Batch(BATCH_SIZE, source.denseFeatures(), source.sparseFeatures());
                ProgressReporter progress = new ProgressReporter(out, ProgressReporter.isTerminal(), "measuring",
                        ProgressReporter.Unit.SAMPLES, source.samples(), 0)) {
            for (long sample = 0; sample < source.samples(); sample += batch.size()) {
                source.read(sample, (int) Math.min(BATCH_SIZE, source.samples() - sample), batch);
                for (int f = 0; f < profilers.size(); f++) {
                    profilers.get(f).addAll(batch, f);
                }
                progress.update(sample + batch.size(), () -> profilers.size() + " tables");
            }
        }
        return profilers;
    }

    private TraceProfiler measure(PrintWriter out, Path trace) throws IOException {
        final TraceProfiler profiler = new TraceProfiler();
        try (TraceReader reader = new TraceReader(trace, format);
                ProgressReporter progress = new ProgressReporter(out, ProgressReporter.isTerminal(),
                        trace.getFileName().toString(), ProgressReporter.Unit.MEGABYTES, Files.size(trace), 0)) {
            profiler.addAll(reader,
                    () -> progress.update(reader.positionBytes(),
                            () -> Sizes.count(profiler.distinctRows()) + " rows"));
        }
        return profiler;
    }
}
