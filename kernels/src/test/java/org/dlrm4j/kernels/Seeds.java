package org.dlrm4j.kernels;

import java.util.SplittableRandom;

/** Random numbers of the tests: a new seed each run, printed, and set again by {@code -Ddlrm4j.test.seed=}. */
final class Seeds {
    private static final long SEED = Long.getLong("dlrm4j.test.seed", System.nanoTime());

    static {
        System.out.println("random seed: -Ddlrm4j.test.seed=" + SEED);
    }

    private Seeds() {}

    static SplittableRandom random() {
        return new SplittableRandom(SEED);
    }

    static float[] floats(SplittableRandom random, int count) {
        final float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        return values;
    }
}
