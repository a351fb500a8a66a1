package org.dlrm4j.cli.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.dlrm4j.cli.ArchitectureOptions;
import org.dlrm4j.cli.Main;
import org.dlrm4j.cli.OptimizerOptions;
import org.dlrm4j.cli.Sizes;
import org.dlrm4j.cli.TextTable;
import org.dlrm4j.cli.PresetConverter;
import org.dlrm4j.cli.ThreadOptions;
import org.dlrm4j.cli.TrainedRowsConverter;
import org.dlrm4j.cli.Usage;
import org.dlrm4j.cli.Widths;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.preset.Preset;
import org.dlrm4j.preset.Workload;
import org.dlrm4j.train.Footprint;
import org.dlrm4j.train.OptimizerSettings;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dlrm estimate}. */
// @formatter:off
@Command(name = "estimate", customSynopsis = "dlrm estimate --rows N-N-..|--preset NAME [OPTION...]", sortOptions = false,
        description = {
            "Says what memory, disk and time a model will take.", "",
            "Sizes of tables, parameters and the optimizer's state follow from the configuration; the workspace of a step is "
            + "allocated and counted. The speed of training is measured for some seconds, on made-up samples and with tables as "
            + "large as fit; times of reading and writing follow from the disk's speed, which you state.",
            ""},
        footer = {"", "Examples:", "  dlrm estimate --preset mlperf --optimizer rwsadagrad --samples 4195197692",
            "  dlrm estimate --rows 1000000000-50000000-1000 --dense-features 13 --arch dcnv2 --disk-rate 2000"})
// @formatter:on
public final class EstimateCommand implements Callable<Integer> {
    private static final long MEGABYTE = 1_000_000;
    private static final int DEFAULT_BATCH = 2048;
    private static final int DEFAULT_DENSE_FEATURES = 13;

    @Spec
    private CommandSpec spec;

    // @formatter:off
    @Option(names = "--preset", paramLabel = "NAME", converter = PresetConverter.class,
            completionCandidates = PresetConverter.Names.class,
            description = "A published model: ${COMPLETION-CANDIDATES}.")
    private Preset preset;

    @Option(names = "--rows", paramLabel = "N-N-..", converter = Widths.Converter.class,
            description = "Instead of a preset: values of each sparse feature.")
    private Widths rows;

    @Option(names = "--dense-features", paramLabel = "N", description = "Number of dense features (13).")
    private Integer denseFeatures;

    @Option(names = "--rows-per-bag", paramLabel = "N", description = "Values of each sparse feature a sample has (1).")
    private Integer rowsPerBag;

    @Option(names = "--mini-batch-size", paramLabel = "N", description = "Samples of a step (the preset's; 2048).")
    private Integer batchSize;

    @Option(names = "--row-format", paramLabel = "f32|bf16", defaultValue = "f32",
            converter = TrainedRowsConverter.class,
            description = "How rows of embeddings are trained (${DEFAULT-VALUE}).")
    private RowFormat rowFormat;

    @Option(names = "--samples", paramLabel = "N", defaultValue = "0",
            description = "Samples to train on, all epochs together; 0 for the speed only (${DEFAULT-VALUE}).")
    private long samples;

    @Option(names = "--disk-rate", paramLabel = "MB", defaultValue = "500",
            description = "Megabytes that the disk reads or writes a second (${DEFAULT-VALUE}).")
    private long diskRate;

    @Option(names = "--measure", paramLabel = "SECONDS", defaultValue = "5",
            description = "How long to measure the speed of training, and half as long to warm up; 0 for not at all "
                + "(${DEFAULT-VALUE}).")
    private double seconds;
    // @formatter:on

    @Mixin
    private final ThreadOptions threads = ThreadOptions.allProcessors();

    @ArgGroup(validate = false, heading = "%nOptimizers:%n")
    private final OptimizerOptions optimizers = new OptimizerOptions();

    @ArgGroup(validate = false, heading = "%nArchitecture, instead of a preset:%n")
    private final ArchitectureOptions architecture = new ArchitectureOptions();

    /** Takes its settings from the parser. */
    public EstimateCommand() {}

    @Override
    public Integer call() throws IOException {
        check();
        final PrintWriter out = spec.commandLine().getOut();
        final Workload workload = Usage.of(this::workload);
        final OptimizerSettings settings = Usage.of(optimizers::settings);
        final int batch = batchSize != null ? batchSize : preset != null ? preset.batchSize() : DEFAULT_BATCH;
        final ModelConfig config = workload.config();
        final Footprint footprint = Footprint.of(config, settings, rowFormat);
        final TrainingProbe probe = new TrainingProbe(workload, rowFormat, settings, batch, threads);
        final long workspaceBytes = probe.workspaceBytes();
        final OptionalLong available = new MachineFiles(Path.of("/")).availableBytes();
        describeTraining(out, config, footprint, workspaceBytes, batch, available);
        describeScoring(out, config, footprint, available);
        describeDisk(out, footprint);
        if (seconds > 0) {
            describeSpeed(out, probe, available);
        }
        return Main.OK;
    }

