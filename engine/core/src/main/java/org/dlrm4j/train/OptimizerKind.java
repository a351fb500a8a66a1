package org.dlrm4j.train;

import java.util.List;

/** How gradients become updates. Settings and defaults of each are {@link GroupSettings}'. */
public enum OptimizerKind {
    /**
     * {@code w -= lr · g}, with momentum if asked for. Without momentum and weight decay an embedding row that occurs several
     * times in a batch is updated once for each, in order.
     */
    SGD,
    /** Adagrad (Duchi et al. 2011) with one state value a weight; gradients of a repeated row are summed first. */
    ADAGRAD("state"),
    /** Adagrad with one state value an embedding row, the sum of the mean of {@code g²}. For tables only. */
    ROW_WISE_ADAGRAD("state"),
    /** Adam (Kingma, Ba 2015); in tables only the rows of a batch are updated, as by PyTorch's SparseAdam. */
    ADAM("mean", "square"),
    /** {@link #ADAM} with weight decay beside the step (Loshchilov, Hutter 2019). */
    ADAMW("mean", "square"),
    /** FTRL-Proximal (McMahan et al. 2013), whose L1 makes weights exactly 0. */
    FTRL("n", "z");

    private final List<String> states;

    OptimizerKind(String... states) {
        this.states = List.of(states);
    }

    /** Returns what the state values of a weight are called in files, without momentum. */
    List<String> states() {
        return states;
    }

    /** Returns whether the method is Adam in one of its forms. */
    boolean isAdam() {
        return this == ADAM || this == ADAMW;
    }

    /** Returns whether the method divides by the root of a sum of squares, which may begin above 0. */
    boolean accumulatesSquares() {
        return this == ADAGRAD || this == ROW_WISE_ADAGRAD || this == FTRL;
    }
}
