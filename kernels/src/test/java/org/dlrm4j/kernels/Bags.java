package org.dlrm4j.kernels;

import java.util.SplittableRandom;

/** Indices, offsets and weights of a random batch, with empty bags, one-row bags and duplicates. */
record Bags(int rows, int dim, long[] indices, int[] offsets, float[] weights, Pooling pooling) {
    static Bags random(SplittableRandom random, int bags, int averageLength, int rows, int dim, boolean weighted,
            Pooling pooling) {
        final int[] offsets = new int[bags + 1];
        // The first offset is not 0: two indices in front belong to nobody.
        offsets[0] = 2;
        for (int b = 0; b < bags; b++) {
            offsets[b + 1] = offsets[b] + switch (random.nextInt(4)) {
                case 0 -> 0;
                case 1 -> 1;
                default -> random.nextInt(2 * averageLength + 1);
            };
        }
        final long[] indices = new long[offsets[bags]];
        for (int p = 0; p < indices.length; p++) {
            indices[p] = random.nextInt(rows);
        }
        indices[0] = -7;
        indices[1] = Long.MAX_VALUE;
        return new Bags(rows, dim, indices, offsets, weighted ? Seeds.floats(random, indices.length) : null, pooling);
    }

    int bags() {
        return offsets.length - 1;
    }

    int length(int bag) {
        return offsets[bag + 1] - offsets[bag];
    }

    float weight(int position) {
        return weights == null ? 1f : weights[position];
    }

    /** The factor of the pooled vector's gradient at a position. */
    float scale(int bag, int position) {
        return pooling == Pooling.MEAN ? weight(position) * (1f / length(bag)) : weight(position);
    }
}
