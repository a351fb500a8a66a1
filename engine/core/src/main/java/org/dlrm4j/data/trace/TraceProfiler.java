package org.dlrm4j.data.trace;

import java.util.Arrays;
import org.agrona.collections.Long2LongHashMap;
import org.dlrm4j.data.Batch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Measures the stack distances of a trace (Mattson et al., 1970): the distance of an access is the number of distinct rows
 * since the last access to its row, that row included, so 1 for an immediate repetition; 0 stands for a row's first access.
 * A least-recently-used cache of {@code c} rows hits exactly the accesses with a distance of 1 to {@code c}.
 *
 * <p>Exact, in {@code O(log n)} an access. Memory follows the number {@code n} of distinct rows, some 100 bytes each, not the
 * length of the trace, which may be up to 2^63 - 1. At most some 350 million distinct rows. Not thread-safe.
 */
public final class TraceProfiler {
    private static final long UNKNOWN = -1;
    private static final int INITIAL_ROWS = 1 << 9;

    private final Long2LongHashMap elementOf = new Long2LongHashMap(UNKNOWN);
    private final LruStack stack = new LruStack();
    private long[] rows = new long[INITIAL_ROWS];
    private long[] accessesOf = new long[INITIAL_ROWS];
    /** Entry 0 counts first accesses. */
    private long[] distanceCounts = new long[INITIAL_ROWS + 1];
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
        int element = (int) elementOf.get(row);
        int distance = 0;
        if (element == UNKNOWN) {
            element = stack.size();
            elementOf.put(row, element);
            if (element == rows.length) {
                grow();
            }
            rows[element] = row;
            stack.push();
        } else {
            distance = stack.depth(element);
            stack.touch(element);
        }
        accessesOf[element]++;
        distanceCounts[distance]++;
        accesses++;
        return distance;
    }

    private void grow() {
        int length = Math.multiplyExact(2, rows.length);
        rows = Arrays.copyOf(rows, length);
        accessesOf = Arrays.copyOf(accessesOf, length);
        distanceCounts = Arrays.copyOf(distanceCounts, length + 1);
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
        return privacy.release(Arrays.copyOf(rows, n), accessesOf, Arrays.copyOf(distanceCounts, n + 1));
    }
}
