package org.dlrm4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.dlrm4j.data.ClickDataset;
import java.util.function.Supplier;
import org.dlrm4j.data.PlantedDataset;
import org.dlrm4j.data.PlantedOptimum;
import org.dlrm4j.data.PlantedSpec;
import org.dlrm4j.preset.Preset;
import org.dlrm4j.train.OptimizerSettings;
import org.dlrm4j.data.RandomSource;
import org.dlrm4j.data.SampleSource;
import org.dlrm4j.data.UnseenPolicy;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.TablePlacement;
import org.dlrm4j.model.TableStorage;
import org.dlrm4j.model.Vocabulary;
import org.dlrm4j.os.ThreadPin;
import org.dlrm4j.store.ModelDirectory;
import org.dlrm4j.train.Checkpoint;
import org.dlrm4j.train.CheckpointSeries;
import org.dlrm4j.train.Trainer;
import org.dlrm4j.train.TrainerOptions;
import org.dlrm4j.train.WorkerPool;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dlrm train}. */
// @formatter:off
@Command(name = "train", customSynopsis = "dlrm train --data DIR|planted:.. --model DIR [OPTION...]", sortOptions = false,
        description = {
            "Trains a model.", "",
            "Reads what dlrm preprocess wrote, or makes clicks with a known truth as it goes, and saves the model, with all that is needed to go on training, in a "
            + "directory that dlrm evaluate and dlrm score read. Ctrl-C saves and ends; --resume goes on and gives "
            + "the same bits as a run that was never interrupted. Results do not depend on the number of threads.",
            ""},
        footer = {"", "Examples:",
            "  dlrm train --data data --model model", "  dlrm train --data data --model model --resume",
            "  dlrm train --data data --model model --optimizer rwsadagrad --learning-rate 0.02 \\",
            "      --mini-batch-size 1024 --test-freq 5000 --patience 3",
            "  dlrm train --data planted:rows=1e9,tables=26,table-rows=1e6 --model model",
            "  dlrm train --preset kaggle --data planted:rows=1e7,order=1,noise=0.1 --model model",
            "  dlrm train --data data --model model --row-format bf16",
            "  dlrm train --data-generation random --data-size 6 --mini-batch-size 2"})
// @formatter:on
final class TrainCommand implements Callable<Integer> {
    /** Where samples come from. */
    enum DataGeneration {
        DATASET, RANDOM
    }

    private static final String OPTIMIZERS = "%nOptimizers:%n";
    private static final String ARCHITECTURE = "%nArchitecture:%n";

    @Spec
    private CommandSpec spec;

    // @formatter:off
    @Option(names = "--data", paramLabel = "DIR|planted:..",
            description = {"Output directory of dlrm preprocess, or planted:KEY=N,.. for clicks with a known truth, which are made "
                    + "as they are read: rows to train on (1e6), held-out behind them to evaluate on (a tenth, at most 1e6), "
                    + "first row (0), seed (42), order 1|2 (2), noise (0), dense features (13), tables and table-rows N|N-N-.. "
                    + "(26 of 4 to 5000), bag N|N-N-.. (1), zipf exponent (1.1)."})
    private String data;

    @Option(names = "--preset", paramLabel = "NAME", converter = PresetConverter.class,
            completionCandidates = PresetConverter.Names.class,
            description = "A published model instead of --arch options, with its batch size and optimizer where these are not "
                    + "given: ${COMPLETION-CANDIDATES}. --data must have its features and sizes; clicks with a known truth have "
                    + "them by themselves (planted:).")
    private Preset preset;

    @Option(names = "--model", paramLabel = "DIR",
            description = "Where the model goes. May be left out with random data.")
    private Path model;

    @Option(names = "--resume",
            description = "Go on from the checkpoint in --model. Give the other options as before; --nepochs may "
                    + "grow.")
    private boolean resume;

    @Option(names = "--overwrite", description = "Replace the model that --model holds.")
    private boolean overwrite;

