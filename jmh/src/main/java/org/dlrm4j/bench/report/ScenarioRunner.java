package org.dlrm4j.bench.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.dlrm4j.bench.report.WorkItem.Stage;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.data.StreamSource;
import org.dlrm4j.model.BatchShape;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.PassPhase;
import org.dlrm4j.model.TableStorage;
import org.dlrm4j.preset.RandomTables;
import org.dlrm4j.train.Optimizer;
import org.dlrm4j.train.TrainingStep;
import org.dlrm4j.train.WorkerPool;

/** Trains scenarios on random data and takes the time of every operator of the real steps. */
final class ScenarioRunner {
    private static final int MAX_INDICES = 1 << 22;
    private static final int MAX_BATCHES = 4096;
    private static final int MIN_BATCHES = 4;
    private static final int MIN_STEPS = 12;
    private static final int MAX_STEPS = 4096;

    /** Of the times of all steps: what a thread took that nothing interrupted, as for the limits. */
    private static final double QUANTILE = 0.1;

    private static final int FIRST_WARM_UP = 5;
    private static final float LEARNING_RATE = 0.01f;

    private final long budgetNanos;
    private boolean first = true;

    /**
     * Makes a runner.
     *
     * @param budgetNanos time of the steps that are measured; how long steps before them may get no faster, {@value #FIRST_WARM_UP}
     *     times as long in the first scenario, which compiles everything
     */
    ScenarioRunner(long budgetNanos) {
        this.budgetNanos = budgetNanos;
    }

    /** Trains on batches of a scenario. */
    Measurement run(Scenario scenario) {
        final ModelConfig config = scenario.config();
        final int threads = scenario.threads();
        final List<Batch> batches = new ArrayList<>();
        try (Network network = Network.createWithEmptyTables(config, new NumpyRandom(1), TableStorage.anonymous(),
                RowFormat.F32);
                WorkerPool pool = new WorkerPool(threads);
                Optimizer optimizer = new Optimizer(scenario.optimizer(), network, threads);
                TrainingStep step = new TrainingStep(network, optimizer, scenario.batch(), pool)) {
            RandomTables.fill(network, 1, pool);
            final double dataNanos = makeBatches(scenario, batches);
            batches.forEach(network::derive);
            final StepWork work = StepWork.of(network, optimizer, shape(batches, network), threads,
                    TrainingStep.chunkSamples(scenario.batch(), threads));
            final int numbers = Math.max(network.operators().size(),
                    Math.max(network.lookups().size(), network.parameters().size()));
            final StepClock clock = new StepClock(threads, numbers);
            step.observe(clock);
            WarmUp.run(() -> step.run(batches.getFirst(), LEARNING_RATE, "random batch"),
                    (first ? FIRST_WARM_UP : 1) * budgetNanos);
            first = false;
            return measure(scenario, work, step, batches, clock, dataNanos);
        } finally {
            batches.forEach(Batch::close);
        }
    }

    /**
     * Lists the work of a scenario without running it, for threads that this machine may not have.
     *
     * @param whole the model with tables of their whole size, where the scenario's are scaled down
     */
    static StepWork work(Scenario scenario, ModelConfig whole) {
        final ModelConfig config = scenario.config();
        try (Network network = Network.createWithEmptyTables(config, new NumpyRandom(1), TableStorage.anonymous(),
                RowFormat.F32);
                Optimizer optimizer = new Optimizer(scenario.optimizer(), network, 1)) {
            final double[] rows = new double[config.sparseFeatures() + network.derivedFeatures()];
            Arrays.fill(rows, 1);
            final int[] bags = scenario.workload().bagRows();
            for (int f = 0; f < bags.length; f++) {
                rows[f] = scenario.workload().fixedBags() ? bags[f] : 0.5 * (1 + bags[f]);
            }
            final double[] times = new double[network.lookups().size()];
            for (int t = 0; t < times.length; t++) {
                final String name = network.lookups().get(t).table().name();
                times[t] = rows(whole, name) / rows(config, name);
            }
            return StepWork.of(network, optimizer, new BatchShape(scenario.batch(), rows), scenario.threads(),
                    TrainingStep.chunkSamples(scenario.batch(), scenario.threads())).withTablesTimes(times);
        }
    }

