package org.dlrm4j.cli.compare;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlrm4j.cli.ProgressReporter;
import org.dlrm4j.cli.Sizes;
import org.dlrm4j.train.WorkerPool;

/** Runs all trials and all seeds of all models that are not in the journal yet, and shows how far it is. */
final class Comparison {
    private final SeededData data;
    private final ComparisonBudget budget;
    private final WorkerPool pool;
    private final ComparisonJournal journal;
    private final Map<ComparedModel, ModelSettings> models;
    private final int seeds;
    private final int trials;
    private final ProgressReporter reporter;
    private volatile boolean stopRequested;
    private long done;

    /**
     * Begins.
     *
     * @param models the models with the settings to start from
     * @param seeds number of seeds
     * @param trials settings to try for each model; 0 for those given
     */
    Comparison(SeededData data, ComparisonBudget budget, WorkerPool pool, ComparisonJournal journal, PrintWriter out,
            Map<ComparedModel, ModelSettings> models, int seeds, int trials) {
        this.data = data;
        this.budget = budget;
        this.pool = pool;
        this.journal = journal;
        this.models = models;
        this.seeds = seeds;
        this.trials = trials;
        long samples = 0;
        for (Map.Entry<ComparedModel, ModelSettings> entry : models.entrySet()) {
            samples += seeds * budget.samples(data.first(), entry.getValue());
            for (ModelSettings trial : trials(entry.getKey(), entry.getValue())) {
                samples += budget.samples(data.first(), trial);
            }
        }
        // The search may end at settings of more or fewer passes: then the time that is left is a guess.
        reporter = new ProgressReporter(out, ProgressReporter.isTerminal(), "comparing",
                ProgressReporter.Unit.SAMPLES, samples, 0);
    }

    private List<ModelSettings> trials(ComparedModel model, ModelSettings start) {
        return trials == 0 ? List.of() : SettingsSearch.trials(model, start, trials);
    }

    /** Asks to end after the current step. Callable from any thread. */
    void requestStop() {
        stopRequested = true;
    }

    /**
     * Runs what is missing.
     *
     * @return the entries in the order of the models
     * @throws ComparisonRun.InterruptedRunException if a stop was requested
     */
    List<ComparisonEntry> run() throws IOException {
        try (reporter) {
            final List<ComparisonEntry> entries = new ArrayList<>();
            for (Map.Entry<ComparedModel, ModelSettings> entry : models.entrySet()) {
                final ComparedModel model = entry.getKey();
                final ModelSettings settings = trials == 0 ? entry.getValue() : best(model, entry.getValue());
                final List<RunResult> runs = new ArrayList<>();
                for (int seed = 1; seed <= seeds; seed++) {
                    runs.add(once(model, settings, seed, false));
                }
                entries.add(new ComparisonEntry(model, settings, runs, rowLosses(model, settings)));
            }
            return entries;
        }
    }

    /** Returns each test row's loss, mean over seeds. */
    private float[] rowLosses(ComparedModel model, ModelSettings settings) throws IOException {
        final float[] mean = new float[Math.toIntExact(data.first().test().samples())];
        for (int seed = 1; seed <= seeds; seed++) {
            final float[] losses = journal.losses(ComparisonJournal.key(model, settings, seed, false));
            for (int i = 0; i < mean.length; i++) {
                mean[i] += losses[i] / seeds;
            }
        }
        return mean;
    }

    private ModelSettings best(ComparedModel model, ModelSettings start) throws IOException {
        final Map<ModelSettings, Double> losses = new LinkedHashMap<>();
        for (ModelSettings settings : trials(model, start)) {
            losses.put(settings, once(model, settings, 1, true).validationLogLoss());
        }
        final ModelSettings best = losses.entrySet().stream().min(Map.Entry.comparingByValue()).orElseThrow().getKey();
        reporter.message(model.name() + ": the best of " + trials + " trials is " + best.text(model));
        return best;
    }

    private RunResult once(ComparedModel model, ModelSettings settings, int seed, boolean trial) throws IOException {
        final String key = ComparisonJournal.key(model, settings, seed, trial);
        final long before = done;
        RunResult result = journal.get(key);
        if (result == null) {
            final ComparisonRun run = new ComparisonRun(data.of(seed), budget, pool, (samples, loss) -> {
                if (stopRequested) {
                    throw new ComparisonRun.InterruptedRunException();
                }
                reporter.update(before + samples,
                        () -> model.name() + (trial ? " trial" : " seed " + seed) + ", loss "
                                + Sizes.decimal(loss, 4));
            });
            result = run.run(model, settings, seed, trial, seed == 1);
            journal.put(key, result, run.losses());
            reporter.message(key + ": validation log loss " + Sizes.decimal(result.validationLogLoss(), 5)
                    + (trial ? "" : ", test " + Sizes.decimal(result.test("logLoss"), 5)) + " after "
                    + Sizes.count(result.samples()) + " samples");
        }
        // A run that ended early leaves its budget unused.
        done = before + budget.samples(data.first(), settings);
        return result;
    }
}
