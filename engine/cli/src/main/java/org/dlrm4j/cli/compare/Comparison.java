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
    private final ProgressReporter reporter;
    private volatile boolean stopRequested;
    private long done;

    /**
     * Begins.
     *
     * @param runs all runs of the comparison, finished ones included
     */
    Comparison(SeededData data, ComparisonBudget budget, WorkerPool pool, ComparisonJournal journal,
            PrintWriter out, long runs) {
        this.data = data;
        this.budget = budget;
        this.pool = pool;
        this.journal = journal;
        reporter = new ProgressReporter(out, ProgressReporter.isTerminal(), "comparing",
                ProgressReporter.Unit.SAMPLES, runs * budget.samples(data.first()), 0);
    }

    /** Asks to end after the current step. Callable from any thread. */
    void requestStop() {
        stopRequested = true;
    }

    /**
     * Runs what is missing.
     *
     * @param models the models with the settings to start from
     * @param seeds number of seeds
     * @param trials settings to try for each model; 0 for those given
     * @return the entries in the order of the models
     * @throws ComparisonRun.InterruptedRunException if a stop was requested
     */
    List<ComparisonEntry> run(Map<ComparedModel, ModelSettings> models, int seeds, int trials) throws IOException {
        try (reporter) {
            final List<ComparisonEntry> entries = new ArrayList<>();
            for (Map.Entry<ComparedModel, ModelSettings> entry : models.entrySet()) {
                final ComparedModel model = entry.getKey();
                final ModelSettings settings = trials == 0 ? entry.getValue() : best(model, entry.getValue(), trials);
                final List<RunResult> runs = new ArrayList<>();
                for (int seed = 1; seed <= seeds; seed++) {
                    runs.add(once(model, settings, seed, false));
                }
                entries.add(new ComparisonEntry(model, settings, runs, rowLosses(model, settings, seeds)));
            }
            return entries;
        }
    }

    /** Returns each test row's loss, mean over seeds. */
    private float[] rowLosses(ComparedModel model, ModelSettings settings, int seeds) throws IOException {
        final float[] mean = new float[Math.toIntExact(data.first().test().samples())];
        for (int seed = 1; seed <= seeds; seed++) {
            final float[] losses = journal.losses(ComparisonJournal.key(model, settings, seed, false));
            for (int i = 0; i < mean.length; i++) {
                mean[i] += losses[i] / seeds;
            }
        }
        return mean;
    }

    private ModelSettings best(ComparedModel model, ModelSettings start, int trials) throws IOException {
        final Map<ModelSettings, Double> losses = new LinkedHashMap<>();
        for (ModelSettings settings : SettingsSearch.trials(model, start, trials)) {
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
        done = before + budget.samples(data.first());
        return result;
    }
}
