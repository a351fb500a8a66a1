package org.dlrm4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClickLogTest {
    @TempDir
    Path directory;

    private Path write(int samples) throws IOException {
        Path file = directory.resolve("train.bin");
        try (ClickLogWriter writer = new ClickLogWriter(file)) {
            for (int s = 0; s < samples; s++) {
                writer.write(label(s), dense(s), ids(s));
            }
            assertEquals(samples, writer.samples());
            writer.commit();
        }
        return file;
    }

    private static int label(int sample) {
        return sample % 3 == 0 ? 1 : 0;
    }

    private static int[] dense(int sample) {
        return new Random(sample).ints(13, -5, sample % 2 == 0 ? 10 : Integer.MAX_VALUE).toArray();
    }

    private static int[] ids(int sample) {
        return new Random(~sample).ints(26, 0, 1000).toArray();
    }

    private static void assertSamples(Batch batch, int firstSample, int count, int range) {
        assertEquals(count, batch.size());
        for (int s = 0; s < count; s++) {
            int sample = firstSample + s;
            assertEquals(label(sample), batch.targets().get(ValueLayout.JAVA_FLOAT, s * 4L));
            for (int j = 0; j < 13; j++) {
                assertEquals(ClickLog.logarithm(dense(sample)[j]),
                        batch.dense().get(ValueLayout.JAVA_FLOAT, s * batch.denseStrideBytes() + j * 4L));
            }
            for (int f = 0; f < 26; f++) {
                assertEquals(s, batch.offsets(f).get(ValueLayout.JAVA_INT, s * 4L));
                assertEquals(ids(sample)[f] % range, batch.indices(f).get(ValueLayout.JAVA_LONG, s * 8L));
            }
        }
        assertEquals(count, batch.offsets(25).get(ValueLayout.JAVA_INT, count * 4L));
    }

    @Test
    void anyRangeIsReadAlsoThroughSlices() throws Exception {
        Path file = write(50);
        long[] rows = new long[26];
        Arrays.fill(rows, 7);
        try (ClickLog log = ClickLog.open(file);
                ClickLog ranged = ClickLog.open(file, 7, rows);
                Batch batch = new Batch(50, 13, 26)) {
            assertEquals(50, log.samples());
            for (int[] range : new int[][]{{0, 50}, {49, 1}, {3, 17}}) {
                log.read(range[0], range[1], batch);
                assertSamples(batch, range[0], range[1], 1000);
                ranged.read(range[0], range[1], batch);
                assertSamples(batch, range[0], range[1], 7);
            }
            ClickLog slice = log.slice(10, 40).slice(5, 20);
            assertEquals(15, slice.samples());
            slice.read(1, 14, batch);
            assertSamples(batch, 16, 14, 1000);
            slice.close();
            log.read(0, 1, batch);
            assertThrows(IndexOutOfBoundsException.class, () -> slice.read(1, 15, batch));
            assertThrows(IndexOutOfBoundsException.class, () -> log.read(-1, 1, batch));
            assertThrows(IndexOutOfBoundsException.class, () -> log.read(0, 0, batch));
            assertThrows(IndexOutOfBoundsException.class, () -> log.slice(40, 51));
            try (Batch small = new Batch(2, 13, 26); Batch narrow = new Batch(2, 12, 26)) {
                assertThrows(IllegalArgumentException.class, () -> log.read(0, 3, small));
                assertThrows(IllegalArgumentException.class, () -> log.read(0, 2, narrow));
            }
        }
    }

    @Test
    void threadsReadConcurrently() throws Exception {
        try (ClickLog log = ClickLog.open(write(400)); ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<?>> readers = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                int first = 100 * t;
                readers.add(threads.submit(() -> {
                    try (Batch batch = new Batch(20, 13, 26)) {
                        for (int round = 0; round < 10; round++) {
                            log.read(first + 7 * round, 20, batch);
                            assertSamples(batch, first + 7 * round, 20, 1000);
                        }
                    }
                }));
            }
            for (Future<?> reader : readers) {
                reader.get();
            }
        }
    }

    @Test
    void logarithmIsThatOfFloat32WithinOneUnit() {
        for (int x = -10; x < 100_000; x++) {
            checkLogarithm(x);
        }
        for (int bit = 16; bit < 31; bit++) {
            checkLogarithm((1 << bit) - 1);
            checkLogarithm(1 << bit);
        }
        checkLogarithm(Integer.MAX_VALUE);
        checkLogarithm(Integer.MIN_VALUE);
    }

    private static void checkLogarithm(int x) {
        float expected = (float) Math.log((float) Math.max(x, 0) + 1f);
        assertEquals(expected, ClickLog.logarithm(x), Math.ulp(expected), "log(1 + " + x + ")");
    }

    @Test
    void rowsBeyondTheTableNameTheirPlace() throws Exception {
        Path file = write(20);
        long[] rows = new long[26];
        Arrays.fill(rows, 1000);
        int bad = ids(13)[4];
        rows[4] = bad;
        int firstBad = 0;
        while (ids(firstBad)[4] < bad) {
            firstBad++;
        }
        String place = file + ", record " + firstBad + ", feature C5: row number " + ids(firstBad)[4]
                + ", expected 0 to " + (bad - 1) + " as the table has " + bad + " rows";
        try (ClickLog log = ClickLog.open(file, 0, rows); Batch batch = new Batch(20, 13, 26)) {
            DatasetException e = assertThrows(DatasetException.class, () -> log.read(0, 20, batch));
            assertTrue(e.getMessage().contains(place), e.getMessage());
            int from = firstBad;
            e = assertThrows(DatasetException.class, () -> log.slice(from, 20).read(0, 1, batch));
            assertTrue(e.getMessage().contains(place), e.getMessage());
        }
    }

    @Test
    void negativeRowIsRefused() throws Exception {
        Path file = directory.resolve("negative.bin");
        try (ClickLogWriter writer = new ClickLogWriter(file)) {
            int[] ids = new int[26];
            ids[25] = -1;
            writer.write(0, new int[13], ids);
            writer.commit();
        }
        try (ClickLog log = ClickLog.open(file); Batch batch = new Batch(1, 13, 26)) {
            DatasetException e = assertThrows(DatasetException.class, () -> log.read(0, 1, batch));
            assertTrue(e.getMessage().contains("record 0, feature C26: row number -1"), e.getMessage());
        }
    }

    @Test
    void truncatedFileIsRefused() throws Exception {
        Path file = write(3);
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 479));
        DatasetException e = assertThrows(DatasetException.class, () -> ClickLog.open(file));
        assertTrue(e.getMessage().contains(file + ": has 479 bytes, 159 after the last whole record"), e.getMessage());
    }

    @Test
    void emptyLogHasNoSamples() throws Exception {
        try (ClickLog log = ClickLog.open(write(0)); Batch batch = new Batch(1, 13, 26)) {
            assertEquals(0, log.samples());
            assertEquals(0, log.slice(0, 0).samples());
            assertThrows(IndexOutOfBoundsException.class, () -> log.read(0, 1, batch));
        }
    }

    @Test
    void closedLogRefusesToRead() throws Exception {
        ClickLog log = ClickLog.open(write(2));
        log.close();
        log.close();
        try (Batch batch = new Batch(1, 13, 26)) {
            assertThrows(IllegalStateException.class, () -> log.read(0, 1, batch));
        }
    }

    @Test
    void uncommittedLogLeavesNothing() throws Exception {
        Path file = directory.resolve("x.bin");
        Files.writeString(file, "old");
        try (ClickLogWriter writer = new ClickLogWriter(file)) {
            writer.write(0, new int[13], new int[26]);
            assertThrows(IllegalArgumentException.class, () -> writer.write(0, new int[12], new int[26]));
        }
        assertEquals("old", Files.readString(file));
        assertFalse(Files.exists(directory.resolve("x.bin.tmp")));
        try (ClickLogWriter writer = new ClickLogWriter(file)) {
            writer.commit();
            writer.commit();
            assertThrows(IllegalStateException.class, () -> writer.write(0, new int[13], new int[26]));
        }
        assertEquals(0, Files.size(file));
    }

    @Test
    void readingAllocatesNothing() throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (ClickLog log = ClickLog.open(write(256)); Batch batch = new Batch(256, 13, 26)) {
            long bytes = Long.MAX_VALUE;
            for (int round = 0; round < 500; round++) {
                long start = threads.getCurrentThreadAllocatedBytes();
                log.read(0, 256, batch);
                bytes = threads.getCurrentThreadAllocatedBytes() - start;
            }
            assertTrue(bytes < 1024, "bytes allocated by the last read: " + bytes);
        }
    }
}
