package org.dlrm4j.model;

import org.dlrm4j.store.EmbeddingTable;

/**
 * A table in its place in a network: which feature's bags it pools, and what becomes of the result; or, of a table of weights
 * by which another table's rows are multiplied, which feature's indices have them.
 */
public final class Lookup {
    private final EmbeddingTable table;
    private final int feature;
    private final ParameterGroup group;
    private final Signal output;
    private final Lookup rows;
    private final int indexGradient;

    private Lookup(EmbeddingTable table, TableSpec spec, Signal output, Lookup rows, int indexGradient) {
        this.table = table;
        this.feature = spec.feature();
        this.group = spec.group();
        this.output = output;
        this.rows = rows;
        this.indexGradient = indexGradient;
    }

    /** Pools bags into a signal. */
    static Lookup pooled(EmbeddingTable table, TableSpec spec, Signal output) {
        return new Lookup(table, spec, output, null, -1);
    }

    /** Gives the indices of another lookup weights, whose gradients have a number among {@link IndexGradients}. */
    static Lookup weights(EmbeddingTable table, TableSpec spec, Lookup rows, int indexGradient) {
        return new Lookup(table, spec, null, rows, indexGradient);
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
     * @return number of the sparse feature, or of one that {@link Network#derive} puts behind them
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

    /** Returns whether bags are pooled to a signal; if not, each index has a gradient of its own. */
    boolean isPooled() {
        return output != null;
    }

    /** Of weights, returns the lookup whose rows they multiply. */
    Lookup rows() {
        return rows;
    }

    int indexGradient() {
        return indexGradient;
    }

    Signal output() {
        return output;
    }
}
