package org.dlrm4j.data;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Synthetic Criteo click data whose true click probabilities are known, so that one can tell how close a model comes to
 * the best that is possible. A row's logit is {@code bias + Σ linear terms of log(1 + count) + Σ effects of categories +
 * Σ dot products of latent vectors of pairs of categories}, the last sum only if the {@link Truth}'s order is 2. The label is
 * drawn with probability {@code (1 - noise) · sigmoid(logit) + noise · 0.25}. Scale and bias are calibrated to a mean
 * probability of 0.25 and, without noise, an AUC of the truth of about 0.82 whatever the order.
 *
 * <p>Counts are log-normal, some missing; categories follow Zipf's law with exponent 1.1 and are written as eight
 * hexadecimal digits by a bijection of feature and category; a few features miss now and then.
 *
 * <p>Row {@code n} is a function of seed and {@code n} alone: any range of rows can be made at any time, in parallel by
 * instances of their own. An instance is not thread-safe.
 */
public final class PlantedClickLog {
    private static final int DENSE = ClickLog.DENSE_FEATURES;
    private static final int SPARSE = ClickLog.SPARSE_FEATURES;
    // Some 12,000 categories in all: one in thirty of the rows that the demo trains on.
    private static final int[] CARDINALITIES = {300, 120, 5000, 1200, 60, 12, 800, 90, 4, 500, 400, 2000, 250, 24, 200,
            600, 10, 150, 100, 5, 350, 8, 14, 180, 40, 100};
    private static final int[][] PAIRS = {{0, 5}, {1, 8}, {13, 16}, {4, 19}, {24, 21}, {7, 22}};
    private static final int LATENT = 2;
    /** Rank at which a category's effect has fallen to half. */
    private static final double LEARNABLE_RANK = 50;
    /** A category of this rank is written as an empty field in every fifth feature. */
    private static final int MISSING_CATEGORY = 2;
    private static final int CALIBRATION_ROWS = 20_000;
    private static final double LOGIT_DEVIATION = 1.6;
    private static final double BASE_RATE = 0.25;
    private static final int FLUSH_BYTES = 1 << 16;
    private static final int MAX_ROW_BYTES = 512;
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    /**
     * What there is to be learned.
     *
     * @param order 1: counts and categories act each for itself, so that a linear model can be perfect; 2: six pairs of
     *              features also act together, which takes a model with interactions
     * @param noise share of rows in [0, 1) whose label is drawn with the base rate, whatever their features
     */
    public record Truth(int order, double noise) {
        /** Pairs of features that interact, and no noise. */
        public static final Truth PAIRWISE = new Truth(2, 0);

        /**
         * Checks the truth.
         *
         * @throws IllegalArgumentException naming what is out of range
         */
        public Truth {
            if (order < 1 || order > 2 || !(noise >= 0 && noise < 1)) {
                throw new IllegalArgumentException("planted order " + order + " and noise " + noise
                        + ", expected order 1 or 2, and noise from 0 to below 1");
            }
        }
    }

    private final long seed;
    private final Truth planted;
    private final PlantedCounts[] counts = new PlantedCounts[DENSE];
    private final AliasSampler[] categories = new AliasSampler[SPARSE];
    private final float[][] effects = new float[SPARSE][];
    private final float[][][] latent = new float[PAIRS.length][2][];
    private final double scale;
    private final double bias;
    private final int[] countSlots = new int[DENSE];
    private final int[] ids = new int[SPARSE];
    private final byte[] buffer = new byte[FLUSH_BYTES + MAX_ROW_BYTES];
    private double uniform;

    /**
     * Makes a generator with 26 features of 4 to 5,000 categories, which some 400,000 rows suffice to learn.
     *
     * @param seed chooses the truth and the rows
     */
    public PlantedClickLog(long seed) {
        this(seed, Truth.PAIRWISE);
    }

    /**
     * Makes a generator with the same features and another truth.
     *
     * @param seed  chooses the truth and the rows
     * @param truth what there is to be learned
     */
    public PlantedClickLog(long seed, Truth truth) {
        this(seed, truth, CARDINALITIES);
    }

