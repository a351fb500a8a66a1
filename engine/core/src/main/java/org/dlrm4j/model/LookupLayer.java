package org.dlrm4j.model;

import org.dlrm4j.kernels.Pooling;
import org.dlrm4j.kernels.SparseLengthsSum;
import org.dlrm4j.store.EmbeddingTable;

/**
 * Pools rows of tables, each table into its own columns. The gradient of the output is all that the sparse optimizers need:
 * there is no backward pass beyond it.
 */
final class LookupLayer implements Layer {
    private final String name;
    private final Lookup[] lookups;
    private final Pooling pooling;

    LookupLayer(String name, Lookup[] lookups, Pooling pooling) {
        this.name = name;
        this.lookups = lookups;
        this.pooling = pooling;
    }

    @Override
    public void forward(Slots slots) {
        for (Lookup lookup : lookups) {
            pool(lookup, pooling, slots);
        }
    }

    /** Looks up one table: reads nothing but the batch, so the tables of all layers may be taken first, in any order. */
    static void pool(Lookup lookup, Pooling pooling, Slots slots) {
        final EmbeddingTable table = lookup.table();
        final int f = lookup.feature();
        final Signal out = lookup.output();
        SparseLengthsSum.forward(table.name(), table.rowFormat(), table.segment(), table.dataOffset(),
                table.rowStrideBytes(), table.rows(), table.dim(), slots.batch().indices(f), 0,
                slots.batch().indexCount(f), slots.batch().offsets(f), (long) slots.firstSample() * Integer.BYTES,
                slots.count(), pooling, null, 0, slots.values(out), slots.valuesOffset(out),
                slots.valuesStrideBytes(out));
    }

    @Override
    public void backward(Slots slots) {
        // The optimizer reads the gradient where the consumers left it.
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public OperatorKind kind() {
        return OperatorKind.LOOKUP;
    }

    @Override
    public Cost forwardCost(BatchShape shape) {
        Cost sum = Cost.NONE;
        for (Lookup lookup : lookups) {
            sum = sum.plus(lookup.cost(shape));
        }
        return sum;
    }

    @Override
    public Cost backwardCost(BatchShape shape) {
        return Cost.NONE;
    }
}
