package org.dlrm4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dlrm4j.data.ClickDataset;
import org.dlrm4j.data.CriteoPreprocessor;
import org.dlrm4j.data.PreprocessOptions;
import org.dlrm4j.data.PreprocessProgress;
import org.dlrm4j.data.Schema;
import org.dlrm4j.data.SchemaInputs;
import org.dlrm4j.data.SchemaPreprocessor;
import org.dlrm4j.data.Split;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code dlrm preprocess}. */
// @formatter:off
@Command(name = "preprocess", customSynopsis = "dlrm preprocess --output DIR [OPTION...] FILE...", sortOptions = false,
        description = {
            "Turns click text into training data.", "",
            "Reads Criteo's tab-separated rows (label, 13 integers, 26 hexadecimal values), or with --schema any text "
            + "of a row a line, plain or gzip; numbers the values of every feature, and writes binary logs that dlrm "
            + "train maps into memory. A run that was interrupted goes on when the same command is given again.",
            ""},
        footer = {"", "Examples:", "  dlrm preprocess --output data train.txt",
            "  dlrm preprocess --output data --max-ind-range 40000000 --data-sub-sample-rate 0.875 day_*.gz",
            "  dlrm preprocess --output data --schema adult --test adult.test adult.data",
            "  dlrm preprocess --output data --schema clicks.json --split train-rows=1000000 clicks.csv"})
