package org.dlrm4j.data;

/**
 * Samples by position: whatever a trainer reads mini-batches from. Access is random, so that a run resumes by
 * position and an epoch may visit batches in any order.
 *
 * <p>Thread-safety: one reader a source, unless the implementing class says that {@link #read} may be called
 * concurrently with different batches.
 */
public interface SampleSource extends AutoCloseable {
    /**
     * Tells how many samples there are.
     *
     * @return number of samples
     */
    long samples();

    /**
     * Tells how many dense features a sample has.
     *
     * @return number of dense features
     */
    int denseFeatures();

    /**
     * Tells how many sparse features a sample has.
     *
     * @return number of sparse features
     */
    int sparseFeatures();

    /**
     * Fills a batch with the samples {@code [firstSample, firstSample + count)}.
     *
     * @param firstSample position of the first sample, 0-based
     * @param count       number of samples, at least 1
     * @param into        batch with this source's numbers of features and room for {@code count} samples; its former
     *                    contents are replaced
     * @throws IndexOutOfBoundsException if the range does not lie within {@link #samples()}
     * @throws IllegalArgumentException  if the batch has other numbers of features or too little room
     */
    void read(long firstSample, int count, Batch into);

    /** Releases what the source holds. Closing twice does nothing. */
    @Override
    void close();
}
