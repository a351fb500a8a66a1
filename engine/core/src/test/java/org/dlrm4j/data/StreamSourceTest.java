package org.dlrm4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.dlrm4j.data.trace.DistanceDraw;
import org.dlrm4j.data.trace.TraceGenerator;
import org.dlrm4j.data.trace.TraceProfile;
import org.dlrm4j.data.trace.TraceProfiler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StreamSourceTest {
    @TempDir
    Path directory;

    private static StreamSource source(boolean fixedBags) {
        return new StreamSource(100, 2, List.of(new ZipfRows(50, 1, 1), new UniformRows(9, 2)), 4, fixedBags, 0.5, 3);
    }

    /** Writes samples out, one string each. */
    private static List<String> samples(SampleSource source, int batchSize) {
        List<String> samples = new ArrayList<>();
        try (Batch batch = new Batch(batchSize, source.denseFeatures(), source.sparseFeatures())) {
            for (long from = 0; from < source.samples(); from += batchSize) {
                int count = (int) Math.min(batchSize, source.samples() - from);
                source.read(from, count, batch);
                batch.checkComplete();
                for (int s = 0; s < count; s++) {
                    samples.add(sample(batch, s));
                }
            }
        }
        return samples;
    }

    private static String sample(Batch batch, int s) {
        StringBuilder text = new StringBuilder().append(batch.targets().get(ValueLayout.JAVA_FLOAT, 4L * s));
        for (int j = 0; j < batch.denseFeatures(); j++) {
            text.append(' ').append(batch.dense().get(ValueLayout.JAVA_FLOAT, s * batch.denseStrideBytes() + 4L * j));
        }
        for (int f = 0; f < batch.sparseFeatures(); f++) {
            text.append(" |");
            int to = batch.offsets(f).get(ValueLayout.JAVA_INT, 4L * s + 4);
            for (int i = batch.offsets(f).get(ValueLayout.JAVA_INT, 4L * s); i < to; i++) {
                text.append(' ').append(batch.indices(f).get(ValueLayout.JAVA_LONG, 8L * i));
            }
        }
        return text.toString();
    }

    @Test
    void samplesDoNotDependOnBatchesNorOnTheOrderOfReading() {
        for (boolean fixedBags : new boolean[]{true, false}) {
            List<String> samples = samples(source(fixedBags), 100);
            assertEquals(samples, samples(source(fixedBags), 7));
            try (StreamSource source = source(fixedBags); Batch batch = new Batch(10, 2, 2)) {
                for (int from : new int[]{30, 40, 10, 90, 0, 55}) {
                    source.read(from, 10, batch);
                    assertEquals(samples.subList(from, from + 10), Stream.iterate(0, s -> s + 1).limit(10)
                            .map(s -> sample(batch, s)).toList());
                }
            }
            assertEquals(100, samples.stream().distinct().count());
        }
    }

    @Test
    void bagsHaveTheirSizes() {
        for (boolean fixedBags : new boolean[]{true, false}) {
            List<Integer> sizes = samples(source(fixedBags), 10).stream()
                    .flatMap(sample -> Stream.of(sample.split(" \\|")).skip(1)).map(bag -> bag.trim().split(" ").length)
                    .distinct().sorted().toList();
            assertEquals(fixedBags ? List.of(4) : List.of(1, 2, 3, 4), sizes);
        }
    }

    @Test
    void aTracesLocalityGoesOnOverBagsAndBatches() {
        TraceProfiler original = new TraceProfiler();
        for (int i = 0; i < 6000; i++) {
            // Each row is used in three stretches and reused at once or much later.
            original.add(i / 4 % 500 + (i & 1));
        }
        TraceProfile profile = original.profile();
        TraceGenerator generator = new TraceGenerator(profile, DistanceDraw.EXHAUSTIVE, TraceGenerator.Policy.LRU, 4);
        TraceProfiler made = new TraceProfiler();
        try (StreamSource source = new StreamSource(1500, 0, List.of(generator), 4, true, 0, 1);
                Batch batch = new Batch(8, 0, 1)) {
            for (int from = 0; from < 1500; from += 8) {
                source.read(from, Math.min(8, 1500 - from), batch);
                made.addAll(batch, 0);
            }
        }
        assertEquals(LongStream.of(profile.rows()).boxed().toList(),
                LongStream.of(made.profile().rows()).boxed().toList());
        for (int size = 1; size < 600; size += 7) {
            assertEquals(profile.hitRate(size), made.profile().hitRate(size), 1e-12);
        }
    }

    @Test
    void anySourceBecomesASampleLog() throws IOException {
        Path file = directory.resolve("samples");
        new SampleLogWriter(source(false), new long[]{50, 9}, 16).write(file, samples -> assertTrue(samples > 0));
        try (SampleLog log = SampleLog.open(file)) {
            assertEquals(samples(source(false), 100), samples(log, 33));
        }
        RandomSource random = new RandomSource(10, 4, 3, new long[]{5, 1000}, 6, false, true,
                RandomSource.Distribution.uniform(), 123);
        new SampleLogWriter(random, new long[]{5, 1000}, 4).write(file, _ -> {});
        try (SampleLog log = SampleLog.open(file)) {
            assertEquals(samples(random, 4), samples(log, 10));
        }
        StreamSource numbersOnly = new StreamSource(5, 3, List.of(), 1, true, 1, 1);
        new SampleLogWriter(numbersOnly, new long[0], 2).write(file, _ -> {});
        try (SampleLog log = SampleLog.open(file)) {
            assertEquals(samples(numbersOnly, 5), samples(log, 5));
        }
    }

    @Test
    void rowsBeyondTheirTableAreNamedAndNothingRemains() throws IOException {
        SampleLogWriter writer = new SampleLogWriter(source(true), new long[]{50, 8}, 16);
        String message = assertThrows(IllegalArgumentException.class,
                () -> writer.write(directory.resolve("samples"), _ -> {})).getMessage();
        assertTrue(message.contains("sparse feature 1: row 8, expected 0 to 7"), message);
        try (Stream<Path> entries = Files.list(directory)) {
            assertFalse(entries.findAny().isPresent());
        }
        assertThrows(IllegalArgumentException.class, () -> new SampleLogWriter(source(true), new long[]{50}, 16));
        assertThrows(IllegalArgumentException.class,
                () -> new SampleLogWriter(source(true), new long[]{50, 1L << 31}, 16));
        assertThrows(IllegalArgumentException.class, () -> new StreamSource(1, 1, List.of(), 0, true, 0.5, 1));
        assertThrows(IllegalArgumentException.class, () -> new StreamSource(1, 1, List.of(), 1, true, 1.5, 1));
        assertThrows(IllegalArgumentException.class,
                () -> new StreamSource(1, 1, List.of(), new int[]{1}, true, 0.5, 1));
    }
}
