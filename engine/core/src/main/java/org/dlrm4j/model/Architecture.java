package org.dlrm4j.model;

import java.util.List;
import java.util.Map;

/**
 * What distinguishes one kind of model from another: how it combines the features. What all kinds share stands beside it in
 * {@link ModelConfig}. Immutable.
 */
public sealed interface Architecture permits Dlrm, Dcn, DcnV2, WideDeep, LogisticRegression, FactorizationMachine {
    /**
     * Returns the name in {@code model.json} and on the command line.
     *
     * @return a word in lower case
     */
    String name();

    /**
     * Checks that the architecture fits the features.
     *
     * @param denseFeatures number of dense features
     * @param sparseFeatures number of sparse features
     * @param dim width of embedding rows
     * @throws IllegalArgumentException naming what does not fit together
     */
    default void check(int denseFeatures, int sparseFeatures, int dim) {
        // Any features fit.
    }

    /**
     * Returns whether each sparse feature has a table of embeddings.
     *
     * @return true for tables of {@link ParameterGroup#EMBEDDING}
     */
    default boolean hasEmbeddings() {
        return true;
    }

    /**
     * Returns how the values of sparse features become vectors, if it {@linkplain #hasEmbeddings has embeddings}.
     *
     * @return a table a feature, unless the architecture says otherwise
     */
    default EmbeddingScheme embeddings() {
        return new PlainEmbeddings();
    }

    /**
     * Returns whether each sparse feature has a table of one weight a value.
     *
     * @return true for tables of {@link ParameterGroup#WIDE}
     */
    default boolean hasWideTables() {
        return false;
    }

    /**
     * Returns the crosses of sparse features that have a table of one weight a row.
     *
     * @return tables of {@link ParameterGroup#WIDE}, behind those of the sparse features; unmodifiable
     */
    default List<FeatureCross> crosses() {
        return List.of();
    }

    /**
     * Returns the number of parameters outside the tables and beside those of {@link #embeddings}.
     *
     * @param denseFeatures number of dense features
     * @param sparseFeatures number of sparse features
     * @param dim width of embedding rows
     * @return weights and biases
     */
    long denseParameters(int denseFeatures, int sparseFeatures, int dim);

    /**
     * Returns the scale of the initial embeddings of a plain table, which are drawn from {@code U(±bound)}.
     *
     * @param rows rows of the table
     * @return the bound; {@code sqrt(1 / rows)} as in the reference, unless the architecture has its own rule
     */
    default double embeddingBound(long rows) {
        return Math.sqrt(1.0 / rows);
    }

    /**
     * Returns the fields in {@code model.json}, beside those of {@link ModelConfig}.
     *
     * @return a map of JSON values
     */
    Map<String, Object> toJson();
}
