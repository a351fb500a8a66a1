package org.dlrm4j.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;
import org.dlrm4j.store.EmbeddingTable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;

/** The limits do what they claim to do, and figures are held against the right ones. */
class LimitsTest {
    /** All accumulators converge to f / (1 - f) = 1 exactly. */
    @ParameterizedTest
    @ValueSource(ints = {128, 256, 512})
    void fma(int bits) {
        final MachineLimits.Registers registers = new MachineLimits.Registers();
        registers.setUp();
        final MachineLimits limits = new MachineLimits();
        final float sum = switch (bits) {
            case 128 -> limits.fma128(registers);
            case 256 -> limits.fma256(registers);
            default -> limits.fma512(registers);
        };
        assertEquals(MachineLimits.FMA_ACCUMULATORS * bits / Float.SIZE, sum, 1e-4);
        registers.tearDown();
    }

    @ParameterizedTest
    @ValueSource(longs = {4096, 1 << 20})
    void sequentialRead(long sizeBytes) {
        final MemoryLimits.Sequence sequence = new MemoryLimits.Sequence();
        sequence.prepare(sizeBytes);
        double sum = 0;
        for (long i = 0; i < sizeBytes; i += 4) {
            sum += BenchmarkCorrectnessTest.at(sequence.memory.segment(), i);
        }
        assertEquals(sum * sequence.passes(), new MemoryLimits().sequentialRead(sequence));
        sequence.tearDown();
    }

    private static MemoryLimits.RandomRows randomRows(int rowBytes, PageSize pages) {
        final MemoryLimits.RandomRows rows = new MemoryLimits.RandomRows();
        rows.rowBytes = rowBytes;
        rows.pages = pages;
        rows.prepare(1 << 20);
        return rows;
    }

    /** Tells whether limits touch that float of a row: a vector narrower than a cache line takes the beginning of each. */
    private static boolean isTouched(int byteInRow) {
        return byteInRow % 64 < FloatVector.SPECIES_PREFERRED.vectorByteSize();
    }

