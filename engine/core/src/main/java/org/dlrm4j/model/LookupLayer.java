package org.dlrm4j.model;

import java.util.Arrays;
import org.dlrm4j.kernels.Pooling;
import org.dlrm4j.kernels.SparseLengthsSum;
import org.dlrm4j.store.EmbeddingTable;

/**
 * Pools rows of tables, each table into its own columns. The gradient of the output is all that the sparse optimizers need:
 * there is no backward pass beyond it, except to weights that multiply rows, one an index.
 */
final class LookupLayer implements Layer {
    private final String name;
    private final Lookup[] lookups;
    private final Lookup[] pooled;
    private final Lookup[] weights;
    private final Pooling pooling;

    LookupLayer(String name, Lookup[] lookups, Pooling pooling) {
        this.name = name;
        this.lookups = lookups;
        this.pooling = pooling;
        pooled = Arrays.stream(lookups).filter(Lookup::isPooled).toArray(Lookup[]::new);
        weights = Arrays.stream(lookups).filter(lookup -> !lookup.isPooled()).toArray(Lookup[]::new);
    }

    @Override
    public void forward(Slots slots) {
        for (Lookup lookup : pooled) {
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
                slots.count(), pooling, slots.batch().weights(f), 0, slots.values(out), slots.valuesOffset(out),
                slots.valuesStrideBytes(out));
    }

    @Override
    public void backward(Slots slots) {
        for (Lookup lookup : weights) {
            weightGradient(lookup, slots);
        }
    }

    private void weightGradient(Lookup lookup, Slots slots) {
        final EmbeddingTable table = lookup.rows().table();
        final int f = lookup.feature();
        final Signal out = lookup.rows().output();
        SparseLengthsSum.weightGradient(table.name(), table.segment(), table.dataOffset(), table.rowStrideBytes(),
                table.rows(), table.dim(), slots.batch().indices(f), 0, slots.batch().indexCount(f),
                slots.batch().offsets(f), (long) slots.firstSample() * Integer.BYTES, slots.count(), pooling,
                slots.gradient(out), slots.gradientOffset(out), slots.gradientStrideBytes(out),
                slots.indexGradient(lookup), 0);
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
    public int lookups() {
        return lookups.length;
    }

    @Override
    public Cost forwardCost(BatchShape shape) {
        Cost sum = Cost.NONE;
        for (Lookup lookup : lookups) {
            sum = sum.plus(lookup.cost(shape));
        }
        return sum;
    }

    /** Each weight's gradient is the product of a row and its bag's gradient. */
    @Override
    public Cost backwardCost(BatchShape shape) {
        Cost sum = Cost.NONE;
        for (Lookup lookup : weights) {
            final Cost ofRows = lookup.rows().cost(shape);
            sum = sum.plus(new Cost(2 * ofRows.flops(), ofRows.bytes() + ofRows.rows() * Float.BYTES, ofRows.rows(),
                    ofRows.rowBytes()));
        }
        return sum;
    }
}
