package org.dlrm4j.data;

import java.util.List;

/**
 * A sparse feature: a bag of rows of an embedding table. Its values are the texts of a column, the buckets that a numeric
 * column's numbers fall into, or the combinations of other features' values.
 *
 * @param name        the name, by which crosses refer to it
 * @param kind        where values come from
 * @param column      the column, or null for a cross
 * @param separator   what separates the values of a multi-valued field; empty if a field is one value
 * @param boundaries  of {@link Kind#BUCKETS}: ascending; bucket {@code i} holds the numbers in
 *                    {@code [boundaries[i - 1], boundaries[i])}
 * @param quantiles   of {@link Kind#BUCKETS}: number of buckets with about equally many training rows each, instead of
 *                    boundaries; else 0
 * @param crossed     of {@link Kind#CROSS}: names of the features, declared earlier
 * @param hashRows    rows of the table that values are hashed into, without a dictionary; 0 for a dictionary
 * @param minCount    occurrences in the training data below which a value is rare
 * @param maxValues   most values in the dictionary, the most frequent ones; the others are rare; 0 for no limit
 * @param rareRows    rows that rare and unseen values share by their hash; 0: such values contribute nothing
 * @param keepMissing whether a missing value is a value like others; else it contributes nothing
 */
public record SparseFeature(String name, Kind kind, String column, String separator, List<Double> boundaries,
        int quantiles, List<String> crossed, int hashRows, int minCount, int maxValues, int rareRows,
        boolean keepMissing) {

    /** Where values come from. */
    public enum Kind {
        /** The texts of a column. */
        TEXT,
        /** A column of hexadecimal numbers of up to eight digits, compared by their numeric value; an empty one is 0. */
        HEX,
        /** Numbers of a column, by the range they fall into. */
        BUCKETS,
        /** Combinations of one value of each of several features. */
        CROSS
    }

    /**
     * Checks the feature.
     *
     * @throws IllegalArgumentException naming feature, key and value
     */
    public SparseFeature {
        boundaries = List.copyOf(boundaries);
        crossed = List.copyOf(crossed);
        check(hashRows >= 0, name, "hashRows", hashRows, "0 or more");
        check(minCount >= 1, name, "minCount", minCount, "1 or more");
        check(maxValues >= 0, name, "maxValues", maxValues, "0 or more");
        check(rareRows >= 0, name, "rareRows", rareRows, "0 or more");
        check(hashRows == 0 || minCount == 1 && maxValues == 0 && rareRows == 0, name, "hashRows", hashRows,
                "no minCount, maxValues or rareRows beside it: hashed values have no dictionary");
        if (kind == Kind.BUCKETS) {
            check(hashRows == 0 && minCount == 1 && maxValues == 0 && rareRows == 0 && separator.isEmpty(), name,
                    "buckets", column, "no separator, hashRows, minCount, maxValues or rareRows beside them");
            check(boundaries.isEmpty() != (quantiles == 0), name, "quantiles", quantiles,
                    "either boundaries or quantiles");
            check(quantiles == 0 || quantiles >= 2 && quantiles <= 10_000, name, "quantiles", quantiles,
                    "2 to 10000 buckets");
            for (int i = 1; i < boundaries.size(); i++) {
                check(boundaries.get(i - 1) < boundaries.get(i), name, "boundaries", boundaries, "ascending numbers");
            }
        }
    }

    private static void check(boolean valid, String feature, String key, Object found, String expected) {
        if (!valid) {
            throw new IllegalArgumentException(
                    "sparse feature " + feature + ", " + key + ": found " + found + ", expected " + expected);
        }
    }

    /** Whether a dictionary of the training data's values is needed. */
    boolean hasDictionary() {
        return kind != Kind.BUCKETS && hashRows == 0;
    }
}