    /**
     * Makes a generator.
     *
     * @param seed          chooses the truth and the rows
     * @param planted       what there is to be learned
     * @param cardinalities number of categories of each of the {@link ClickLog#SPARSE_FEATURES} features
     * @throws IllegalArgumentException if there are more or fewer features, or one has no category
     */
    public PlantedClickLog(long seed, Truth planted, int[] cardinalities) {
        if (cardinalities.length != SPARSE || Arrays.stream(cardinalities).anyMatch(n -> n < 1)) {
            throw new IllegalArgumentException("cardinalities " + Arrays.toString(cardinalities) + ", expected "
                    + SPARSE + " positive numbers");
        }
        this.seed = seed;
        this.planted = planted;
        SplittableRandom truth = new SplittableRandom(ValueHash.mix(seed));
        for (int j = 0; j < DENSE; j++) {
            counts[j] = new PlantedCounts(truth, j);
        }
        for (int f = 0; f < SPARSE; f++) {
            categories[f] = AliasSampler.zipf(cardinalities[f], 1.1);
            effects[f] = gaussians(truth, cardinalities[f], 1, 0.55);
        }
        for (int p = 0; p < PAIRS.length; p++) {
            latent[p][0] = gaussians(truth, cardinalities[PAIRS[p][0]], LATENT, 0.75);
            latent[p][1] = gaussians(truth, cardinalities[PAIRS[p][1]], LATENT, 0.75);
        }
        double[] pilot = new double[CALIBRATION_ROWS];
        double mean = 0;
        for (int i = 0; i < pilot.length; i++) {
            // Rows below zero are never written: the truth is calibrated on rows apart from the data.
            draw(-1L - i);
            pilot[i] = rawLogit();
            mean += pilot[i] / pilot.length;
        }
        double squares = 0;
        for (double logit : pilot) {
            squares += (logit - mean) * (logit - mean);
        }
        scale = LOGIT_DEVIATION / Math.sqrt(squares / pilot.length);
        bias = calibrate(pilot, scale);
    }

    /**
     * Tells how many categories each feature has, which are the rows of its table in a binary click log.
     *
     * @return one number a feature, the caller's own
     */
    public long[] tableRows() {
        return Arrays.stream(effects).mapToLong(e -> e.length).toArray();
    }

    private static float[] gaussians(SplittableRandom random, int categories, int width, double deviation) {
        float[] values = new float[categories * width];
        for (int i = 0; i < values.length; i++) {
            // A category that is seen a few times only cannot be learned: rare ones matter less.
            double rarity = 1.0 + (double) (i / width) / LEARNABLE_RANK;
            values[i] = (float) (deviation / rarity * random.nextGaussian());
        }
        return values;
    }

    private static double calibrate(double[] pilot, double scale) {
        double low = -1000;
        double high = 1000;
        for (int i = 0; i < 60; i++) {
            double middle = (low + high) / 2;
            double sum = 0;
            for (double logit : pilot) {
                sum += sigmoid(middle + scale * logit);
            }
            if (sum / pilot.length < BASE_RATE) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return (low + high) / 2;
    }

    private static double sigmoid(double logit) {
        return 1 / (1 + Math.exp(-logit));
    }

    private void draw(long row) {
        long state = ValueHash.mix(seed + 0x632be59bd9b4e019L * row);
        for (int f = 0; f < SPARSE; f++) {
            ids[f] = categories[f].sample(ValueHash.mix(state += 0x9e3779b97f4a7c15L));
        }
        for (int j = 0; j < DENSE;) {
            long bits = ValueHash.mix(state += 0x9e3779b97f4a7c15L);
            for (int k = 0; k < 5 && j < DENSE; k++, j++) {
                countSlots[j] = (int) bits & PlantedCounts.SLOTS - 1;
                bits >>>= 12;
            }
        }
        uniform = (ValueHash.mix(state + 0x9e3779b97f4a7c15L) >>> 11) * 0x1p-53;
    }

    private double rawLogit() {
        double logit = 0;
        for (int j = 0; j < DENSE; j++) {
            logit += counts[j].term(countSlots[j]);
        }
        for (int f = 0; f < SPARSE; f++) {
            logit += effects[f][ids[f]];
        }
        for (int p = 0; planted.order() == 2 && p < PAIRS.length; p++) {
            float[] left = latent[p][0];
            float[] right = latent[p][1];
            int i = ids[PAIRS[p][0]] * LATENT;
            int j = ids[PAIRS[p][1]] * LATENT;
            for (int k = 0; k < LATENT; k++) {
                logit += left[i + k] * right[j + k];
            }
        }
        return logit;
    }

    /**
     * Computes the probability that a row's label is 1, given its features.
     *
     * @param row row number, 0 or more
     * @return the probability
     */
    public double probability(long row) {
        draw(row);
        return (1 - planted.noise()) * sigmoid(bias + scale * rawLogit()) + planted.noise() * BASE_RATE;
    }

    /**
     * Tells a row's label.
     *
     * @param row row number, 0 or more
     * @return 0 or 1
     */
    public int label(long row) {
        double probability = probability(row);
        return uniform < probability ? 1 : 0;
    }

    /**
     * Judges the truth itself on realised labels: no model can be expected to do better on these rows.
     *
     * @param from first row
     * @param to   end, exclusive; at most 2^31 - 9 rows after {@code from}
     * @return log loss and AUC of the true probabilities
     * @throws IllegalArgumentException if the range is empty or too long
     */
    public PlantedOptimum optimum(long from, long to) {
        if (from < 0 || to <= from || to - from > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "rows [" + from + ", " + to + "): expected a range of 1 to " + (Integer.MAX_VALUE - 8) + " rows");
        }
        double[] probabilities = new double[(int) (to - from)];
        boolean[] clicked = new boolean[probabilities.length];
        for (int i = 0; i < probabilities.length; i++) {
            probabilities[i] = probability(from + i);
            clicked[i] = uniform < probabilities[i];
        }
        return PlantedOptimum.of(probabilities, clicked);
    }

