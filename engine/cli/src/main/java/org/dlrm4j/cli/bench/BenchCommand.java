package org.dlrm4j.cli.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.dlrm4j.cli.ArchitectureOptions;
import org.dlrm4j.cli.ClickData;
import org.dlrm4j.cli.GivenOptions;
import org.dlrm4j.cli.Interruption;
import org.dlrm4j.cli.Main;
import org.dlrm4j.cli.ModelText;
import org.dlrm4j.cli.OptimizerOptions;
import org.dlrm4j.cli.RandomDataOptions;
import org.dlrm4j.cli.Sizes;
import org.dlrm4j.cli.StepOptions;
import org.dlrm4j.cli.ThreadOptions;
import org.dlrm4j.cli.Usage;
import org.dlrm4j.data.ClickDataset;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.data.SampleSource;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.ParameterGroup;
import org.dlrm4j.model.TableStorage;
import org.dlrm4j.os.ThreadPin;
import org.dlrm4j.preset.Preset;
import org.dlrm4j.preset.Workload;
import org.dlrm4j.train.OptimizerSettings;
import org.dlrm4j.train.TrainerOptions;
import org.dlrm4j.train.WorkerPool;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;
import picocli.CommandLine.Unmatched;

/** {@code dlrm bench}, but for the benchmarks of kernels, which the launcher starts. */
// @formatter:off
@Command(name = "bench", customSynopsis = {"dlrm bench [OPTION...]", "       dlrm bench --report|kernels|peers|jmh [OPTION...]"},
        sortOptions = false,
        description = {
            "Measures whole models.", "",
            "Takes the flags of the reference's benchmark by name and gives its random data and its losses for a seed; a flag "
            + "that cannot be had is refused with what to do instead. Times are those of the steps, without the making "
            + "of batches.", "",
            "dlrm bench --report [--help] tells what binds each operator of a model here and on described machines, "
            + "dlrm bench kernels [--all] measures the kernels beside this machine's limits, dlrm bench peers [--quick] whole models "
            + "beside libtorch and ONNX Runtime, dlrm bench jmh any JMH benchmark.",
            ""},
        footer = {"", "Examples:",
            "  dlrm bench --mini-batch-size=2048 --num-batches=1000 --arch-mlp-bot=512-512-64 \\",
            "      --arch-mlp-top=1024-1024-1024-1 --arch-sparse-feature-size=64 \\",
            "      --arch-embedding-size=1000000-1000000 --num-indices-per-lookup=100 --print-freq=100"})
// @formatter:on
public final class BenchCommand implements Callable<Integer> {
    /** Where samples come from. */
    enum DataGeneration {
        RANDOM, SYNTHETIC, DATASET
    }

    private static final String OPTIMIZERS = "%nOptimizers:%n";
    private static final String ARCHITECTURE = "%nArchitecture:%n";
    private static final String RANDOM_DATA = "%nRandom data:%n";

    @Spec
    private CommandSpec spec;

    @Unmatched
    private final List<String> unmatched = new ArrayList<>();

    // @formatter:off
    @Option(names = "--numpy-rand-seed", paramLabel = "N", defaultValue = "123",
            description = "Seed of initial parameters and random data (${DEFAULT-VALUE}).")
    private int seed;
    // @formatter:on

    @Mixin
    private final ThreadOptions threads = ThreadOptions.allProcessors();

    @ArgGroup(validate = false, heading = "%nMeasurements:%n")
    private final MeasureOptions measure = new MeasureOptions();

    @ArgGroup(validate = false, heading = "%nThe reference's loop:%n")
    private final ReferenceOptions reference = new ReferenceOptions();

    @ArgGroup(validate = false, heading = "%nSteps:%n")
    private final StepOptions steps = new StepOptions();

    @ArgGroup(validate = false, heading = OPTIMIZERS)
    private final OptimizerOptions optimizers = new OptimizerOptions();

    @ArgGroup(validate = false, heading = ARCHITECTURE)
    private final ArchitectureOptions architecture = new ArchitectureOptions();

    // @formatter:off
    @Option(names = "--data-generation", paramLabel = "random|synthetic|dataset", defaultValue = "random",
            description = "The reference's random numbers, lookups after a measured trace, or the data of --data "
                    + "(${DEFAULT-VALUE}).")
    private DataGeneration generation;

