package org.dlrm4j.cli.bench;

import java.util.Arrays;
import java.util.SplittableRandom;

/** When queries of a Poisson process arrive: independent gaps of {@code -ln(1 - u) / rate}. */
final class ArrivalSchedule {
    /** A schedule of so many arrivals takes 1 GiB. */
    private static final long MAX_ARRIVALS = 1L << 27;

    private ArrivalSchedule() {}

    /**
     * Draws the arrivals of a run.
     *
     * @param perSecond mean rate
     * @param seconds length of the run
     * @param seed seed of the gaps
     * @return nanoseconds from the start, ascending; all those below the length
     * @throws IllegalArgumentException if there would be too many
     */
    static long[] poisson(double perSecond, double seconds, long seed) {
        final double expected = perSecond * seconds;
        if (!(expected <= MAX_ARRIVALS)) {
            throw new IllegalArgumentException("a schedule of " + perSecond + " queries/s for " + seconds
                    + " s is longer than " + MAX_ARRIVALS + " arrivals; lower --target-qps or --duration");
        }
        final SplittableRandom random = new SplittableRandom(seed);
        final double endNanos = seconds * 1e9;
        // Six standard deviations above the mean hold all but one schedule of a thousand million.
        long[] arrivals = new long[(int) (expected + 6 * Math.sqrt(expected) + 16)];
        int count = 0;
        for (double at = gap(random, perSecond); at < endNanos; at += gap(random, perSecond)) {
            if (count == arrivals.length) {
                arrivals = Arrays.copyOf(arrivals, 2 * count);
            }
            arrivals[count++] = (long) at;
        }
        return Arrays.copyOf(arrivals, count);
    }

    private static double gap(SplittableRandom random, double perSecond) {
        return -Math.log1p(-random.nextDouble()) / perSecond * 1e9;
    }
}
