package org.dlrm4j.data;

import java.util.Arrays;

/** Counts the values of a sparse feature in the training data and chooses those that get rows of their own. */
final class ValueCounter {
    private final SparseFeature feature;
    private final ValueDictionary seen;
    private int[] counts = new int[16];

    ValueCounter(SparseFeature feature) {
        this.feature = feature;
        this.seen = new ValueDictionary(feature.name());
    }

    void add(long value) {
        int row = seen.add(value);
        if (row == counts.length) {
            counts = Arrays.copyOf(counts, 2 * row);
        }
        // Saturates: beyond two billion, one more or less decides nothing.
        counts[row] = Math.max(counts[row], counts[row] + 1);
    }

    /** Keeps the values that are frequent enough, in order of first appearance. */
    ValueDictionary dictionary() {
        int least = leastCount();
        // Of the values with exactly the least count only the first ones may fit.
        int ties = Integer.MAX_VALUE;
        if (feature.maxValues() > 0) {
            int above = 0;
            for (int row = 0; row < seen.size(); row++) {
                above += counts[row] > least ? 1 : 0;
            }
            ties = feature.maxValues() - above;
        }
        ValueDictionary kept = new ValueDictionary(feature.name());
        for (int row = 0; row < seen.size(); row++) {
            if (counts[row] > least || counts[row] == least && ties-- > 0) {
                kept.add(seen.value(row));
            }
        }
        return kept;
    }

    private int leastCount() {
        if (feature.maxValues() == 0 || seen.size() <= feature.maxValues()) {
            return feature.minCount();
        }
        int[] sorted = Arrays.copyOf(counts, seen.size());
        Arrays.sort(sorted);
        return Math.max(feature.minCount(), sorted[sorted.length - feature.maxValues()]);
    }
}
