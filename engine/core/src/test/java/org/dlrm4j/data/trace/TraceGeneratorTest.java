package org.dlrm4j.data.trace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.dlrm4j.data.trace.TraceGenerator.Policy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TraceGeneratorTest {
    @TempDir
    Path directory;

    private static long[] take(TraceGenerator generator, int length) {
        return LongStream.generate(generator::next).limit(length).toArray();
    }

    @Test
    void theReferencesTracesAreMadeForItsSeed() {
        TraceProfile profile = NaiveTraces.profiler(new long[]{1, 2, 3, 4, 5, 3, 4, 1, 1, 6, 3}).profile();
        TraceGenerator lru = new TraceGenerator(profile, DistanceDraw.INDEPENDENT, Policy.LRU, 123);
        assertArrayEquals(new long[]{1, 2, 3, 4, 2, 5, 1, 2, 6, 3, 4}, take(lru, 11));
        lru.restart();
        assertArrayEquals(new long[]{1, 2, 3, 4, 2, 5, 1, 2, 6, 3, 4}, take(lru, 11));
        TraceGenerator rand = new TraceGenerator(profile, DistanceDraw.INDEPENDENT, Policy.RAND, 123);
        assertArrayEquals(new long[]{1, 2, 3, 4, 2, 5, 1, 3, 6, 1, 2}, take(rand, 11));
    }

    @ParameterizedTest
    @EnumSource
    void anyTraceOfTheReferencesIsTheListsTrace(Policy policy) {
        for (int seed = 0; seed < 6; seed++) {
            TraceProfile profile = NaiveTraces.profiler(NaiveTraces.drifting(seed, 3000, 100 + 300 * seed)).profile();
            for (DistanceDraw draw : List.of(DistanceDraw.INDEPENDENT, DistanceDraw.INDEPENDENT_PADDED)) {
                assertArrayEquals(
                        NaiveTraces.generate(profile, 6000, seed, policy == Policy.LRU,
                                draw == DistanceDraw.INDEPENDENT_PADDED),
                        take(new TraceGenerator(profile, draw, policy, seed), 6000), "seed " + seed + ", " + draw);
            }
        }
    }

    @Test
    void aTraceOfOneRowIsOneRow() {
        for (DistanceDraw draw : DistanceDraw.values()) {
            TraceProfile once = NaiveTraces.profiler(new long[]{7}).profile();
            assertArrayEquals(new long[]{7, 7, 7}, take(new TraceGenerator(once, draw, Policy.LRU, 1), 3));
        }
    }

    @Test
    void aTraceDrawnWithoutReplacementHasTheProfileItself() throws IOException {
        for (int seed = 0; seed < 4; seed++) {
            long[] trace = NaiveTraces.drifting(seed, 40_000, 1500);
            TraceProfile profile = NaiveTraces.profiler(trace).profile();
            TraceGenerator generator = new TraceGenerator(profile, DistanceDraw.EXHAUSTIVE, Policy.LRU, seed);
            long[] generated = take(generator, trace.length);
            assertFalse(Arrays.equals(trace, generated));
            TraceProfile made = NaiveTraces.profiler(generated).profile();
            profile.write(directory.resolve("profile"));
            made.write(directory.resolve("made"));
            assertEquals(-1, Files.mismatch(directory.resolve("profile"), directory.resolve("made")), "seed " + seed);
            // What follows has no new rows; its first accesses become the longest distance there is.
            TraceProfiler second = NaiveTraces.profiler(generated);
            LongStream.of(take(generator, trace.length)).forEach(second::add);
            assertEquals(profile.hitRate(300), second.profile().hitRate(300), 1e-9);
            assertEquals(profile.distinctRows(), second.distinctRows());
        }
    }

    @Test
    void comparisonShowsHowFarTheReferencesRuleLeadsAway() {
        TraceProfile profile = NaiveTraces.profiler(NaiveTraces.drifting(0, 40_000, 1500)).profile();
        TraceProfile made = NaiveTraces.profiler(
                take(new TraceGenerator(profile, DistanceDraw.INDEPENDENT, Policy.LRU, 0), 40_000)).profile();
        TraceComparison comparison = new TraceComparison(profile, made);
        TraceComparison.Pair worst = comparison.worstHitRate();
        assertEquals(worst.original(), profile.hitRate(worst.size()));
        assertEquals(worst.other(), made.hitRate(worst.size()));
        double difference = Math.abs(worst.original() - worst.other());
        assertEquals(0.075, difference, 0.02);
        double sum = 0;
        for (TraceComparison.Pair octave : comparison.distanceHistogram()) {
            sum += octave.original();
        }
        assertEquals(1 - profile.uniqueRatio(), sum, 1e-9);
        for (TraceComparison.Pair pair : comparison.hitRates()) {
            assertEquals(profile.hitRate(pair.size()), pair.original());
            assertTrue(Math.abs(pair.original() - pair.other()) <= difference, "cache of " + pair.size());
        }
        assertEquals(List.of(0.01, 0.05, 0.1, 0.25, 0.5),
                comparison.hitRates().stream().skip(1)
                        .map(pair -> Math.round(100.0 * pair.size() / profile.distinctRows()) / 100.0).toList());
        assertEquals(made.uniqueRatio(), comparison.uniqueRatio().other());
        TraceComparison same = new TraceComparison(profile, profile);
        assertEquals(0, same.worstHitRate().original() - same.worstHitRate().other());
    }

    @Test
    void localityIsMuchBetterThanThatOfDrawingRowsApart() {
        long[] trace = new long[30_000];
        for (int i = 0; i < trace.length; i++) {
            // Each row is used some ten times soon after another, and never again.
            trace[i] = i / 40 + (i * 2654435761L >>> 12) % 5;
        }
        TraceProfile profile = NaiveTraces.profiler(trace).profile();
        TraceProfile made = NaiveTraces
                .profiler(take(new TraceGenerator(profile, DistanceDraw.INDEPENDENT, Policy.LRU, 3), trace.length))
                .profile();
        assertTrue(profile.hitRate(8) > 0.9, "hit rate " + profile.hitRate(8));
        assertEquals(profile.hitRate(8), made.hitRate(8), 0.01);
    }
}
