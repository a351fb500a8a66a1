package org.dlrm4j.data;

/** A row of {@link PlantedClickLog} that is drawn again and again; one thread uses it. */
final class PlantedRow {
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;
    private static final int SLOT_BITS = Integer.numberOfTrailingZeros(PlantedCounts.SLOTS);
    private static final int SLOTS_A_DRAW = Long.SIZE / SLOT_BITS;

    private final PlantedClickLog log;
    private final int[] bags;
    /** Slots of the counts. */
    final int[] slots;
    /** Categories, bag after bag. */
    final long[] ids;
    private double rawLogit;
    private double uniform;

    PlantedRow(PlantedClickLog log) {
        this.log = log;
        bags = log.shape().bagRows();
        slots = new int[log.shape().denseFeatures()];
        int all = 0;
        for (int bag : bags) {
            all += bag;
        }
        ids = new long[all];
    }

    /** Draws row {@code number}, which depends on nothing but the log and the number. */
    void draw(long number) {
        long state = ValueHash.mix(log.seed() + 0x632be59bd9b4e019L * number);
        for (int f = 0, i = 0; f < bags.length; f++) {
            PlantedCategories categories = log.categories(f);
            for (int end = i + bags[f]; i < end; i++) {
                ids[i] = categories.sample(ValueHash.mix(state += GOLDEN));
            }
        }
        for (int j = 0; j < slots.length;) {
            long bits = ValueHash.mix(state += GOLDEN);
            for (int k = 0; k < SLOTS_A_DRAW && j < slots.length; k++, j++) {
                slots[j] = (int) bits & PlantedCounts.SLOTS - 1;
                bits >>>= SLOT_BITS;
            }
        }
        uniform = (ValueHash.mix(state + GOLDEN) >>> 11) * 0x1p-53;
        rawLogit = log.rawLogit(slots, ids);
    }

    /** The sum of all terms, before scale and bias. */
    double rawLogit() {
        return rawLogit;
    }

    double probability() {
        return log.probabilityOf(rawLogit);
    }

    int label() {
        return uniform < probability() ? 1 : 0;
    }
}