    @Option(names = "--data", paramLabel = "DIR",
            description = "For --data-generation dataset: output directory of dlrm preprocess, or planted:rows=N,.. as for "
                    + "dlrm train.")
    private String data;
    // @formatter:on

    @ArgGroup(validate = false, heading = RANDOM_DATA)
    private final RandomDataOptions random = new RandomDataOptions();

    @ArgGroup(validate = false, heading = "%nSynthetic data:%n")
    private final TraceDataOptions trace = new TraceDataOptions();

    /** Makes the command; its options are set by the parser. */
    public BenchCommand() {}

    @Override
    public Integer call() throws IOException {
        if (spec.commandLine().getParseResult().matchedOptions().isEmpty() && unmatched.isEmpty()) {
            spec.commandLine().usage(spec.commandLine().getOut());
            return Main.OK;
        }
        refuseUnmatched();
        threads.check();
        reference.check();
        measure.check();
        MeasuredRun.check(measure.sweep());
        if (measure.isAsked()) {
            return measured();
        }
        return switch (generation) {
            case DATASET -> dataset();
            case RANDOM, SYNTHETIC -> madeUp();
        };
    }

    private int measured() throws IOException {
        final GivenOptions given = new GivenOptions(spec);
        given.refuseWith("--preset, --scenario, --sweep and --tables",
                List.of("--data-generation", "--data", "--nepochs",
                        "--print-freq", "--print-wall-time", "--test-freq", "--test-mini-batch-size", "--data-size",
                        "--data-trace-file", "--data-trace-enable-padding", "--rand-data-dist", "--rand-data-min",
                        "--rand-data-max", "--rand-data-mu", "--rand-data-sigma", "--round-targets"));
        Usage.require(measure.scenario() == null || !reference.inferenceOnly(),
                "--scenario predicts in any case; leave --inference-only out");
        final Preset preset = measure.preset();
        if (preset != null) {
            given.refuseWith("--preset", given.of(ARCHITECTURE));
            given.refuseWith("--preset",
                    given.of(RANDOM_DATA).stream().filter(name -> !name.equals("--num-batches")).toList());
        }
        final Workload workload = preset != null ? preset.workload() : Usage.of(this::workload);
        final boolean queries = measure.scenario() == Scenario.SINGLE_STREAM || measure.scenario() == Scenario.SERVER;
        final int batchSize = steps.batchSizeOr(preset == null || queries ? 1 : preset.batchSize());
        final OptimizerSettings optimizer = preset != null && given.among(given.of(OPTIMIZERS)).isEmpty()
                ? OptimizerSettings.of(preset.optimizer())
                : Usage.of(optimizers::settings);
        final TrainerOptions options = Usage
                .of(() -> new TrainerOptions(batchSize, 1, 1, optimizer, steps.schedule(true),
                        0f, 0, 0, 0, Double.NaN, 0, null));
        final PrintWriter out = spec.commandLine().getOut();
        if (preset != null) {
            out.println("preset " + preset.name() + ": " + preset.origin());
        }
        final MeasuredRun run = new MeasuredRun(out, measure, !reference.inferenceOnly(), options,
                measure.time(random.batches() > 0 ? random.batches() : Long.MAX_VALUE), threads, seed);
        try (FlightRecording recording = reference.profiling() ? FlightRecording.start() : null;
                Interruption _ = Interruption.listen(run::requestStop)) {
            run.run(workload);
            announce(recording);
        }
        out.println();
        run.results().print(out);
        write(run.results(), workload.config(), options);
        return run.wasStopped() ? Interruption.EXIT_CODE : Main.OK;
    }

    /** Puts together what the reference's flags describe. */
    private Workload workload() {
        final long[] rows = random.tableRows();
        return new Workload(architecture.config(0, rows, true),
                Arrays.stream(rows).mapToInt(r -> (int) Math.min(r, random.indicesPerLookup())).toArray(),
                random.fixedBags());
    }

    private void announce(FlightRecording recording) {
        if (recording != null) {
            spec.commandLine().getOut().println("recorded in " + recording.file()
                    + "; read it with jfr summary, jfr view or JDK Mission Control");
        }
    }