    private static double rows(ModelConfig config, String table) {
        return config.tables().stream().filter(spec -> spec.name().equals(table)).findFirst().orElseThrow().rows();
    }

    private Measurement measure(Scenario scenario, StepWork work, TrainingStep step, List<Batch> batches,
            StepClock clock, double dataNanos) {
        final int items = work.items().size();
        final double[][] nanos = new double[items][MAX_STEPS];
        int steps = 0;
        final long stop = System.nanoTime() + budgetNanos;
        while (steps < MIN_STEPS || steps < MAX_STEPS && System.nanoTime() < stop) {
            clock.reset();
            final long start = System.nanoTime();
            step.run(batches.get(steps % batches.size()), LEARNING_RATE, "random batch");
            final long took = System.nanoTime() - start;
            double known = 0;
            int between = -1;
            for (int i = 0; i < items; i++) {
                final WorkItem item = work.items().get(i);
                if (item.stage() == Stage.DATA) {
                    nanos[i][steps] = dataNanos;
                } else if (item.stage() == Stage.BETWEEN) {
                    between = i;
                } else {
                    nanos[i][steps] = nanos(clock, item);
                    known += nanos[i][steps];
                }
            }
            nanos[between][steps] = Math.max(0, took - known);
            steps++;
        }
        final double[] typical = new double[items];
        double sum = 0;
        for (int i = 0; i < items; i++) {
            Arrays.sort(nanos[i], 0, steps);
            typical[i] = nanos[i][(int) (QUANTILE * steps)];
            sum += work.items().get(i).stage() == Stage.DATA ? 0 : typical[i];
        }
        return new Measurement(scenario, work, typical, sum);
    }

    /** Returns an item's time of one of the threads that had a part in it. */
    private static double nanos(StepClock clock, WorkItem item) {
        final PassPhase phase = PassPhase.valueOf(item.stage().name());
        final boolean layers = phase == PassPhase.FORWARD || phase == PassPhase.BACKWARD || phase == PassPhase.WEIGHTS;
        return (layers ? clock.nanos(phase, item.layer()) : clock.nanos(phase)) / clock.threads(phase);
    }

    /** Repeating few batches would measure the cache that holds their rows: together they use each row twice, or as many as bear it. */
    private static double makeBatches(Scenario scenario, List<Batch> batches) {
        final ModelConfig config = scenario.config();
        final double indices = scenario.batch() * scenario.workload().lookupsPerSample();
        final int count = (int) Math.clamp(Math.ceil(Math.min(2 * scenario.workload().rows(), MAX_INDICES) / indices),
                MIN_BATCHES, MAX_BATCHES);
        double best = Double.POSITIVE_INFINITY;
        try (StreamSource source = scenario.workload().source((long) count * scenario.batch(), 7)) {
            for (int b = 0; b < count; b++) {
                batches.add(new Batch(scenario.batch(), config.denseFeatures(), config.sparseFeatures()));
                source.read((long) b * scenario.batch(), scenario.batch(), batches.getLast());
            }
            // Once more into memory that is there: what a loop that reuses its batch pays.
            for (int b = 0; b < Math.min(count, 2 * MIN_BATCHES); b++) {
                final long start = System.nanoTime();
                source.read((long) b * scenario.batch(), scenario.batch(), batches.get(b));
                best = Math.min(best, System.nanoTime() - start);
            }
        }
        return best;
    }

    private static BatchShape shape(List<Batch> batches, Network network) {
        double[] rows = null;
        for (Batch batch : batches) {
            final double[] one = BatchShape.of(batch, network).rowsPerBag();
            rows = rows == null ? new double[one.length] : rows;
            for (int f = 0; f < rows.length; f++) {
                rows[f] += one[f] / batches.size();
            }
        }
        return new BatchShape(batches.getFirst().size(), rows);
    }
}
