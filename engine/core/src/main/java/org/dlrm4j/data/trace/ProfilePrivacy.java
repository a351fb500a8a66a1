package org.dlrm4j.data.trace;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;
import org.agrona.collections.LongHashSet;

/**
 * What a profile shall not tell of its trace. Both measures can be combined; each leaves a profile that generates.
 *
 * <p><em>Rare values.</em> Rows with fewer than so many accesses are not named: the least numbers that no named row has stand
 * in for them, so that the number of rows and all hit rates stay. Distances that fewer accesses have are added to the next one.
 *
 * <p><em>Noise.</em> The two-sided geometric mechanism, Laplace's on whole numbers (Ghosh, Roughgarden and Sundararajan, 2009),
 * which unlike floating-point noise gives nothing away by its low bits (Mironov, 2012). Half of epsilon goes to the list of rows: a
 * row is named if its noisy count exceeds {@code 1 + ln(1 / delta) / (epsilon / 2)}; others get stand-ins, and the list is in
 * ascending order. The other half goes to the distances: the number of first accesses is blurred and gives the number of rows;
 * other distances are rounded up to a grid of eight steps an octave that does not depend on them, and all counts of the grid,
 * zeros too, are blurred. See {@code docs/synthetic-data.md} for what is guaranteed, and what not.
 */
public final class ProfilePrivacy {
    private static final int GRID_STEPS = 8;
    private static final int MAX_ROWS = 1 << 30;
    private static final ProfilePrivacy NONE = new ProfilePrivacy(1, 0, 0, 0, null);

    private final long leastAccesses;
    private final double epsilon;
    private final double delta;
    private final long changedDistances;
    private final RandomGenerator random;

    private ProfilePrivacy(long leastAccesses, double epsilon, double delta, long changedDistances,
            RandomGenerator random) {
        this.leastAccesses = leastAccesses;
        this.epsilon = epsilon;
        this.delta = delta;
        this.changedDistances = changedDistances;
        this.random = random;
    }

    /**
     * Keeps nothing private: profiles are exact.
     *
     * @return the setting
     */
    public static ProfilePrivacy none() {
        return NONE;
    }

    /**
     * Also drops rare values.
     *
     * @param accesses fewest accesses of a row or distance that is kept, 1 or more
     * @return a new setting
     * @throws IllegalArgumentException if the number is out of range
     */
    public ProfilePrivacy withLeastAccesses(long accesses) {
        if (accesses < 1) {
            throw new IllegalArgumentException("fewest accesses " + accesses + ", expected 1 or more");
        }
        return new ProfilePrivacy(accesses, epsilon, delta, changedDistances, random);
    }

    /**
     * Also adds noise, from the system's source of secure random numbers.
     *
     * @param epsilonOfAll     the privacy loss, more than 0; smaller is more private
     * @param deltaOfRows      probability that a row is named whose only access is what shall stay private, in (0, 0.5)
     * @param distancesChanged number of distances that what shall stay private may change, 1 or more: 1 protects one distance,
     *                         the number of rows plus 1 a whole access
     * @return a new setting
     * @throws IllegalArgumentException if a number is out of range
     */
    public ProfilePrivacy withNoise(double epsilonOfAll, double deltaOfRows, long distancesChanged) {
        return withNoise(epsilonOfAll, deltaOfRows, distancesChanged, new SecureRandom());
    }

    /** Adds noise that can be foreseen. */
    ProfilePrivacy withNoise(double epsilonOfAll, double deltaOfRows, long distancesChanged, RandomGenerator source) {
        if (!(epsilonOfAll > 0 && epsilonOfAll < Double.POSITIVE_INFINITY && deltaOfRows > 0 && deltaOfRows < 0.5)
                || distancesChanged < 1) {
            throw new IllegalArgumentException("epsilon " + epsilonOfAll + ", delta " + deltaOfRows + " and "
                    + distancesChanged
                    + " changed distances, expected an epsilon above 0, a delta between 0 and 0.5, and 1 "
                    + "or more distances");
        }
        return new ProfilePrivacy(leastAccesses, epsilonOfAll, deltaOfRows, distancesChanged, source);
    }

