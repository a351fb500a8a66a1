package org.dlrm4j.kernels;

/** The function that a layer applies to its pre-activation. */
public enum Activation {
    /** The identity. */
    NONE,
    /** {@code max(x, 0)}; a NaN stays a NaN. */
    RELU,
    /** {@code 1 / (1 + exp(-x))}. */
    SIGMOID
}
