package org.dlrm4j.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.dlrm4j.data.Batch;
import org.dlrm4j.kernels.Pooling;
import org.dlrm4j.os.NativeMemory;

/**
 * Gradients of weights that indices have, not bags: one a position of the batch. To optimizers each position is a bag of one
 * index. Memory grows with the largest batch.
 */
final class IndexGradients implements AutoCloseable {
    private final int[] features;
    private final int[] counts;
    private final NativeMemory[] gradients;
    private NativeMemory offsets = NativeMemory.allocate(Integer.BYTES);
    private int bags;

    /**
     * Makes room for the weights' tables among some lookups.
     *
     * @param lookups a network's lookups
     */
    IndexGradients(List<Lookup> lookups) {
        features = lookups.stream().filter(lookup -> !lookup.isPooled()).mapToInt(Lookup::feature).toArray();
        counts = new int[features.length];
        gradients = new NativeMemory[features.length];
        for (int i = 0; i < features.length; i++) {
            gradients[i] = NativeMemory.allocate(Layout.LINE_BYTES);
        }
    }

    int size() {
        return features.length;
    }

    /** Makes room for a batch whose features are derived. */
    void begin(Batch batch) {
        int most = 0;
        for (int i = 0; i < features.length; i++) {
            counts[i] = batch.indexCount(features[i]);
            most = Math.max(most, counts[i]);
            gradients[i] = grown(gradients[i], counts[i]);
        }
        if (most > bags) {
            offsets = grown(offsets, most + 1L);
            for (; bags < most; bags++) {
                offsets.segment().setAtIndex(ValueLayout.JAVA_INT, bags + 1L, bags + 1);
            }
        }
    }

    private static NativeMemory grown(NativeMemory memory, long numbers) {
        final long bytes = numbers * Float.BYTES;
        if (memory.segment().byteSize() >= bytes) {
            return memory;
        }
        final NativeMemory larger = NativeMemory.allocate(bytes + bytes / 2);
        MemorySegment.copy(memory.segment(), 0, larger.segment(), 0, memory.segment().byteSize());
        memory.close();
        return larger;
    }

    /** The gradients of a table of weights, a float a position. */
    MemorySegment gradient(int number) {
        return gradients[number].segment();
    }

    /** Returns how many gradients the batch has. */
    int count(int number) {
        return counts[number];
    }

    SparseGradient sparse(Lookup lookup, Batch batch) {
        final int count = counts[lookup.indexGradient()];
        return new SparseGradient(batch.indices(lookup.feature()), count, offsets.segment(), count, Pooling.SUM, null,
                gradient(lookup.indexGradient()), 0, Float.BYTES);
    }

    @Override
    public void close() {
        for (NativeMemory memory : gradients) {
            memory.close();
        }
        offsets.close();
    }
}
