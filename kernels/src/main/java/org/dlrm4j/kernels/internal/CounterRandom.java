package org.dlrm4j.kernels.internal;

/**
 * Random bits of a seed and a counter, without state: whoever computes element {@code n} gets the same bits. The mixing is that of
 * SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014), variant 13 of Stafford.
 */
final class CounterRandom {
    private static final long GOLDEN_GAMMA = 0x9E37_79B9_7F4A_7C15L;

    private CounterRandom() {}

    /** Returns 16 uniform bits. */
    static int bits16(long seed, long counter) {
        // The seed is mixed first, so that the streams of two near seeds are not shifts of each other.
        return (int) (mix(mix(seed) + counter * GOLDEN_GAMMA) >>> 48);
    }

    private static long mix(long value) {
        long z = value + GOLDEN_GAMMA;
        z = (z ^ z >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        z = (z ^ z >>> 27) * 0x94D0_49BB_1331_11EBL;
        return z ^ z >>> 31;
    }
}
