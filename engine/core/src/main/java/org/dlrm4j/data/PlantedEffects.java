package org.dlrm4j.data;

import java.util.SplittableRandom;

/**
 * One number of each category of a feature of {@link PlantedClickLog}, of which the logit is made: Gaussian, the smaller the rarer
 * the category. Those behind {@link PlantedCategories#HEAD} borrow the Gaussian of a random one before it, so that a table of any
 * number of rows has effects everywhere and takes no memory for them.
 */
final class PlantedEffects {
    private final float[] head;
    /** The numbers before they fell with the rank, which are lent; empty if nobody borrows. */
    private final double[] common;

    private PlantedEffects(long categories) {
        head = new float[(int) Math.min(PlantedCategories.HEAD, categories)];
        common = new double[categories > head.length ? head.length : 0];
    }

    /** Draws some numbers of each category, category by category. */
    static PlantedEffects[] draw(SplittableRandom truth, long categories, int width, double deviation) {
        PlantedEffects[] effects = new PlantedEffects[width];
        for (int k = 0; k < width; k++) {
            effects[k] = new PlantedEffects(categories);
        }
        for (int category = 0; category < effects[0].head.length; category++) {
            double rarity = PlantedLenders.rarity(category);
            for (PlantedEffects effect : effects) {
                float number = (float) (deviation / rarity * truth.nextGaussian());
                effect.head[category] = number;
                if (effect.common.length > 0) {
                    effect.common[category] = number * rarity;
                }
            }
        }
        return effects;
    }

    /** Adds the number of a category of each row to its sum. */
    void add(long[] categories, int count, PlantedLenders lenders, float[] sums) {
        if (common.length > 0) {
            // Borrowed from itself, a number is the same to the last bit: a double has bits enough for a float's way and back.
            lenders.add(common, count, sums);
        } else {
            for (int r = 0; r < count; r++) {
                sums[r] += head[(int) categories[r]];
            }
        }
    }
}
