package org.dlrm4j.cli.bench;

import org.dlrm4j.data.Batch;
import org.dlrm4j.data.SampleSource;
import org.dlrm4j.data.StreamSource;
import org.dlrm4j.preset.Workload;

/**
 * Made-up samples in memory, without end because they are used in turn: reading is copying, so that no measurement waits for
 * random numbers. {@link #read} may be called concurrently with different batches.
 */
final class SampleLibrary implements SampleSource {
    /** Far more than the caches hold, so that the rows that samples look up are not those of a moment ago. */
    private static final long TARGET_BYTES = 64L << 20;

    private static final int MIN_SAMPLES = 512;
    private static final int MAX_SAMPLES = 1 << 16;

    private final Batch samples;

    private SampleLibrary(Batch samples) {
        this.samples = samples;
    }

    /**
     * Makes samples.
     *
     * @param workload their shape
     * @param maxBatch samples of the largest batch that will be read
     * @param seed seed of all numbers
     */
    static SampleLibrary create(Workload workload, int maxBatch, int seed) {
        final double sampleBytes = Long.BYTES * workload.lookupsPerSample()
                + (double) Float.BYTES * workload.config().denseFeatures();
        final int count = Math.max(maxBatch, Math.clamp((long) (TARGET_BYTES / sampleBytes), MIN_SAMPLES, MAX_SAMPLES));
        final Batch samples = new Batch(count, workload.config().denseFeatures(), workload.config().sparseFeatures());
        try (StreamSource source = workload.source(count, seed)) {
            source.read(0, count, samples);
            return new SampleLibrary(samples);
        } catch (RuntimeException | OutOfMemoryError e) {
            samples.close();
            throw e;
        }
    }

    /** Returns the number of different samples. */
    int size() {
        return samples.size();
    }

    @Override
    public long samples() {
        return Long.MAX_VALUE;
    }

    @Override
    public int denseFeatures() {
        return samples.denseFeatures();
    }

    @Override
    public int sparseFeatures() {
        return samples.sparseFeatures();
    }

    /** Copies as many consecutive samples; where they would run over the end of the library, the last ones. */
    @Override
    public void read(long firstSample, int count, Batch into) {
        into.copySamples(samples, (int) Math.min(firstSample % samples.size(), samples.size() - count), count);
    }

    @Override
    public void close() {
        samples.close();
    }
}
