package org.dlrm4j.model;

import java.util.List;

/** What stands between the values of one sparse feature and its vector. */
interface FeatureEmbedding {
    /** Returns its tables. */
    List<TableSpec> tables();

    /** Returns the number of its parameters outside the tables. */
    default long denseParameters() {
        return 0;
    }

    /** Places its derived features and lookups, and returns where they leave pooled rows: in the vector itself, if those are it. */
    Signal lookUp(NetworkBuilder network, Signal out);

    /** Appends the layers that make the vector of the pooled rows. */
    default void combine(NetworkBuilder network, Signal pooled, Signal out) {
        // The pooled rows are the vector.
    }
}
