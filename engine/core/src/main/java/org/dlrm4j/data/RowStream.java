package org.dlrm4j.data;

/** An endless sequence of row numbers that can begin anew. Not thread-safe. */
public interface RowStream {
    /**
     * Gives the next row.
     *
     * @return a row number, 0 or more
     */
    long next();

    /** Begins anew: the same rows follow as at first. */
    void restart();
}
