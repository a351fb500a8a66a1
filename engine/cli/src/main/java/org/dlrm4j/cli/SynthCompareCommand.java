package org.dlrm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.dlrm4j.data.trace.TraceComparison;
import org.dlrm4j.data.trace.TraceProfile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dlrm synth compare}. */
// @formatter:off
@Command(name = "compare", sortOptions = false,
        customSynopsis = "dlrm synth compare --profiles DIR --with DIR [--details]",
        description = {
            "Shows how close profiles come to each other.", "",
            "Prints, for each table, the shares of first lookups, and the hit rates of the least-recently-used cache whose "
            + "hit rates differ most.",
            ""},
        footer = {"", "Examples:", "  dlrm synth compare --profiles profiles --with others --details"})
// @formatter:on
final class SynthCompareCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    // @formatter:off
    @Option(names = "--profiles", paramLabel = "DIR", required = true, description = "Profiles of dlrm synth profile.")
    private Path directory;

    @Option(names = "--with", paramLabel = "DIR", required = true, description = "Profiles to compare them with.")
    private Path others;

    @Option(names = "--details", description = "Print hit rates of several caches, and histograms of distances.")
    private boolean details;
    // @formatter:on

    @Override
    public Integer call() throws IOException {
        final List<TraceProfile> a = ProfileDirectory.read(directory);
        final List<TraceProfile> b = ProfileDirectory.read(others);
        if (a.size() != b.size()) {
            throw new CommandException(
                    others + ": has profiles of " + b.size() + " tables, expected " + a.size() + " as "
                            + directory + " has; compare profiles of the same tables");
        }
        final List<TraceComparison> comparisons = new ArrayList<>();
        for (int table = 0; table < a.size(); table++) {
            comparisons.add(new TraceComparison(a.get(table), b.get(table)));
        }
        TraceReport.comparison(spec.commandLine().getOut(), comparisons, details);
        return Main.OK;
    }
}
