package org.dlrm4j.data;

import java.util.SplittableRandom;

/**
 * What the categories of one feature of {@link PlantedClickLog} add to the logit, some numbers each: Gaussian, the smaller the rarer
 * the category. Those behind {@link PlantedCategories#HEAD} borrow the Gaussian of a random one before it, so that a table of any
 * number of rows has effects everywhere and takes no memory for them.
 */
final class PlantedEffects {
    /** Rank at which a category's effect has fallen to half: one that is seen a few times only cannot be learned. */
    private static final double LEARNABLE_RANK = 50;

    private final int width;
    private final float[] head;

    PlantedEffects(SplittableRandom truth, long categories, int width, double deviation) {
        this.width = width;
        head = new float[(int) Math.min(PlantedCategories.HEAD, categories) * width];
        for (int i = 0; i < head.length; i++) {
            head[i] = (float) (deviation / rarity(i / width) * truth.nextGaussian());
        }
    }

    private static double rarity(long category) {
        return 1.0 + category / LEARNABLE_RANK;
    }

    /** Adds one number of a category of each row to its sum. */
    void add(long[] categories, int from, int count, int place, float[] sums) {
        for (int r = 0; r < count; r++) {
            sums[r] += of(categories[from + r], place);
        }
    }

    /** Gives one number of a category. */
    float of(long category, int place) {
        if (category < PlantedCategories.HEAD) {
            return head[(int) category * width + place];
        }
        int lender = (int) (ValueHash.mix(category) & PlantedCategories.HEAD - 1);
        return (float) (head[lender * width + place] * rarity(lender) / rarity(category));
    }
}
