package org.dlrm4j.model;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.dlrm4j.data.Batch;

/**
 * A cross of sparse features: each combination of their values, hashed to a row. Of bags of several values every combination
 * counts, the last feature's values changing fastest; with an empty bag among them there is none.
 *
 * <p>The row of a combination of row numbers {@code r_1, …, r_k} is {@code ⌊h_k · rows / 2^64⌋}, {@code h_k} unsigned, with
 *
 * <pre>{@code
 * h_0 = 0,  h_j = mix(h_(j-1) + r_j + 0x9e3779b97f4a7c15)
 * mix(z): z ^= z >>> 30;  z *= 0xbf58476d1ce4e5b9;  z ^= z >>> 27;  z *= 0x94d049bb133111eb;  z ^= z >>> 31
 * }</pre>
 *
 * <p>modulo {@code 2^64}: the steps of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). Saved models depend on it.
 *
 * @param features the sparse features, two or more different ones
 * @param rows rows that combinations are hashed to, 1 or more
 */
public record FeatureCross(int[] features, long rows) {
    private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

    /**
     * Checks the cross by itself.
     *
     * @throws IllegalArgumentException naming what is wrong
     */
    public FeatureCross {
        features = features.clone();
        final String name = name(features);
        Requirement.that(features.length >= 2, "cross %s has %d feature, expected 2 or more", name, features.length);
        for (int feature : features) {
            Requirement.that(feature >= 0, "cross %s names feature %d, expected 0 or more", name, feature);
        }
        Requirement.that(Arrays.stream(features).distinct().count() == features.length,
                "cross %s names a feature twice; name each once", name);
        Requirement.that(rows >= 1, "cross %s has %d rows, expected 1 or more", name, rows);
    }

    /**
     * Returns the sparse features.
     *
     * @return a copy
     */
    @Override
    public int[] features() {
        return features.clone();
    }

    /**
     * Returns the cross as it is declared.
     *
     * @return numbers of features, such as {@code 0x3}
     */
    public String name() {
        return name(features);
    }

    private static String name(int[] features) {
        return Arrays.stream(features).mapToObj(String::valueOf).collect(Collectors.joining("x"));
    }

    void check(int sparseFeatures) {
        for (int feature : features) {
            Requirement.that(feature < sparseFeatures,
                    "cross %s names sparse feature %d, but there are %d; they count from 0", name(), feature,
                    sparseFeatures);
        }
    }

    /** Fills a batch's derived feature. Values that are no rows are left to the lookup of their own feature, which refuses them. */
    void fill(Batch batch, int derived) {
        for (int feature : features) {
            batch.checkOffsets(feature);
        }
        for (int sample = 0; sample < batch.size(); sample++) {
            addCombinations(batch, derived, sample, 0, 0L);
            batch.endBag(derived);
        }
    }

    private void addCombinations(Batch batch, int derived, int sample, int part, long hash) {
        if (part == features.length) {
            batch.addIndex(derived, Math.unsignedMultiplyHigh(hash, rows));
            return;
        }
        final int feature = features[part];
        final int from = batch.offsets(feature).getAtIndex(ValueLayout.JAVA_INT, sample);
        final int to = batch.offsets(feature).getAtIndex(ValueLayout.JAVA_INT, sample + 1L);
        for (int p = from; p < to; p++) {
            final long row = batch.indices(feature).getAtIndex(ValueLayout.JAVA_LONG, p);
            addCombinations(batch, derived, sample, part + 1, mix(hash + row + GOLDEN_GAMMA));
        }
    }

    private static long mix(long hash) {
        long z = hash;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
