package org.dlrm4j.data.trace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ProfilePrivacyTest {
    private static final long[] TRACE = NaiveTraces.drifting(2, 50_000, 3000);

    private static Map<Long, Integer> accesses() {
        Map<Long, Integer> accesses = new HashMap<>();
        for (long row : TRACE) {
            accesses.merge(row, 1, Integer::sum);
        }
        return accesses;
    }

    @Test
    void rareRowsAndDistancesLeaveTheProfile() {
        TraceProfiler profiler = NaiveTraces.profiler(TRACE);
        TraceProfile exact = profiler.profile();
        TraceProfile released = profiler.profile(ProfilePrivacy.none().withLeastAccesses(20));
        Map<Long, Integer> accesses = accesses();
        long[] rows = exact.rows();
        long standIn = 0;
        for (int i = 0; i < rows.length; i++) {
            // Rows of the trace are large numbers: stand-ins are none of them.
            rows[i] = accesses.get(rows[i]) >= 20 ? rows[i] : standIn++;
        }
        assertTrue(standIn > 100, "rare rows: " + standIn);
        assertArrayEquals(rows, released.rows());
        assertEquals(exact.uniqueRatio(), released.uniqueRatio(), 1e-9);
        double[] cumulative = released.cumulative();
        for (int i = 1; i < cumulative.length; i++) {
            assertTrue((cumulative[i] - cumulative[i - 1]) * TRACE.length > 19.99,
                    "distance " + released.distances()[i]);
        }
        assertEquals(exact.hitRate(100), released.hitRate(100), 20.0 / TRACE.length + 1e-9);
        assertArrayEquals(exact.cumulative(), profiler.profile().cumulative(), "the profiler keeps its counts");
    }

    @Test
    void noiseIsThereAndSmallForALooseEpsilon() {
        TraceProfiler profiler = NaiveTraces.profiler(TRACE);
        TraceProfile exact = profiler.profile();
        ProfilePrivacy loose = ProfilePrivacy.none().withNoise(2, 1e-6, 1, new SplittableRandom(1));
        TraceProfile released = profiler.profile(loose);
        long[] rows = released.rows();
        long[] sorted = rows.clone();
        Arrays.sort(sorted);
        assertArrayEquals(sorted, rows);
        Map<Long, Integer> accesses = accesses();
        // The threshold is 1 + ln(1e6), some 15 accesses; the noise of a count seldom exceeds 13.
        Set<Long> named = new HashSet<>();
        for (long row : rows) {
            if (accesses.containsKey(row)) {
                named.add(row);
                assertTrue(accesses.get(row) > 1, "a row accessed once is named");
            }
        }
        assertTrue(named.size() < accesses.size());
        assertEquals(exact.distinctRows(), released.distinctRows(), 30);
        accesses.forEach(
                (row, count) -> assertTrue(count < 40 || named.contains(row), "row of " + count + " accesses"));
        for (int size : new int[]{1, 64, 512}) {
            assertEquals(exact.hitRate(size), released.hitRate(size), 0.01, "cache of " + size);
        }
        TraceProfile again = profiler.profile(ProfilePrivacy.none().withNoise(2, 1e-6, 1, new SplittableRandom(2)));
        assertTrue(!Arrays.equals(again.cumulative(), released.cumulative()), "noise differs");
        new TraceGenerator(released, DistanceDraw.EXHAUSTIVE, TraceGenerator.Policy.LRU, 1).next();
    }

    @Test
    void noiseHasTheDeviationOfItsEpsilon() {
        double epsilon = 0.4;
        double squares = 0;
        int draws = 2000;
        for (int i = 0; i < draws; i++) {
            // A thousand rows, too rare to be named: their number is released with noise.
            long[] counts = new long[1001];
            counts[0] = 1000;
            counts[1] = 1_000_000;
            TraceProfile released = ProfilePrivacy.none().withNoise(epsilon, 1e-6, 1, new SplittableRandom(i))
                    .release(LongStream.range(0, 1000).toArray(), LongStream.range(0, 1000).map(_ -> 1).toArray(),
                            counts);
            double difference = released.distinctRows() - 1000;
            squares += difference * difference / draws;
        }
        // The variance of a two-sided geometric deviate is close to 2 / rate^2, its kurtosis 6.
        double rate = epsilon / 4;
        assertEquals(1, squares / (2 / (rate * rate)), 5 * Math.sqrt(5.0 / draws));
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> ProfilePrivacy.none().withLeastAccesses(0));
        for (double[] bad : new double[][]{{0, 0.1, 1}, {Double.NaN, 0.1, 1}, {1, 0, 1}, {1, 0.5, 1}, {1, 0.1, 0}}) {
            assertThrows(IllegalArgumentException.class,
                    () -> ProfilePrivacy.none().withNoise(bad[0], bad[1], (long) bad[2]), Arrays.toString(bad));
        }
    }
}
