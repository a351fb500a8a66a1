package org.dlrm4j.data;

import java.util.SplittableRandom;

/**
 * One integer feature of {@link PlantedClickLog}: a table of equally likely slots, each with its count and its term of the
 * logit, so that a draw costs a table look-up.
 */
final class PlantedCounts {
    /** Number of slots, a power of two of 12 bits. */
    static final int SLOTS = 1 << 12;
    /** Stands for a count that the row does not have. */
    static final int MISSING = Integer.MIN_VALUE;

    private final int[] raw = new int[SLOTS];
    private final float[] logarithm = new float[SLOTS];
    private final float[] term = new float[SLOTS];

    /** Chooses the distribution and the weight of a feature. */
    PlantedCounts(SplittableRandom truth, int feature, double deviation) {
        double location = 0.5 + 3.5 * truth.nextDouble();
        double spread = 0.8 + 0.8 * truth.nextDouble();
        double missingShare = feature % 3 == 0 ? 0.05 + 0.3 * truth.nextDouble() : 0;
        double weight = deviation * truth.nextGaussian();
        double[] values = new double[SLOTS];
        double mean = 0;
        for (int i = 0; i < SLOTS; i++) {
            boolean missing = i < missingShare * SLOTS;
            int count = missing
                    ? 0
                    : (int) Math.min(PlantedText.MAX_COUNT, Math.exp(location + spread * truth.nextGaussian()));
            // Criteo's second integer has a few values below zero.
            boolean negative = feature == 1 && i % 16 == 0;
            raw[i] = missing ? MISSING : negative ? -1 : count;
            logarithm[i] = ClickLog.logarithm(raw[i]);
            values[i] = negative ? 0 : Math.log1p(count);
            mean += values[i] / SLOTS;
        }
        double squares = 0;
        for (double value : values) {
            squares += (value - mean) * (value - mean);
        }
        double spreadOfValues = Math.sqrt(squares / SLOTS);
        for (int i = 0; i < SLOTS; i++) {
            term[i] = (float) (weight * (values[i] - mean) / spreadOfValues);
        }
    }

    /** The field as the text has it: a number from -1, or {@link #MISSING}. */
    int raw(int slot) {
        return raw[slot];
    }

    /** The field as a number; 0 if it is missing or below zero. */
    int count(int slot) {
        return Math.max(raw[slot], 0);
    }

    /** The field as a binary click log is read: {@link ClickLog#logarithm}. */
    float logarithm(int slot) {
        return logarithm[slot];
    }

    /** Adds what the field of each row adds to its logit. */
    void addTerms(int[] slots, int count, double[] logits) {
        for (int r = 0; r < count; r++) {
            logits[r] += term[slots[r]];
        }
    }
}
