package org.dlrm4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.dlrm4j.data.SampleLogWriter;
import org.dlrm4j.data.SampleSource;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dlrm synth random}. */
// @formatter:off
@Command(name = "random", customSynopsis = "dlrm synth random --output FILE [OPTION...]", sortOptions = false,
        description = {
            "Writes random samples of any shape.", "",
            "By default these are the reference's, bit for bit for a seed and a batch size. With --zipf, rows follow Zipf's "
            + "law, as popularity does, instead of being uniform. The file is a sample log.",
            ""},
        footer = {"", "Examples:",
            "  dlrm synth random --output samples --arch-embedding-size 1000-1000 --data-size 100000",
            "  dlrm synth random --output samples --data-size 100000 --zipf 1.05 --uniform-share 0.1 \\",
            "      --arch-embedding-size 1000000-1000 --num-indices-per-lookup 1"})
// @formatter:on
final class SynthRandomCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--output", paramLabel = "FILE", required = true, description = "Where the samples go.")
    private Path output;

    // @formatter:off
    @Option(names = "--dense", paramLabel = "N", defaultValue = "13",
            description = "Dense features of a sample (${DEFAULT-VALUE}).")
    private int denseFeatures;

    @Option(names = "--mini-batch-size", paramLabel = "N", defaultValue = "1024",
            description = "Samples that the reference draws at once (${DEFAULT-VALUE}).")
    private int batchSize;

    @Option(names = "--zipf", paramLabel = "X", description = "Draw rows by Zipf's law with this exponent.")
    private Double exponent;

    @Option(names = "--uniform-share", paramLabel = "X", defaultValue = "0",
            description = "With --zipf: share of rows that are uniform (${DEFAULT-VALUE}).")
    private double uniformShare;

    @Option(names = "--numpy-rand-seed", paramLabel = "N", defaultValue = "123",
            description = "Seed of the samples (${DEFAULT-VALUE}).")
    private int seed;
    // @formatter:on

    @ArgGroup(validate = false, heading = "%nRandom data:%n")
    private final RandomDataOptions random = new RandomDataOptions();

    @Override
    public Integer call() throws IOException {
        final PrintWriter out = spec.commandLine().getOut();
        final long startNanos = System.nanoTime();
        try (SampleSource source = source();
                ProgressReporter progress = new ProgressReporter(out, ProgressReporter.isTerminal(), "writing",
                        ProgressReporter.Unit.SAMPLES, source.samples(), 0)) {
            new SampleLogWriter(source, random.tableRows(), batchSize).write(output,
                    done -> progress.update(done, () -> source.sparseFeatures() + " tables"));
            final double seconds = (System.nanoTime() - startNanos) * 1e-9;
            out.println(Sizes.count(source.samples()) + " samples, " + Sizes.bytes(Files.size(output)) + " in "
                    + Sizes.seconds(seconds) + ", " + Sizes.megabytesPerSecond(Files.size(output), seconds)
                    + "; saved in " + output);
        }
        return Main.OK;
    }

    private SampleSource source() {
        return Usage.of(() -> exponent == null
                ? random.open(denseFeatures, batchSize, seed)
                : random.openZipf(denseFeatures, exponent, uniformShare, batchSize, seed));
    }
}
