package org.dlrm4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Data sets of which a bit is flipped in a summary, dictionary, encoder or header of a log, or a file has another length: refused by
 * the file's name, or read as before. {@code -Ddlrm4j.test.flips=N} flips up to so many bits a file, in order or at random if there are
 * more; {@code -Ddlrm4j.test.seed=S}.
 */
class DamagedDataTest {
    private static final int FLIPS = Integer.getInteger("dlrm4j.test.flips", 30);
    private static final long SEED = Long.getLong("dlrm4j.test.seed", System.nanoTime());

    @TempDir
    Path temp;
    private final Random random = new Random(SEED);

    private Path criteo() throws Exception {
        final Path text = Files.writeString(temp.resolve("train.txt"), CriteoTexts.rows(new Random(1), 80));
        final Path data = temp.resolve("data");
        new CriteoPreprocessor(PreprocessOptions.defaults()).run(List.of(text), data, _ -> {}).close();
        return data;
    }

    private Path schema() throws Exception {
        final Path text = Files.writeString(temp.resolve("train.csv"), Schemas.rows(new Random(1), 80));
        final Path data = temp.resolve("data");
        new SchemaPreprocessor(Schemas.everything(), PreprocessOptions.defaults().withSplit(Split.trainRows(60)))
                .run(new SchemaInputs(List.of(text), List.of(), List.of()), data, _ -> {}).close();
        return data;
    }

    /** All that a data set says. */
    private static String read(Path directory) throws IOException {
        final StringBuilder all = new StringBuilder();
        try (ClickDataset data = ClickDataset.open(directory)) {
            all.append(Arrays.toString(data.tableRows())).append(data.textRows()).append(' ').append(data.badRows());
            if (data instanceof CriteoDataset criteo) {
                for (int f = 0; f < ClickLog.SPARSE_FEATURES; f++) {
                    final FeatureDictionary dictionary = criteo.dictionary(f);
                    for (int row = 0; row < dictionary.size(); row++) {
                        all.append(dictionary.value(row)).append(',');
                    }
                }
            }
            for (SampleSource part : List.of(data.train(), data.validation(), data.test())) {
                if (part.samples() > 0) {
                    append(part, all);
                }
            }
        }
        return all.toString();
    }

    private static void append(SampleSource part, StringBuilder all) {
        final int samples = Math.toIntExact(part.samples());
        try (Batch batch = new Batch(samples, part.denseFeatures(), part.sparseFeatures())) {
            part.read(0, samples, batch);
            all.append(Arrays.toString(batch.targets().asSlice(0, samples * 4L).toArray(ValueLayout.JAVA_INT)));
            all.append(Arrays.toString(
                    batch.dense().asSlice(0, samples * batch.denseStrideBytes()).toArray(ValueLayout.JAVA_INT)));
            for (int f = 0; f < batch.sparseFeatures(); f++) {
                all.append(Arrays.toString(
                        batch.offsets(f).asSlice(0, samples * 4L + 4).toArray(ValueLayout.JAVA_INT)));
                all.append(Arrays.toString(
                        batch.indices(f).asSlice(0, batch.indexCount(f) * 8L).toArray(ValueLayout.JAVA_LONG)));
            }
        }
    }

    private void damage(Path data) throws IOException {
        final String expected = read(data);
        final List<Path> files;
        try (Stream<Path> all = Files.list(data)) {
            files = all.filter(Files::isRegularFile).sorted().toList();
        }
        final List<String> damaged = new ArrayList<>();
        for (Path file : files) {
            final byte[] whole = Files.readAllBytes(file);
            final long bits = 8L * structureBytes(file, whole);
            int refused = 0;
            final int flips = (int) Math.min(bits, FLIPS);
            for (int i = 0; i < flips; i++) {
                final int bit = bits <= FLIPS ? i : random.nextInt((int) bits);
                final byte[] flipped = whole.clone();
                flipped[bit >> 3] ^= (byte) (1 << (bit & 7));
                refused += isRefused(data, file, flipped, expected, "bit " + bit) ? 1 : 0;
            }
            if (flips > 0) {
                assertTrue(refused > flips / 2, file + ": refused " + refused + " of " + flips);
                damaged.add(file.getFileName().toString());
            }
            for (int i = 0; i < Math.min(whole.length, FLIPS); i++) {
                final int length = whole.length <= FLIPS ? i : random.nextInt(whole.length);
                assertTrue(isRefused(data, file, Arrays.copyOf(whole, length), expected, "length " + length),
                        "seed " + SEED + ", " + file + ", length " + length);
            }
            Files.write(file, whole);
        }
        assertTrue(damaged.contains("dataset.properties"), damaged.toString());
        assertEquals(expected, read(data));
    }

    /** Click logs are records and nothing else; sample logs begin with a header. */
    private static int structureBytes(Path file, byte[] whole) {
        final String name = file.getFileName().toString();
        return name.endsWith(".bin") && !name.equals("encoder.bin")
                ? 0
                : name.endsWith(".samples") ? SampleLogLayout.headerBytes(file, whole) : whole.length;
    }

    private static boolean isRefused(Path data, Path file, byte[] contents, String expected, String what)
            throws IOException {
        Files.write(file, contents);
        try {
            assertEquals(expected, read(data), () -> "seed " + SEED + ", " + file + ", " + what);
            return false;
        } catch (DatasetException e) {
            assertTrue(e.getMessage().contains(data.toString()), e.getMessage());
            return true;
        } catch (IOException | RuntimeException e) {
            throw new AssertionError("seed " + SEED + ", " + file + ", " + what, e);
        }
    }

    @Test
    void criteoData() throws Exception {
        damage(criteo());
    }

    @Test
    void dataOfASchema() throws Exception {
        damage(schema());
    }
}
