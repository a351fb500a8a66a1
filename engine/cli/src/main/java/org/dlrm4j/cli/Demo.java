package org.dlrm4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.data.ClickLog;
import org.dlrm4j.data.CriteoDataset;
import org.dlrm4j.data.CriteoPreprocessor;
import org.dlrm4j.data.PlantedClickLog;
import org.dlrm4j.data.PlantedFile;
import org.dlrm4j.data.PlantedOptimum;
import org.dlrm4j.data.PlantedSpec;
import org.dlrm4j.data.PreprocessOptions;
import org.dlrm4j.data.Split;
import org.dlrm4j.data.UnseenPolicy;
import org.dlrm4j.kernels.KernelInfo;
import org.dlrm4j.model.Dlrm;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.TablePlacement;
import org.dlrm4j.model.TableStorage;
import org.dlrm4j.model.Vocabulary;
import org.dlrm4j.os.ThreadPin;
import org.dlrm4j.serve.Model;
import org.dlrm4j.train.Checkpoint;
import org.dlrm4j.train.Metrics;
import org.dlrm4j.train.OptimizerKind;
import org.dlrm4j.train.TrainerOptions;
import org.dlrm4j.train.WorkerPool;

/** The demonstration: text, data, training, quality, a second process, speed. */
final class Demo {
    private static final int MODEL_SEED = 123;
    private static final int EMBEDDING_WIDTH = 16;
    private static final int[] BOTTOM = {ClickLog.DENSE_FEATURES, 64, EMBEDDING_WIDTH};
    private static final int[] TOP = {64, 1};
    private static final int BATCH_SIZE = 256;
    private static final float LEARNING_RATE = 0.03f;

    private final PrintWriter out;
    private final Path directory;
    private final ThreadOptions options;
    private final WorkerPool pool;
    private final Text clicks;

    /** Clicks with a known truth that can be written as text. */
    record Text(PlantedSpec spec, PlantedClickLog log, PlantedFile file) {
        Text(PlantedSpec spec) {
            this(spec, spec.generator());
        }

        private Text(PlantedSpec spec, PlantedClickLog log) {
            this(spec, log, PlantedFile.text(log));
        }

        long heldOutFrom() {
            return spec.first() + spec.rows();
        }

        long end() {
            return heldOutFrom() + spec.heldOut();
        }

        PlantedOptimum optimum() {
            return log.optimum(heldOutFrom(), end());
        }
    }

    Demo(PrintWriter out, Path directory, Text clicks, ThreadOptions options, WorkerPool pool) {
        this.out = out;
        this.directory = directory;
        this.clicks = clicks;
        this.options = options;
        this.pool = pool;
    }

    void run() throws IOException, InterruptedException {
        final int threads = pool.threads();
        out.println("dlrm4j demo: " + threads + (threads == 1 ? " thread, " : " threads, ") + KernelInfo.description());
        final Path text = directory.resolve("clicks.txt");
        final Path heldOut = directory.resolve("held-out.txt");
        makeText(text, heldOut);
        try (CriteoDataset data = preprocess(text)) {
            final Path model = directory.resolve("model");
            final ModelConfig config = ModelConfig.of(ClickLog.DENSE_FEATURES, data.tableRows(), EMBEDDING_WIDTH,
                    Dlrm.of(BOTTOM, TOP));
            final TablePlacement placement = options.placement(config);
            final float[] scores = train(data, model, config, placement);
            secondProcess(model, heldOut, scores);
            speed(model, heldOut, placement);
        }
    }

    private void section(String title) {
        out.println();
        out.println(title);
    }

    private void makeText(Path text, Path heldOut) throws IOException {
        section("Click text with a known truth");
        final long startNanos = System.nanoTime();
        clicks.file().write(text, clicks.spec().first(), clicks.end(), pool.threads(), _ -> {});
        clicks.file().write(heldOut, clicks.heldOutFrom(), clicks.end(), pool.threads(), _ -> {});
        final double seconds = (System.nanoTime() - startNanos) * 1e-9;
        new TextTable().row("rows", Sizes.count(clicks.spec().rows() + clicks.spec().heldOut()))
                .row("held out", Sizes.count(clicks.spec().heldOut()))
                .row("text", Sizes.bytes(Files.size(text))).row("time", Sizes.seconds(seconds)).print(out, "  ");
    }

