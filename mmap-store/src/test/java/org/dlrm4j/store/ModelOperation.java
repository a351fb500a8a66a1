package org.dlrm4j.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.dlrm4j.store.EmbeddingTable.Allocation;

/** What is done to a model; the first ones store its next state. */
enum ModelOperation {
    CHECKPOINT, MAPPED_CHECKPOINT, SPARSE_CHECKPOINT, DELTA, COMPACTION, OPENING, VERIFICATION;

    static final int KEEP = 2;

    boolean storesNext() {
        return compareTo(DELTA) <= 0;
    }

    static long[] changedRows(StoredState state, Random random) {
        return random.longs(5, 0, state.items().length / state.dim()).toArray();
    }

    /** Does it; {@code next} is the state after {@code before}, in which some rows are changed. */
    void run(Path model, StoredState before, StoredState next, long[] changed) throws IOException {
        switch (this) {
            case CHECKPOINT -> next.checkpoint(model, KEEP, false, Allocation.PREALLOCATED);
            case MAPPED_CHECKPOINT -> next.checkpoint(model, KEEP, true, Allocation.PREALLOCATED);
            case SPARSE_CHECKPOINT -> next.checkpoint(model, KEEP, true, Allocation.SPARSE);
            case DELTA -> next.delta(model, changed);
            case COMPACTION -> ModelDirectory.compact(model, KEEP);
            case OPENING -> before.requireStored(model, "opening");
            case VERIFICATION -> ModelDirectory.open(model).verify(1, done -> {});
        }
    }
}
