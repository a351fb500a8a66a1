package org.dlrm4j.kernels;

/** How the rows of one bag become one vector. */
public enum Pooling {
    /** The sum of the rows; an empty bag gives zeros. */
    SUM,
    /** The sum of the rows divided by their number; an empty bag gives zeros. */
    MEAN
}
