package org.dlrm4j.data;

import java.util.Arrays;

/**
 * How many features synthetic clicks have, and how large these are.
 *
 * @param denseFeatures counts of a row, 0 or more
 * @param tableRows     categories of each sparse feature, 1 to 2^40 each; at least one feature
 * @param bagRows       categories that a row has of each sparse feature, 1 or more
 * @param exponent      of Zipf's law by which categories are drawn, more than 0
 */
public record PlantedShape(int denseFeatures, long[] tableRows, int[] bagRows, double exponent) {
    /** Exponent of the categories' popularity, if there is no reason for another. */
    public static final double EXPONENT = 1.1;
    /** Most categories of a feature. */
    public static final long MAX_TABLE_ROWS = 1L << 40;
    /**
     * Criteo's features, of 4 to 5,000 categories: some 12,000 in all, of which 400,000 rows suffice to learn what there is to
     * be learned.
     */
    public static final PlantedShape CRITEO = oneHot(ClickLog.DENSE_FEATURES, 300, 120, 5000, 1200, 60, 12, 800, 90, 4,
            500,
            400, 2000, 250, 24, 200, 600, 10, 150, 100, 5, 350, 8, 14, 180, 40, 100);

    private static final int MAX_DENSE_FEATURES = 1 << 16;
    private static final int MAX_BAG_ROWS = 1 << 16;

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException naming what is out of range
     */
    public PlantedShape {
        tableRows = tableRows.clone();
        bagRows = bagRows.clone();
        if (denseFeatures < 0 || denseFeatures > MAX_DENSE_FEATURES) {
            throw new IllegalArgumentException(
                    "planted clicks with " + denseFeatures + " dense features, expected 0 to " + MAX_DENSE_FEATURES);
        }
        if (tableRows.length == 0 || bagRows.length != tableRows.length) {
            throw new IllegalArgumentException(
                    "planted clicks with " + tableRows.length + " tables and " + bagRows.length
                            + " bag sizes, expected 1 table or more, and as many bag sizes");
        }
        for (int f = 0; f < tableRows.length; f++) {
            if (tableRows[f] < 1 || tableRows[f] > MAX_TABLE_ROWS || bagRows[f] < 1 || bagRows[f] > MAX_BAG_ROWS) {
                throw new IllegalArgumentException("planted clicks, table " + f + " of " + tableRows[f] + " rows, "
                        + bagRows[f] + " a bag: expected 1 to 2^40 and 1 to " + MAX_BAG_ROWS);
            }
        }
        if (!(exponent > 0 && exponent < 100)) {
            throw new IllegalArgumentException(
                    "planted clicks by Zipf's law with exponent " + exponent
                            + ", expected more than 0 and less than 100");
        }
    }

    /**
     * Makes a shape whose rows have one category of each sparse feature, drawn with {@link #EXPONENT}.
     *
     * @param denseFeatures counts of a row
     * @param tableRows     categories of each sparse feature
     * @return the shape
     * @throws IllegalArgumentException naming what is out of range
     */
    public static PlantedShape oneHot(int denseFeatures, long... tableRows) {
        int[] bags = new int[tableRows.length];
        Arrays.fill(bags, 1);
        return new PlantedShape(denseFeatures, tableRows, bags, EXPONENT);
    }

    /**
     * Tells the categories of each sparse feature.
     *
     * @return a copy
     */
    @Override
    public long[] tableRows() {
        return tableRows.clone();
    }

    /**
     * Tells how many categories a row has of each sparse feature.
     *
     * @return a copy
     */
    @Override
    public int[] bagRows() {
        return bagRows.clone();
    }

    /**
     * Tells the number of sparse features.
     *
     * @return number of tables
     */
    public int sparseFeatures() {
        return tableRows.length;
    }

    /** Refuses what a format of Criteo's features cannot hold. */
    void requireCriteos(String format, long maxTableRows) {
        if (denseFeatures != ClickLog.DENSE_FEATURES || tableRows.length != ClickLog.SPARSE_FEATURES
                || Arrays.stream(bagRows).anyMatch(n -> n != 1)
                || Arrays.stream(tableRows).anyMatch(n -> n > maxTableRows)) {
            throw new IllegalArgumentException("planted clicks of " + denseFeatures + " dense and " + tableRows.length
                    + " sparse features, the largest of " + Arrays.stream(tableRows).max().getAsLong()
                    + " categories, as "
                    + format + ": expected " + ClickLog.DENSE_FEATURES + ", " + ClickLog.SPARSE_FEATURES
                    + " with one category a row, and at most " + maxTableRows
                    + "; write a sample log, or train on them without a file");
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PlantedShape shape && denseFeatures == shape.denseFeatures
                && Arrays.equals(tableRows, shape.tableRows) && Arrays.equals(bagRows, shape.bagRows)
                && exponent == shape.exponent;
    }

    @Override
    public int hashCode() {
        return 31 * (31 * denseFeatures + Arrays.hashCode(tableRows)) + Arrays.hashCode(bagRows);
    }
}
