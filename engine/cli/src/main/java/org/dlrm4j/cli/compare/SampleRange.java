package org.dlrm4j.cli.compare;

import java.util.Objects;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.SampleSource;

/** A range of another source's samples. The other source belongs to someone else: closing the range does nothing. */
final class SampleRange implements SampleSource {
    private final SampleSource source;
    private final long from;
    private final long samples;

    /** Takes the samples {@code [from, to)}. */
    SampleRange(SampleSource source, long from, long to) {
        Objects.checkFromToIndex(from, to, source.samples());
        this.source = source;
        this.from = from;
        samples = to - from;
    }

    @Override
    public long samples() {
        return samples;
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
        Objects.checkFromIndexSize(firstSample, count, samples);
        source.read(from + firstSample, count, into);
    }

    @Override
    public void close() {
        // The owner of the other source closes it.
    }
}