    @ParameterizedTest
    @CsvSource({"64, HUGE", "128, SMALL", "256, HUGE", "512, SMALL"})
    void randomRead(int rowBytes, PageSize pages) {
        final MemoryLimits.RandomRows rows = randomRows(rowBytes, pages);
        final EmbeddingTable table = rows.lookups.table();
        double sum = 0;
        for (int p = 0; p < rows.lookups.batchIndices(); p++) {
            final long row = rows.lookups.indices().getAtIndex(ValueLayout.JAVA_LONG, p);
            for (int i = 0; i < rowBytes; i += 4) {
                sum += isTouched(i) ? BenchmarkCorrectnessTest.at(table.segment(), table.rowOffset(row) + i) : 0;
            }
        }
        assertEquals(sum, new MemoryLimits().randomRead(rows));
        rows.tearDown();
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 128, 256, 512})
    void randomUpdate(int rowBytes) {
        final MemoryLimits.RandomRows rows = randomRows(rowBytes, PageSize.HUGE);
        final EmbeddingTable table = rows.lookups.table();
        final double[][] expected = BenchmarkCorrectnessTest.contents(table);
        for (int p = 0; p < rows.lookups.batchIndices(); p++) {
            final double[] row = expected[(int) rows.lookups.indices().getAtIndex(ValueLayout.JAVA_LONG, p)];
            for (int d = 0; d < row.length; d++) {
                row[d] += isTouched(4 * d) ? 1 : 0;
            }
        }
        new MemoryLimits().randomUpdate(rows);
        assertArrayEquals(expected, BenchmarkCorrectnessTest.contents(table));
        rows.tearDown();
    }

    /** The roofline's two sides: a product that the peak bounds, one that the weights' bandwidth bounds, and no limit. */
    @Test
    void limits() {
        final Limits limits = new Limits();
        final Map<String, String> none = Map.of();
        limits.put("MachineLimits.fma512", Work.of("MachineLimits.fma512", none::get, 512, 1),
                2.0 * MachineLimits.FMA_STEPS * MachineLimits.FMA_ACCUMULATORS * 16 / 100e3);
        for (MemoryLevel level : MemoryLevel.values()) {
            final Map<String, String> size = Map.of("size", level.name());
            final Work work = Work.of("MemoryLimits.sequentialRead", size::get, 512, 1);
            // 100 GFLOP/s; 10, 9, 8 and 7 GB/s.
            limits.put(Work.limitKey("MemoryLimits.sequentialRead", size::get), work,
                    work.bytes() / ((10 - level.ordinal()) * 1e3));
        }
        final Map<String, String> large = Map.of("layer", "512x256", "m", "2048");
        assertEquals(2.0 * 2048 * 512 * 256 / 100e3,
                limits.leastMicros(Work.of("GemmBenchmark.forward", large::get, 512, 1)), 1e-9);
        final Map<String, String> small = Map.of("layer", "512x256", "m", "1");
        assertEquals(4.0 * (512 * 256 + 512 + 256) / 9e3,
                limits.leastMicros(Work.of("GemmBenchmark.forward", small::get, 512, 1)), 1e-9);
        final Map<String, String> rows = Map.of("dim", "64", "pooling", "1", "size", "DRAM", "distribution", "UNIFORM");
        assertTrue(Double.isNaN(limits.leastMicros(Work.of("SlsBenchmark.forward", rows::get, 512, 1))));
        final Map<String, String> read = Map.of("rowBytes", "256", "size", "DRAM", "pages", "HUGE");
        final Work work = Work.of("MemoryLimits.randomRead", read::get, 512, 1);
        limits.put(Work.limitKey("MemoryLimits.randomRead", read::get), work, work.bytes() / 2e3);
        assertEquals(128 * 256 / 2e3, limits.leastMicros(Work.of("SlsBenchmark.forward", rows::get, 512, 1)), 1e-9);
    }

    /** What the report names exists, and every parameter value is one that its benchmark can be given. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void reportGroups(boolean all) throws ReflectiveOperationException {
        final Set<String> named = new HashSet<>();
        for (BenchmarkGroup group : BenchmarkGroup.of(all, 512, 2)) {
            final String[] names = group.benchmark().split("\\.");
            final Class<?> type = Class.forName(BenchmarkGroup.class.getPackageName() + "." + names[0]);
            assertEquals(1, Arrays.stream(type.getMethods())
                    .filter(m -> m.getName().equals(names[1]) && m.isAnnotationPresent(Benchmark.class)).count(),
                    group.benchmark());
            final Map<String, List<String>> declared = new HashMap<>();
            Stream.concat(Stream.of(type), Arrays.stream(type.getDeclaredClasses()))
                    .flatMap(c -> Arrays.stream(c.getDeclaredFields()))
                    .filter(f -> f.isAnnotationPresent(Param.class))
                    .forEach(f -> declared.put(f.getName(), List.of(f.getAnnotation(Param.class).value())));
            group.params().forEach((name, values) -> assertTrue(declared.get(name).containsAll(values),
                    group.benchmark() + " " + name + " " + values + " of " + declared.get(name)));
            named.add(group.benchmark());
        }
        assertTrue(named.containsAll(List.of("MachineLimits.fma512", "MachineLimits.fma128",
                "MemoryLimits.sequentialRead", "MemoryLimits.randomUpdate", "ModelBenchmark.trainingStep")));
    }

    /** The most popular row gets the share 1 / sum of k^-1.05, and every index is a row. */
    @ParameterizedTest
    @EnumSource(IndexDistribution.class)
    void distribution(IndexDistribution distribution) {
        final int rows = 1024;
        try (Lookups lookups = new Lookups(rows * 64L, 16, 128, 128, distribution, PageSize.HUGE)) {
            final int[] counts = new int[rows];
            final int n = lookups.totalIndices();
            for (int i = 0; i < n; i++) {
                counts[(int) lookups.indices().getAtIndex(ValueLayout.JAVA_LONG, i)]++;
            }
            double norm = 0;
            for (int k = 1; k <= rows; k++) {
                norm += Math.pow(k, -ZipfSampler.EXPONENT);
            }
            int most = 0;
            for (int count : counts) {
                most = Math.max(most, count);
            }
            final double share = distribution == IndexDistribution.ZIPF ? 1 / norm : 1.0 / rows;
            // The largest of 1024 Poisson counts lies within five standard deviations of its mean.
            assertEquals(share, (double) most / n, 5 * Math.sqrt(share / n));
        }
    }
}
