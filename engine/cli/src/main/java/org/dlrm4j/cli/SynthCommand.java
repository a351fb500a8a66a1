package org.dlrm4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.LongConsumer;
import org.dlrm4j.data.PlantedClickLog;
import org.dlrm4j.data.PlantedFile;
import org.dlrm4j.data.PlantedOptimum;
import org.dlrm4j.data.PlantedSource;
import org.dlrm4j.data.PlantedSpec;
import org.dlrm4j.data.SampleLogWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dlrm synth}. */
// @formatter:off
@Command(name = "synth", sortOptions = false,
        customSynopsis = {"dlrm synth --output FILE [OPTION...]", "       dlrm synth COMMAND [OPTION...]"},
        description = {
            "Makes click data with a known truth; its commands make other synthetic data.", "",
            "Writes rows whose true click probabilities are known, and prints the log loss and AUC of these: no model can be "
            + "expected to do better. Row N depends on the description but for its numbers of rows and on N alone, so a later "
            + "range of rows is test data.",
            ""},
        footer = {"", "Examples:", "  dlrm synth --output train.txt --data planted:rows=5e6",
            "  dlrm synth --output test.txt --data planted:rows=5e5,first=5e6",
            "  dlrm synth profile --data data --output profiles         how lookups follow each other",
            "  dlrm synth trace --profiles profiles --output traces     lookups that caches cannot tell from them"},
        subcommands = {SynthProfileCommand.class, SynthTraceCommand.class, SynthCompareCommand.class,
                SynthRandomCommand.class})
// @formatter:on
final class SynthCommand implements Callable<Integer> {
    /** The truth is judged on at most so many rows, as its cost is that of making them once more. */
    private static final long MAX_JUDGED_ROWS = 10_000_000;
    private static final int SAMPLES_AT_ONCE = 1024;

    @Spec
    private CommandSpec spec;

    // Not required by the parser, which would ask the commands below for it too.
    @Option(names = "--output", paramLabel = "FILE", description = "Where the rows go.")
    private Path output;

    // @formatter:off
    @Option(names = "--data", paramLabel = "planted:..", defaultValue = "planted:",
            description = "The rows, as for dlrm train; held-out has no meaning (${DEFAULT-VALUE}).")
    private String data;

    @Option(names = "--format", paramLabel = "text|binary|samples", defaultValue = "text",
            description = "Criteo's text, the reference's binary click log, or for features of any number and size a sample "
                    + "log; in the latter two a category is its rank (${DEFAULT-VALUE}).")
    private Format format;
    // @formatter:on

    @Mixin
    private final ThreadOptions threads = ThreadOptions.allProcessors();

    /** What the rows are written as. */
    enum Format {
        TEXT, BINARY, SAMPLES
    }

    @Override
    public Integer call() throws IOException {
        Usage.require(output != null,
                "--output is missing: the file where the rows go, or a command: profile, trace, compare, random");
        threads.check();
        final PlantedSpec planted = Usage.of(() -> PlantedSpec.parse(data));
        final PlantedClickLog log = planted.generator();
        final PlantedFile file = format == Format.SAMPLES
                ? null
                : Usage.of(() -> format == Format.TEXT ? PlantedFile.text(log) : PlantedFile.binary(log));
        final PrintWriter out = spec.commandLine().getOut();
        final long end = planted.first() + planted.rows();
        final long startNanos = System.nanoTime();
        try (ProgressReporter progress = new ProgressReporter(out, ProgressReporter.isTerminal(), "writing",
                ProgressReporter.Unit.ROWS, planted.rows(), 0)) {
            final LongConsumer listener = done -> progress.update(done, () -> output.getFileName().toString());
            if (file != null) {
                file.write(output, planted.first(), end, threads.threads(), listener);
            } else {
                final PlantedSource source = new PlantedSource(log, planted.first(), end);
                Usage.of(() -> new SampleLogWriter(source, planted.shape().tableRows(), SAMPLES_AT_ONCE))
                        .write(output, listener);
            }
        }
        final double seconds = (System.nanoTime() - startNanos) * 1e-9;
        final long judged = Math.min(planted.rows(), MAX_JUDGED_ROWS);
        final PlantedOptimum best = log.optimum(planted.first(), planted.first() + judged);
        final long bytes = Files.size(output);
        new TextTable().row("rows", Sizes.count(planted.rows())).row("size", Sizes.bytes(bytes))
                .row("time", Sizes.seconds(seconds))
                .row("speed", Sizes.count(Math.round(planted.rows() / seconds)) + " rows/s, "
                        + Sizes.megabytesPerSecond(bytes, seconds))
                .row("rows judged", Sizes.count(judged)).row("clicks among them", Sizes.count(best.clicks()))
                .row("best possible log loss", Sizes.decimal(best.logLoss(), 6))
                .row("best possible AUC", Sizes.decimal(best.auc(), 6)).print(out, "");
        return Main.OK;
    }
}
