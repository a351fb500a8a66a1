package org.dlrm4j.cli.bench;

import java.io.PrintWriter;
import java.lang.foreign.ValueLayout;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Locale;
import org.HdrHistogram.Histogram;
import org.dlrm4j.cli.Sizes;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.RandomSource;
import org.dlrm4j.data.SampleSource;
import org.dlrm4j.model.Network;
import org.dlrm4j.train.Evaluator;
import org.dlrm4j.train.Metrics;
import org.dlrm4j.train.Optimizer;
import org.dlrm4j.train.TrainerOptions;
import org.dlrm4j.train.TrainingStep;
import org.dlrm4j.train.WorkerPool;

/**
 * The reference's loop: so many steps, with its lines. Times are those of the steps alone, forward, loss, backward and update;
 * making batches and evaluating stand aside.
 */
final class ReferenceRun {
    private static final DateTimeFormatter WALL_TIME = DateTimeFormatter.ofPattern(" (HH:mm)", Locale.ROOT);

    private final PrintWriter out;
    private final Network network;
    private final WorkerPool pool;
    private final TrainerOptions options;
    private final ReferenceOptions reference;
    private volatile boolean stopRequested;
    private final Histogram stepTimes = Measurement.histogram();
    private long stepNanos;
    private long samples;
    private long steps;
    private long windowNanos;
    private long windowSteps;
    private double windowLoss;
    private long windowSamples;
    private double lastLoss = Double.NaN;
    private double bestAccuracy;

    /**
     * Prepares a run.
     *
     * @param out where lines go
     * @param network the model; owned by the caller
     * @param pool the threads; owned by the caller
     * @param options steps and optimizer
     * @param reference what to print and to evaluate
     */
    ReferenceRun(PrintWriter out, Network network, WorkerPool pool, TrainerOptions options,
            ReferenceOptions reference) {
        this.out = out;
        this.network = network;
        this.pool = pool;
        this.options = options;
        this.reference = reference;
    }

    /** Lets the run end after its current step; called by any thread. */
    void requestStop() {
        stopRequested = true;
    }

    boolean wasStopped() {
        return stopRequested;
    }

    /** Trains, and evaluates on {@code test} as often as was asked for. */
    void train(BatchRing ring, SampleSource test) {
        try (Optimizer optimizer = new Optimizer(options.optimizer(), network, pool.threads());
                TrainingStep step = new TrainingStep(network, optimizer, options.batchSize(), pool);
                Evaluator evaluator = reference.testEvery() == 0
                        ? null
                        : new Evaluator(network, pool, testBatchSize(test))) {
            for (int epoch = 0; epoch < options.epochs(); epoch++) {
                for (long number = 0; number < ring.batches() && !stopRequested; number++) {
                    final Batch batch = ring.get(number);
                    final float rate = options.schedule().rate(optimizer.step() + 1);
                    final long startNanos = System.nanoTime();
                    final double loss = step.run(batch, rate, "epoch " + epoch + ", batch " + number);
                    count(System.nanoTime() - startNanos, batch.size(), loss);
                    lastLoss = loss;
                    final long done = number + 1;
                    final boolean last = done == ring.batches();
                    if (last || done % reference.printEvery() == 0) {
                        line("training", done, ring.batches(), epoch,
                                ", loss " + Sizes.decimal(windowLoss / windowSamples, 6));
                    }
                    if (evaluator != null && (last || done % reference.testEvery() == 0)) {
                        out.println("Testing at - " + done + "/" + ring.batches() + " of epoch " + epoch + ",");
                        accuracy(evaluator.evaluate(test, options.batchSize() * ring.batches()).accuracy());
                    }
                }
            }
        }
    }

    private int testBatchSize(SampleSource test) {
        // Random data is drawn in batches of one size.
        return test instanceof RandomSource
                ? options.batchSize()
                : reference.testBatchSizeOr(options.batchSize());
    }

    /** Predicts one pass. */
    void infer(BatchRing ring) {
        final Metrics metrics = new Metrics();
        try (BatchForward forward = new BatchForward(network, options.batchSize(), pool)) {
            for (long number = 0; number < ring.batches() && !stopRequested; number++) {
                final Batch batch = ring.get(number);
                final long startNanos = System.nanoTime();
                forward.run(batch);
                count(System.nanoTime() - startNanos, batch.size(), 0);
                for (int i = 0; i < batch.size(); i++) {
                    metrics.add(forward.prediction(i), batch.targets().getAtIndex(ValueLayout.JAVA_FLOAT, i));
                }
                final long done = number + 1;
                if (done == ring.batches() || done % reference.printEvery() == 0) {
                    line("inference", done, ring.batches(), 0, "");
                }
            }
        }
        if (steps > 0) {
            accuracy(metrics.summary().accuracy());
        }
    }

    private void count(long nanos, int size, double loss) {
        stepTimes.recordValue(Math.min(nanos, stepTimes.getHighestTrackableValue()));
        stepNanos += nanos;
        steps++;
        samples += size;
        windowNanos += nanos;
        windowSteps++;
        windowLoss += loss * size;
        windowSamples += size;
    }

    private void line(String what, long done, long batches, int epoch, String loss) {
        out.println("Finished " + what + " it " + done + "/" + batches + " of epoch " + epoch + ", "
                + Sizes.decimal(windowNanos * 1e-6 / windowSteps, 2) + " ms/it" + loss
                + (reference.printWallTime() ? LocalTime.now().format(WALL_TIME) : ""));
        out.flush();
        windowNanos = 0;
        windowSteps = 0;
        windowLoss = 0;
        windowSamples = 0;
    }

    private void accuracy(double accuracy) {
        bestAccuracy = Math.max(bestAccuracy, accuracy);
        out.println(" accuracy " + Sizes.decimal(100 * accuracy, 3) + " %, best "
                + Sizes.decimal(100 * bestAccuracy, 3) + " %");
    }

    long steps() {
        return steps;
    }

    /** Returns what was measured; there must have been a step. */
    Measurement measurement() {
        return new Measurement().with(Column.MODE, reference.inferenceOnly() ? "inference" : "training")
                .with(Column.BATCH, options.batchSize()).with(Column.THREADS, pool.threads())
                .with(Column.ROWS, Arrays.stream(network.config().rows()).sum())
                .with(Column.TABLE_BYTES, network.config().tableBytes())
                .withSteps(stepTimes, stepNanos * 1e-9, samples).with(Column.LOSS, lastLoss);
    }

    /** Sums up the run in a line. */
    String summary(long readNanos) {
        if (steps == 0) {
            return "no step was done";
        }
        return Sizes.count(samples) + " samples in " + Sizes.seconds(stepNanos * 1e-9) + ": "
                + Sizes.decimal(stepNanos * 1e-6 / steps, 2) + " ms/it (median "
                + Sizes.decimal(stepTimes.getValueAtPercentile(50) * 1e-6, 2) + "), "
                + Sizes.count(Math.round(samples / (stepNanos * 1e-9))) + " samples/s; making the batches took "
                + Sizes.decimal(readNanos * 1e-6 / steps, 2) + " ms/it beside";
    }
}
