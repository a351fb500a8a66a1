package org.dlrm4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Training data with any numbers where rows, lengths and positions stand: what is no row is refused by sample and feature, all else is
 * read as it stands. {@code -Ddlrm4j.test.bags=N -Ddlrm4j.test.seed=S} for more.
 */
class HostileSamplesTest {
    private static final int BAGS = Integer.getInteger("dlrm4j.test.bags", 50_000);
    private static final long SEED = Long.getLong("dlrm4j.test.seed", System.nanoTime());
    private static final int READ = 4;

    @TempDir
    Path temp;
    private final Random random = new Random(SEED);

    private int hostile(int likely) {
        return switch (random.nextInt(7)) {
            case 0 -> -1;
            case 1 -> likely;
            case 2 -> Integer.MIN_VALUE;
            case 3 -> Integer.MAX_VALUE;
            case 4 -> -2 - random.nextInt(5);
            default -> random.nextInt();
        };
    }

    @Test
    void clickLogs() throws IOException {
        final int samples = BAGS / ClickLog.SPARSE_FEATURES / READ * READ;
        final long[] rows = new long[ClickLog.SPARSE_FEATURES];
        Arrays.setAll(rows, f -> f == 0 ? Integer.MAX_VALUE + 1L : 1 + random.nextInt(100));
        final ByteBuffer bytes = ByteBuffer.allocate(samples * ClickLog.RECORD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int s = 0; s < samples; s++) {
            for (int field = 0; field < 1 + ClickLog.DENSE_FEATURES; field++) {
                bytes.putInt(hostile(0));
            }
            for (long tableRows : rows) {
                bytes.putInt(random.nextInt(150) == 0
                        ? hostile((int) tableRows)
                        : random.nextInt((int) Math.min(tableRows, Integer.MAX_VALUE)));
            }
        }
        final Path file = temp.resolve("train.bin");
        Files.write(file, bytes.array());
        int refused = 0;
        for (int range : new int[]{0, 1000}) {
            try (ClickLog log = ClickLog.open(file, range, rows);
                    Batch batch = new Batch(READ, ClickLog.DENSE_FEATURES, ClickLog.SPARSE_FEATURES)) {
                for (int first = 0; first < samples; first += READ) {
                    final String bad = firstBad(bytes, rows, range, first);
                    if (bad != null) {
                        final int at = first;
                        final String message = assertThrows(DatasetException.class, () -> log.read(at, READ, batch),
                                "seed " + SEED).getMessage();
                        assertTrue(message.startsWith(file + ", " + bad), "seed " + SEED + ": " + message);
                        refused++;
                        continue;
                    }
                    log.read(first, READ, batch);
                    for (int i = 0; i < READ * rows.length; i++) {
                        final int feature = i % rows.length;
                        assertEquals(id(bytes, range, first + i / rows.length, feature),
                                batch.indices(feature).getAtIndex(ValueLayout.JAVA_LONG, i / rows.length),
                                "seed " + SEED);
                    }
                }
            }
        }
        assertTrue(refused > samples / READ / 8, "refused " + refused);
    }

    private static long id(ByteBuffer bytes, int range, int sample, int feature) {
        final long stored = bytes.getInt(sample * ClickLog.RECORD_BYTES + 4 * (1 + ClickLog.DENSE_FEATURES + feature))
                & 0xffffffffL;
        return range == 0 ? stored : stored % range;
    }

    /** Features are read one after the other. */
    private static String firstBad(ByteBuffer bytes, long[] rows, int range, int first) {
        for (int f = 0; f < rows.length; f++) {
            for (int s = first; s < first + READ; s++) {
                if (id(bytes, range, s, f) >= rows[f]) {
                    return "record " + s + ", feature C" + (f + 1) + ": row number ";
                }
            }
        }
        return null;
    }

