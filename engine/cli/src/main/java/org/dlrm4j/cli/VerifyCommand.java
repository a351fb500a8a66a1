package org.dlrm4j.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.dlrm4j.os.Affinity;
import org.dlrm4j.store.ModelDirectory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dlrm verify}. */
// @formatter:off
@Command(name = "verify", customSynopsis = "dlrm verify --model DIR [OPTION...]", sortOptions = false,
        description = {
            "Checks every byte of a model.", "",
            "Reads all files and compares checksums, on all processors, as fast as the disk supplies them. Holes of sparse files are "
            + "not read. Of several damages the first is named, with table and rows.",
            ""},
        footer = {"", "Example:", "  dlrm verify --model model"})
// @formatter:on
final class VerifyCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--model", paramLabel = "DIR", required = true, description = "Model directory of dlrm train.")
    private Path directory;

    @Option(names = "--threads", paramLabel = "N", description = "Threads that read and check (all processors).")
    private Integer threads;

    @Override
    public Integer call() {
        Usage.require(threads == null || threads >= 1, "--threads is " + threads + ", expected 1 or more");
        verify(spec.commandLine().getOut(), ModelDirectory.open(directory),
                threads == null ? Affinity.system().allowed().size() : threads);
        return Main.OK;
    }

    /** Checks a generation and says how long it took. */
    static void verify(PrintWriter out, ModelDirectory generation, int threads) {
        final long bytes = generation.bytes();
        final long startNanos = System.nanoTime();
        try (ProgressReporter progress = new ProgressReporter(out, ProgressReporter.isTerminal(), "verify",
                ProgressReporter.Unit.MEGABYTES, bytes, 0)) {
            generation.verify(threads, done -> progress.update(done, () -> "no damage so far"));
        }
        final double seconds = (System.nanoTime() - startNanos) * 1e-9;
        out.println("verified " + generation.fileNames().size() + " files, " + Sizes.bytes(bytes) + " in "
                + Sizes.seconds(seconds) + " (" + Sizes.megabytesPerSecond(bytes, seconds) + "): no damage");
    }
}
