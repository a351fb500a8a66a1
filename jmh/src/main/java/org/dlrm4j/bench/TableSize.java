package org.dlrm4j.bench;

/** Where a table's rows come from: sizes for a core with 1 MiB of L2 and 32 MiB of L3. */
public enum TableSize {
    /** Half of L2. */
    L2(512L << 10),
    /** Half of L3. */
    L3(16L << 20),
    /** 32 times L3: 97 % or more of uniform lookups go to memory. */
    DRAM(1L << 30);

    private final long bytes;

    TableSize(long bytes) {
        this.bytes = bytes;
    }

    long bytes() {
        return bytes;
    }
}
