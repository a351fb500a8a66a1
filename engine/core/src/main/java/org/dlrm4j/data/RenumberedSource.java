package org.dlrm4j.data;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Another source's samples with other row numbers. As thread-safe as that source and the numbering are; closing it closes that source. */
public final class RenumberedSource implements SampleSource {
    private final SampleSource source;
    private final Numbering numbering;

    /** Gives rows new numbers. */
    @FunctionalInterface
    public interface Numbering {
        /**
         * Returns the new number of a row.
         *
         * @param feature the sparse feature
         * @param row     the number that the other source has
         * @return the number that takes its place
         */
        long number(int feature, long row);
    }

    /**
     * Makes the source.
     *
     * @param source    where samples come from; owned by this source from now on
     * @param numbering what becomes of each row number, in the order of features and bags
     */
    public RenumberedSource(SampleSource source, Numbering numbering) {
        this.source = source;
        this.numbering = numbering;
    }

    @Override
    public long samples() {
        return source.samples();
    }

    @Override
    public int denseFeatures() {
        return source.denseFeatures();
    }

    @Override
    public int sparseFeatures() {
        return source.sparseFeatures();
    }

    @Override
    public void read(long firstSample, int count, Batch into) {
        source.read(firstSample, count, into);
        for (int f = 0; f < sparseFeatures(); f++) {
            MemorySegment indices = into.indices(f);
            for (int i = 0; i < into.indexCount(f); i++) {
                indices.setAtIndex(ValueLayout.JAVA_LONG, i,
                        numbering.number(f, indices.getAtIndex(ValueLayout.JAVA_LONG, i)));
            }
        }
    }

    @Override
    public void close() {
        source.close();
    }
}
