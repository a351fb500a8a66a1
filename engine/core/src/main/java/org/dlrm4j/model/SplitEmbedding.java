package org.dlrm4j.model;

import java.util.List;

/**
 * Two tables in place of a large one: {@link QuotientRemainder} of one feature.
 *
 * @param feature the sparse feature
 * @param values number of its values
 * @param collisions the divisor
 * @param operation how the pooled rows are combined
 * @param quotient the table of quotients
 * @param remainder the table of remainders
 */
record SplitEmbedding(int feature, long values, long collisions, QuotientRemainder.Operation operation,
        TableSpec quotient, TableSpec remainder) implements FeatureEmbedding {
    @Override
    public List<TableSpec> tables() {
        return List.of(quotient, remainder);
    }

    @Override
    public Signal lookUp(NetworkBuilder network, Signal out) {
        final long divisor = collisions;
        network.derive(quotient.feature(), new MappedFeature(feature, values, value -> value / divisor));
        network.derive(remainder.feature(), new MappedFeature(feature, values, value -> value % divisor));
        final int dim = quotient.dim();
        // Side by side, the rows are the vector.
        final Signal rows = operation == QuotientRemainder.Operation.CONCAT ? out : network.lookupSignal(2 * dim);
        network.lookup(quotient, rows.columns(0, dim));
        network.lookup(remainder, rows.columns(dim, dim));
        return rows;
    }

    @Override
    public void combine(NetworkBuilder network, Signal pooled, Signal out) {
        final int dim = quotient.dim();
        final Signal q = pooled.columns(0, dim);
        final Signal r = pooled.columns(dim, dim);
        switch (operation) {
            case MULT -> network.add(new VectorProductLayer(name(), q, r, out));
            case ADD -> network.add(new VectorSumLayer(name(), q, r, out));
            case CONCAT -> {
                // Nothing is left to do.
            }
        }
    }

    private String name() {
        return "quotient and remainder of feature " + feature;
    }
}
