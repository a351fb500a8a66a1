package org.dlrm4j.model;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.os.NativeMemory;

/**
 * A buffer of one row of floats a sample.
 *
 * @param memory what owns it
 * @param strideBytes distance between rows
 */
record Rows(NativeMemory memory, long strideBytes) implements AutoCloseable {

    /** Allocates zeros; rows start on cache lines. */
    static Rows allocate(int rows, int floats) {
        final long strideBytes = Layout.strideBytes(floats);
        return new Rows(NativeMemory.allocate(Math.max(1, rows) * strideBytes), strideBytes);
    }

    /** Allocates zeros without padding between rows. */
    static Rows allocateDense(int rows, int floats) {
        return new Rows(NativeMemory.allocate((long) Math.max(1, rows) * floats * Float.BYTES),
                (long) floats * Float.BYTES);
    }

    MemorySegment segment() {
        return memory.segment();
    }

    /** Writes zeros to rows: their pages then lie on the calling thread's NUMA node. */
    void touch(int from, int to) {
        segment().asSlice(offset(from), (to - from) * strideBytes).fill((byte) 0);
    }

    long offset(int row) {
        return row * strideBytes;
    }

    @Override
    public void close() {
        memory.close();
    }
}
