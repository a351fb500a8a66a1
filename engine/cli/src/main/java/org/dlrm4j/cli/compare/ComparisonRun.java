package org.dlrm4j.cli.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.dlrm4j.cli.TrainingRun;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.TableStorage;
import org.dlrm4j.serve.Model;
import org.dlrm4j.train.Checkpoint;
import org.dlrm4j.train.Metrics;
import org.dlrm4j.train.Trainer;
import org.dlrm4j.train.TrainerOptions;
import org.dlrm4j.train.TrainingListener;
import org.dlrm4j.train.TrainingPosition;
import org.dlrm4j.train.WorkerPool;

/**
 * Trains one model with one seed. The model that counts is the one with the lowest validation log loss; training ends
 * early when that has not fallen for some evaluations.
 */
final class ComparisonRun implements TrainingListener {
    private final ComparisonData data;
    private final ComparisonBudget budget;
    private final WorkerPool pool;
    private final Progress progress;
    private final List<RunResult.Point> curve = new ArrayList<>();
    private Trainer trainer;
    private float[] losses;
    private ParameterSnapshot best;
    private double bestLogLoss = Double.POSITIVE_INFINITY;
    private int evaluationsSinceBest;
    private long samples;
    private long timedSamples;
    private long timedNanos;
    private long lastNanos;
    private boolean stoppedEarly;

    /** Is told of every step; throws to end the run. */
    @FunctionalInterface
    interface Progress {
        /** Takes note of the run's samples and the loss of the last batch. */
        void stepped(long samples, double loss);
    }

    /** Ends a comparison between two steps. */
    static final class InterruptedRunException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    ComparisonRun(ComparisonData data, ComparisonBudget budget, WorkerPool pool, Progress progress) {
        this.data = data;
        this.budget = budget;
        this.pool = pool;
        this.progress = progress;
    }

    /**
     * Trains, and judges the best model on the test part unless this is a trial.
     *
     * @param withLatencies whether to measure scoring, too
     */
    RunResult run(ComparedModel model, ModelSettings settings, int seed, boolean trial, boolean withLatencies)
            throws IOException {
        final ModelConfig config = model.config(settings, data.train().denseFeatures(), data.rows());
        final TrainerOptions options = new TrainerOptions(budget.batchSize(), 1, budget.epochs(settings),
                settings.optimizerSettings(), budget.schedule(data, settings),
                model.hasMlps() ? settings.dropout() : 0, seed, budget.evaluateEverySteps(data, settings), 0,
                Double.NaN, 0,
                (long) seed);
        try (TrainingRun run = TrainingRun.start(config, settings.rows(), seed, TableStorage.anonymous(), data.train(),
                data.validation(), options, pool);
                ParameterSnapshot snapshot = new ParameterSnapshot(run.network())) {
            trainer = run.trainer();
            best = snapshot;
            lastNanos = System.nanoTime();
            final Trainer.Outcome outcome = trainer.run(this, null);
            if (outcome == Trainer.Outcome.STOPPED && !stoppedEarly) {
                throw new InterruptedRunException();
            }
            final long parameters = config.denseParameters() + config.sparseParameters();
            final double speed = timedSamples / Math.max(1e-9, timedNanos * 1e-9);
            if (trial) {
                return RunResult.of(curve, parameters, speed, null, null);
            }
            snapshot.restore();
            return judged(run, parameters, speed, withLatencies);
        }
    }

    /** Returns the loss of each test row; null of a trial. */
    float[] losses() {
        return losses;
    }

    /** Judges the model as an application would have it: saved and opened for scoring. */
    private RunResult judged(TrainingRun run, long parameters, double speed, boolean withLatencies)
            throws IOException {
        final Path directory = Files.createTempDirectory("dlrm-compare");
        try {
            Checkpoint.write(directory, run.network(), null, trainer.optimizer(), TrainingPosition.START, Map.of());
            try (Model model = Model.open(directory)) {
                final TestScores.Quality quality = TestScores.quality(model, data.test());
                losses = quality.losses();
                return RunResult.of(curve, parameters, speed, quality,
                        withLatencies ? TestScores.latencies(model, data.test()) : Map.of());
            }
        } finally {
            delete(directory);
        }
    }

    @Override
    public void stepped(TrainingPosition position, double loss, int batchSamples) {
        final long now = System.nanoTime();
        samples += batchSamples;
        // What comes before the first evaluation is mostly the compiler's time.
        if (!curve.isEmpty()) {
            timedSamples += batchSamples;
            timedNanos += now - lastNanos;
        }
        lastNanos = now;
        progress.stepped(samples, loss);
    }

    @Override
    public void evaluated(TrainingPosition position, Metrics.Summary summary) {
        curve.add(new RunResult.Point(samples, summary.logLoss()));
        if (summary.logLoss() < bestLogLoss) {
            bestLogLoss = summary.logLoss();
            evaluationsSinceBest = 0;
            best.take();
        } else {
            evaluationsSinceBest++;
            if (budget.patience() > 0 && evaluationsSinceBest >= budget.patience()) {
                stoppedEarly = true;
                trainer.requestStop();
            }
        }
        lastNanos = System.nanoTime();
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
