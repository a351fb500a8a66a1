package org.dlrm4j.data;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Samples of {@link PlantedClickLog}, made as they are read: training on any number of rows without touching the disk. Samples of
 * Criteo's shape are those of the binary click log; a category is its rank.
 *
 * <p>Access is random, a sample costs the same wherever it is. {@link #read} is for one thread, fillers for one each.
 */
public final class PlantedSource implements ConcurrentSource {
    private final PlantedClickLog log;
    private final int[] bagRows;
    private final long firstRow;
    private final long samples;
    private final Filler own;

    /**
     * Makes a source.
     *
     * @param log  the generator
     * @param from first row, 0 or more
     * @param to   end, exclusive
     * @throws IllegalArgumentException if the range is negative
     */
    public PlantedSource(PlantedClickLog log, long from, long to) {
        if (from < 0 || to < from) {
            throw new IllegalArgumentException("rows [" + from + ", " + to + "): expected a range from 0 or more");
        }
        this.log = log;
        this.bagRows = log.shape().bagRows();
        this.firstRow = from;
        this.samples = to - from;
        this.own = filler();
    }

    @Override
    public long samples() {
        return samples;
    }

    @Override
    public int denseFeatures() {
        return log.shape().denseFeatures();
    }

    @Override
    public int sparseFeatures() {
        return log.shape().sparseFeatures();
    }

    @Override
    public void begin(long firstSample, int count, Batch into) {
        ClickLog.checkRead(this, firstSample, count, into);
        into.beginFixed(count, bagRows);
    }

    @Override
    public Filler filler() {
        PlantedRows rows = log.newRows();
        return (firstSample, count, into, at) -> {
            for (int s = 0; s < count; s += PlantedRows.BLOCK) {
                int drawn = Math.min(PlantedRows.BLOCK, count - s);
                rows.draw(firstRow + firstSample + s, drawn);
                write(rows, drawn, into, at + s);
            }
        };
    }

    private void write(PlantedRows rows, int count, Batch into, int at) {
        for (int r = 0; r < count; r++) {
            into.targets().set(ValueLayout.JAVA_FLOAT, (long) at + r << 2, rows.label(r));
        }
        MemorySegment dense = into.dense();
        long strideBytes = into.denseStrideBytes();
        for (int j = 0; j < denseFeatures(); j++) {
            PlantedCounts counts = log.counts(j);
            int[] slots = rows.slots(j);
            for (int r = 0; r < count; r++) {
                dense.set(ValueLayout.JAVA_FLOAT, (at + r) * strideBytes + ((long) j << 2),
                        counts.logarithm(slots[r]));
            }
        }
        for (int f = 0, place = 0; f < bagRows.length; f++) {
            MemorySegment indices = into.indices(f);
            for (int i = 0; i < bagRows[f]; i++, place++) {
                long[] ids = rows.ids(place);
                for (int r = 0; r < count; r++) {
                    indices.set(ValueLayout.JAVA_LONG, (long) (at + r) * bagRows[f] + i << 3, ids[r]);
                }
            }
        }
    }

    @Override
    public void read(long firstSample, int count, Batch into) {
        begin(firstSample, count, into);
        own.fill(firstSample, count, into, 0);
    }

    /** Does nothing: the source holds no resources. */
    @Override
    public void close() {
        // A generator is plain memory.
    }
}
