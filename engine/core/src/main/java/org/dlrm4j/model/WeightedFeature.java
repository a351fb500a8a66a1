package org.dlrm4j.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.dlrm4j.data.Batch;
import org.dlrm4j.store.EmbeddingTable;

/**
 * A derived feature whose indices have the weights of a table. They are gathered before the step that uses them changes the
 * table, so that the update of the rows sees those of the forward pass.
 *
 * @param bags the bags
 * @param table one weight a row
 */
record WeightedFeature(MappedFeature bags, EmbeddingTable table) implements DerivedFeature {
    @Override
    public void fill(Batch batch, int derived) {
        bags.fill(batch, derived);
        final MemorySegment indices = batch.indices(derived);
        final MemorySegment weights = batch.addWeights(derived);
        for (int p = 0; p < batch.indexCount(derived); p++) {
            weights.setAtIndex(ValueLayout.JAVA_FLOAT, p, table.segment().get(ValueLayout.JAVA_FLOAT,
                    table.rowOffset(indices.getAtIndex(ValueLayout.JAVA_LONG, p))));
        }
    }
}
