package org.dlrm4j.data;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Samples whose sparse features come from row streams, made as they are read: Zipf's law, mixtures, traces. The stream of a
 * feature goes on over bags and batches, so locality is that of the stream, and samples do not depend on how they are cut into
 * batches. A bag keeps repeated rows, as real bags do. Dense values are uniform in [0, 1); labels are drawn apart from all
 * features, so there is nothing to learn: the data is for measuring speed and caches.
 *
 * <p>Reading forward costs what is read; going back costs all samples from the first. Every pass sees the same. Not
 * thread-safe.
 */
public final class StreamSource implements SampleSource {
    private final long samples;
    private final int denseFeatures;
    private final List<RowStream> streams;
    private final int[] bagRows;
    private final boolean fixedBags;
    private final double clickRate;
    private final long seed;
    private SplittableRandom numbers;
    private SplittableRandom bagSizes;
    private long nextSample;

    /**
     * Makes a source.
     *
     * @param samples       number of samples
     * @param denseFeatures dense features of a sample
     * @param streams       rows of each sparse feature, which the source owns from here on
     * @param bagRows       most rows of a bag
     * @param fixedBags     whether each bag has so many, instead of a uniformly random number from 1
     * @param clickRate     probability of label 1
     * @param seed          seed of dense values, sizes and labels
     * @throws IllegalArgumentException if a number is out of range
     */
    public StreamSource(long samples, int denseFeatures, List<? extends RowStream> streams, int bagRows,
            boolean fixedBags,
            double clickRate, long seed) {
        this(samples, denseFeatures, streams, sameForAll(streams.size(), bagRows), fixedBags, clickRate, seed);
    }

    /**
     * Makes a source whose features have bags of different sizes.
     *
     * @param samples       number of samples
     * @param denseFeatures dense features of a sample
     * @param streams       rows of each sparse feature, which the source owns from here on
     * @param bagRows       most rows of a bag of each sparse feature
     * @param fixedBags     whether each bag has so many, instead of a uniformly random number from 1
     * @param clickRate     probability of label 1
     * @param seed          seed of dense values, sizes and labels
     * @throws IllegalArgumentException if a number is out of range, or there is not one bag size a feature
     */
    public StreamSource(long samples, int denseFeatures, List<? extends RowStream> streams, int[] bagRows,
            boolean fixedBags, double clickRate, long seed) {
        if (samples < 0 || denseFeatures < 0 || bagRows.length != streams.size()
                || Arrays.stream(bagRows).anyMatch(rows -> rows < 1) || !(clickRate >= 0 && clickRate <= 1)) {
            throw new IllegalArgumentException("stream source of " + samples + " samples, " + denseFeatures
                    + " dense and " + streams.size() + " sparse features, bags of " + Arrays.toString(bagRows)
                    + " rows, click rate " + clickRate
                    + ": expected 0 or more, 0 or more, one size of 1 or more a sparse feature, 0 to 1");
        }
        this.samples = samples;
        this.denseFeatures = denseFeatures;
        this.streams = List.copyOf(streams);
        this.bagRows = bagRows.clone();
        this.fixedBags = fixedBags;
        this.clickRate = clickRate;
        this.seed = seed;
        restart();
    }

    private static int[] sameForAll(int features, int bagRows) {
        if (bagRows < 1) {
            throw new IllegalArgumentException("stream source with bags of " + bagRows + " rows, expected 1 or more");
        }
        final int[] sizes = new int[features];
        Arrays.fill(sizes, bagRows);
        return sizes;
    }

    private void restart() {
        numbers = new SplittableRandom(seed);
        bagSizes = numbers.split();
        streams.forEach(RowStream::restart);
        nextSample = 0;
    }

    @Override
    public long samples() {
        return samples;
    }

    @Override
    public int denseFeatures() {
        return denseFeatures;
    }

    @Override
    public int sparseFeatures() {
        return streams.size();
    }

    @Override
    public void read(long firstSample, int count, Batch into) {
        ClickLog.checkRead(this, firstSample, count, into);
        if (firstSample < nextSample) {
            restart();
        }
        for (; nextSample < firstSample; nextSample++) {
            skip();
        }
        into.begin(count);
        for (int s = 0; s < count; s++) {
            draw(s, into);
        }
        nextSample += count;
    }

    private void draw(int sample, Batch into) {
        for (int j = 0; j < denseFeatures; j++) {
            into.setDense(sample, j, (float) numbers.nextDouble());
        }
        into.setTarget(sample, numbers.nextDouble() < clickRate ? 1 : 0);
        for (int f = 0; f < streams.size(); f++) {
            RowStream stream = streams.get(f);
            for (int left = drawBagSize(f); left > 0; left--) {
                into.addIndex(f, stream.next());
            }
            into.endBag(f);
        }
    }

    private void skip() {
        for (int j = 0; j <= denseFeatures; j++) {
            numbers.nextDouble();
        }
        for (int f = 0; f < streams.size(); f++) {
            RowStream stream = streams.get(f);
            for (int left = drawBagSize(f); left > 0; left--) {
                stream.next();
            }
        }
    }

    private int drawBagSize(int feature) {
        return fixedBags ? bagRows[feature] : bagSizes.nextInt(bagRows[feature]) + 1;
    }

    /** Does nothing: the source holds no resources. */
    @Override
    public void close() {
        // Streams are plain memory.
    }
}
