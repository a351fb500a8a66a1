package org.dlrm4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.dlrm4j.data.PlantedClickLog;
import org.dlrm4j.data.PlantedOptimum;
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
            "Writes rows in Criteo's format whose true click probabilities are known, and prints the log loss and AUC "
            + "of these: no model can be expected to do better. Row N depends on seed, order and N alone, so a later "
            + "range of rows is test data.",
            ""},
        footer = {"", "Examples:", "  dlrm synth --output train.txt --rows 5000000",
            "  dlrm synth --output test.txt --rows 500000 --first 5000000",
            "  dlrm synth profile --data data --output profiles         how lookups follow each other",
            "  dlrm synth trace --profiles profiles --output traces     lookups that caches cannot tell from them"},
        subcommands = {SynthProfileCommand.class, SynthTraceCommand.class, SynthCompareCommand.class,
                SynthRandomCommand.class})
// @formatter:on
final class SynthCommand implements Callable<Integer> {
    /** The truth is judged on at most so many rows, as its cost is that of making them once more. */
    private static final long MAX_JUDGED_ROWS = 10_000_000;

    @Spec
    private CommandSpec spec;

    // Not required by the parser, which would ask the commands below for it too.
    @Option(names = "--output", paramLabel = "FILE", description = "Where the rows go.")
    private Path output;

    // @formatter:off
    @Option(names = "--rows", paramLabel = "N", defaultValue = "1000000",
            description = "Number of rows (${DEFAULT-VALUE}).")
    private long rows;

    @Option(names = "--first", paramLabel = "N", defaultValue = "0",
            description = "Number of the first row (${DEFAULT-VALUE}).")
    private long first;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "42",
            description = "Chooses the truth and the rows (${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--binary",
            description = "Write the reference's binary click log instead of text; a category is its rank then.")
    private boolean binary;
    // @formatter:on

    @Mixin
    private final PlantedOptions planted = new PlantedOptions();

    @Override
    public Integer call() throws IOException {
        Usage.require(output != null,
                "--output is missing: the file where the rows go, or a command: profile, trace, compare, random");
        Usage.require(rows >= 1 && first >= 0 && rows <= Long.MAX_VALUE - first,
                "--rows is " + rows + " and --first is " + first + ", expected 1 or more and 0 or more");
        final PlantedClickLog generator = Usage.of(() -> planted.generator(seed));
        final long startNanos = System.nanoTime();
        if (binary) {
            generator.writeBinary(output, first, first + rows);
        } else {
            generator.write(output, first, first + rows);
        }
        final double seconds = (System.nanoTime() - startNanos) * 1e-9;
        final long judged = Math.min(rows, MAX_JUDGED_ROWS);
        final PlantedOptimum best = generator.optimum(first, first + judged);
        final PrintWriter out = spec.commandLine().getOut();
        new TextTable().row("rows", Sizes.count(rows)).row("size", Sizes.bytes(Files.size(output)))
                .row("time", Sizes.seconds(seconds)).row("rows judged", Sizes.count(judged))
                .row("clicks among them", Sizes.count(best.clicks()))
                .row("best possible log loss", Sizes.decimal(best.logLoss(), 6))
                .row("best possible AUC", Sizes.decimal(best.auc(), 6)).print(out, "");
        return Main.OK;
    }
}
