package org.dlrm4j.data;

import java.util.SplittableRandom;

/**
 * Rows that follow Zipf's law: row {@code k} has a probability in proportion to {@code 1 / (k + 1)^exponent}, so the rows with
 * low numbers are the popular ones, as in tables whose values were numbered in the order of their first appearance. Drawn by
 * rejection-inversion (Hörmann and Derflinger, 1996) in constant time and memory for any number of rows. Not thread-safe.
 */
public final class ZipfRows implements RowStream {
    private static final double SMALL = 1e-8;
    /** With more, the area between two ranks is lost in the rounding of the area before them. */
    private static final long MAX_ROWS = 1L << 40;

    private final long rows;
    private final double exponent;
    private final long seed;
    private final double areaBegin;
    private final double areaEnd;
    private final double surelyAccepted;
    private SplittableRandom random;

    /**
     * Makes a stream.
     *
     * @param rows     rows of the table, 1 to 2^40
     * @param exponent of the law, more than 0
     * @param seed     seed of the stream
     * @throws IllegalArgumentException if a number is out of range
     */
    public ZipfRows(long rows, double exponent, long seed) {
        if (rows < 1 || rows > MAX_ROWS || !(exponent > 0 && exponent < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("Zipf's law with exponent " + exponent + " over " + rows
                    + " rows, expected an exponent above 0 and 1 to 2^40 rows");
        }
        this.rows = rows;
        this.exponent = exponent;
        this.seed = seed;
        areaBegin = area(1.5) - 1;
        areaEnd = area(rows + 0.5);
        surelyAccepted = 2 - inverseArea(area(2.5) - height(2));
        restart();
    }

    /** Height of the hat {@code x^-exponent} over the histogram of ranks from 1. */
    private double height(double x) {
        return Math.exp(-exponent * Math.log(x));
    }

    /** Integral of the hat from 1 to x. */
    private double area(double x) {
        double log = Math.log(x);
        double t = (1 - exponent) * log;
        // (e^t - 1) / t, which is 1 for an exponent of 1.
        return log * (Math.abs(t) > SMALL ? Math.expm1(t) / t : 1 + t / 2);
    }

    private double inverseArea(double area) {
        double t = Math.max(-1, area * (1 - exponent));
        return Math.exp(area * (Math.abs(t) > SMALL ? Math.log1p(t) / t : 1 - t / 2));
    }

    @Override
    public long next() {
        while (true) {
            double u = areaEnd + random.nextDouble() * (areaBegin - areaEnd);
            double x = inverseArea(u);
            long rank = Math.clamp(Math.round(x), 1, rows);
            if (rank - x <= surelyAccepted || u >= area(rank + 0.5) - height(rank)) {
                return rank - 1;
            }
        }
    }

    @Override
    public void restart() {
        random = new SplittableRandom(seed);
    }
}
