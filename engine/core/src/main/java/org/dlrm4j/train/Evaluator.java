package org.dlrm4j.train;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.SampleSource;
import org.dlrm4j.model.Network;

/** Predicts all samples of a source and measures the predictions. */
public final class Evaluator implements AutoCloseable {
    /** Samples that are predicted at a time if the caller has no preference. */
    public static final int DEFAULT_BATCH = 1024;

    private final Network network;
    private final WorkerPool pool;
    private final ParallelForward forward;
    private final Batch batch;
    private final float threshold;

    /**
     * Allocates workspace.
     *
     * @param network the parameters; must outlive this
     * @param pool the threads
     * @param batchSamples samples that are read and predicted at a time; metrics do not depend on it
     */
    public Evaluator(Network network, WorkerPool pool, int batchSamples) {
        this.network = network;
        this.pool = pool;
        forward = new ParallelForward(network, batchSamples, pool);
        batch = new Batch(batchSamples, network.config().denseFeatures(), network.config().sparseFeatures());
        threshold = network.config().lossThreshold();
    }

    /**
     * Evaluates a model.
     *
     * @param source the samples
     * @param maxSamples evaluate at most so many, from the first
     * @return the metrics
     */
    public Metrics.Summary evaluate(SampleSource source, long maxSamples) {
        final Metrics metrics = new Metrics();
        final BatchReader reader = new BatchReader(source, pool);
        final long samples = Math.min(maxSamples, source.samples());
        for (long at = 0; at < samples; at += batch.maxSamples()) {
            final int m = (int) Math.min(batch.maxSamples(), samples - at);
            reader.read(at, m, batch);
            network.derive(batch);
            forward.run(batch, 0, m);
            final MemorySegment predictions = forward.predictions();
            for (int i = 0; i < m; i++) {
                final float p = predictions.getAtIndex(ValueLayout.JAVA_FLOAT, i);
                metrics.add(threshold > 0 ? Math.clamp(p, threshold, 1 - threshold) : p,
                        batch.targets().getAtIndex(ValueLayout.JAVA_FLOAT, i));
            }
        }
        return metrics.summary();
    }

    @Override
    public void close() {
        forward.close();
        batch.close();
    }
}
