package org.dlrm4j.train;

import java.util.Arrays;

/**
 * Quality of click predictions, collected sample by sample. AUC is exact: ties count half (Mann-Whitney). Not thread-safe.
 */
public final class Metrics {
    /** ln p is clamped here, as in the loss. */
    private static final double MIN_LOG = -100;

    private float[] predictions = new float[1024];
    private boolean[] clicks = new boolean[1024];
    private int count;
    private long positives;
    private long correct;
    private double logLossSum;
    private double predictionSum;

    /** Creates metrics of no samples. */
    public Metrics() {}

    /**
     * Values of the metrics over all collected samples.
     *
     * @param samples number of samples
     * @param logLoss mean of {@code -(t ln p + (1 - t) ln(1 - p))}
     * @param auc area under the ROC curve; NaN if only one class occurs
     * @param normalizedEntropy log loss divided by that of predicting the base rate (He et al. 2014); NaN for one class
     * @param calibration mean prediction divided by base rate; NaN without clicks
     * @param accuracy share of samples whose prediction rounds to the target
     * @param baseRate share of clicks
     */
    public record Summary(long samples, double logLoss, double auc, double normalizedEntropy, double calibration,
            double accuracy, double baseRate) {
        /**
         * Returns the log loss of the constant predictor that knows the base rate.
         *
         * @return its entropy in nats
         */
        public double constantLogLoss() {
            return entropy(baseRate);
        }
    }

    /**
     * Adds a sample.
     *
     * @param prediction probability in [0, 1]
     * @param target 1 for a click; values of 0.5 and more count as clicks
     * @throws NonFiniteException if the prediction is NaN
     */
    public void add(float prediction, float target) {
        if (!(prediction >= 0 && prediction <= 1)) {
            throw new NonFiniteException("prediction of sample " + count + " is " + prediction + ", expected 0 to 1");
        }
        if (count == predictions.length) {
            final int grown = Math.toIntExact(Math.min(Integer.MAX_VALUE - 8L, count * 2L));
            if (grown == count) {
                throw new IllegalStateException("more than " + count + " samples; evaluate fewer at once");
            }
            predictions = Arrays.copyOf(predictions, grown);
            clicks = Arrays.copyOf(clicks, grown);
        }
        final boolean click = target >= 0.5f;
        predictions[count] = prediction;
        clicks[count] = click;
        count++;
        positives += click ? 1 : 0;
        correct += prediction > 0.5f == click ? 1 : 0;
        predictionSum += prediction;
        logLossSum -= Math.max(MIN_LOG, Math.log(click ? prediction : 1.0 - prediction));
    }

    /**
     * Computes the metrics.
     *
     * @return their values
     * @throws IllegalStateException if no sample was added
     */
    public Summary summary() {
        if (count == 0) {
            throw new IllegalStateException("no samples to evaluate");
        }
        final double baseRate = (double) positives / count;
        final double logLoss = logLossSum / count;
        final double entropy = entropy(baseRate);
        return new Summary(count, logLoss, auc(), entropy == 0 ? Double.NaN : logLoss / entropy,
                positives == 0 ? Double.NaN : predictionSum / positives, (double) correct / count, baseRate);
    }

    private static double entropy(double p) {
        return p == 0 || p == 1 ? 0 : -(p * Math.log(p) + (1 - p) * Math.log(1 - p));
    }

    private double auc() {
        final long negatives = count - positives;
        if (positives == 0 || negatives == 0) {
            return Double.NaN;
        }
        // Bits of non-negative floats sort like the floats; the lowest bit carries the target along.
        final long[] keys = new long[count];
        for (int i = 0; i < count; i++) {
            keys[i] = (long) Float.floatToIntBits(predictions[i] + 0f) << 1 | (clicks[i] ? 1 : 0);
        }
        Arrays.parallelSort(keys);
        double wins = 0;
        long negativesBelow = 0;
        for (int i = 0; i < count;) {
            final long value = keys[i] >> 1;
            long tiedPositives = 0;
            long tiedNegatives = 0;
            for (; i < count && keys[i] >> 1 == value; i++) {
                if ((keys[i] & 1) == 1) {
                    tiedPositives++;
                } else {
                    tiedNegatives++;
                }
            }
            wins += tiedPositives * (negativesBelow + 0.5 * tiedNegatives);
            negativesBelow += tiedNegatives;
        }
        return wins / ((double) positives * negatives);
    }
}
