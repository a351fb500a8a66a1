package org.dlrm4j.train;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.SparseUpdate;
import org.dlrm4j.os.NativeMemory;

/** Memory in which the gradients of repeated rows are summed, for each thread its own; grows with the largest list of bags. */
final class UpdateScratch implements AutoCloseable {
    private final NativeMemory[] memory;

    UpdateScratch(int threads) {
        memory = new NativeMemory[threads];
    }

    MemorySegment of(int thread, int indexCount, int dim) {
        final long bytes = SparseUpdate.scratchBytes(indexCount, dim);
        if (memory[thread] == null || memory[thread].segment().byteSize() < bytes) {
            if (memory[thread] != null) {
                memory[thread].close();
            }
            memory[thread] = NativeMemory.allocate(Math.max(64, bytes + bytes / 2));
        }
        return memory[thread].segment();
    }

    @Override
    public void close() {
        for (NativeMemory m : memory) {
            if (m != null) {
                m.close();
            }
        }
    }
}
