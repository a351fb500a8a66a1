package org.dlrm4j.model;

import java.util.Map;

/**
 * Learned weighted pooling: beside its embedding {@code e} each value of a feature has a weight {@code w}, by which the embedding
 * is multiplied before the bag is pooled: {@code v = Σ w_i·e_i}, or the mean of the products.
 *
 * <p>The weights of a feature are a table of one float a row, of {@link ParameterGroup#WIDE}, which begins as ones: the model
 * begins as one without. Only the rows that a batch uses are updated; moments fade, and weight decay and FTRL's regularisation
 * act, when a row is used.
 */
public record WeightedPooling() implements EmbeddingScheme {
    /** The name in {@code model.json}. */
    static final String NAME = "weighted-pooling";

    @Override
    public Map<String, Object> toJson() {
        return Map.of("scheme", NAME);
    }
}
