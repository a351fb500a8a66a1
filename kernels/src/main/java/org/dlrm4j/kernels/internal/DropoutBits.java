package org.dlrm4j.kernels.internal;

/**
 * Random bits that are a function of their place. Each sample of a layer has a key, a hash of seed, step, layer and
 * sample; its units draw 32 bits each, low half first, from the SplitMix64 sequence that starts there. (Steele, Lea,
 * Flood, OOPSLA 2014; mixing constants of Stafford's variant 13.)
 */
public final class DropoutBits {
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

    private DropoutBits() {}

    /** Returns the key that all samples of one layer share in one step. */
    public static long layerKey(long seed, long step, int layer) {
        return mix(mix(mix(seed + GAMMA) + GAMMA + step) + GAMMA + layer);
    }

    /** Returns the key of one sample. */
    public static long rowKey(long layerKey, long sample) {
        return mix(layerKey + GAMMA + sample);
    }

    /** Returns the 32 bits of one unit. */
    public static int bits(long rowKey, int unit) {
        final long pair = mix(rowKey + ((unit >> 1) + 1L) * GAMMA);
        return (int) (pair >>> ((unit & 1) << 5));
    }

    private static long mix(long z) {
        final long a = (z ^ (z >>> SHIFT1)) * MULTIPLIER1;
        final long b = (a ^ (a >>> SHIFT2)) * MULTIPLIER2;
        return b ^ (b >>> SHIFT3);
    }
}
