package org.dlrm4j.model;

import java.util.Map;

/**
 * How the values of sparse features become vectors: which tables stand behind a feature, and what is done with their pooled
 * rows. Immutable.
 */
public sealed interface EmbeddingScheme permits PlainEmbeddings, QuotientRemainder, MixedDimensions, WeightedPooling {
    /**
     * Returns the width of a feature's vector.
     *
     * @param dim width of embedding rows
     * @return floats
     */
    default int width(int dim) {
        return dim;
    }

    /**
     * Returns the fields in {@code model.json}.
     *
     * @return a map of JSON values
     */
    Map<String, Object> toJson();
}
