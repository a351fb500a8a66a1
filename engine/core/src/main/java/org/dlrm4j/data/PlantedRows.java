package org.dlrm4j.data;

import java.util.Arrays;

/**
 * A block of consecutive rows of {@link PlantedClickLog} that is drawn again and again, feature by feature: rows are independent
 * of each other, and a feature's tables stay in the first-level cache. One thread uses it.
 */
final class PlantedRows {
    /** Most rows of a block. */
    static final int BLOCK = 128;

    private static final long GOLDEN = 0x9e3779b97f4a7c15L;
    private static final int SLOT_BITS = Integer.numberOfTrailingZeros(PlantedCounts.SLOTS);
    private static final int SLOTS_A_DRAW = Long.SIZE / SLOT_BITS;

    private final PlantedClickLog log;
    private final int[] bags;
    private final int denseFeatures;
    private final long[] states = new long[BLOCK];
    private final int[] slots;
    private final long[] ids;
    private final double[] logits = new double[BLOCK];
    private final float[] left = new float[BLOCK];
    private final float[] right = new float[BLOCK];
    private final double[] uniforms = new double[BLOCK];

    PlantedRows(PlantedClickLog log) {
        this.log = log;
        bags = log.shape().bagRows();
        denseFeatures = log.shape().denseFeatures();
        slots = new int[denseFeatures * BLOCK];
        int all = 0;
        for (int bag : bags) {
            all += bag;
        }
        ids = new long[Math.multiplyExact(all, BLOCK)];
    }

    /** Draws the rows {@code first … first + count - 1}, each of which depends on nothing but the log and its number. */
    void draw(long first, int count) {
        for (int r = 0; r < count; r++) {
            states[r] = ValueHash.mix(log.seed() + 0x632be59bd9b4e019L * (first + r));
        }
        long step = 0;
        for (int f = 0, i = 0; f < bags.length; f++) {
            for (int end = i + bags[f]; i < end; i++) {
                log.categories(f).sample(states, step += GOLDEN, count, ids, i * BLOCK);
            }
        }
        for (int j = 0; j < denseFeatures; j += SLOTS_A_DRAW) {
            drawSlots(step += GOLDEN, count, j, Math.min(SLOTS_A_DRAW, denseFeatures - j));
        }
        for (int r = 0; r < count; r++) {
            uniforms[r] = (ValueHash.mix(states[r] + step + GOLDEN) >>> 11) * 0x1p-53;
        }
        addTerms(count);
    }

    private void drawSlots(long step, int count, int from, int features) {
        for (int r = 0; r < count; r++) {
            long bits = ValueHash.mix(states[r] + step);
            for (int k = 0; k < features; k++) {
                slots[(from + k) * BLOCK + r] = (int) bits & PlantedCounts.SLOTS - 1;
                bits >>>= SLOT_BITS;
            }
        }
    }

    /** Sums each row's terms in one order, whatever the block. */
    private void addTerms(int count) {
        Arrays.fill(logits, 0);
        for (int j = 0; j < denseFeatures; j++) {
            log.counts(j).addTerms(slots, j * BLOCK, count, logits);
        }
        for (int f = 0; f < bags.length; f++) {
            sumBags(log.effects(f), f, 0, count, left);
            for (int r = 0; r < count; r++) {
                logits[r] += left[r];
            }
        }
        for (int p = 0; p < log.pairs(); p++) {
            for (int k = 0; k < PlantedClickLog.LATENT; k++) {
                sumBags(log.latent(p, 0), log.pair(p, 0), k, count, left);
                sumBags(log.latent(p, 1), log.pair(p, 1), k, count, right);
                for (int r = 0; r < count; r++) {
                    logits[r] += left[r] * right[r];
                }
            }
        }
    }

    private void sumBags(PlantedEffects terms, int feature, int place, int count, float[] sums) {
        Arrays.fill(sums, 0);
        int from = log.bagBegin(feature);
        for (int i = from; i < from + bags[feature]; i++) {
            terms.add(ids, i * BLOCK, count, place, sums);
        }
    }

    /** The slot of a count. */
    int slot(int feature, int row) {
        return slots[feature * BLOCK + row];
    }

    /** A category, counted over all bags of a row. */
    long id(int place, int row) {
        return ids[place * BLOCK + row];
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