    private CriteoDataset preprocess(Path text) throws IOException, InterruptedException {
        section("Preprocessing");
        final PreprocessOptions preprocessing = PreprocessOptions.defaults()
                .withSplit(Split.trainRows(clicks.spec().rows()))
                .withThreads(pool.threads());
        final long startNanos = System.nanoTime();
        final CriteoDataset data;
        try (PreprocessCommand.Progress progress = new PreprocessCommand.Progress(out)) {
            data = new CriteoPreprocessor(preprocessing).run(List.of(text), directory.resolve("data"), progress);
        }
        final double seconds = (System.nanoTime() - startNanos) * 1e-9;
        new TextTable().row("distinct values", Sizes.count(Arrays.stream(data.tableRows()).sum()))
                .row("speed", Sizes.megabytesPerSecond(Files.size(text), seconds)).row("time", Sizes.seconds(seconds))
                .print(out, "  ");
        return data;
    }

    /** Trains, saves, and returns the scores of the held-out rows as the trained model in memory computes them. */
    private float[] train(CriteoDataset data, Path directoryOfModel, ModelConfig config, TablePlacement placement)
            throws IOException {
        // A second pass would learn rare values by heart: held-out loss rises.
        final TrainerOptions once = TrainerOptions.once(BATCH_SIZE, OptimizerKind.ROW_WISE_ADAGRAD, LEARNING_RATE);
        final Vocabulary vocabulary = ClickData.vocabulary(data, UnseenPolicy.EMPTY_BAG);
        section("Training");
        try (TrainingRun run = TrainingRun.start(config, RowFormat.F32, MODEL_SEED, TableStorage.anonymous(placement),
                data.train(),
                data.test(), once, pool);
                TrainingReport report = new TrainingReport(out, ProgressReporter.isTerminal(), 0, once,
                        data.train().samples(), null);
                ThreadPin _ = pool.pinCaller()) {
            ThreadOptions.describe(placement, run.network().tables()).ifPresent(out::println);
            run.trainer().run(report, (position, optimizer) -> Checkpoint.write(directoryOfModel, run.network(),
                    vocabulary, optimizer, position, Map.of()));
            report.end();
            new TextTable().row("parameters", Sizes.count(config.sparseParameters() + config.denseParameters()))
                    .row("speed", Sizes.count(Math.round(report.samplesPerSecond())) + " samples/s").print(out, "  ");
            quality(report.lastEvaluation());
            return DemoScores.ofModel(run.network(), data.test());
        }
    }

    private void quality(Metrics.Summary m) {
        section("Quality on " + Sizes.count(m.samples()) + " held-out rows");
        final PlantedOptimum best = clicks.optimum();
        final double constant = m.constantLogLoss();
        new TextTable().row("", "constant", "model", "best possible")
                .row("log loss", Sizes.decimal(constant, 5), Sizes.decimal(m.logLoss(), 5),
                        Sizes.decimal(best.logLoss(), 5))
                .row("normalized entropy", "1.0000", Sizes.decimal(m.normalizedEntropy(), 4),
                        Sizes.decimal(best.logLoss() / constant, 4))
                .row("AUC", "0.5000", Sizes.decimal(m.auc(), 4), Sizes.decimal(best.auc(), 4)).print(out, "  ");
        out.println("  The model has found " + Sizes.decimal(
                100 * (constant - m.logLoss()) / (constant - best.logLoss()), 1)
                + " % of what can be known; its log loss is "
                + Sizes.decimal(100 * (m.logLoss() / best.logLoss() - 1), 2) + " % above the best.");
    }

    private void secondProcess(Path model, Path heldOut, float[] scores) throws IOException, InterruptedException {
        section("The saved model in a new process");
        final long startNanos = System.nanoTime();
        final float[] others = DemoScores.ofNewProcess(model, heldOut, directory.resolve("scores.txt"));
        final double seconds = (System.nanoTime() - startNanos) * 1e-9;
        final int difference = Arrays.mismatch(DemoScores.bits(scores), DemoScores.bits(others));
        if (difference >= 0) {
            throw new CommandException("held-out row " + difference + " scores "
                    + (difference < others.length ? others[difference] : "nothing") + " in the new process, expected "
                    + (difference < scores.length ? scores[difference] : "nothing"));
        }
        new TextTable().row("scores compared", Sizes.count(scores.length))
                .row("CRC32C of the bits", String.format("%08x", DemoScores.crc32c(others)))
                .row("JVM start to last score", Sizes.seconds(seconds)).print(out, "  ");
        out.println("  All scores are identical, bit by bit.");
    }

    private void speed(Path directoryOfModel, Path heldOut, TablePlacement placement) throws IOException {
        section("Speed of the saved model, from raw values");
        try (Model model = Model.open(directoryOfModel)) {
            model.prefault(placement);
            final DemoSpeed speed = new DemoSpeed(model, heldOut);
            speed.latencies(out);
            speed.throughput(out, pool);
        }
    }
}
