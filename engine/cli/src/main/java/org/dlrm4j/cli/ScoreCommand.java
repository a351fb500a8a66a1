package org.dlrm4j.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.dlrm4j.model.TablePlacement;
import org.dlrm4j.os.ThreadPin;
import org.dlrm4j.serve.Model;
import org.dlrm4j.serve.Scorer;
import org.dlrm4j.serve.WarmUp;
import org.dlrm4j.train.WorkerPool;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dlrm score}. */
// @formatter:off
@Command(name = "score", customSynopsis = "dlrm score --model DIR [OPTION...] [FILE|-]", sortOptions = false,
        description = {
            "Prints a click probability for every row of text.", "",
            "Reads rows like those that the model was trained on, with label, which is ignored, or without: Criteo's "
            + "40 or 39 tab-separated fields, or what the schema says; comments, empty lines and the header are no "
            + "rows then. Prints one number a row. Answers as soon as its input pauses, so it can stand in a pipe.",
            ""},
        footer = {"", "Examples:", "  dlrm score --model model test.txt > probabilities.txt",
            "  head -1 test.txt | dlrm score --model model"})
// @formatter:on
final class ScoreCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    // @formatter:off
    @Parameters(paramLabel = "FILE", arity = "0..1", defaultValue = "-",
            description = "The rows; - for standard input (${DEFAULT-VALUE}).")
    private String input;
    // @formatter:on

    @Option(names = "--model", paramLabel = "DIR", required = true, description = "Model directory of dlrm train.")
    private Path directory;

    @Option(names = "--skip-bad-rows", description = "Print NaN for a row that cannot be scored instead of ending.")
    private boolean skipBadRows;

    // @formatter:off
    @Option(names = "--warm-up", paramLabel = "SECONDS", defaultValue = "0",
            description = "First score made-up rows until that gets no faster, at most for so long: the first seconds of "
                    + "a JVM are slow (${DEFAULT-VALUE}).")
    private int warmUpSeconds;
    // @formatter:on

    @Mixin
    private final ResidencyOptions residency = new ResidencyOptions();

    @Mixin
    private final ThreadOptions threads = new ThreadOptions(1);

    @Override
    public Integer call() throws IOException {
        Usage.require(warmUpSeconds >= 0, "--warm-up is " + warmUpSeconds + ", expected 0 seconds or more");
        residency.check();
        final boolean standardInput = input.equals("-");
        final String name = standardInput ? "standard input" : input;
        final Damage damage = new Damage();
        try (WorkerPool pool = threads.start();
                Model model = Model.openNewestGood(directory, damage);
                ThreadPin _ = pool.pinCaller()) {
            damage.report(spec.commandLine().getErr(), "scoring", model.directory());
            if (!model.hasVocabulary()) {
                throw new CommandException(
                        directory + ": the model was trained on random data and knows no raw values to score");
            }
            final TablePlacement placement = threads.placement(model.config());
            residency.apply(model, placement, spec.commandLine().getErr());
            // After the tables are placed: the scorer then knows who is near which.
            try (Scorer scorer = model.scorer(RowScorer.BATCH_ROWS, pool);
                    InputStream in = standardInput
                            ? new FileInputStream(FileDescriptor.in)
                            : Files.newInputStream(Path.of(input))) {
                if (warmUpSeconds > 0) {
                    warmUp(scorer);
                }
                final RowScorer rows = new RowScorer(new RowReader(in, name), name, format(model, scorer, name), scorer,
                        System.out, skipBadRows);
                rows.run();
                if (rows.badRows() > 0) {
                    spec.commandLine().getErr().println(
                            name + ": " + Sizes.count(rows.badRows()) + " rows could not be scored, first "
                                    + Main.oneLine(rows.firstProblem()));
                }
            }
        }
        return Main.OK;
    }

    private static RowFormat format(Model model, Scorer scorer, String name) {
        return model.encoder() == null
                ? new CriteoRows(scorer, name)
                : new SchemaRows(scorer.batch(), model.encoder().rows(name));
    }

    /** Batches are as large as the input allows: many rows at a time from a file, one from a pipe that waits. */
    private void warmUp(Scorer scorer) {
        final Duration half = Duration.ofMillis(500L * warmUpSeconds);
        for (int rows : new int[]{1, RowScorer.BATCH_ROWS}) {
            final WarmUp reached = scorer.warmUp(rows, half);
            spec.commandLine().getErr().println("warm-up: " + Sizes.count(rows) + (rows == 1 ? " row" : " rows")
                    + " in " + Sizes.micros(reached.fastestCall().toNanos()) + ", first "
                    + Sizes.micros(reached.firstCall().toNanos())
                    + (reached.steady() ? "" : "; still getting faster, give it more seconds"));
        }
    }
}
