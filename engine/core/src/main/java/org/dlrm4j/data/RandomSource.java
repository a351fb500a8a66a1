package org.dlrm4j.data;

import java.util.Arrays;

/**
 * The reference's random data, bit for bit. For each batch in turn: dense values uniform in [0, 1); for each table and
 * sample a bag of rows; targets uniform in [0, 1). The stream restarts with its seed at batch 0, so every pass sees the
 * same data.
 *
 * <p>A bag is a set: rows are drawn, sorted and made distinct, so it may be smaller than asked for. In the gaussian case
 * rows are distinct before they are cut to integers, and may repeat after.
 *
 * <p>Because one stream feeds all batches, samples depend on the batch size, and {@link #read} takes whole batches only.
 * Reading forward costs one batch; any other position costs the generation of all batches before it. Not thread-safe.
 */
public final class RandomSource implements SampleSource {
    /**
     * How rows are drawn.
     *
     * @param gaussian  whether rows are normal instead of uniform over the table
     * @param min       least row, gaussian only
     * @param max       greatest row, gaussian only
     * @param mean      centre, gaussian only
     * @param deviation standard deviation, gaussian only
     */
    public record Distribution(boolean gaussian, double min, double max, double mean, double deviation) {
        /**
         * Draws rows as {@code rint(u · (rows - 1))}.
         *
         * @return the distribution
         */
        public static Distribution uniform() {
            return new Distribution(false, 0, 0, 0, 0);
        }

        /**
         * Draws rows as normal deviates clipped to {@code [min, max]} and cut to integers.
         *
         * @param min       least row
         * @param max       greatest row
         * @param mean      centre; -1 stands for the middle of the range, as in the reference
         * @param deviation standard deviation
         * @return the distribution
         */
        public static Distribution gaussian(double min, double max, double mean, double deviation) {
            return new Distribution(true, min, max, mean == -1 ? (max + min) / 2 : mean, deviation);
        }
    }

    private final long samples;
    private final int batchSize;
    private final int denseFeatures;
    private final long[] rows;
    private final int indicesPerLookup;
    private final boolean fixedBagSize;
    private final boolean roundTargets;
    private final Distribution distribution;
    private final int seed;
    private final NumpyRandom random;
    private final double[] bag;
    private Batch discarded;
    private long nextSample;

    /**
     * Makes a source.
     *
     * @param samples          number of samples; the last batch may be short
     * @param batchSize        samples of a batch
     * @param denseFeatures    dense features of a sample
     * @param rows             rows of each table
     * @param indicesPerLookup most rows drawn for a bag
     * @param fixedBagSize     whether exactly that many are drawn, instead of a random number from 1
     * @param roundTargets     whether targets are 0 or 1
     * @param distribution     how rows are drawn
     * @param seed             seed of the stream
     * @throws IllegalArgumentException if a number is out of range, or the gaussian range exceeds a table
     */
    public RandomSource(long samples, int batchSize, int denseFeatures, long[] rows, int indicesPerLookup,
            boolean fixedBagSize, boolean roundTargets, Distribution distribution, int seed) {
        if (samples < 0 || batchSize < 1 || denseFeatures < 0 || indicesPerLookup < 1) {
            throw new IllegalArgumentException("random source of " + samples + " samples in batches of " + batchSize
                    + ", " + denseFeatures + " dense features, " + indicesPerLookup
                    + " indices a lookup: expected positive numbers");
        }
        for (int f = 0; f < rows.length; f++) {
            boolean outside = distribution.gaussian()
                    && !(distribution.min() >= 0 && distribution.min() <= distribution.max()
                            && distribution.max() < rows[f]);
            if (rows[f] < 1 || outside) {
                throw new IllegalArgumentException("table " + f + " of " + rows[f] + " rows, expected 1 or more"
                        + (outside
                                ? ", and a range within [" + distribution.min() + ", " + distribution.max() + "]"
                                : ""));
            }
        }
        this.samples = samples;
        this.batchSize = batchSize;
        this.denseFeatures = denseFeatures;
        this.rows = rows.clone();
        this.indicesPerLookup = indicesPerLookup;
        this.fixedBagSize = fixedBagSize;
        this.roundTargets = roundTargets;
        this.distribution = distribution;
        this.seed = seed;
        this.random = new NumpyRandom(seed);
        this.bag = new double[indicesPerLookup];
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
        return rows.length;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException also if the range is not one whole batch
     */
    @Override
    public void read(long firstSample, int count, Batch into) {
        ClickLog.checkRead(this, firstSample, count, into);
        if (firstSample % batchSize != 0 || count != Math.min(batchSize, samples - firstSample)) {
            throw new IllegalArgumentException("samples [" + firstSample + ", " + (firstSample + count)
                    + ") are no batch of " + batchSize + " of " + samples
                    + " samples: random data is drawn batch by batch");
        }
        if (firstSample == 0 || firstSample < nextSample) {
            random.seed(seed);
            nextSample = 0;
        }
        if (nextSample < firstSample && discarded == null) {
            discarded = new Batch(batchSize, denseFeatures, rows.length);
        }
        for (; nextSample < firstSample; nextSample += batchSize) {
            draw(batchSize, discarded);
        }
        draw(count, into);
        nextSample = firstSample + count;
    }

    private void draw(int count, Batch into) {
        into.begin(count);
        for (int s = 0; s < count; s++) {
            for (int j = 0; j < denseFeatures; j++) {
                into.setDense(s, j, (float) random.nextDouble());
            }
        }
        for (int f = 0; f < rows.length; f++) {
            for (int s = 0; s < count; s++) {
                drawBag(f, into);
            }
        }
        for (int s = 0; s < count; s++) {
            float target = (float) random.nextDouble();
            into.setTarget(s, roundTargets ? (float) Math.rint(target) : target);
        }
    }

    private void drawBag(int feature, Batch into) {
        int drawn = indicesPerLookup;
        if (!fixedBagSize) {
            drawn = (int) Math.rint(Math.max(1.0, random.nextDouble() * Math.min(rows[feature], indicesPerLookup)));
        }
        for (int i = 0; i < drawn; i++) {
            bag[i] = distribution.gaussian()
                    ? Math.clamp(random.normal(distribution.mean(), distribution.deviation()), distribution.min(),
                            distribution.max())
                    : Math.rint(random.nextDouble() * (rows[feature] - 1));
        }
        Arrays.sort(bag, 0, drawn);
        for (int i = 0; i < drawn; i++) {
            if (i == 0 || bag[i] != bag[i - 1]) {
                into.addIndex(feature, (long) bag[i]);
            }
        }
        into.endBag(feature);
    }

    /** Frees what skipping batches took. Closing twice does nothing. */
    @Override
    public void close() {
        if (discarded != null) {
            discarded.close();
            discarded = null;
        }
    }
}
