package org.dlrm4j.data.trace;

import java.util.ArrayList;
import java.util.List;

/**
 * How close one trace comes to another, judged by their profiles: shares of first accesses, distances in powers of two, hit
 * rates of least-recently-used caches.
 */
public final class TraceComparison {
    private static final double[] CACHE_SHARES = {0.001, 0.01, 0.05, 0.1, 0.25, 0.5};

    private final TraceProfile original;
    private final TraceProfile other;

    /**
     * A number of either trace.
     *
     * @param size     cache rows, or the greatest distance of a class
     * @param original the original's number
     * @param other    the other's
     */
    public record Pair(long size, double original, double other) {}

    /**
     * Compares two traces.
     *
     * @param original profile of the trace to come close to
     * @param other    profile of the trace that does
     */
    public TraceComparison(TraceProfile original, TraceProfile other) {
        this.original = original;
        this.other = other;
    }

    /**
     * Compares the shares of first accesses.
     *
     * @return {@link TraceProfile#uniqueRatio()} of both, by numbers of distinct rows
     */
    public Pair uniqueRatio() {
        return new Pair(original.distinctRows(), original.uniqueRatio(), other.uniqueRatio());
    }

    /**
     * Compares hit rates of caches of 0.1, 1, 5, 10, 25 and 50 % of the original's distinct rows, as far as these are different
     * whole numbers from 1.
     *
     * @return hit rates by cache rows, ascending
     */
    public List<Pair> hitRates() {
        List<Pair> pairs = new ArrayList<>();
        long last = 0;
        for (double share : CACHE_SHARES) {
            long size = Math.round(share * original.distinctRows());
            if (size > last) {
                pairs.add(new Pair(size, original.hitRate(size), other.hitRate(size)));
                last = size;
            }
        }
        return pairs;
    }

    /**
     * Compares shares of accesses with distances in {@code (size / 2, size]}, for the powers of two up to the greatest distance
     * of either.
     *
     * @return shares by greatest distance, ascending from 1
     */
    public List<Pair> distanceHistogram() {
        List<Pair> pairs = new ArrayList<>();
        long greatest = Math.max(original.maxDistance(), other.maxDistance());
        for (long size = 1, below = 0; below < greatest; below = size, size *= 2) {
            pairs.add(new Pair(size, original.hitRate(size) - original.hitRate(below),
                    other.hitRate(size) - other.hitRate(below)));
        }
        return pairs;
    }

    /**
     * Finds the greatest difference of hit rates over caches of every size.
     *
     * @return the cache size and both hit rates there
     */
    public Pair worstHitRate() {
        Pair worst = new Pair(0, 0, 0);
        for (TraceProfile profile : List.of(original, other)) {
            for (long distance : profile.distances()) {
                Pair pair = new Pair(distance, original.hitRate(distance), other.hitRate(distance));
                if (Math.abs(pair.original - pair.other) > Math.abs(worst.original - worst.other)) {
                    worst = pair;
                }
            }
        }
        return worst;
    }
}
