package org.dlrm4j.cli.bench;

import java.util.ArrayList;
import java.util.List;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.SampleSource;

/** Reads a source's batches in order, some at once, so that steps follow each other without reads between. */
final class BatchRing implements AutoCloseable {
    private static final int AHEAD = 8;

    private final SampleSource source;
    private final int batchSize;
    private final long batches;
    private final List<Batch> ring = new ArrayList<>();
    private long filled;
    private long readNanos;

    /**
     * Prepares to read.
     *
     * @param source the samples; owned by the caller
     * @param batchSize samples of a batch
     * @param batches batches of a pass, of which the last may be short
     */
    BatchRing(SampleSource source, int batchSize, long batches) {
        this.source = source;
        this.batchSize = batchSize;
        this.batches = batches;
        try {
            for (int i = 0; i < Math.min(AHEAD, batches); i++) {
                ring.add(new Batch(batchSize, source.denseFeatures(), source.sparseFeatures()));
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            close();
            throw e;
        }
    }

    long batches() {
        return batches;
    }

    /** Returns a batch of the pass, valid until the next call. Numbers ascend by 1; 0 begins a pass. */
    Batch get(long number) {
        if (number == 0) {
            filled = 0;
        }
        if (number == filled) {
            final long startNanos = System.nanoTime();
            for (int i = 0; i < ring.size() && filled < batches; i++, filled++) {
                final long first = filled * batchSize;
                source.read(first, (int) Math.min(batchSize, source.samples() - first),
                        ring.get((int) (filled % ring.size())));
            }
            readNanos += System.nanoTime() - startNanos;
        }
        return ring.get((int) (number % ring.size()));
    }

    /** Returns how long all reading took. */
    long readNanos() {
        return readNanos;
    }

    @Override
    public void close() {
        ring.forEach(Batch::close);
    }
}
