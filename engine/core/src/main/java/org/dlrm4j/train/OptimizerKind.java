package org.dlrm4j.train;

/** How gradients become updates. */
public enum OptimizerKind {
    /** {@code w -= lr · g}; an embedding row that occurs several times in a batch is updated once for each, in order. */
    SGD,
    /** Adagrad (Duchi et al. 2011) with one state value a weight; gradients of a repeated row are summed first. */
    ADAGRAD,
    /** Adagrad with one state value an embedding row, the sum of the mean of {@code g²}; other parameters use {@link #ADAGRAD}. */
    ROW_WISE_ADAGRAD
}
