package org.dlrm4j.model;

import org.dlrm4j.data.Batch;

/** A feature that a model makes of a batch's own before the forward pass, so that lookups see bags like any others. */
@FunctionalInterface
interface DerivedFeature {
    /** Fills the feature's bags, from an otherwise complete batch. */
    void fill(Batch batch, int derived);
}
