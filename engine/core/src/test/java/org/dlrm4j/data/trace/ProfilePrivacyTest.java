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
        assertArrayEquals(LongStream.of(exact.rows()).filter(row -> accesses.get(row) >= 20).toArray(),
                released.rows());
        assertTrue(released.distinctRows() < exact.distinctRows());
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
        // The threshold is 1 + ln(5e5), some 14 accesses; the noise of a count seldom exceeds 13.
        Set<Long> named = new HashSet<>();
        for (long row : rows) {
            named.add(row);
            assertTrue(accesses.get(row) > 1, "a row accessed once is named");
        }
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
        // Of a row's two distances 0 and 1, each count gets noise of rate epsilon / 4.
        double epsilon = 0.04;
        double squares = 0;
        int draws = 4000;
        for (int i = 0; i < draws; i++) {
            long[] counts = {1_000_000, 1_000_000};
            TraceProfile released = ProfilePrivacy.none().withNoise(epsilon, 1e-3, 1, new SplittableRandom(i))
                    .release(new long[]{5}, new long[]{2_000_000}, counts);
            // Noise of the sum is small beside the counts, so the share gives half the difference of the two.
            double difference = (1 - 2 * released.uniqueRatio()) * 2_000_000;
            squares += difference * difference / draws;
        }
        // The variance of a two-sided geometric deviate is close to 2 / rate^2, and there are two.
        double rate = epsilon / 4;
        assertEquals(1, squares / (2 * 2 / (rate * rate)), 0.12);
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> ProfilePrivacy.none().withLeastAccesses(0));
        for (double[] bad : new double[][]{{0, 0.1, 1}, {Double.NaN, 0.1, 1}, {1, 0, 1}, {1, 0.5, 1}, {1, 0.1, 0}}) {
            assertThrows(IllegalArgumentException.class,
                    () -> ProfilePrivacy.none().withNoise(bad[0], bad[1], (long) bad[2]), Arrays.toString(bad));
        }
        TraceProfiler profiler = NaiveTraces.profiler(new long[]{1, 2, 3});
        String message = assertThrows(IllegalStateException.class,
                () -> profiler.profile(ProfilePrivacy.none().withLeastAccesses(2))).getMessage();
        assertTrue(message.contains("none of the 3 rows"), message);
    }
}
