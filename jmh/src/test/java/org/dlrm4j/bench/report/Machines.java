package org.dlrm4j.bench.report;

import java.util.List;

/** Machines with round numbers. */
final class Machines {
    private Machines() {}

    /** 100 GFLOP/s a core; L1 and L2 of 32 KiB and 1 MiB, L3 of 32 MiB; 10 GB/s of memory; 20 ns to reach a row there, 6.4 for a line. */
    static Machine round(int cores, Interconnect network) {
        return new Machine("round", cores, 100,
                List.of(new MemoryTier("L1", 1 << 15, 200, 200 * cores, 1, 0.5, 0.32),
                        new MemoryTier("L2", 1 << 20, 100, 100 * cores, 5, 1, 0.64),
                        new MemoryTier("L3", 1 << 25, 50, 100, 40, 5, 1.28)),
                List.of(new MemoryTier("DRAM", 1L << 34, 10, 16, 100, 20, 6.4),
                        new MemoryTier("CXL", 1L << 36, 5, 5, 300, 60, 12.8)),
                true, 3, network);
    }
}
