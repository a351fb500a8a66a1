package org.dlrm4j.model;

import java.util.List;

/**
 * A table with a row a value.
 *
 * @param table the table
 */
record PlainEmbedding(TableSpec table) implements FeatureEmbedding {
    @Override
    public List<TableSpec> tables() {
        return List.of(table);
    }

    @Override
    public Signal lookUp(NetworkBuilder network, Signal out) {
        network.lookup(table, out);
        return out;
    }
}
