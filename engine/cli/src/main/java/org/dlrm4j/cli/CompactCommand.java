package org.dlrm4j.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.dlrm4j.store.ModelDirectory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dlrm compact}. */
// @formatter:off
@Command(name = "compact", customSynopsis = "dlrm compact --model DIR [OPTION...]", sortOptions = false,
        description = {
            "Makes one checkpoint of the last one and its deltas.", "",
            "Scores and resumed runs are the same as before. Servers then take less memory and start faster. Needs room "
            + "for the tables that changed, with --keep 2 or more for all files, and memory for none of them. A run that is "
            + "training into the directory would not find its checkpoint: end it first.",
            ""},
        footer = {"", "Examples:", "  dlrm compact --model model"})
// @formatter:on
final class CompactCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--model", paramLabel = "DIR", required = true, description = "Model directory of dlrm train.")
    private Path directory;

    @Option(names = "--keep", paramLabel = "N", defaultValue = "1", description = "Checkpoints to keep, the new one among them (${DEFAULT-VALUE}).")
    private int keep;

    @Override
    public Integer call() {
        Usage.require(keep >= 1, "--keep is " + keep + ", expected 1 checkpoint or more");
        final PrintWriter out = spec.commandLine().getOut();
        final ModelDirectory before = ModelDirectory.open(directory);
        final long startNanos = System.nanoTime();
        final long generation = ModelDirectory.compact(directory, keep);
        out.println(generation == before.generation()
                ? "generation " + generation + " has no deltas; nothing to do"
                : "generation " + generation + " holds generation " + before.generation() + " and "
                        + Sizes.count(before.deltas()) + (before.deltas() == 1 ? " delta" : " deltas") + ", made in "
                        + Sizes.seconds((System.nanoTime() - startNanos) * 1e-9));
        return Main.OK;
    }
}
