package org.dlrm4j.data;

/**
 * Samples of {@link PlantedClickLog}, made as they are read: training on any number of rows without touching the disk. The
 * samples are those of its binary click log; a category is its rank.
 *
 * <p>Access is random, a sample costs the same wherever it is. Not thread-safe; sources of their own over one seed give the
 * same samples.
 */
public final class PlantedSource implements SampleSource {
    private final PlantedClickLog log;
    private final long firstRow;
    private final long samples;

    /**
     * Makes a source.
     *
     * @param log  the generator, which the source owns from here on
     * @param from first row, 0 or more
     * @param to   end, exclusive
     * @throws IllegalArgumentException if the range is negative
     */
    public PlantedSource(PlantedClickLog log, long from, long to) {
        if (from < 0 || to < from) {
            throw new IllegalArgumentException("rows [" + from + ", " + to + "): expected a range from 0 or more");
        }
        this.log = log;
        this.firstRow = from;
        this.samples = to - from;
    }

    @Override
    public long samples() {
        return samples;
    }

    @Override
    public int denseFeatures() {
        return ClickLog.DENSE_FEATURES;
    }

    @Override
    public int sparseFeatures() {
        return ClickLog.SPARSE_FEATURES;
    }

    @Override
    public void read(long firstSample, int count, Batch into) {
        ClickLog.checkRead(this, firstSample, count, into);
        into.beginOneHot(count);
        for (int s = 0; s < count; s++) {
            log.read(firstRow + firstSample + s, s, into);
        }
    }

    /** Does nothing: the source holds no resources. */
    @Override
    public void close() {
        // A generator is plain memory.
    }
}
