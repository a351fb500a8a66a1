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

    /** Draws a category for each row from the bits that its state has {@code step} further on. */
    void sample(long[] states, long step, int count, long[] into, int from) {
        for (int r = 0; r < count; r++) {
            into[from + r] = cells.sample(ValueHash.mix(states[r] + step));
        }
        if (firstOf.length > 1) {
            for (int r = 0; r < count; r++) {
                int group = (int) into[from + r] - HEAD;
                if (group >= 0) {
                    long bits = ValueHash.mix(ValueHash.mix(states[r] + step));
                    into[from + r] = firstOf[group]
                            + Math.unsignedMultiplyHigh(bits, firstOf[group + 1] - firstOf[group]);
                }
            }
        }
    }
}
