package org.dlrm4j.data;

import java.util.Arrays;

/**
 * How well the true probabilities of synthetic data predict its labels.
 *
 * @param logLoss mean of {@code -ln} of the probability of the realised label, in nats
 * @param auc     probability that a random click has a higher probability than a random non-click, ties counting half;
 *                NaN if all labels are equal
 * @param clicks  number of rows with label 1
 */
public record PlantedOptimum(double logLoss, double auc, long clicks) {
    /** Judges probabilities by labels. */
    static PlantedOptimum of(double[] probabilities, boolean[] clicked) {
        int n = probabilities.length;
        double loss = 0;
        int clicks = 0;
        for (int i = 0; i < n; i++) {
            loss -= Math.log(clicked[i] ? probabilities[i] : 1 - probabilities[i]);
            clicks += clicked[i] ? 1 : 0;
        }
        double[] positives = new double[clicks];
        double[] negatives = new double[n - clicks];
        for (int i = 0, p = 0, q = 0; i < n; i++) {
            if (clicked[i]) {
                positives[p++] = probabilities[i];
            } else {
                negatives[q++] = probabilities[i];
            }
        }
        return new PlantedOptimum(loss / n, auc(positives, negatives), clicks);
    }

    private static double auc(double[] positives, double[] negatives) {
        Arrays.sort(positives);
        Arrays.sort(negatives);
        double wins = 0;
        int below = 0;
        int notAbove = 0;
        for (double positive : positives) {
            while (below < negatives.length && negatives[below] < positive) {
                below++;
            }
            while (notAbove < negatives.length && negatives[notAbove] <= positive) {
                notAbove++;
            }
            wins += (below + notAbove) / 2.0;
        }
        return wins / positives.length / negatives.length;
    }
}
