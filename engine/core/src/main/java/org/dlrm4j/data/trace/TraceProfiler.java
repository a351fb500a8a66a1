package org.dlrm4j.data.trace;

import java.util.Arrays;
import org.dlrm4j.data.Batch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Measures the stack distances of a trace (Mattson et al., 1970): the distance of an access is the number of distinct rows
 * since the last access to its row, that row included, so 1 for an immediate repetition; 0 stands for a row's first access.
 * A least-recently-used cache of {@code c} rows hits exactly the accesses with a distance of 1 to {@code c}.
 *
 * <p>Exact, in {@code O(log n)} an access. Memory follows the number {@code n} of distinct rows, not the length of the trace,
 * which may be up to 2^63 - 1: at most 70 bytes a row, and for a moment the former copy of an array that grows;
 * {@link #profile} adds 16 a row and 16 for each distance that occurs. At most 805 million distinct rows. Not thread-safe.
 */
public final class TraceProfiler {
    private final RowNumbering rows = new RowNumbering();
    private final LruStack stack = new LruStack();
    private long[] accessesOf = new long[rows.capacity()];
    /** Entry 0 counts first accesses. */
    private long[] distanceCounts = new long[rows.capacity() + 1];
    private long accesses;

    /** Makes a profiler that has seen nothing. */
    public TraceProfiler() {
        // All state begins with its field.
    }

    /**
     * Takes note of one access.
     *
     * @param row row number, 0 or more
     * @return its stack distance, 0 for the first access to the row
     * @throws IllegalArgumentException if the row is negative
     */
    public long add(long row) {
        if (row < 0) {
            throw new IllegalArgumentException("row " + row + " after " + accesses + " accesses, expected 0 or more");
        }
        int element = rows.number(row);
        int distance = 0;
        if (element == stack.size()) {
            stack.push();
            if (element == accessesOf.length) {
                accessesOf = Arrays.copyOf(accessesOf, rows.capacity());
                distanceCounts = Arrays.copyOf(distanceCounts, rows.capacity() + 1);
            }
        } else {
            distance = stack.depth(element);
            stack.touch(element);
        }
        accessesOf[element]++;
        distanceCounts[distance]++;
        accesses++;
        return distance;
    }

    /**
     * Takes note of all lookups of one feature in a batch, bag after bag.
     *
     * @param batch   the batch
     * @param feature sparse feature, 0-based
     * @throws IndexOutOfBoundsException if the feature does not exist
     */
    public void addAll(Batch batch, int feature) {
        MemorySegment indices = batch.indices(feature);
        int count = batch.indexCount(feature);
        for (int i = 0; i < count; i++) {
            add(indices.get(ValueLayout.JAVA_LONG, (long) i << 3));
        }
    }

    /**
     * Tells how many accesses were seen.
     *
     * @return number of accesses
     */
    public long accesses() {
        return accesses;
    }

    /**
     * Tells how many different rows were seen.
     *
     * @return number of rows
     */
    public int distinctRows() {
        return stack.size();
    }

    /** Tells the positions of the stack that there is memory for. */
    int stackCapacity() {
        return stack.capacity();
    }

    /**
     * Gives what was seen so far, exactly.
     *
     * @return the profile
     * @throws IllegalStateException if nothing was seen
     */
    public TraceProfile profile() {
        return profile(ProfilePrivacy.none());
    }

    /**
     * Gives what was seen so far, less what shall stay private.
     *
     * @param privacy what to leave out or blur
     * @return the profile
     * @throws IllegalStateException if nothing was seen
     */
    public TraceProfile profile(ProfilePrivacy privacy) {
        if (accesses == 0) {
            throw new IllegalStateException("the trace is empty, expected at least one access");
        }
        int n = distinctRows();
        return privacy.release(rows.rows(), accessesOf, Arrays.copyOf(distanceCounts, n + 1));
    }
}
