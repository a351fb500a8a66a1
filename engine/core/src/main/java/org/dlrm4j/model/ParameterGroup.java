package org.dlrm4j.model;

/** What a parameter is to its model, so that optimizers and reports can tell kinds apart. */
public enum ParameterGroup {
    /** Weights and biases that every sample uses. */
    DENSE,
    /** Rows of embedding tables. */
    EMBEDDING,
    /** One weight a value of a sparse feature, in tables of dimension 1: the linear part of a model, or weights of embeddings. */
    WIDE
}
