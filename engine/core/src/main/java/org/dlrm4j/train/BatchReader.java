package org.dlrm4j.train;

import org.dlrm4j.data.Batch;
import org.dlrm4j.data.ConcurrentSource;
import org.dlrm4j.data.SampleSource;

/** Reads batches of one source; all threads take part if the source lets them. */
final class BatchReader {
    /** Samples that a thread takes at once. */
    private static final int BLOCK = 128;
    /** What a value costs to make, in multiply-adds. */
    private static final long WORK_PER_VALUE = 50;

    private final SampleSource source;
    private final WorkerPool pool;
    private final ConcurrentSource.Filler[] fillers;

    BatchReader(SampleSource source, WorkerPool pool) {
        this.source = source;
        this.pool = pool;
        fillers = new ConcurrentSource.Filler[source instanceof ConcurrentSource ? pool.threads() : 0];
        for (int thread = 0; thread < fillers.length; thread++) {
            fillers[thread] = ((ConcurrentSource) source).filler();
        }
    }

    /** Fills a batch as {@link SampleSource#read} does. */
    void read(long firstSample, int count, Batch into) {
        if (!(source instanceof ConcurrentSource concurrent)) {
            source.read(firstSample, count, into);
            return;
        }
        concurrent.begin(firstSample, count, into);
        long values = (long) count * source.denseFeatures();
        for (int f = 0; f < source.sparseFeatures(); f++) {
            values += into.indexCount(f);
        }
        pool.runItems((count + BLOCK - 1) / BLOCK, values * WORK_PER_VALUE, (block, thread) -> {
            final int at = block * BLOCK;
            fillers[thread].fill(firstSample + at, Math.min(BLOCK, count - at), into, at);
        });
    }
}
