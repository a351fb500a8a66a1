package org.dlrm4j.model;

/** Kinds of layers, each of which uses a machine in its own way. */
public enum OperatorKind {
    /** Pools rows of tables. */
    LOOKUP,
    /** A fully connected layer. */
    LINEAR,
    /** A weighted or plain sum that gives one number a sample. */
    LOGIT,
    /** Combines vectors: products of all pairs, sums or products element by element. */
    INTERACTION,
    /** Element-wise products of a cross network. */
    CROSS,
    /** Moves features into place. */
    COPY
}
