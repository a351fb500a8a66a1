package org.dlrm4j.data;

import java.util.SplittableRandom;

/** Rows that are all equally likely. Not thread-safe. */
public final class UniformRows implements RowStream {
    private final long rows;
    private final long seed;
    private SplittableRandom random;

    /**
     * Makes a stream.
     *
     * @param rows rows of the table, 1 or more
     * @param seed seed of the stream
     * @throws IllegalArgumentException if there is no row
     */
    public UniformRows(long rows, long seed) {
        if (rows < 1) {
            throw new IllegalArgumentException("uniform over " + rows + " rows, expected 1 or more");
        }
        this.rows = rows;
        this.seed = seed;
        restart();
    }

    @Override
    public long next() {
        return random.nextLong(rows);
    }

    @Override
    public void restart() {
        random = new SplittableRandom(seed);
    }
}