// @formatter:on
final class PreprocessCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    // @formatter:off
    @Parameters(paramLabel = "FILE", arity = "1..*",
            description = "One file (Kaggle), or one file a day (Terabyte), in order of time.")
    private List<Path> inputs;

    @Option(names = "--output", paramLabel = "DIR", required = true, description = "Where the data goes.")
    private Path output;

    @Option(names = "--schema", paramLabel = "NAME|FILE",
            description = "What the text is like: adult, criteo, or a JSON file (docs/data.md). Criteo's format if not "
                    + "given.")
    private String schema;

    @Option(names = "--test", paramLabel = "FILE",
            description = "Text to test on, with --schema; may be repeated.")
    private List<Path> test = List.of();

    @Option(names = "--validation", paramLabel = "FILE",
            description = "Text to evaluate on while training, with --schema; may be repeated.")
    private List<Path> validation = List.of();

    @Option(names = "--max-ind-range", paramLabel = "N", defaultValue = "0",
            description = "Reduce values modulo N, which bounds the tables; 0 for not (${DEFAULT-VALUE}).")
    private int maxIndexRange;

    @Option(names = "--data-sub-sample-rate", paramLabel = "R", defaultValue = "0",
            description = "Probability of dropping a row with label 0 (${DEFAULT-VALUE}).")
    private double negativeDropRate;

    @Option(names = "--numpy-rand-seed", paramLabel = "N", defaultValue = "123",
            description = "Seed of that choice (${DEFAULT-VALUE}).")
    private int seed;

    @Option(names = "--days", paramLabel = "N", defaultValue = "7",
            description = "Days in a single file; several files are a day each (${DEFAULT-VALUE}).")
    private int days;

    @Option(names = "--split", paramLabel = "last-day|none|train-rows=N",
            converter = SplitConverter.class,
            description = "Hold out the last day (half test, half validation), nothing, or what follows the first N "
                    + "rows (last-day; with --schema: none).")
    private Split split;
    // @formatter:on

    @Option(names = "--skip-bad-rows", description = "Count and skip malformed rows instead of ending at the first.")
    private boolean skipBadRows;

    @Option(names = "--threads", paramLabel = "N", description = "Threads that parse (all processors but one).")
    private Integer threads;

    @Override
    public Integer call() throws IOException {
        final PrintWriter out = spec.commandLine().getOut();
        final Run run = run();
        final Thread caller = Thread.currentThread();
        final boolean begun = isBegun();
        final long startNanos = System.nanoTime();
        try (Progress progress = new Progress(out);
                Interruption _ = Interruption.listen(caller::interrupt);
                ClickDataset data = run.start(progress)) {
            progress.end();
            summarize(out, data);
            if (!progress.hasReported()) {
                out.println("nothing was left to do");
            } else {
                speed(out, (System.nanoTime() - startNanos) * 1e-9, begun);
            }
            out.println("saved in " + output);
            return Main.OK;
        } catch (InterruptedException e) {
            out.println("interrupted; give the same command again to go on");
            return Interruption.EXIT_CODE;
        }
    }

    /** A run that is ready to start. */
    @FunctionalInterface
    private interface Run {
        ClickDataset start(PreprocessProgress.Listener listener) throws IOException, InterruptedException;
    }

    private Run run() throws IOException {
        Usage.require(schema != null || test.isEmpty() && validation.isEmpty(),
                "--test and --validation need --schema; without it, --split deals the rows");
        final PreprocessOptions options = options();
        if (schema == null) {
            return listener -> new CriteoPreprocessor(options).run(inputs, output, listener);
        }
        Usage.require(options.split().kind() != Split.Kind.TRAIN_ROWS || test.isEmpty(),
                "--test and --split train-rows=N both say what is tested on; drop one");
        final Schema read = Schema.BUILT_IN.contains(schema) ? Schema.builtIn(schema) : Schema.read(schemaFile());
        final SchemaPreprocessor preprocessor = Usage.of(() -> new SchemaPreprocessor(read, options));
        final SchemaInputs texts = Usage.of(() -> new SchemaInputs(inputs, validation, test));
        return listener -> preprocessor.run(texts, output, listener);
    }

    private Path schemaFile() {
        final Path file = Path.of(schema);
        if (!Files.exists(file)) {
            throw new CommandException(
                    schema + ": neither a file nor one of the built-in schemas " + Schema.BUILT_IN);
        }
        return file;
    }

    private PreprocessOptions options() {
        return Usage.of(() -> {
            final Split rule = split != null ? split : schema == null ? Split.lastDay() : Split.none();
            final PreprocessOptions options = PreprocessOptions.defaults()
                    .withMaxIndexRange(Math.max(0, maxIndexRange)).withNegativeDropRate(negativeDropRate, seed)
                    .withDays(days).withSplit(rule).withSkipBadRows(skipBadRows);
            return threads == null ? options : options.withThreads(threads);
        });
    }

    private void summarize(PrintWriter out, ClickDataset data) {
        final long[] rows = data.tableRows();
        new TextTable().row("rows of text", Sizes.count(data.textRows()))
                .row("malformed, skipped", Sizes.count(data.badRows()))
                .row("training samples", Sizes.count(data.train().samples()))
                .row("validation samples", Sizes.count(data.validation().samples()))
                .row("test samples", Sizes.count(data.test().samples()))
                .row("table rows in all", Sizes.count(Arrays.stream(rows).sum()))
                .print(out, "");
        out.println("rows of the tables: "
                + Arrays.stream(rows).mapToObj(String::valueOf).collect(Collectors.joining("-")));
    }

    /** Half a run says nothing about the speed of the whole. */
    private void speed(PrintWriter out, double seconds, boolean resumed) throws IOException {
        long bytes = 0;
        for (List<Path> files : List.of(inputs, validation, test)) {
            for (Path file : files) {
                bytes += Files.size(file);
            }
        }
        out.println("took " + Sizes.seconds(seconds)
                + (resumed ? " after what was done before" : ", " + Sizes.megabytesPerSecond(bytes, seconds)));
    }

    private boolean isBegun() throws IOException {
        if (!Files.isDirectory(output)) {
            return false;
        }
        try (Stream<Path> entries = Files.list(output)) {
            return entries.findAny().isPresent();
        }
    }

    /** Shows each phase by a reporter of its own. */
    static final class Progress implements PreprocessProgress.Listener, AutoCloseable {
        private final PrintWriter out;
        private PreprocessProgress.Phase phase;
        private ProgressReporter reporter;
        private boolean reported;

        Progress(PrintWriter out) {
            this.out = out;
        }

        @Override
        public void onProgress(PreprocessProgress progress) {
            reported = true;
            if (progress.phase() == PreprocessProgress.Phase.PUBLISH) {
                if (reporter != null) {
                    reporter.update(progress.bytesTotal(), () -> Sizes.count(progress.rows()) + " rows");
                }
                return;
            }
            if (progress.phase() != phase) {
                end();
                phase = progress.phase();
                reporter = new ProgressReporter(out, ProgressReporter.isTerminal(),
                        switch (phase) {
                            case COUNT -> "counting";
                            case LEARN -> "learning";
                            case CONVERT, PUBLISH -> "converting";
                        },
                        ProgressReporter.Unit.MEGABYTES, progress.bytesTotal(), progress.bytesDone());
            }
            reporter.update(progress.bytesDone(), () -> Sizes.count(progress.rows()) + " rows");
        }

        /** Tells whether there was anything to do. */
        boolean hasReported() {
            return reported;
        }

        /** Ends the display, so that other output can follow. */
        void end() {
            if (reporter != null) {
                reporter.close();
            }
        }

        @Override
        public void close() {
            end();
        }
    }

    /** Parses the split. */
    static final class SplitConverter implements ITypeConverter<Split> {
        private static final String TRAIN_ROWS = "train-rows=";

        @Override
        public Split convert(String text) {
            try {
                return switch (text) {
                    case "last-day" -> Split.lastDay();
                    case "none" -> Split.none();
                    case String rows when rows.startsWith(TRAIN_ROWS) ->
                        Split.trainRows(Long.parseLong(rows.substring(TRAIN_ROWS.length())));
                    default -> throw new TypeConversionException(
                            "'" + text + "' is none of last-day, none, train-rows=N");
                };
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException("'" + text + "' has no row count of 0 or more after train-rows=");
            }
        }
    }
}
