package org.dlrm4j.data;

/**
 * How rows are dealt to training, validation and test. Parts are contiguous: click data is chronological, and a model
 * is judged on what comes after its training.
 *
 * @param kind      the rule
 * @param trainRows rows that train under {@link Kind#TRAIN_ROWS}, else 0
 */
public record Split(Kind kind, long trainRows) {
    /** The rules. */
    public enum Kind {
        /** The last day is held out: its first half, rounded up, is the test set, the rest validates. */
        LAST_DAY,
        /** All rows train. */
        NONE,
        /** The first {@code trainRows} rows of the text train, the others are the test set. */
        TRAIN_ROWS
    }

    /**
     * Checks the split.
     *
     * @throws IllegalArgumentException if {@code trainRows} is negative, or not 0 where it means nothing
     */
    public Split {
        if (trainRows < 0 || (kind != Kind.TRAIN_ROWS && trainRows != 0)) {
            throw new IllegalArgumentException("split " + kind + " with " + trainRows + " training rows");
        }
    }

    /**
     * Holds out the last day, as the reference does.
     *
     * @return the split
     */
    public static Split lastDay() {
        return new Split(Kind.LAST_DAY, 0);
    }

    /**
     * Holds out nothing.
     *
     * @return the split
     */
    public static Split none() {
        return new Split(Kind.NONE, 0);
    }

    /**
     * Trains on the first rows and tests on the others. Rows count before sub-sampling, skipped ones included.
     *
     * @param rows number of rows that train
     * @return the split
     */
    public static Split trainRows(long rows) {
        return new Split(Kind.TRAIN_ROWS, rows);
    }
}
