package org.dlrm4j.cli.compare;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.dlrm4j.cli.CommandException;
import org.dlrm4j.cli.Sizes;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.RenumberedSource;
import org.dlrm4j.data.SampleSource;

/**
 * Joins the values that training saw too rarely to learn anything about them, and those it never saw, in one row a feature:
 * row 0. Weights of values that occur once or twice only memorise their labels.
 */
final class RareValues {
    private static final int BATCH = 1024;

    private final int[][] rowOf;
    private final long[] rows;

    private RareValues(int[][] rowOf, long[] rows) {
        this.rowOf = rowOf;
        this.rows = rows;
    }

    /**
     * Counts the values of the training part.
     *
     * @param train the training part
     * @param tableRows rows of each feature before
     * @param minCount a value that occurs so often has a row of its own
     */
    static RareValues of(SampleSource train, long[] tableRows, int minCount) {
        final int[][] counts = new int[tableRows.length][];
        for (int f = 0; f < counts.length; f++) {
            if (tableRows[f] > Integer.MAX_VALUE - 8) {
                throw new CommandException("feature " + f + " has " + Sizes.count(tableRows[f])
                        + " values, too many to be counted; give --min-count 0");
            }
            counts[f] = new int[(int) tableRows[f]];
        }
        try (Batch batch = new Batch(BATCH, train.denseFeatures(), train.sparseFeatures())) {
            for (long at = 0; at < train.samples(); at += BATCH) {
                train.read(at, (int) Math.min(BATCH, train.samples() - at), batch);
                for (int f = 0; f < counts.length; f++) {
                    final MemorySegment indices = batch.indices(f);
                    for (int i = 0; i < batch.indexCount(f); i++) {
                        counts[f][(int) indices.getAtIndex(ValueLayout.JAVA_LONG, i)]++;
                    }
                }
            }
        }
        final long[] rows = new long[counts.length];
        for (int f = 0; f < counts.length; f++) {
            int next = 1;
            for (int row = 0; row < counts[f].length; row++) {
                counts[f][row] = counts[f][row] >= minCount ? next++ : 0;
            }
            rows[f] = next;
        }
        return new RareValues(counts, rows);
    }

    /** Returns the rows of each feature: the frequent values and the row of the others. */
    long[] rows() {
        return rows.clone();
    }

    /** Returns a source with new row numbers; closing it closes the old one. */
    SampleSource renumber(SampleSource source) {
        return new RenumberedSource(source, (feature, row) -> rowOf[feature][(int) row]);
    }
}
