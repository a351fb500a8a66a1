package org.dlrm4j.model;

/** How the dense vector and the pooled embeddings are combined. */
public enum Interaction {
    /** The dense vector and the dot products of all pairs. */
    DOT,
    /** The concatenation of all vectors. */
    CAT,
    /** The dense vector and the products of two matrices, each computed by an MLP from all vectors. */
    PROJECTION
}
