package org.dlrm4j.preset;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.dlrm4j.data.RowStream;
import org.dlrm4j.data.StreamSource;
import org.dlrm4j.data.UniformRows;
import org.dlrm4j.model.ModelConfig;

/**
 * A model and the shape of the data that it is measured with: how many rows of each table a sample looks up.
 *
 * @param config the model
 * @param bagRows most rows of a bag of each sparse feature, 1 or more each
 * @param fixedBags whether each bag has so many, instead of a uniformly random number from 1
 */
public record Workload(ModelConfig config, int[] bagRows, boolean fixedBags) {
    /** Tables of so many rows or fewer are never scaled: they are no burden, and their rows stay in the caches. */
    public static final long MIN_SCALED_ROWS = 10_000;

    private static final double CLICK_RATE = 0.25;

    /**
     * Checks the shape.
     *
     * @throws IllegalArgumentException if there is not one bag size of 1 or more for each sparse feature
     */
    public Workload {
        bagRows = bagRows.clone();
        if (bagRows.length != config.sparseFeatures() || Arrays.stream(bagRows).anyMatch(rows -> rows < 1)) {
            throw new IllegalArgumentException("bags of " + Arrays.toString(bagRows)
                    + " rows, expected a number of 1 or more for each of " + config.sparseFeatures()
                    + " sparse features");
        }
    }

    /**
     * Returns the most rows of a bag of each sparse feature.
     *
     * @return a copy
     */
    @Override
    public int[] bagRows() {
        return bagRows.clone();
    }

    /**
     * Returns how many rows a sample looks up in all tables together, on average.
     *
     * @return {@code Σ bagRows}, or {@code Σ (1 + bagRows) / 2} if bags are random
     */
    public double lookupsPerSample() {
        return Arrays.stream(bagRows).mapToDouble(rows -> fixedBags ? rows : 0.5 * (1 + rows)).sum();
    }

    /**
     * Returns the rows of all features' tables together.
     *
     * @return the sum of {@link ModelConfig#rows}
     */
    public long rows() {
        return Arrays.stream(config.rows()).sum();
    }

    /**
     * Returns the workload with other table sizes.
     *
     * @param rows gives the new number of rows, from the old one
     * @return the workload
     */
    public Workload withRows(LongUnaryOperator rows) {
        return new Workload(
                new ModelConfig(config.denseFeatures(), Arrays.stream(config.rows()).map(rows).toArray(), config.dim(),
                        config.architecture(), config.pooling(), config.loss(), config.lossThreshold(),
                        config.lossWeights()),
                bagRows, fixedBags);
    }

    /**
     * Returns the workload with tables that fit into memory: those of more than {@link #MIN_SCALED_ROWS} rows keep the largest
     * common share of them that fits, but at least {@code MIN_SCALED_ROWS}.
     *
     * @param maxTableBytes memory for the tables, as {@link ModelConfig#tableBytes} counts it
     * @return this if it fits as it is
     * @throws IllegalArgumentException if even the smallest tables do not fit
     */
    public Workload scaledTo(long maxTableBytes) {
        if (config.tableBytes() <= maxTableBytes) {
            return this;
        }
        final Workload smallest = scaledBy(0);
        if (smallest.config.tableBytes() > maxTableBytes) {
            throw new IllegalArgumentException("tables scaled down to " + MIN_SCALED_ROWS + " rows take "
                    + smallest.config.tableBytes() + " bytes, but only " + maxTableBytes
                    + " are available; free memory, or put the tables into files");
        }
        double fits = 0;
        double exceeds = 1;
        // Halves the interval until its ends are the same number of rows for any table there can be.
        for (int i = 0; i < Double.PRECISION; i++) {
            final double middle = 0.5 * (fits + exceeds);
            if (scaledBy(middle).config.tableBytes() <= maxTableBytes) {
                fits = middle;
            } else {
                exceeds = middle;
            }
        }
        return scaledBy(fits);
    }

    private Workload scaledBy(double share) {
        return withRows(rows -> rows <= MIN_SCALED_ROWS ? rows : Math.max(MIN_SCALED_ROWS, (long) (rows * share)));
    }

    /**
     * Makes samples of this shape: dense values uniform in [0, 1), rows uniform over each table, a quarter of the labels 1.
     *
     * @param samples how many
     * @param seed seed of all numbers
     * @return the source
     */
    public StreamSource source(long samples, long seed) {
        final List<RowStream> streams = new ArrayList<>();
        final long[] rows = config.rows();
        for (int f = 0; f < rows.length; f++) {
            streams.add(new UniformRows(rows[f], seed + 1 + f));
        }
        return new StreamSource(samples, config.denseFeatures(), streams, bagRows, fixedBags, CLICK_RATE, seed);
    }
}
