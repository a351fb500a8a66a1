package org.dlrm4j.cli.bench;

import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;
import org.dlrm4j.data.Batch;
import org.dlrm4j.model.Network;
import org.dlrm4j.train.LearningRateSchedule;
import org.dlrm4j.train.Optimizer;
import org.dlrm4j.train.OptimizerSettings;
import org.dlrm4j.train.TrainingStep;
import org.dlrm4j.train.WorkerPool;

/** Measures steps that follow each other: training, predictions offline, and one query after the other. */
final class StepBench {
    private final Network network;
    private final SampleLibrary library;
    private final RunTime time;
    private final BooleanSupplier stopped;

    /**
     * Prepares measurements.
     *
     * @param network the model; owned by the caller
     * @param library the samples; owned by the caller
     * @param time how long to measure
     * @param stopped whether to end early
     */
    StepBench(Network network, SampleLibrary library, RunTime time, BooleanSupplier stopped) {
        this.network = network;
        this.library = library;
        this.time = time;
        this.stopped = stopped;
    }

    /** Measures training steps; copying the samples stands aside. */
    Measurement train(int batchSize, OptimizerSettings settings, LearningRateSchedule schedule, WorkerPool pool) {
        final Histogram nanos = Measurement.histogram();
        final double[] loss = new double[1];
        try (Batch batch = batch(batchSize);
                Optimizer optimizer = new Optimizer(settings, network, pool.threads());
                TrainingStep step = new TrainingStep(network, optimizer, batchSize, pool)) {
            final double seconds = time.repeat(number -> library.read(number * batchSize, batchSize, batch),
                    number -> loss[0] = step.run(batch, schedule.rate(number + 1), "step " + number), nanos,
                    stopped);
            return new Measurement().withSteps(nanos, seconds, nanos.getTotalCount() * batchSize)
                    .with(Column.LOSS, loss[0]);
        }
    }

    /** Measures predictions of whole batches; copying the samples stands aside. */
    Measurement offline(int batchSize, WorkerPool pool) {
        final Histogram nanos = Measurement.histogram();
        try (Batch batch = batch(batchSize); BatchForward forward = new BatchForward(network, batchSize, pool)) {
            final double seconds = time.repeat(number -> library.read(number * batchSize, batchSize, batch),
                    _ -> forward.run(batch), nanos, stopped);
            requireProbabilities(forward, batchSize);
            return new Measurement().withSteps(nanos, seconds, nanos.getTotalCount() * batchSize);
        }
    }

    /** Measures queries, each from its samples in memory to its predictions. */
    Measurement singleStream(int querySamples, WorkerPool pool) {
        final Histogram nanos = Measurement.histogram();
        try (Batch batch = batch(querySamples);
                BatchForward forward = new BatchForward(network, querySamples, pool)) {
            final double seconds = time.repeat(_ -> {}, number -> {
                library.read(number * querySamples, querySamples, batch);
                forward.run(batch);
            }, nanos, stopped);
            requireProbabilities(forward, querySamples);
            return new Measurement().with(Column.QUERIES, nanos.getTotalCount()).with(Column.SECONDS, seconds)
                    .with(Column.SAMPLES_PER_SECOND, nanos.getTotalCount() * querySamples / seconds)
                    .with(Column.QPS, nanos.getTotalCount() / seconds).withLatencies(nanos);
        }
    }

    private Batch batch(int samples) {
        return new Batch(samples, library.denseFeatures(), library.sparseFeatures());
    }

    /** A speed means nothing if what was computed is not a prediction. */
    static void requireProbabilities(BatchForward forward, int samples) {
        for (int i = 0; i < samples; i++) {
            final float p = forward.prediction(i);
            if (!(p >= 0 && p <= 1)) {
                throw new IllegalStateException("prediction of sample " + i + " is " + p + ", expected 0 to 1");
            }
        }
    }
}
