package org.dlrm4j.model;

/**
 * A vector a slot that one layer computes and others read: columns of a buffer of values, and the same columns of a buffer of
 * gradients. Layers that write neighbouring columns of one buffer spare their consumer a copy.
 *
 * @param values number of the buffer of values, or {@link #DENSE_FEATURES}
 * @param gradients number of the buffer of gradients, or {@link #NO_GRADIENT}
 * @param column first column
 * @param width columns
 */
record Signal(int values, int gradients, int column, int width) {
    /** The batch's own dense features take the place of a buffer. */
    static final int DENSE_FEATURES = -1;

    /** Nothing that is trained lies before the signal. */
    static final int NO_GRADIENT = -1;

    /** Returns some of the columns, counted from this signal's first. */
    Signal columns(int from, int count) {
        if (from < 0 || count < 0 || from + count > width) {
            throw new IllegalArgumentException(
                    "columns [" + from + ", " + (from + count) + ") of a signal of " + width + " columns");
        }
        return new Signal(values, gradients, column + from, count);
    }

    long columnOffset() {
        return (long) column * Float.BYTES;
    }
}
