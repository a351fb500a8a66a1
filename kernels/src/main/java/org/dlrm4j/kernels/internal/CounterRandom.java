package org.dlrm4j.kernels.internal;

/**
 * Random bits that are a function of their place. Each row (a sample of a layer, a row of a table) has a key, a hash of seed,
 * step, stream and row; its elements draw 32 bits each, low half first, from the SplitMix64 sequence that starts there. (Steele,
 * Lea, Flood, OOPSLA 2014; mixing constants of Stafford's variant 13.)
 */
public final class CounterRandom {
    /** What one step of the sequence adds: 2^64 over the golden ratio. */
    public static final long GAMMA = 0x9E3779B97F4A7C15L;
    /** First multiplier of the mix, after a shift by {@link #SHIFT1}. */
    public static final long MULTIPLIER1 = 0xBF58476D1CE4E5B9L;
    /** Second multiplier of the mix, after a shift by {@link #SHIFT2}. */
    public static final long MULTIPLIER2 = 0x94D049BB133111EBL;
    /** First shift of the mix. */
    public static final int SHIFT1 = 30;
    /** Second shift of the mix. */
    public static final int SHIFT2 = 27;
    /** Last shift of the mix. */
    public static final int SHIFT3 = 31;

    private CounterRandom() {}

    /** Returns the key that all rows of one stream share in one step: streams of layers are numbered up from 0, of tables down from -1. */
    public static long key(long seed, long step, int stream) {
        return mix(mix(mix(seed + GAMMA) + GAMMA + step) + GAMMA + stream);
    }

    /** Returns the key of one row. */
    public static long rowKey(long key, long row) {
        return mix(key + GAMMA + row);
    }

    /** Returns the 32 bits of one element. */
    public static int bits(long rowKey, int element) {
        final long pair = mix(rowKey + ((element >> 1) + 1L) * GAMMA);
        return (int) (pair >>> ((element & 1) << 5));
    }

    private static long mix(long z) {
        final long a = (z ^ (z >>> SHIFT1)) * MULTIPLIER1;
        final long b = (a ^ (a >>> SHIFT2)) * MULTIPLIER2;
        return b ^ (b >>> SHIFT3);
    }
}
