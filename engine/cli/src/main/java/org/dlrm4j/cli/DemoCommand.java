package org.dlrm4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.dlrm4j.data.PlantedSpec;
import org.dlrm4j.train.WorkerPool;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dlrm demo}. */
// @formatter:off
@Command(name = "demo", customSynopsis = "dlrm demo [OPTION...]", sortOptions = false,
        description = {
            "Shows everything once, on data it makes itself.", "",
            "Makes click text with a known truth, preprocesses it, trains a model, measures it on rows it never saw "
            + "beside the best that is possible, saves it, maps it in a new process, compares the scores bit by bit, "
            + "and measures latency and throughput. Takes less than a minute on two cores.",
            ""},
        footer = {"", "Examples:", "  dlrm demo",
            "  dlrm demo --keep demo   (then: dlrm inspect --model demo/model)"})
// @formatter:on
final class DemoCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    // @formatter:off
    @Option(names = "--data", paramLabel = "planted:..", defaultValue = "planted:rows=800000",
            description = "The clicks, as for dlrm train (${DEFAULT-VALUE}).")
    private String data;

    @Option(names = "--keep", paramLabel = "DIR",
            description = "Leave text, data and model in this new or empty directory.")
    private Path keep;
    // @formatter:on

    @Mixin
    private final ThreadOptions threads = ThreadOptions.allProcessors();

    @Override
    public Integer call() throws IOException, InterruptedException {
        threads.check();
        final PlantedSpec planted = Usage.of(() -> PlantedSpec.parse(data));
        Usage.require(planted.rows() >= 1000 && planted.rows() <= 10_000_000 && planted.heldOut() >= 100
                && planted.heldOut() <= planted.rows(),
                planted + ": expected 1,000 to 10,000,000 rows, of which 100 or more,"
                        + " and not more than that, are held out behind them");
        final Demo.Text text = Usage.of(() -> new Demo.Text(planted));
        final PrintWriter out = spec.commandLine().getOut();
        final Path directory = keep == null ? Files.createTempDirectory("dlrm-demo-") : requireEmpty(keep);
        final Thread cleaner = new Thread(() -> deleteTree(directory));
        if (keep == null) {
            // Also when Ctrl-C ends the demo.
            Runtime.getRuntime().addShutdownHook(cleaner);
        }
        try (WorkerPool pool = threads.start()) {
            new Demo(out, directory, text, threads, pool).run();
            closing(out);
            return Main.OK;
        } finally {
            if (keep == null) {
                deleteTree(directory);
                Runtime.getRuntime().removeShutdownHook(cleaner);
            }
        }
    }

    private static Path requireEmpty(Path directory) throws IOException {
        Files.createDirectories(directory);
        try (Stream<Path> entries = Files.list(directory)) {
            if (entries.findAny().isPresent()) {
                throw new CommandException(directory + ": not empty; give --keep a new directory");
            }
        }
        return directory;
    }

    private void closing(PrintWriter out) {
        out.println();
        out.println("What next");
        for (String line : List.of("dlrm demo --keep demo           keep text, data and model of this run",
                "dlrm preprocess --help          your own data: Criteo Kaggle, Terabyte, or anything in their format",
                "docs/                           embed the engine in your application, file formats, architecture")) {
            out.println("  " + line);
        }
    }

    private static void deleteTree(Path root) {
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | java.io.UncheckedIOException e) {
            System.getLogger(DemoCommand.class.getName()).log(System.Logger.Level.WARNING,
                    "cannot delete " + root + ": " + e.getMessage());
        }
    }
}