    /**
     * Writes rows to a new file, which appears whole or not at all.
     *
     * @param file name of the file; an existing one is replaced
     * @param from first row
     * @param to   end, exclusive
     * @throws IOException if writing fails
     */
    public void write(Path file, long from, long to) throws IOException {
        Path temporary = DurableFiles.temporary(file);
        try {
            try (AppendFile out = AppendFile.create(temporary)) {
                write(from, to, out::putBytes);
                out.sync();
            }
            DurableFiles.publish(temporary, file);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /**
     * Writes rows to a stream, which stays open.
     *
     * @param out  where the text goes
     * @param from first row
     * @param to   end, exclusive
     * @throws IOException if writing fails
     */
    public void write(OutputStream out, long from, long to) throws IOException {
        write(from, to, out::write);
    }

    /**
     * Writes rows as a binary click log, in which a category is its rank and counts below zero or missing are 0. The file
     * appears whole or not at all.
     *
     * @param file name of the file; an existing one is replaced
     * @param from first row
     * @param to   end, exclusive
     * @throws IOException if writing fails
     */
    public void writeBinary(Path file, long from, long to) throws IOException {
        int[] numbers = new int[DENSE];
        try (ClickLogWriter out = new ClickLogWriter(file)) {
            for (long row = from; row < to; row++) {
                int label = label(row);
                for (int j = 0; j < DENSE; j++) {
                    numbers[j] = counts[j].count(countSlots[j]);
                }
                out.write(label, numbers, ids);
            }
            out.commit();
        }
    }

    /** Writes a row into a batch that was begun with one index a bag, as its binary click log would be read. */
    void read(long row, int sample, Batch into) {
        into.setTarget(sample, label(row));
        for (int j = 0; j < DENSE; j++) {
            into.setDense(sample, j, ClickLog.logarithm(counts[j].count(countSlots[j])));
        }
        for (int f = 0; f < SPARSE; f++) {
            into.setIndex(sample, f, ids[f]);
        }
    }

    private void write(long from, long to, Sink out) throws IOException {
        int length = 0;
        for (long row = from; row < to; row++) {
            length = render(row, length);
            if (length >= FLUSH_BYTES) {
                out.write(buffer, 0, length);
                length = 0;
            }
        }
        out.write(buffer, 0, length);
    }

    private int render(long row, int at) {
        buffer[at] = (byte) ('0' + label(row));
        int p = at + 1;
        for (int j = 0; j < DENSE; j++) {
            buffer[p++] = '\t';
            byte[] digits = counts[j].text(countSlots[j]);
            System.arraycopy(digits, 0, buffer, p, digits.length);
            p += digits.length;
        }
        for (int f = 0; f < SPARSE; f++) {
            buffer[p++] = '\t';
            if (f % 5 != 3 || ids[f] != MISSING_CATEGORY) {
                int hash = hash(f, ids[f]);
                for (int shift = 28; shift >= 0; shift -= 4) {
                    buffer[p++] = HEX[hash >>> shift & 15];
                }
            }
        }
        buffer[p] = '\n';
        return p + 1;
    }

    private static int hash(int feature, int id) {
        // Murmur3's finalizer is a bijection: categories of a feature never collide.
        int h = id + 1 + feature * 0x01000193;
        h = (h ^ h >>> 16) * 0x85ebca6b;
        h = (h ^ h >>> 13) * 0xc2b2ae35;
        return h ^ h >>> 16;
    }

    /** Takes bytes. */
    @FunctionalInterface
    private interface Sink {
        void write(byte[] bytes, int from, int count) throws IOException;
    }
}
