package org.dlrm4j.data.trace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.LongStream;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.DatasetException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceProfilerTest {
    @TempDir
    Path directory;

    private static final long[] REFERENCE = {1, 2, 3, 4, 5, 3, 4, 1, 1, 6, 3};

    private static long[] distances(TraceProfiler profiler, long[] trace) {
        return LongStream.of(trace).map(profiler::add).toArray();
    }

    @Test
    void theReferencesTraceHasItsProfile() {
        TraceProfiler profiler = new TraceProfiler();
        assertArrayEquals(new long[]{0, 0, 0, 0, 0, 3, 3, 5, 1, 0, 4}, distances(profiler, REFERENCE));
        TraceProfile profile = profiler.profile();
        assertArrayEquals(new long[]{1, 2, 3, 4, 5, 6}, profile.rows());
        assertArrayEquals(new long[]{0, 1, 3, 4, 5}, profile.distances());
        assertArrayEquals(
                new double[]{0.5454545454545454, 0.6363636363636364, 0.8181818181818181, 0.9090909090909091, 1.0},
                profile.cumulative());
        assertEquals(11, profile.accesses());
        assertEquals(6, profile.largestRow());
    }

    @Test
    void distancesAreThoseOfTheNaiveStack() {
        for (int seed = 0; seed < 12; seed++) {
            long[] trace = NaiveTraces.drifting(seed, 4000, 1 + seed * seed * 30);
            TraceProfiler profiler = new TraceProfiler();
            assertArrayEquals(NaiveTraces.distances(trace), distances(profiler, trace), "seed " + seed);
            assertEquals(LongStream.of(trace).distinct().count(), profiler.distinctRows());
            assertArrayEquals(LongStream.of(trace).distinct().toArray(), profiler.profile().rows());
            assertEquals(4000, profiler.profile().accesses());
        }
    }

    @Test
    void hitRatesAreThoseOfACache() {
        long[] trace = NaiveTraces.drifting(5, 5000, 400);
        TraceProfile profile = NaiveTraces.profiler(trace).profile();
        for (int size : new int[]{1, 2, 7, 50, 300, 1000}) {
            assertEquals(NaiveTraces.hitRate(trace, size), profile.hitRate(size), 1e-12, "cache of " + size);
        }
        assertEquals(0, profile.hitRate(0));
        assertThrows(IllegalArgumentException.class, () -> profile.hitRate(-1));
    }

    @Test
    void memoryFollowsTheRowsNotTheLength() {
        TraceProfiler profiler = new TraceProfiler();
        for (int i = 0; i < 2_000_000; i++) {
            // In a cycle, all distances are the number of rows.
            assertEquals(i < 1500 ? 0 : 1500, profiler.add(7L * (i % 1500)));
        }
        assertTrue(profiler.stackCapacity() <= 4 * 1536, "positions: " + profiler.stackCapacity());
        assertEquals(2_000_000, profiler.accesses());
        assertEquals(1500, profiler.distinctRows());
    }

    @Test
    void aBatchIsTakenBagAfterBag() {
        try (Batch batch = new Batch(3, 0, 2)) {
            batch.begin(3);
            for (long[] bag : new long[][]{{4, 5}, {}, {4}}) {
                Arrays.stream(bag).forEach(row -> batch.addIndex(1, row));
                batch.endBag(1);
                batch.endBag(0);
            }
            TraceProfiler profiler = new TraceProfiler();
            profiler.addAll(batch, 0);
            assertEquals(0, profiler.accesses());
            profiler.addAll(batch, 1);
            assertArrayEquals(new long[]{4, 5}, profiler.profile().rows());
            assertArrayEquals(new long[]{0, 2}, profiler.profile().distances());
        }
    }

    @Test
    void whatIsNoTraceIsRefused() {
        TraceProfiler profiler = new TraceProfiler();
        assertTrue(assertThrows(IllegalStateException.class, profiler::profile).getMessage().contains("empty"));
        profiler.add(3);
        String message = assertThrows(IllegalArgumentException.class, () -> profiler.add(-4)).getMessage();
        assertTrue(message.contains("row -4 after 1 accesses"), message);
    }

    @Test
    void oneRowTooManyIsRefusedByPlaceAndValue() throws Exception {
        TraceProfiler profiler = new TraceProfiler(1000);
        for (long access = 0; access < 1500; access++) {
            profiler.add(7 * (access % 1000));
        }
        String refusal = "row 12 after 1500 accesses is distinct row number 1001, expected at most 1000; "
                + "profile a part of the trace";
        assertEquals(refusal, assertThrows(DatasetException.class, () -> profiler.add(12)).getMessage());
        try (Batch batch = new Batch(1, 0, 2)) {
            batch.beginFixed(1, new int[]{1, 2});
            batch.indices(1).setAtIndex(ValueLayout.JAVA_LONG, 0, 12);
            assertEquals("sparse feature 1: " + refusal,
                    assertThrows(DatasetException.class, () -> profiler.addAll(batch, 1)).getMessage());
        }
        Path file = Files.writeString(directory.resolve("rows.txt"), "7 14\n12\n");
        try (TraceReader reader = new TraceReader(file, TraceFormat.TEXT)) {
            String message = assertThrows(DatasetException.class, () -> profiler.addAll(reader, () -> {})).getMessage();
            assertEquals(file + ", before byte 7: " + refusal.replace("1500", "1502"), message);
        }
        // What was seen before is still there, and known rows go on.
        assertEquals(1000, profiler.distinctRows());
        assertEquals(2, profiler.add(7));
        assertEquals(1503, profiler.accesses());
    }
}
