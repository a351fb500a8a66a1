package org.dlrm4j.model;

import java.util.List;

/**
 * A table of rows, and one of their weights.
 *
 * @param feature the sparse feature
 * @param table the rows
 * @param weights one weight a row
 */
record WeightedEmbedding(int feature, TableSpec table, TableSpec weights) implements FeatureEmbedding {
    @Override
    public List<TableSpec> tables() {
        return List.of(table, weights);
    }

    @Override
    public Signal lookUp(NetworkBuilder network, Signal out) {
        network.derive(weights.feature(),
                new WeightedFeature(new MappedFeature(feature, weights.rows(), row -> row), network.table(weights)));
        network.weightedLookup(table, weights, out);
        return out;
    }
}
