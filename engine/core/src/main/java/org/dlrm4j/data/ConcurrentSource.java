package org.dlrm4j.data;

/**
 * Samples that several threads may write into the same batch at once, because any sample can be made at any time and bags have
 * fixed sizes. {@link #read} does all by the calling thread.
 */
public interface ConcurrentSource extends SampleSource {
    /** Fills parts of batches; one thread uses it, several of a source work side by side. Does not allocate. */
    @FunctionalInterface
    interface Filler {
        /**
         * Writes samples into a part of a batch that {@link ConcurrentSource#begin} has begun.
         *
         * @param firstSample position of the first sample, 0-based
         * @param count       number of samples
         * @param into        the batch
         * @param at          place of the first sample in the batch
         */
        void fill(long firstSample, int count, Batch into, int at);
    }

    /**
     * Begins a batch: sets the boundaries of all bags.
     *
     * @param firstSample position of the first sample, 0-based
     * @param count       number of samples, at least 1
     * @param into        batch with this source's numbers of features and room for {@code count} samples
     * @throws IndexOutOfBoundsException if the range does not lie within {@link #samples()}
     * @throws IllegalArgumentException  if the batch has other numbers of features or too little room
     */
    void begin(long firstSample, int count, Batch into);

    /**
     * Makes a filler.
     *
     * @return the filler, for one thread
     */
    Filler filler();
}
