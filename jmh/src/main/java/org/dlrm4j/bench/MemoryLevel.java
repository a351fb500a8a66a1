package org.dlrm4j.bench;

/** Which memory holds operands: for cores with 32 KiB of L1, 1 MiB of L2 and a common L3 of 32 MiB, or more. */
public enum MemoryLevel {
    /** Half of L1. */
    L1(16L << 10),
    /** Half of L2. */
    L2(512L << 10),
    /** Half of L3. */
    L3(16L << 20),
    /** 32 times L3: 97 % or more of uniform lookups go to memory. */
    DRAM(1L << 30);

    private final long bytes;

    MemoryLevel(long bytes) {
        this.bytes = bytes;
    }

    /**
     * Returns how much one thread uses if it is alone: half of what there is, so that it stays.
     *
     * @return bytes
     */
    public long bytes() {
        return bytes;
    }

    /** Returns how much each of several threads uses, which have L1 and L2 of their own and share the rest. */
    long bytes(int threads) {
        return this == L1 || this == L2 ? bytes : Math.max(L2.bytes, Long.highestOneBit(bytes / threads));
    }

    /**
     * Returns the first level that can hold so many bytes.
     *
     * @param bytes size of the operands
     * @return the level
     */
    public static MemoryLevel holding(double bytes) {
        for (MemoryLevel level : values()) {
            if (bytes <= 2.0 * level.bytes) {
                return level;
            }
        }
        return DRAM;
    }
}
