package org.dlrm4j.model;

/**
 * A buffer that every pass through a network has for itself.
 *
 * @param floats width of a row
 * @param packed whether rows follow each other without padding
 * @param wholeBatch whether it has a row for each of the batch's samples, not only for each slot
 */
record BufferSpec(int floats, boolean packed, boolean wholeBatch) {
    Rows allocate(int slots, int maxBatch) {
        final int rows = wholeBatch ? maxBatch : slots;
        return packed ? Rows.allocateDense(rows, floats) : Rows.allocate(rows, floats);
    }
}
