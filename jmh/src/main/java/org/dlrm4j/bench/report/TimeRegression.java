package org.dlrm4j.bench.report;

import java.util.Arrays;
import java.util.List;

/**
 * Linear regression with coefficients that cannot be negative: times add up from parts, none of which gives time back. Some
 * measured times have an interruption in them, so it is the absolute errors that are made small, not their squares.
 */
final class TimeRegression {
    private static final int SWEEPS = 2_000;
    private static final int REWEIGHTINGS = 30;
    private static final double TOLERANCE = 1e-12;

    /** Errors below this part of the time all weigh the same. */
    private static final double SMALL_ERROR = 0.01;

    private TimeRegression() {}

    /**
     * Minimises {@code Σ_i |Σ_j c_j·a_ij / b_i − 1|} over {@code c ≥ 0}, the relative errors, by least squares that are weighted
     * by the inverse of the last errors (Holland, Welsch, Communications in Statistics 6(9), 1977).
     *
     * @param rows {@code a_i}
     * @param values {@code b_i}, above 0
     * @return {@code c}
     */
    static double[] fit(List<double[]> rows, double[] values) {
        final double[] weights = new double[values.length];
        Arrays.fill(weights, 1);
        double[] c = squares(rows, values, weights);
        for (int round = 0; round < REWEIGHTINGS; round++) {
            for (int i = 0; i < values.length; i++) {
                double sum = 0;
                for (int j = 0; j < c.length; j++) {
                    sum += c[j] * rows.get(i)[j];
                }
                weights[i] = 1 / Math.max(SMALL_ERROR, Math.abs(sum / values[i] - 1));
            }
            c = squares(rows, values, weights);
        }
        return c;
    }

    /** Coordinate descent (Franc, Hlaváč, Navara, CAIP 2005): each step sets one coefficient to its best value, the others held. */
    private static double[] squares(List<double[]> rows, double[] values, double[] weights) {
        final int n = rows.getFirst().length;
        final double[][] gram = new double[n][n];
        final double[] right = new double[n];
        for (int i = 0; i < values.length; i++) {
            final double[] row = rows.get(i);
            for (int j = 0; j < n; j++) {
                right[j] += weights[i] * row[j] / values[i];
                for (int k = 0; k < n; k++) {
                    gram[j][k] += weights[i] * row[j] * row[k] / (values[i] * values[i]);
                }
            }
        }
        final double[] c = new double[n];
        double change = 1;
        for (int sweep = 0; sweep < SWEEPS && change > TOLERANCE; sweep++) {
            change = 0;
            for (int j = 0; j < n; j++) {
                if (gram[j][j] == 0) {
                    continue;
                }
                double gradient = -right[j];
                for (int k = 0; k < n; k++) {
                    gradient += gram[j][k] * c[k];
                }
                final double next = Math.max(0, c[j] - gradient / gram[j][j]);
                change = Math.max(change, Math.abs(next - c[j]) * Math.sqrt(gram[j][j]));
                c[j] = next;
            }
        }
        return c;
    }
}
