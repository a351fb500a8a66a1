package org.dlrm4j.data.trace;

import org.dlrm4j.data.NumpyRandom;

/** Draws stack distances without replacement; when all are drawn, they are put back. */
final class DistanceUrn implements DistanceDraw.Source {
    private static final int BLOCK_SHIFT = 7;

    private final TraceProfile profile;
    private final NumpyRandom random;
    private final long[] counts;
    private final long[] left;
    /** Sums of blocks of what is left: a few megabytes that stay in the caches, where a tree of all counts would not. */
    private final FenwickTree blocks;
    private long total;
    /** Distances that can occur, and what is left of them together. */
    private int possiblePlaces;
    private long possible;

    DistanceUrn(TraceProfile profile, NumpyRandom random) {
        this.profile = profile;
        this.random = random;
        counts = profile.counts();
        left = new long[counts.length];
        blocks = new FenwickTree((counts.length + (1 << BLOCK_SHIFT) - 1) >>> BLOCK_SHIFT);
    }

    @Override
    public int next(long seenRows) {
        if (total == 0) {
            refill();
        }
        while (possiblePlaces < left.length && profile.distanceAt(possiblePlaces) <= seenRows) {
            possible += left[possiblePlaces++];
        }
        // Rounded shares may hold fewer first accesses than the greatest distance needs: it then takes a new row.
        int place = find(random.interval((possible > 0 ? possible : total) - 1));
        left[place]--;
        blocks.add(place >>> BLOCK_SHIFT, -1);
        total--;
        if (possible > 0) {
            possible--;
        }
        return profile.distanceAt(place);
    }

    private void refill() {
        System.arraycopy(counts, 0, left, 0, left.length);
        long[] sums = new long[(left.length + (1 << BLOCK_SHIFT) - 1) >>> BLOCK_SHIFT];
        for (int place = 0; place < left.length; place++) {
            sums[place >>> BLOCK_SHIFT] += left[place];
            total += left[place];
        }
        blocks.fill(sums);
        possiblePlaces = 0;
        possible = 0;
    }

    private int find(long target) {
        int block = blocks.find(target);
        long rest = target - blocks.sumBefore(block);
        int place = block << BLOCK_SHIFT;
        for (; left[place] <= rest; place++) {
            rest -= left[place];
        }
        return place;
    }
}
