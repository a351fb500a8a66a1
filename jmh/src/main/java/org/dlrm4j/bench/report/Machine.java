package org.dlrm4j.bench.report;

import java.util.List;

/**
 * A machine as the operator model sees it, measured or described.
 *
 * @param name what it is called
 * @param cores cores that compute
 * @param coreGflops single-precision GFLOP/s of one core
 * @param caches caches, the smallest first
 * @param memory memories, the fastest first: local, of another socket, behind CXL
 * @param hugePages whether tables lie in huge pages
 * @param walkNanos nanoseconds that a random row in memory costs more in small pages
 * @param network what joins several of them, or null if it stands alone
 */
record Machine(String name, int cores, double coreGflops, List<MemoryTier> caches, List<MemoryTier> memory,
        boolean hugePages, double walkNanos, Interconnect network) {
    Machine {
        caches = List.copyOf(caches);
        memory = List.copyOf(memory);
    }

    /** Returns the first cache that holds so many bytes, or the first memory. */
    MemoryTier holding(double bytes) {
        for (MemoryTier cache : caches) {
            if (bytes <= cache.bytes()) {
                return cache;
            }
        }
        return memory.getFirst();
    }

    /** Returns what all memories hold. */
    double memoryBytes() {
        return memory.stream().mapToDouble(MemoryTier::bytes).sum();
    }
}
