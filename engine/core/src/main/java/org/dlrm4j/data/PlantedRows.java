package org.dlrm4j.data;

import java.util.Arrays;

/**
 * A block of consecutive rows of {@link PlantedClickLog} that is drawn again and again, feature by feature: rows are independent
 * of each other, and a feature's tables stay in the first-level cache. One thread uses it.
 */
final class PlantedRows {
    /** Most rows of a block. */
    static final int BLOCK = 256;

    private static final long GOLDEN = 0x9e3779b97f4a7c15L;
    private static final int SLOT_BITS = Integer.numberOfTrailingZeros(PlantedCounts.SLOTS);
    private static final int SLOTS_A_DRAW = Long.SIZE / SLOT_BITS;

    private final PlantedClickLog log;
    private final int[] bags;
    private final int denseFeatures;
    private final long[] states = new long[BLOCK];
    private final long[] bits = new long[BLOCK];
    private final long[] scratch = new long[BLOCK];
    private final int[][] slots;
    private final long[][] ids;
    private final double[] logits = new double[BLOCK];
    /** Of each sparse feature, each of its effects, and each row: the sum over the bag. */
    private final float[][][] sums;
    private final PlantedLenders lenders = new PlantedLenders();
    private final double[] uniforms = new double[BLOCK];

    PlantedRows(PlantedClickLog log) {
        this.log = log;
        bags = log.shape().bagRows();
        denseFeatures = log.shape().denseFeatures();
        slots = new int[denseFeatures][BLOCK];
        sums = new float[bags.length][][];
        int all = 0;
        for (int f = 0; f < bags.length; f++) {
            all += bags[f];
            sums[f] = new float[log.effects(f).length][BLOCK];
        }
        ids = new long[all][BLOCK];
    }

    /** Draws the rows {@code first … first + count - 1}, each of which depends on nothing but the log and its number. */
    void draw(long first, int count) {
        for (int r = 0; r < count; r++) {
            states[r] = ValueHash.mix(log.seed() + 0x632be59bd9b4e019L * (first + r));
        }
        long step = 0;
        for (int f = 0, i = 0; f < bags.length; f++) {
            for (float[] sum : sums[f]) {
                Arrays.fill(sum, 0);
            }
            for (int end = i + bags[f]; i < end; i++) {
                drawCategories(step += GOLDEN, count, f, ids[i]);
            }
        }
        for (int j = 0; j < denseFeatures; j += SLOTS_A_DRAW) {
            drawBits(step += GOLDEN, count);
            for (int k = 0; k < Math.min(SLOTS_A_DRAW, denseFeatures - j); k++) {
                drawSlots(k * SLOT_BITS, count, slots[j + k]);
            }
        }
        drawBits(step + GOLDEN, count);
        for (int r = 0; r < count; r++) {
            uniforms[r] = (bits[r] >>> 11) * 0x1p-53;
        }
        addTerms(count);
    }

    /** Loops that only compute are apart from those that look up, since C2 makes vector code of the former. */
    private void drawBits(long step, int count) {
        for (int r = 0; r < count; r++) {
            bits[r] = ValueHash.mix(states[r] + step);
        }
    }

    private void drawCategories(long step, int count, int feature, long[] into) {
        PlantedCategories categories = log.categories(feature);
        drawBits(step, count);
        categories.sample(bits, count, scratch, into);
        if (categories.reachBehindHead()) {
            lenders.find(into, count);
        }
        PlantedEffects[] effects = log.effects(feature);
        for (int k = 0; k < effects.length; k++) {
            effects[k].add(into, count, lenders, sums[feature][k]);
        }
    }

    private void drawSlots(int shift, int count, int[] into) {
        for (int r = 0; r < count; r++) {
            into[r] = (int) (bits[r] >>> shift) & PlantedCounts.SLOTS - 1;
        }
    }

    /** Sums each row's terms in one order, whatever the block. */
    private void addTerms(int count) {
        Arrays.fill(logits, 0);
        for (int j = 0; j < denseFeatures; j++) {
            log.counts(j).addTerms(slots[j], count, logits);
        }
        for (float[][] sum : sums) {
            add(sum[0], count);
        }
        for (int p = 0; p < log.pairs(); p++) {
            float[][] left = sums[log.pair(p, 0)];
            float[][] right = sums[log.pair(p, 1)];
            for (int k = 1; k <= PlantedClickLog.LATENT; k++) {
                addProducts(left[k], right[k], count);
            }
        }
    }

    private void add(float[] terms, int count) {
        for (int r = 0; r < count; r++) {
            logits[r] += terms[r];
        }
    }

    private void addProducts(float[] left, float[] right, int count) {
        for (int r = 0; r < count; r++) {
            logits[r] += left[r] * right[r];
        }
    }

    /** The slots of a count, a row each. */
    int[] slots(int feature) {
        return slots[feature];
    }

    /** The categories at a place, counted over all bags of a row, a row each. */
    long[] ids(int place) {
        return ids[place];
    }

    /** The sum of all terms of a row, before scale and bias. */
    double rawLogit(int row) {
        return logits[row];
    }

    double probability(int row) {
        return log.probabilityOf(logits[row]);
    }

    int label(int row) {
        return uniforms[row] < probability(row) ? 1 : 0;
    }
}
