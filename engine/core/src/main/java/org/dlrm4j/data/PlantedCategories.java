package org.dlrm4j.data;

/**
 * Draws the categories of one feature of {@link PlantedClickLog} by Zipf's law, in constant time and memory for any number of
 * them. The first {@value #HEAD} have its probabilities exactly. Those behind are joined in sixteenths of an octave, each of which
 * has its share exactly, and its categories are equally likely.
 */
final class PlantedCategories {
    /** Categories that are drawn, and have effects, each for itself. */
    static final int HEAD = 1 << 13;
    private static final int GROUPS_PER_OCTAVE = 16;

    private final AliasSampler cells;
    /** First category of each group behind the head, and the end. */
    private final long[] firstOf;

    PlantedCategories(long categories, double exponent) {
        int head = (int) Math.min(HEAD, categories);
        int groups = 0;
        while (groupBegin(groups, categories) < categories) {
            groups++;
        }
        firstOf = new long[groups + 1];
        for (int g = 0; g <= groups; g++) {
            firstOf[g] = groupBegin(g, categories);
        }
        double[] weights = new double[head + groups];
        for (int k = 0; k < head; k++) {
            weights[k] = Math.pow(k + 1.0, -exponent);
        }
        for (int g = 0; g < groups; g++) {
            // The sum over so many terms is the integral between their middles, to ten digits.
            weights[head + g] = area(firstOf[g] + 0.5, firstOf[g + 1] + 0.5, exponent);
        }
        cells = new AliasSampler(weights);
    }

    private static long groupBegin(int group, long categories) {
        return Math.min(categories, Math.round(HEAD * Math.pow(2, (double) group / GROUPS_PER_OCTAVE)));
    }

    private static double area(double from, double to, double exponent) {
        double power = 1 - exponent;
        double octaves = Math.log(to / from);
        return Math.pow(from, power) * (Math.abs(power) < 1e-9 ? octaves : Math.expm1(power * octaves) / power);
    }

    /** Whether there are categories that have no effects of their own. */
    boolean reachBehindHead() {
        return firstOf.length > 1;
    }

    /** Draws a category for each row from its random bits, which are used up. */
    void sample(long[] bits, int count, long[] scratch, long[] into) {
        cells.sample(bits, count, scratch, into);
        if (reachBehindHead()) {
            scatter(bits, count, scratch, into);
        }
    }

    /** Puts cells that are groups where they lie, each at one of its categories. */
    private void scatter(long[] bits, int count, long[] scratch, long[] cells) {
        for (int r = 0; r < count; r++) {
            bits[r] = ValueHash.mix(bits[r]);
            scratch[r] = Math.max(cells[r] - HEAD, 0);
        }
        for (int r = 0; r < count; r++) {
            int group = (int) scratch[r];
            long first = firstOf[group];
            scratch[r] = first + Math.unsignedMultiplyHigh(bits[r], firstOf[group + 1] - first);
        }
        for (int r = 0; r < count; r++) {
            // All ones in the head: a branch would be mispredicted at every third category.
            long inHead = cells[r] - HEAD >> Long.SIZE - 1;
            cells[r] = scratch[r] ^ (scratch[r] ^ cells[r]) & inHead;
        }
    }
}
