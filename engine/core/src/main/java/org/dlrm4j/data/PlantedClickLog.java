package org.dlrm4j.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Synthetic click data whose true click probabilities are known, so that one can tell how close a model comes to the best that is
 * possible. A row's logit is {@code bias + Σ linear terms of log(1 + count) + Σ effects of categories + Σ dot products of
 * latent vectors of pairs of features}, the last sum only if the {@link Truth}'s order is 2; effects and vectors of a bag are the
 * sums over its categories by the root of its size. The label is drawn with probability
 * {@code (1 - noise) · sigmoid(logit) + noise · 0.25}. Scale and bias are calibrated to a mean probability of 0.25 and, without
 * noise, an AUC of the truth of about 0.82 whatever the order.
 *
 * <p>Counts are log-normal, some missing; categories follow Zipf's law, exactly up to rank 8,192 and in groups of a sixteenth of an
 * octave behind.
 *
 * <p>Row {@code n} is a function of seed, truth, shape and {@code n} alone, for {@code n} from 0 to 2^63 - 1: any range of rows can
 * be made at any time. Memory does not grow with the tables. Immutable and thread-safe.
 */
public final class PlantedClickLog {
    /** Pairs of Criteo's features that act together. */
    private static final int[][] CRITEO_PAIRS = {{0, 5}, {1, 8}, {13, 16}, {4, 19}, {24, 21}, {7, 22}};
    /** Width of latent vectors. */
    static final int LATENT = 2;
    private static final int CALIBRATION_ROWS = 20_000;
    private static final double LOGIT_DEVIATION = 1.6;
    private static final double BASE_RATE = 0.25;

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
    private final PlantedShape shape;
    private final PlantedCounts[] counts;
    private final PlantedCategories[] categories;
    private final int[][] pairs;
    private final PlantedEffects[][] effects;
    private final double scale;
    private final double bias;

    /**
     * Makes a generator with Criteo's features.
     *
     * @param seed chooses the truth and the rows
     */
    public PlantedClickLog(long seed) {
        this(seed, Truth.PAIRWISE);
    }

    /**
     * Makes a generator with Criteo's features and another truth.
     *
     * @param seed  chooses the truth and the rows
     * @param truth what there is to be learned
     */
    public PlantedClickLog(long seed, Truth truth) {
        this(seed, truth, PlantedShape.CRITEO);
    }

    /**
     * Makes a generator.
     *
     * @param seed    chooses the truth and the rows
     * @param planted what there is to be learned
     * @param shape   number and size of the features
     */
    public PlantedClickLog(long seed, Truth planted, PlantedShape shape) {
        this.seed = seed;
        this.planted = planted;
        this.shape = shape;
        SplittableRandom truth = new SplittableRandom(ValueHash.mix(seed));
        long[] tableRows = shape.tableRows();
        int[] bagRows = shape.bagRows();
        int sparse = tableRows.length;
        counts = new PlantedCounts[shape.denseFeatures()];
        for (int j = 0; j < counts.length; j++) {
            // However many counts and categories there are, together they weigh what Criteo's do.
            counts[j] = new PlantedCounts(truth, j, 0.45 * Math.sqrt((double) ClickLog.DENSE_FEATURES / counts.length));
        }
        categories = new PlantedCategories[sparse];
        effects = new PlantedEffects[sparse][];
        for (int f = 0; f < sparse; f++) {
            categories[f] = new PlantedCategories(tableRows[f], shape.exponent());
            double deviation = 0.55 * Math.sqrt((double) ClickLog.SPARSE_FEATURES / sparse / bagRows[f]);
            effects[f] = PlantedEffects.draw(truth, tableRows[f], 1, deviation);
        }
        pairs = planted.order() == 2 ? pairs(sparse) : new int[0][];
        for (int[] pair : pairs) {
            for (int f : pair) {
                PlantedEffects[] latent = PlantedEffects.draw(truth, tableRows[f], LATENT,
                        0.75 / Math.sqrt(bagRows[f]));
                effects[f] = new PlantedEffects[]{effects[f][0], latent[0], latent[1]};
            }
        }
        double[] pilot = new double[CALIBRATION_ROWS];
        PlantedRows rows = newRows();
        for (int i = 0; i < pilot.length; i += PlantedRows.BLOCK) {
            int count = Math.min(PlantedRows.BLOCK, pilot.length - i);
            // Rows below zero are never written: the truth is calibrated on rows apart from the data.
            rows.draw(-i - count, count);
            for (int r = 0; r < count; r++) {
                pilot[i + r] = rows.rawLogit(count - 1 - r);
            }
        }
        double mean = 0;
        for (double logit : pilot) {
            mean += logit / pilot.length;
        }
        double squares = 0;
        for (double logit : pilot) {
            squares += (logit - mean) * (logit - mean);
        }
        scale = LOGIT_DEVIATION / Math.sqrt(squares / pilot.length);
        bias = calibrate(pilot, scale);
    }