    /** Makes the profile of rows, their numbers of accesses, and the numbers of accesses of distances; takes the arrays over. */
    TraceProfile release(long[] rows, long[] accessesOf, long[] distanceCounts) {
        if (random == null) {
            if (leastAccesses > 1) {
                replaceUnnamed(rows, named(rows.length, element -> accessesOf[element] >= leastAccesses));
                mergeRare(distanceCounts);
            }
            return TraceProfile.ofCounts(rows, distanceCounts);
        }
        double rate = epsilon / 2;
        // A count of 1 exceeds this with a probability of at most delta.
        double threshold = Math.max(1 + Math.log(1 / delta) / rate, leastAccesses - 1);
        boolean[] named = named(rows.length, element -> accessesOf[element] + twoSidedGeometric(rate) > threshold);
        return release(rows, named, distanceCounts);
    }

    private TraceProfile release(long[] rows, boolean[] named, long[] distanceCounts) {
        int namedRows = 0;
        for (int i = 0; i < rows.length; i++) {
            if (named[i]) {
                rows[namedRows++] = rows[i];
            }
        }
        // A changed distance leaves one count and enters another.
        double rate = epsilon / 2 / (2.0 * changedDistances);
        long first = Math.max(1, distanceCounts[0] + twoSidedGeometric(rate));
        int released = Math.clamp(first, namedRows, MAX_ROWS);
        long[] all = Arrays.copyOf(rows, released);
        boolean[] kept = new boolean[released];
        Arrays.fill(kept, 0, namedRows, true);
        replaceUnnamed(all, kept);
        // The order of first accesses would tell of single accesses.
        Arrays.sort(all);
        long[] counts = noisyGrid(resize(distanceCounts, released), rate);
        counts[0] = first;
        if (leastAccesses > 1) {
            mergeRare(counts);
        }
        return TraceProfile.ofCounts(all, counts);
    }

    private static boolean[] named(int rows, IntPredicate isNamed) {
        boolean[] named = new boolean[rows];
        for (int i = 0; i < rows; i++) {
            named[i] = isNamed.test(i);
        }
        return named;
    }

    /** Puts the least numbers that are not named in the places of all others. */
    private static void replaceUnnamed(long[] rows, boolean[] named) {
        LongHashSet taken = new LongHashSet();
        for (int i = 0; i < rows.length; i++) {
            if (named[i]) {
                taken.add(rows[i]);
            }
        }
        long standIn = 0;
        for (int i = 0; i < rows.length; i++) {
            if (!named[i]) {
                while (taken.contains(standIn)) {
                    standIn++;
                }
                rows[i] = standIn++;
            }
        }
    }

    /** Gives counts of the distances up to the greatest; what lies beyond is counted there. */
    private static long[] resize(long[] counts, int greatest) {
        long[] resized = Arrays.copyOf(counts, greatest + 1);
        for (int distance = greatest + 1; distance < counts.length; distance++) {
            resized[greatest] += counts[distance];
        }
        return resized;
    }

    private long[] noisyGrid(long[] counts, double rate) {
        long[] noisy = new long[counts.length];
        int from = 1;
        for (int last = 1; from < counts.length; last = nextOnGrid(last)) {
            int to = Math.min(last, counts.length - 1);
            long sum = twoSidedGeometric(rate);
            for (; from <= to; from++) {
                sum += counts[from];
            }
            noisy[to] = Math.max(0, sum);
        }
        return noisy;
    }

    private static int nextOnGrid(int distance) {
        int octave = Integer.highestOneBit(distance);
        return (int) Math.min((long) distance + Math.max(1, octave / GRID_STEPS), Integer.MAX_VALUE);
    }

    private long twoSidedGeometric(double rate) {
        return geometric(rate) - geometric(rate);
    }

    /** Draws k with a probability in proportion to {@code exp(-rate · k)}. */
    private long geometric(double rate) {
        return (long) (-Math.log(1 - random.nextDouble()) / rate);
    }

    private void mergeRare(long[] counts) {
        long carried = 0;
        int lastKept = 0;
        for (int distance = 1; distance < counts.length; distance++) {
            carried += counts[distance];
            counts[distance] = 0;
            if (carried >= leastAccesses) {
                counts[distance] = carried;
                carried = 0;
                lastKept = distance;
            }
        }
        // What is left at the end joins the greatest distance kept, or the first accesses: never a count of its own.
        counts[lastKept] += carried;
    }
}
