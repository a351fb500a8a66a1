package org.dlrm4j.cli;

import org.dlrm4j.data.DatasetException;

/** Gets rows of text into a scorer's batch. */
interface RowFormat {
    /**
     * Takes a line as the next row to score.
     *
     * @param reader the reader, which stands on the line
     * @param row number of rows taken since the last batch
     * @return false if the line is no row, such as a comment or a header
     * @throws DatasetException if the row is malformed, naming line and field
     */
    boolean take(RowReader reader, int row);

    /**
     * Fills the scorer's batch with rows that were taken.
     *
     * @param first the first
     * @param count how many
     * @throws DatasetException if a row has a value that may not be scored; then each row is tried for itself
     */
    void fill(int first, int count);
}
