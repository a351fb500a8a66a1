package org.dlrm4j.kernels;

/** Losses of a predicted probability {@code p} against a target {@code t}. */
public enum LossFunction {
    /** {@code (p - t)²}. */
    MSE,
    /** {@code -(t·ln p + (1 - t)·ln(1 - p))}, each logarithm clamped at -100. */
    BCE,
    /** {@link #BCE} times the weight of the target's class. */
    WBCE
}
