package org.dlrm4j.model;

import org.dlrm4j.store.EmbeddingTable;

/** A table in its place in a network: which feature's bags it pools, and what becomes of the result. */
public final class Lookup {
    private final EmbeddingTable table;
    private final int feature;
    private final ParameterGroup group;
    private final Signal output;

    Lookup(EmbeddingTable table, int feature, ParameterGroup group, Signal output) {
        this.table = table;
        this.feature = feature;
        this.group = group;
        this.output = output;
    }

    /**
     * Returns the table.
     *
     * @return the table, owned by the network
     */
    public EmbeddingTable table() {
        return table;
    }

    /**
     * Returns the feature of a batch whose values are row numbers.
     *
     * @return number of the sparse feature, or of a cross that {@link Network#derive} puts behind them
     */
    public int feature() {
        return feature;
    }

    /**
     * Returns what the rows are to the model.
     *
     * @return the group
     */
    public ParameterGroup group() {
        return group;
    }

    /**
     * Returns what pooling the table's rows costs: an addition an element of each row; row numbers and offsets are read and
     * pooled rows written in order.
     *
     * @param shape the samples and their bags
     * @return the cost
     */
    public Cost cost(BatchShape shape) {
        final double rows = shape.rows(feature);
        return new Cost(rows * table.dim(), rows * Long.BYTES
                + shape.samples() * (Integer.BYTES + (double) table.dim() * Float.BYTES), rows,
                rows * table.rowStrideBytes());
    }

    Signal output() {
        return output;
    }
}