    private void write(Results results, ModelConfig config, TrainerOptions options) throws IOException {
        if (measure.json() != null) {
            final Map<String, Object> run = new LinkedHashMap<>();
            run.put("preset", measure.preset() == null ? null : measure.preset().name());
            run.put("model", config.toJson());
            run.put("optimizers", Stream.of(ParameterGroup.values())
                    .map(group -> options.optimizer().of(group).kind().name()).distinct().toList());
            run.put("learningRate", options.schedule().base());
            run.put("seed", seed);
            run.put("mappedTables", measure.tables() != null);
            results.writeJson(measure.json(), run, Environment.describe(new MachineFiles(Path.of("/"))));
        }
        if (measure.csv() != null) {
            results.writeCsv(measure.csv());
        }
    }

    private void refuseUnmatched() {
        if (!unmatched.isEmpty()) {
            RefusedFlags.explain(unmatched).ifPresent(Usage::refuse);
            throw new UnmatchedArgumentException(spec.commandLine(), unmatched);
        }
    }

    private TrainerOptions options(boolean randomData) {
        return Usage.of(() -> new TrainerOptions(steps.batchSize(randomData), 1, steps.epochs(), optimizers.settings(),
                steps.schedule(randomData), 0f, 0, 0, 0, Double.NaN, 0, null));
    }

    private int madeUp() throws IOException {
        Usage.require(data == null, "--data needs --data-generation dataset");
        final TrainerOptions options = options(true);
        final ModelConfig config = Usage.of(() -> architecture.config(0, random.tableRows(), true));
        try (SampleSource train = open(config, options.batchSize());
                SampleSource test = open(config, options.batchSize())) {
            return run(config, options, train, test);
        }
    }

    private SampleSource open(ModelConfig config, int batchSize) throws IOException {
        if (generation == DataGeneration.SYNTHETIC) {
            return trace.open(config.denseFeatures(), random, batchSize, seed);
        }
        return Usage.of(() -> random.open(config.denseFeatures(), batchSize, seed));
    }

    private int dataset() throws IOException {
        Usage.require(data != null, "--data-generation dataset needs --data, the output directory of dlrm preprocess");
        final TrainerOptions options = options(false);
        try (ClickDataset dataset = ClickData.open(data)) {
            final long[] rows = ClickData.tableRows(dataset);
            final ModelConfig config = Usage
                    .of(() -> architecture.config(dataset.train().denseFeatures(), rows, false));
            final String part = ClickData.heldOutPart(dataset);
            Usage.require(part != null || reference.testEvery() == 0,
                    "--test-freq needs samples that were held out, but "
                            + data + " has none; preprocess with another --split or leave --test-freq out");
            return run(config, options, dataset.train(), part == null ? null : ClickData.part(dataset, part));
        }
    }

    private int run(ModelConfig config, TrainerOptions options, SampleSource train, SampleSource test)
            throws IOException {
        final PrintWriter out = spec.commandLine().getOut();
        out.println(ModelText.size(config, RowFormat.F32) + "; batches of " + Sizes.count(options.batchSize())
                + ", threads "
                + threads.threads());
        long batches = (train.samples() + options.batchSize() - 1) / options.batchSize();
        if (random.batches() > 0) {
            batches = Math.min(batches, random.batches());
        }
        Usage.require(batches > 0, "there are no samples; give --num-batches or --data-size");
        try (WorkerPool pool = threads.start();
                ThreadPin _ = pool.pinCaller();
                Network network = Network.create(config, new NumpyRandom(seed),
                        TableStorage.anonymous(threads.placement(config)));
                BatchRing ring = new BatchRing(train, options.batchSize(), batches);
                FlightRecording recording = reference.profiling() ? FlightRecording.start() : null) {
            final ReferenceRun run = new ReferenceRun(out, network, pool, options, reference);
            try (Interruption _ = Interruption.listen(run::requestStop)) {
                if (reference.inferenceOnly()) {
                    run.infer(ring);
                } else {
                    run.train(ring, test);
                }
            }
            out.println(run.summary(ring.readNanos()));
            announce(recording);
            final Results results = new Results();
            if (run.steps() > 0) {
                results.add(run.measurement());
            }
            write(results, config, options);
            return run.wasStopped() ? Interruption.EXIT_CODE : Main.OK;
        }
    }

}
