package org.dlrm4j.data;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * One integer feature of {@link PlantedClickLog}: a table of equally likely slots, each with its text and its term of
 * the logit, so that a draw costs a table look-up.
 */
final class PlantedCounts {
    /** Number of slots, a power of two of 12 bits. */
    static final int SLOTS = 1 << 12;

    private final byte[][] text = new byte[SLOTS][];
    private final int[] count = new int[SLOTS];
    private final float[] term = new float[SLOTS];

    /** Chooses the distribution and the weight of a feature. */
    PlantedCounts(SplittableRandom truth, int feature) {
        double location = 0.5 + 3.5 * truth.nextDouble();
        double spread = 0.8 + 0.8 * truth.nextDouble();
        double missingShare = feature % 3 == 0 ? 0.05 + 0.3 * truth.nextDouble() : 0;
        double weight = 0.45 * truth.nextGaussian();
        double[] logarithm = new double[SLOTS];
        double mean = 0;
        for (int i = 0; i < SLOTS; i++) {
            boolean missing = i < missingShare * SLOTS;
            int count = missing ? 0 : (int) Math.min(1e8, Math.exp(location + spread * truth.nextGaussian()));
            // Criteo's second integer has a few values below zero.
            boolean negative = feature == 1 && i % 16 == 0;
            text[i] = (missing ? "" : negative ? "-1" : Integer.toString(count)).getBytes(StandardCharsets.US_ASCII);
            this.count[i] = negative ? 0 : count;
            logarithm[i] = negative ? 0 : Math.log1p(count);
            mean += logarithm[i] / SLOTS;
        }
        double squares = 0;
        for (double value : logarithm) {
            squares += (value - mean) * (value - mean);
        }
        double deviation = Math.sqrt(squares / SLOTS);
        for (int i = 0; i < SLOTS; i++) {
            term[i] = (float) (weight * (logarithm[i] - mean) / deviation);
        }
    }

    /** The field as the text has it. */
    byte[] text(int slot) {
        return text[slot];
    }

    /** The field as a number; 0 if it is missing or below zero. */
    int count(int slot) {
        return count[slot];
    }

    /** What the field adds to the logit. */
    float term(int slot) {
        return term[slot];
    }
}
