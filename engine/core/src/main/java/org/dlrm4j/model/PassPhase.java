package org.dlrm4j.model;

/** Stretches of a training step in which an operator has work. */
public enum PassPhase {
    /** Layers compute their outputs. */
    FORWARD,
    /** The loss and its gradient. */
    LOSS,
    /** Layers carry gradients to their inputs. */
    BACKWARD,
    /** Layers sum the gradients of their weights. */
    WEIGHTS,
    /** The optimizer updates rows of tables. */
    TABLES,
    /** The optimizer updates parameters outside the tables. */
    PARAMETERS
}
