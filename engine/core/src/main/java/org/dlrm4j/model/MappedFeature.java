package org.dlrm4j.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.LongUnaryOperator;
import org.dlrm4j.data.Batch;

/**
 * A derived feature whose bags are a sparse feature's with every value replaced. Values are checked here: what becomes of one
 * that is out of range could be a row of a table. So are bag boundaries, for the same reason.
 *
 * @param feature the sparse feature
 * @param values number of its values
 * @param map the row of a value
 */
record MappedFeature(int feature, long values, LongUnaryOperator map) implements DerivedFeature {
    @Override
    public void fill(Batch batch, int derived) {
        batch.checkOffsets(feature);
        final MemorySegment offsets = batch.offsets(feature);
        final MemorySegment indices = batch.indices(feature);
        int p = offsets.get(ValueLayout.JAVA_INT, 0);
        for (int sample = 0; sample < batch.size(); sample++) {
            for (final int end = offsets.getAtIndex(ValueLayout.JAVA_INT, sample + 1L); p < end; p++) {
                final long value = indices.getAtIndex(ValueLayout.JAVA_LONG, p);
                if (value < 0 || value >= values) {
                    throw new IndexOutOfBoundsException("sparse feature " + feature + ", bag " + sample + ", position "
                            + p + ": value " + value + ", expected 0 to " + (values - 1) + " (" + values
                            + " values); hash the feature into the model's values or configure more of them");
                }
                batch.addIndex(derived, map.applyAsLong(value));
            }
            batch.endBag(derived);
        }
    }
}