    @Option(names = "--keep", paramLabel = "N", defaultValue = "1",
            description = "Checkpoints to keep, the last one among them. --resume and dlrm score take an older one if "
                    + "the last is damaged (${DEFAULT-VALUE}).")
    private int keep;

    @Option(names = "--delta-freq", paramLabel = "STEPS", defaultValue = "0",
            description = "Between checkpoints save what changed so often; 0 for never (${DEFAULT-VALUE}). dlrm score, "
                    + "--resume and servers take checkpoint and deltas; dlrm compact makes one of them.")
    private long deltaEvery;

    @Option(names = "--work-dir", paramLabel = "DIR",
            description = "Train tables in mapped files on this disk instead of in memory, for tables larger than "
                    + "memory. The files go when training ends.")
    private Path workDirectory;

    @Option(names = "--row-format", paramLabel = "f32|bf16", defaultValue = "f32",
            converter = TrainedRowsConverter.class,
            description = "How rows of embeddings are trained and saved (${DEFAULT-VALUE}). bf16 takes half the memory; updates "
                    + "are computed in float32 and rounded at random, so that small ones are not lost.")
    private RowFormat rowFormat;

    @Option(names = "--numpy-rand-seed", paramLabel = "N", defaultValue = "123",
            description = "Seed of initial parameters, random data, shuffling, dropout and rounding (${DEFAULT-VALUE}).")
    private int seed;

    @Option(names = "--print-freq", paramLabel = "STEPS", defaultValue = "0",
            description = "Print a line each so many steps; 0 for a progress bar, or a line each few seconds where "
                    + "there is no terminal (${DEFAULT-VALUE}).")
    private long printEvery;

    @Option(names = "--unseen", paramLabel = "error|zero|empty|hash", defaultValue = "empty",
            converter = ClickData.UnseenConverter.class,
            description = "What scoring does with a value that training never saw: refuse it, take row 0, leave it "
                    + "out, or take a row by its hash (${DEFAULT-VALUE}).")
    private UnseenPolicy unseen;

    @Mixin
    private final ThreadOptions threads = ThreadOptions.allProcessors();

    @ArgGroup(validate = false, heading = "%nTraining:%n")
    private final ScheduleOptions schedule = new ScheduleOptions();

    @ArgGroup(validate = false, heading = OPTIMIZERS)
    private final OptimizerOptions optimizers = new OptimizerOptions();

    @ArgGroup(validate = false, heading = ARCHITECTURE)
    private final ArchitectureOptions architecture = new ArchitectureOptions();

    @Option(names = "--data-generation", paramLabel = "dataset|random", defaultValue = "dataset",
            description = "Train on --data, or on the reference's random numbers (${DEFAULT-VALUE}).")
    private DataGeneration generation;
    // @formatter:on

    @ArgGroup(validate = false, heading = "%nRandom data:%n")
    private final RandomDataOptions random = new RandomDataOptions();

    @Override
    public Integer call() throws IOException {
        final boolean randomData = generation == DataGeneration.RANDOM;
        requireConsistentOptions(randomData);
        final GivenOptions given = new GivenOptions(spec);
        final OptimizerSettings settings = preset != null && given.among(given.of(OPTIMIZERS)).isEmpty()
                ? OptimizerSettings.of(preset.optimizer())
                : Usage.of(optimizers::settings);
        final int batchSize = preset == null
                ? schedule.batchSize(randomData)
                : schedule.batchSizeOr(preset.batchSize());
        final TrainerOptions options = Usage.of(() -> schedule.toOptions(batchSize, randomData, seed, settings));
        if (randomData) {
            final ModelConfig config = Usage.of(() -> architecture.config(0, random.tableRows(), true));
            try (RandomSource source = Usage.of(
                    () -> random.open(config.denseFeatures(), options.batchSize(), seed))) {
                return train(config, options, new Input(source, null, null, null, random.identity(), null));
            }
        }
        if (preset == null) {
            try (ClickDataset dataset = ClickData.open(data)) {
                return train(Usage.of(() -> architecture.config(dataset.train().denseFeatures(),
                        ClickData.tableRows(dataset), false)), options, input(dataset));
            }
        }
        final PresetData published = new PresetData(preset);
        final String name = data != null ? data : PlantedSpec.PREFIX;
        try (ClickDataset dataset = ClickData.open(name, published.shape())) {
            return train(published.config(name, dataset), options, input(dataset));
        }
    }

