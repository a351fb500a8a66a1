package org.dlrm4j.data;

/**
 * What the categories of a block of rows borrow from: a category before {@link PlantedCategories#HEAD} is its own lender, one
 * behind it has a random one before it. One thread uses it.
 */
final class PlantedLenders {
    /** Rank at which a category's effect has fallen to half: one that is seen a few times only cannot be learned. */
    private static final double LEARNABLE_RANK = 50;

    private final long[] lenders = new long[PlantedRows.BLOCK];
    private final double[] rarities = new double[PlantedRows.BLOCK];
    private final double[] lent = new double[PlantedRows.BLOCK];

    /** By what the effect of a category is smaller than that of the most frequent one. */
    static double rarity(long category) {
        return 1.0 + category / LEARNABLE_RANK;
    }

    /** Finds the lenders of the categories of a block. */
    void find(long[] categories, int count) {
        for (int r = 0; r < count; r++) {
            long category = categories[r];
            // All ones in the head: a branch would be mispredicted at every third category.
            long inHead = category - PlantedCategories.HEAD >> Long.SIZE - 1;
            long random = ValueHash.mix(category);
            lenders[r] = (random ^ (random ^ category) & inHead) & PlantedCategories.HEAD - 1;
        }
        for (int r = 0; r < count; r++) {
            rarities[r] = rarity(categories[r]);
        }
    }

    /** Adds what each category borrows of {@code common}, the effects times the lenders' rarities, to its row's sum. */
    void add(double[] common, int count, float[] sums) {
        for (int r = 0; r < count; r++) {
            lent[r] = common[(int) lenders[r]];
        }
        for (int r = 0; r < count; r++) {
            sums[r] += (float) (lent[r] / rarities[r]);
        }
    }
}
