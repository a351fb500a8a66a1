package org.dlrm4j.data.trace;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * What the reference's tools keep of a trace: its rows in the order of their first accesses, and how its stack distances
 * are distributed (see {@link TraceProfiler}). Immutable.
 */
public final class TraceProfile {
    private final long[] rows;
    private final long[] distances;
    private final double[] cumulative;

    /** Takes the arrays over, which must be consistent. */
    private TraceProfile(long[] rows, long[] distances, double[] cumulative) {
        this.rows = rows;
        this.distances = distances;
        this.cumulative = cumulative;
    }

    /**
     * Makes a profile from its parts.
     *
     * @param rows       distinct rows in the order of their first accesses, at least one
     * @param distances  stack distances that occur, ascending from 0, none above the number of rows
     * @param cumulative share of accesses with at most the distance of the same place: ascending, the first above 0, the last
     *                   1 up to rounding
     * @return the profile
     * @throws IllegalArgumentException naming the place, the value and what was expected
     */
    public static TraceProfile of(long[] rows, long[] distances, double[] cumulative) {
        require(rows.length > 0, "row 0: none, expected at least one row");
        for (int i = 0; i < rows.length; i++) {
            require(rows[i] >= 0, "row " + i + ": " + rows[i] + ", expected 0 or more");
        }
        require(distances.length == cumulative.length && distances.length > 0, distances.length + " distances and "
                + cumulative.length + " cumulative shares, expected as many of either, and at least one");
        require(distances[0] == 0, "distance 0: " + distances[0]
                + ", expected 0, which stands for first accesses, as a trace begins with one");
        for (int i = 1; i < distances.length; i++) {
            require(distances[i] > distances[i - 1] && distances[i] <= rows.length, "distance " + i + ": "
                    + distances[i] + ", expected more than " + distances[i - 1] + ", the one before, and at most "
                    + rows.length + ", the number of rows");
        }
        for (int i = 0; i < cumulative.length; i++) {
            double before = i == 0 ? 0 : cumulative[i - 1];
            // Rounded files may repeat a share, but never begin with none.
            require(cumulative[i] >= before && cumulative[i] > 0 && cumulative[i] < 1.01, "cumulative share " + i + ": "
                    + cumulative[i] + ", expected "
                    + (i == 0 ? "more than 0" : "at least " + before + ", the one before")
                    + ", and at most 1");
        }
        double last = cumulative[cumulative.length - 1];
        require(last > 0.99, "last cumulative share: " + last + ", expected 1");
        return new TraceProfile(rows.clone(), distances.clone(), cumulative.clone());
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException("trace profile, " + message);
        }
    }

    /**
     * Makes a profile from counts, adding up shares in the order of the distances as the reference does.
     *
     * @param rows   distinct rows, taken over
     * @param counts accesses with each distance {@code 0 … rows.length}
     */
    static TraceProfile ofCounts(long[] rows, long[] counts) {
        double all = 0;
        int distinct = 0;
        for (long count : counts) {
            all += count;
            distinct += count > 0 ? 1 : 0;
        }
        long[] distances = new long[distinct];
        double[] cumulative = new double[distinct];
        double sum = 0;
        int at = 0;
        for (int distance = 0; distance < counts.length; distance++) {
            if (counts[distance] > 0) {
                sum += counts[distance] / all;
                distances[at] = distance;
                cumulative[at++] = sum;
            }
        }
        return new TraceProfile(rows, distances, cumulative);
    }

    /**
     * Reads a profile in the reference's format: three lines of numbers with comma and space between, which are rows,
     * distances and cumulative shares. Numbers written as {@code np.uint64(1)}, as NumPy 2 makes the reference do, are read
     * as well.
     *
     * @param file the file, by the reference called {@code dist_emb_j.log}
     * @return the profile
     * @throws IOException                        if the file cannot be read
     * @throws org.dlrm4j.data.DatasetException   naming file, line, column, the text found and what was expected
     */
    public static TraceProfile read(Path file) throws IOException {
        return ProfileFile.read(file);
    }

    /**
     * Writes the profile in the reference's format, byte for byte as its Python program does. The file appears whole or not
     * at all.
     *
     * @param file name of the file; an existing one is replaced
     * @throws IOException if writing fails
     */
    public void write(Path file) throws IOException {
        ProfileFile.write(this, file);
    }

    /**
     * Gives the distinct rows in the order of their first accesses.
     *
     * @return a new array
     */
    public long[] rows() {
        return rows.clone();
    }

    /**
     * Gives the distances that occur.
     *
     * @return a new array, ascending
     */
    public long[] distances() {
        return distances.clone();
    }

    /**
     * Gives the share of accesses with at most each of {@link #distances()}.
     *
     * @return a new array, ascending
     */
    public double[] cumulative() {
        return cumulative.clone();
    }

    /**
     * Tells how many different rows there are.
     *
     * @return number of rows
     */
    public int distinctRows() {
        return rows.length;
    }

    /**
     * Computes the greatest row number.
     *
     * @return the greatest of {@link #rows()}
     */
    public long largestRow() {
        return Arrays.stream(rows).max().getAsLong();
    }

    /**
     * Tells the share of first accesses.
     *
     * @return distinct rows by accesses, more than 0
     */
    public double uniqueRatio() {
        return cumulative[0];
    }

    /**
     * Tells how long the trace was, which is exact unless the shares were rounded or blurred.
     *
     * @return number of accesses
     */
    public long accesses() {
        return Math.round(rows.length / cumulative[0]);
    }

    /**
     * Computes the share of accesses that a least-recently-used cache hits which is empty at the start.
     *
     * @param cacheRows rows that the cache holds, 0 or more
     * @return the hit rate
     * @throws IllegalArgumentException if the number is negative
     */
    public double hitRate(long cacheRows) {
        if (cacheRows < 0) {
            throw new IllegalArgumentException("cache of " + cacheRows + " rows, expected 0 or more");
        }
        return cumulative[lastAtMost(cacheRows)] - cumulative[0];
    }

    /** Tells the greatest distance. */
    int maxDistance() {
        return distanceAt(distances.length - 1);
    }

    /** Finds the last place whose distance is at most some number of 0 or more. */
    int lastAtMost(long distance) {
        int found = Arrays.binarySearch(distances, distance);
        return found >= 0 ? found : -found - 2;
    }

    double cumulativeAt(int place) {
        return cumulative[place];
    }

    /** Finds the first distance whose cumulative share reaches a number; the last one if rounding left none. */
    int quantile(double share) {
        int low = 0;
        int high = cumulative.length - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (share <= cumulative[middle]) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return distanceAt(low);
    }

    int distanceAt(int place) {
        return (int) distances[place];
    }

    /** Computes how many accesses have each of the distances; exact for what {@link TraceProfiler} counted. */
    long[] counts() {
        long[] counts = new long[distances.length];
        long accesses = accesses();
        for (int i = 0; i < counts.length; i++) {
            counts[i] = Math.round((cumulative[i] - (i == 0 ? 0 : cumulative[i - 1])) * accesses);
        }
        return counts;
    }

    long row(int element) {
        return rows[element];
    }
}
