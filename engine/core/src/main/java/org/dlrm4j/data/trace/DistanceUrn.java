package org.dlrm4j.data.trace;

import org.dlrm4j.data.NumpyRandom;

/** Draws stack distances without replacement; when all are drawn, they are put back. */
final class DistanceUrn implements DistanceDraw.Source {
    private final TraceProfile profile;
    private final NumpyRandom random;
    private final long[] counts;
    private final FenwickTree left;
    private long total;

    DistanceUrn(TraceProfile profile, NumpyRandom random) {
        this.profile = profile;
        this.random = random;
        counts = profile.counts();
        left = new FenwickTree(counts.length);
    }

    @Override
    public int next(long seenRows) {
        if (total == 0) {
            left.fill(counts);
            total = left.sumBefore(counts.length);
        }
        long possible = left.sumBefore(profile.lastAtMost(seenRows) + 1);
        // Rounded shares may hold fewer first accesses than the greatest distance needs: it then takes a new row.
        int place = left.find(random.interval((possible > 0 ? possible : total) - 1));
        left.add(place, -1);
        total--;
        return profile.distanceAt(place);
    }
}
