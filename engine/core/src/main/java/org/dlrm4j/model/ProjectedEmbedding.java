package org.dlrm4j.model;

import java.util.List;
import org.dlrm4j.kernels.Activation;

/**
 * A table of narrow rows, whose pooled rows are projected to the width of the vectors.
 *
 * @param feature the sparse feature
 * @param table the table
 * @param width floats of the vector
 */
record ProjectedEmbedding(int feature, TableSpec table, int width) implements FeatureEmbedding {
    @Override
    public List<TableSpec> tables() {
        return List.of(table);
    }

    @Override
    public long denseParameters() {
        return (long) table.dim() * width;
    }

    @Override
    public Signal lookUp(NetworkBuilder network, Signal out) {
        final Signal pooled = network.lookupSignal(table.dim());
        network.lookup(table, pooled);
        return pooled;
    }

    @Override
    public void combine(NetworkBuilder network, Signal pooled, Signal out) {
        network.linear("emb_l." + feature + ".proj", "projection of " + table.name(), Activation.NONE, false, pooled,
                InputGradient.OVERWRITE, out);
    }
}