    /** Writes a log of two dense features and three sparse ones, of which {@code multi} have several values. */
    private Path sampleLog(boolean[] multi, long[] rows, int samples, int bagRows) throws IOException {
        final SampleLogLayout layout = new SampleLogLayout(2, rows, multi);
        final ByteBuffer bytes = ByteBuffer.allocate(
                layout.headerBytes() + samples * layout.recordBytes() + bagRows * Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(layout.header(new SampleLogLayout.Counts(samples, bagRows)));
        for (int s = 0; s < samples; s++) {
            if (layout.hasBags()) {
                bytes.putLong(switch (random.nextInt(60)) {
                    case 0 -> -1 - random.nextInt(3);
                    case 1 -> Long.MAX_VALUE - random.nextInt(3);
                    case 2 -> bagRows - random.nextInt(3);
                    // Times 4 this is a place in the file again.
                    case 3 -> (1L << 62) + random.nextInt(bagRows);
                    default -> random.nextInt(bagRows - 20);
                });
            }
            bytes.putFloat(1).putFloat(2).putFloat(3);
            for (int f = 0; f < multi.length; f++) {
                bytes.putInt(random.nextInt(100) == 0
                        ? hostile(multi[f] ? bagRows : (int) rows[f])
                        : random.nextInt(multi[f] ? 5 : (int) rows[f]));
            }
        }
        for (int i = 0; i < bagRows; i++) {
            bytes.putInt(random.nextInt(400) == 0 ? hostile(50) : random.nextInt(50));
        }
        final Path file = temp.resolve("samples" + random.nextLong());
        Files.write(file, bytes.array());
        return file;
    }

    @Test
    void sampleLogs() throws IOException {
        for (boolean[] multi : new boolean[][]{{false, false, false}, {true, false, true}}) {
            final long[] rows = {50, 7, 90};
            final int samples = BAGS / rows.length / READ * READ;
            final int bagRows = Math.max(40, samples);
            final Path file = sampleLog(multi, rows, samples, bagRows);
            final ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
            final SampleLogLayout layout = new SampleLogLayout(2, rows, multi);
            int refused = 0;
            try (SampleLog log = SampleLog.open(file); Batch batch = new Batch(READ, 2, rows.length)) {
                for (int first = 0; first < samples; first += READ) {
                    final long[][][] expected = new long[READ][][];
                    boolean good = true;
                    for (int s = 0; s < READ; s++) {
                        expected[s] = bags(bytes, layout, samples, bagRows, first + s);
                        good &= expected[s] != null;
                    }
                    if (!good) {
                        final int at = first;
                        final String message = assertThrows(DatasetException.class, () -> log.read(at, READ, batch),
                                "seed " + SEED).getMessage();
                        assertTrue(message.matches(".*, sample \\d+, sparse feature [012]: (row|bag of) .*"), message);
                        refused++;
                        continue;
                    }
                    log.read(first, READ, batch);
                    for (int s = 0; s < READ; s++) {
                        for (int f = 0; f < rows.length; f++) {
                            final int from = batch.offsets(f).getAtIndex(ValueLayout.JAVA_INT, s);
                            final int to = batch.offsets(f).getAtIndex(ValueLayout.JAVA_INT, s + 1L);
                            final long[] found = batch.indices(f).asSlice(from * 8L, (to - from) * 8L)
                                    .toArray(ValueLayout.JAVA_LONG);
                            assertEquals(Arrays.toString(expected[s][f]), Arrays.toString(found), "seed " + SEED);
                        }
                    }
                }
            }
            assertTrue(refused > samples / READ / 20, "refused " + refused);
        }
    }

    /** The rows of a sample by the format's definition, or null if one is none. */
    private static long[][] bags(ByteBuffer bytes, SampleLogLayout layout, int samples, int bagRows, int sample) {
        final int record = layout.headerBytes() + sample * layout.recordBytes();
        final int fields = record + (layout.hasBags() ? 8 : 0) + 3 * Float.BYTES;
        long at = layout.hasBags() ? bytes.getLong(record) : 0;
        final long[][] bags = new long[layout.sparseFeatures()][];
        for (int f = 0; f < bags.length; f++) {
            final int field = bytes.getInt(fields + 4 * f);
            if (!layout.multiValued()[f]) {
                bags[f] = field == -1 ? new long[0] : new long[]{field};
            } else {
                if (field < 0 || at < 0 || at > bagRows || field > bagRows - at) {
                    return null;
                }
                bags[f] = new long[field];
                for (int i = 0; i < field; i++, at++) {
                    bags[f][i] = bytes
                            .getInt(layout.headerBytes() + samples * layout.recordBytes() + 4 * (int) at);
                }
            }
            for (long row : bags[f]) {
                if (row < 0 || row >= layout.tableRows()[f]) {
                    return null;
                }
            }
        }
        return bags;
    }

    @Test
    void headersWithRightChecksumsAndWrongNumbersAreNamed() throws IOException {
        final Path file = sampleLog(new boolean[]{true, false, false}, new long[]{50, 7, 90}, 8, 40);
        final byte[] good = Files.readAllBytes(file);
        expect(file, good, "dense features", 16, -1);
        expect(file, good, "dense features", 16, Integer.MAX_VALUE);
        expect(file, good, "sparse features", 20, -1);
        expect(file, good, "sparse features", 20, Integer.MAX_VALUE);
        for (int field : new int[]{24, 32, 40, 56}) {
            final String name = field == 24
                    ? "samples"
                    : field == 32 ? "bag rows" : "rows of sparse feature " + (field - 40) / 16;
            // The upper halves of int64.
            expect(file, good, name, field + 4, -1);
            expect(file, good, name, field + 4, Integer.MAX_VALUE);
            expect(file, good, name, field + 4, 1 << 29);
        }
        // As many as fit, but not there.
        expect(file, good, "length", 24, 9);
        expect(file, good, "length", 28, 1);
        expect(file, good, "length", 32, 41);
        Files.write(file, good);
        SampleLog.open(file).close();
    }

    private static void expect(Path file, byte[] good, String field, int at, int value) throws IOException {
        final ByteBuffer header = ByteBuffer.wrap(good.clone()).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(at, value);
        final int bytes = header.getInt(12);
        final CRC32C crc = new CRC32C();
        crc.update(header.array(), 0, bytes - Integer.BYTES);
        header.putInt(bytes - Integer.BYTES, (int) crc.getValue());
        Files.write(file, header.array());
        final String message = assertThrows(DatasetException.class, () -> SampleLog.open(file), field + " " + value)
                .getMessage();
        assertTrue(message.startsWith(file + ", " + field + ": found "), message);
    }
}