    /** What a run reads, and what it says about it. */
    private record Input(SampleSource train, SampleSource evaluation, String evaluatedPart, Vocabulary vocabulary,
            Map<String, Object> identity, Supplier<PlantedOptimum> optimum) {}

    private Input input(ClickDataset dataset) throws IOException {
        if (dataset instanceof PlantedDataset planted) {
            spec.commandLine().getOut().println("data: " + planted.spec());
        }
        final String part = ClickData.heldOutPart(dataset);
        return new Input(dataset.train(), part == null ? null : ClickData.part(dataset, part), part,
                ClickData.vocabulary(dataset, unseen), ClickData.identity(dataset, unseen.name()),
                dataset instanceof PlantedDataset planted && part != null ? planted::optimum : null);
    }

    private void requireConsistentOptions(boolean randomData) {
        Usage.require(randomData || data != null || preset != null,
                "--data is missing: the output directory of dlrm preprocess, or planted:rows=N,..");
        Usage.require(randomData || model != null, "--model is missing: the directory where the model goes");
        Usage.require(!randomData || data == null, "--data has no meaning with --data-generation random; drop one");
        Usage.require(!randomData || preset == null,
                "--preset has no meaning with --data-generation random; drop one");
        if (preset != null) {
            final GivenOptions given = new GivenOptions(spec);
            given.refuseWith("--preset", given.of(ARCHITECTURE));
        }
        Usage.require(!resume || model != null, "--resume needs --model");
        Usage.require(!resume || !overwrite, "--resume and --overwrite exclude each other");
        Usage.require(!randomData || !schedule.shuffle(),
                "--shuffle cannot be had with random data, which is drawn in one order");
        Usage.require(!randomData || schedule.accumulate() == 1,
                "--accumulate cannot be had with random data, which is drawn batch by batch");
        threads.check();
        Usage.require(workDirectory == null || !threads.placesTables(),
                "--memory places tables in memory, --work-dir puts them into files; drop one");
        Usage.require(keep >= 1, "--keep is " + keep + ", expected 1 checkpoint or more");
        Usage.require(deltaEvery >= 0, "--delta-freq is " + deltaEvery + ", expected 0 or more");
        Usage.require(deltaEvery == 0 || model != null, "--delta-freq needs --model");
        Usage.require(printEvery >= 0, "--print-freq is " + printEvery + ", expected 0 or more");
    }

    private int train(ModelConfig config, TrainerOptions options, Input input) {
        final PrintWriter out = spec.commandLine().getOut();
        final Map<String, Object> identity = new LinkedHashMap<>(input.identity());
        identity.putAll(ScheduleOptions.identity(options, seed));
        requireModelDirectory();
        final TablePlacement placement = threads.placement(config);
        final TableStorage storage = workDirectory == null ? TableStorage.anonymous(placement) : workFiles();
        describe(out, config, options, input.train().samples());
        try (WorkerPool pool = threads.start();
                TrainingRun run = resume
                        ? TrainingRun.resume(model, config, rowFormat, identity, storage, input.train(),
                                input.evaluation(), options, pool, spec.commandLine().getErr())
                        : TrainingRun.start(config, rowFormat, seed, storage, input.train(), input.evaluation(),
                                options, pool);
                TrainingReport report = new TrainingReport(out, ProgressReporter.isTerminal(), printEvery, options,
                        input.train().samples(), input.evaluatedPart());
                Interruption _ = Interruption.listen(run.trainer()::requestStop);
                ThreadPin _ = pool.pinCaller()) {
            ThreadOptions.describe(placement, run.network().tables()).ifPresent(out::println);
            if (deltaEvery > 0) {
                run.trainer().enableDeltas(deltaEvery);
            }
            final Trainer.Outcome outcome = run.trainer().run(report, series(run, input.vocabulary(), identity),
                    options.patience() == 0 || model == null
                            ? null
                            : (position, optimizer) -> Checkpoint.write(bestModel(), run.network(), input.vocabulary(),
                                    optimizer, position, identity));
            report.end();
            out.println(report.summary());
            if (input.optimum() != null && report.lastEvaluation() != null) {
                out.println(MetricsText.besideOptimum(report.lastEvaluation(), input.optimum().get()));
            }
            return conclude(out, outcome, report);
        }
    }