    private void check() {
        threads.check();
        Usage.require((preset == null) != (rows == null), "give --preset or --rows, one of them");
        Usage.require(preset == null || denseFeatures == null && rowsPerBag == null,
                "--dense-features and --rows-per-bag are the preset's; drop them, or the preset");
        Usage.require(batchSize == null || batchSize >= 1,
                "--mini-batch-size is " + batchSize + ", expected 1 or more");
        Usage.require(samples >= 0, "--samples is " + samples + ", expected 0 or more");
        Usage.require(diskRate >= 1 && diskRate <= MEGABYTE, "--disk-rate is " + diskRate + ", expected 1 to 1000000");
        Usage.require(seconds >= 0 && seconds <= 1e6, "--measure is " + seconds + ", expected 0 to 1000000 seconds");
    }

    private Workload workload() {
        if (preset != null) {
            return preset.workload();
        }
        final long[] tableRows = rows.values().clone();
        final ModelConfig config = architecture.config(denseFeatures == null ? DEFAULT_DENSE_FEATURES : denseFeatures,
                tableRows, false);
        final int bag = rowsPerBag == null ? 1 : rowsPerBag;
        return new Workload(config, Collections.nCopies(tableRows.length, bag).stream().mapToInt(Integer::intValue)
                .toArray(), true);
    }

    private void describeTraining(PrintWriter out, ModelConfig config, Footprint footprint, long workspaceBytes,
            int batch,
            OptionalLong available) {
        out.println(Sizes.count(Arrays.stream(config.rows()).sum()) + " rows in " + config.tables().size()
                + " tables, " + Sizes.count(config.sparseParameters()) + " parameters in them, "
                + Sizes.count(config.denseParameters()) + " outside");
        out.println();
        final long total = footprint.tableBytes() + footprint.tableStateBytes() + workspaceBytes;
        new TextTable().row("training, memory", "").row("tables", Sizes.bytes(footprint.tableBytes()))
                .row("optimizer's state of tables", Sizes.bytes(footprint.tableStateBytes()))
                .row("parameters, their state, workspace of " + Sizes.count(batch) + " samples",
                        Sizes.bytes(workspaceBytes))
                .row("all but the JVM's own", Sizes.bytes(total)).print(out, "");
        if (available.isPresent()) {
            out.println(Sizes.bytes(available.getAsLong()) + " are available here: "
                    + (total <= available.getAsLong()
                            ? "it fits"
                            : "it does not fit; --work-dir trains from files, as fast as the disk is with rows that are "
                                    + "not in memory"));
        }
        out.println();
    }

    private void describeScoring(PrintWriter out, ModelConfig config, Footprint footprint, OptionalLong available) {
        final TextTable table = new TextTable().row("scoring, page cache and disk", "tables", "read at "
                + Sizes.count(diskRate) + " MB/s", available.isPresent() ? "fits here" : "");
        for (RowFormat format : RowFormat.values()) {
            final long bytes;
            try {
                bytes = config.tableBytes(format);
            } catch (IllegalArgumentException e) {
                table.row(format.toString(), "not for this width");
                continue;
            }
            table.row(format.toString(), Sizes.bytes(bytes), time(bytes), available.isEmpty()
                    ? ""
                    : bytes + footprint.parameterBytes() <= available.getAsLong() ? "yes" : "no");
        }
        table.print(out, "");
        out.println();
    }

    private void describeDisk(PrintWriter out, Footprint footprint) {
        final long checkpoint = footprint.checkpointBytes();
        new TextTable().row("training, disk", "", "at " + Sizes.count(diskRate) + " MB/s")
                .row("a checkpoint", Sizes.bytes(checkpoint), time(checkpoint))
                .row("while one is written, with the one before", Sizes.bytes(2 * checkpoint), "")
                .row("files of --work-dir", Sizes.bytes(footprint.tableBytes() + footprint.tableStateBytes()), "")
                .print(out, "");
    }

    private String time(long bytes) {
        return Sizes.seconds((double) bytes / MEGABYTE / diskRate);
    }

    private void describeSpeed(PrintWriter out, TrainingProbe probe, OptionalLong available) {
        final TrainingProbe.Speed speed = probe.measure(seconds, available);
        out.println();
        out.println("training, speed: " + Sizes.count(Math.round(speed.samplesPerSecond())) + " samples/s on "
                + threads.threads() + " threads, measured with tables of " + Sizes.bytes(speed.tableBytes())
                + " in memory");
        if (samples > 0) {
            out.println(Sizes.count(samples) + " samples: " + Sizes.seconds(samples / speed.samplesPerSecond()));
        }
    }
}