    private static int[][] pairs(int sparse) {
        if (sparse == ClickLog.SPARSE_FEATURES) {
            return CRITEO_PAIRS;
        }
        int[][] neighbours = new int[Math.min(CRITEO_PAIRS.length, sparse / 2)][];
        Arrays.setAll(neighbours, p -> new int[]{2 * p, 2 * p + 1});
        return neighbours;
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

    /**
     * Tells number and size of the features.
     *
     * @return the shape
     */
    public PlantedShape shape() {
        return shape;
    }

    long seed() {
        return seed;
    }

    /** Makes room for rows, for one thread. */
    PlantedRows newRows() {
        return new PlantedRows(this);
    }

    PlantedCategories categories(int feature) {
        return categories[feature];
    }

    PlantedCounts counts(int feature) {
        return counts[feature];
    }

    /** The effects of a feature's categories, and then the places of their latent vectors if the feature is one of a pair. */
    PlantedEffects[] effects(int feature) {
        return effects[feature];
    }

    /** Tells how many pairs of features act together. */
    int pairs() {
        return pairs.length;
    }

    int pair(int pair, int side) {
        return pairs[pair][side];
    }

    double probabilityOf(double rawLogit) {
        return (1 - planted.noise()) * sigmoid(bias + scale * rawLogit) + planted.noise() * BASE_RATE;
    }

    /**
     * Computes the probability that a row's label is 1, given its features.
     *
     * @param row row number, 0 or more
     * @return the probability
     */
    public double probability(long row) {
        PlantedRows drawn = newRows();
        drawn.draw(row, 1);
        return drawn.probability(0);
    }

    /**
     * Tells a row's label.
     *
     * @param row row number, 0 or more
     * @return 0 or 1
     */
    public int label(long row) {
        PlantedRows drawn = newRows();
        drawn.draw(row, 1);
        return drawn.label(0);
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
        PlantedRows rows = newRows();
        for (int i = 0; i < probabilities.length; i += PlantedRows.BLOCK) {
            int count = Math.min(PlantedRows.BLOCK, probabilities.length - i);
            rows.draw(from + i, count);
            for (int r = 0; r < count; r++) {
                probabilities[i + r] = rows.probability(r);
                clicked[i + r] = rows.label(r) == 1;
            }
        }
        return PlantedOptimum.of(probabilities, clicked);
    }

    /**
     * Writes rows as Criteo's text to a new file, which appears whole or not at all: a category is eight hexadecimal digits, by a
     * bijection of feature and category; a few features miss now and then.
     *
     * @param file name of the file; an existing one is replaced
     * @param from first row
     * @param to   end, exclusive
     * @throws IOException              if writing fails
     * @throws IllegalArgumentException if the shape is not Criteo's
     */
    public void write(Path file, long from, long to) throws IOException {
        PlantedFile.text(this).write(file, from, to, 1, _ -> {});
    }

    /**
     * Writes rows as a binary click log, in which a category is its rank and counts below zero or missing are 0. The file
     * appears whole or not at all.
     *
     * @param file name of the file; an existing one is replaced
     * @param from first row
     * @param to   end, exclusive
     * @throws IOException              if writing fails
     * @throws IllegalArgumentException if the shape is not Criteo's
     */
    public void writeBinary(Path file, long from, long to) throws IOException {
        PlantedFile.binary(this).write(file, from, to, 1, _ -> {});
    }
}