    private CheckpointSeries series(TrainingRun run, Vocabulary vocabulary, Map<String, Object> identity) {
        if (model == null) {
            return null;
        }
        final CheckpointSeries series = new CheckpointSeries(model, keep, run.network(), vocabulary, identity);
        if (run.resumedFrom() != null) {
            series.resumedFrom(run.resumedFrom());
        }
        return series;
    }

    private Path bestModel() {
        return model.resolveSibling(model.getFileName() + "-best");
    }

    private TableStorage workFiles() {
        if (!Files.isDirectory(workDirectory)) {
            throw new CommandException(
                    workDirectory + ": no such directory; make it, on a disk with room for the tables");
        }
        return TableStorage.files(workDirectory);
    }

    private void requireModelDirectory() {
        if (model == null) {
            return;
        }
        final boolean exists = Files.exists(model.resolve(ModelDirectory.MANIFEST_FILE));
        if (exists && !resume && !overwrite) {
            throw new CommandException(model + ": holds a model already; add --resume to go on with it, "
                    + "--overwrite to replace it, or choose another directory");
        }
        if (!exists && resume) {
            throw new CommandException(model + ": holds no model to resume; leave --resume out to begin");
        }
        // Hours of training shall not end at a directory that cannot be written.
        if (Files.exists(model)) {
            ModelDirectory.write(model).close();
        } else {
            requireWritableParent();
        }
    }

    /** The directory itself is made by the first checkpoint: a run that fails before leaves nothing. */
    private void requireWritableParent() {
        Path parent = model.toAbsolutePath().getParent();
        while (!Files.exists(parent)) {
            parent = parent.getParent();
        }
        if (!Files.isDirectory(parent) || !Files.isWritable(parent)) {
            throw new CommandException(model + ": cannot be made, because " + parent
                    + " is no directory that can be written; choose another place");
        }
    }

    private void describe(PrintWriter out, ModelConfig config, TrainerOptions options, long samples) {
        out.println(ModelText.size(config, rowFormat));
        out.println("training: " + Sizes.count(samples) + " samples, batches of " + Sizes.count(options.batchSize())
                + (options.accumulate() > 1 ? ", " + options.accumulate() + " a step" : "")
                + ", epochs " + options.epochs() + ", threads " + threads.threads());
    }

    private int conclude(PrintWriter out, Trainer.Outcome outcome, TrainingReport report) {
        if (outcome == Trainer.Outcome.STOPPED) {
            out.println(model == null
                    ? "interrupted; nothing is saved without --model"
                    : "interrupted and saved in " + model + "; to go on: " + resumeCommand());
            return Interruption.EXIT_CODE;
        }
        if (outcome == Trainer.Outcome.TARGET_REACHED) {
            out.println("stopped: the target AUC is reached");
        } else if (outcome == Trainer.Outcome.NO_IMPROVEMENT) {
            out.println("stopped: best AUC " + Sizes.decimal(report.position().bestAuc(), 6) + " was "
                    + report.position().evaluationsSinceBest() + " evaluations ago");
            if (model != null) {
                out.println("the best model is in " + bestModel());
            }
        }
        if (model != null) {
            out.println("saved in " + model);
        }
        return Main.OK;
    }

    private String resumeCommand() {
        final List<String> words = spec.commandLine().getParseResult().originalArgs();
        final String command = words.stream().filter(word -> !word.equals("--overwrite"))
                .map(word -> word.matches("[A-Za-z0-9_./=:,+-]+") ? word : "'" + word.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" "));
        return "dlrm train " + command.replaceFirst("^train ", "") + (resume ? "" : " --resume");
    }
}
