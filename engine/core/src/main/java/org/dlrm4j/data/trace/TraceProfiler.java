package org.dlrm4j.data.trace;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.DatasetException;

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
    private static final int PROGRESS_ACCESSES = 1 << 12;

    private final RowNumbering rows;
    private final LruStack stack = new LruStack();
    private long[] accessesOf;
    /** Entry 0 counts first accesses. */
    private long[] distanceCounts;
    private long accesses;

    /** Makes a profiler that has seen nothing. */
    public TraceProfiler() {
        this(RowNumbering.MAX_ROWS);
    }

    TraceProfiler(int maxRows) {
        rows = new RowNumbering(maxRows);
        accessesOf = new long[rows.capacity()];
        distanceCounts = new long[rows.capacity() + 1];
    }

    /**
     * Takes note of one access.
     *
     * @param row row number, 0 or more
     * @return its stack distance, 0 for the first access to the row
     * @throws IllegalArgumentException if the row is negative
     * @throws DatasetException         if the row is one too many, naming row and access
     */
    public long add(long row) {
        if (row < 0) {
            throw new IllegalArgumentException("row " + row + " after " + accesses + " accesses, expected 0 or more");
        }
        int element = rows.number(row);
        if (element < 0) {
            throw new DatasetException("row " + row + " after " + accesses + " accesses is distinct row number "
                    + (rows.size() + 1L) + ", expected at most " + rows.size() + "; profile a part of the trace");
        }
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
     * @throws DatasetException          if a row is one too many, naming feature, row and access
     */
    public void addAll(Batch batch, int feature) {
        MemorySegment indices = batch.indices(feature);
        int count = batch.indexCount(feature);
        try {
            for (int i = 0; i < count; i++) {
                add(indices.get(ValueLayout.JAVA_LONG, (long) i << 3));
            }
        } catch (DatasetException e) {
            throw new DatasetException("sparse feature " + feature + ": " + e.getMessage());
        }
    }

    /**
     * Takes note of the rest of a file.
     *
     * @param reader   the file
     * @param progress hears of progress every few thousand rows
     * @throws IOException      if reading fails
     * @throws DatasetException naming file and place, if what is there is no row number or a row too many
     */
    public void addAll(TraceReader reader, Runnable progress) throws IOException {
        for (long row = reader.next(); row >= 0; row = reader.next()) {
            try {
                add(row);
            } catch (DatasetException e) {
                throw new DatasetException(reader.file() + ", before byte " + reader.positionBytes() + ": "
                        + e.getMessage());
            }
            if (accesses % PROGRESS_ACCESSES == 0) {
                progress.run();
            }
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
