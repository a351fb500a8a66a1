package org.dlrm4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.FeatureDictionary;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.data.RandomSource;
import org.dlrm4j.data.UnseenPolicy;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.kernels.WeightFormat;
import org.dlrm4j.model.Dlrm;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.ModelFiles;
import org.dlrm4j.model.ModelQuantizer;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.ParameterGroup;
import org.dlrm4j.model.ReferenceModel;
import org.dlrm4j.model.TableRows;
import org.dlrm4j.model.TableStorage;
import org.dlrm4j.model.Vocabulary;
import org.dlrm4j.serve.Model;
import org.dlrm4j.serve.Scorer;
import org.dlrm4j.store.EmbeddingTable;
import org.dlrm4j.store.Json;
import org.dlrm4j.store.ModelDirectory;
import org.dlrm4j.store.ModelFormatException;
import org.dlrm4j.store.Safetensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every bit of what gives a model's files their structure, in each row format: refused, or found by verification where nobody else
 * reads; and random bits of what they hold. {@code -Ddlrm4j.test.flips=N} flips up to so many bits of each structure and N bits of
 * contents, in order or at random if there are more; {@code -Ddlrm4j.test.seed=S}.
 */
class DamagedModelTest {
    private static final int FLIPS = Integer.getInteger("dlrm4j.test.flips", 25);
    private static final long SEED = Long.getLong("dlrm4j.test.seed", System.nanoTime());
    private static final int FEW_ROWS = 40;
    /** More than a block of checksums covers, so that an error could name the wrong one. */
    private static final int MANY_ROWS = 17_000;
    private static final int DIM = 16;
    private static final Map<String, Object> RUN = Map.of("seed", "3");

    @TempDir
    Path temp;
    private Path directory;
    /** Whether {@code model.json} is damaged, so that the manifest beside the generation's files is read. */
    private boolean fallsBack;
    private long[] rows;
    private float[] scores;
    private double[] state;

    /** Bytes {@code [from, to)} of a file. */
    private record Range(Path file, long from, long to) {}

    /** Trains a checkpoint and a delta, or, in a format that is not trained, makes a checkpoint without training's state. */
    private void write(RowFormat format) {
        if (TableRows.trainable(format, ParameterGroup.EMBEDDING)) {
            train(FEW_ROWS, format);
            return;
        }
        train(FEW_ROWS, RowFormat.F32);
        final Path compact = temp.resolve("compact");
        final ModelFiles.Loaded loaded = ModelFiles.open(directory);
        try (Network _ = loaded.network()) {
            ModelQuantizer.quantize(loaded, format, WeightFormat.F32, compact, _ -> {});
        }
        directory = compact;
        scores = scores(false);
        state = null;
    }

    private void train(long rowsOfFirst, RowFormat format) {
        rows = new long[]{rowsOfFirst, 9};
        directory = temp.resolve("model");
        final Vocabulary vocabulary = new Vocabulary(
                List.of(FeatureDictionary.of(0, 0, 0x68fd1e64, 5, 0), FeatureDictionary.of(1, 0, 7)),
                List.of(UnseenPolicy.values()[0], UnseenPolicy.values()[0]));
        try (Network network = Network.create(ModelConfig.of(2, rows, DIM,
                Dlrm.of(new int[]{2, 5, DIM}, new int[]{DIM + 3, 4, 1})), new NumpyRandom(3),
                TableStorage.anonymous(), format);
                Run run = new Run(network)) {
            final CheckpointSeries series = new CheckpointSeries(directory, 1, network, vocabulary, RUN);
            run.steps(2);
            series.write(run.position, run.trainer.optimizer());
            run.steps(2);
            series.writeDelta(run.position, run.trainer.optimizer());
        }
        scores = scores(false);
        state = state();
    }

    /** Some steps of training. */
    private final class Run implements AutoCloseable {
        private final WorkerPool pool = new WorkerPool(1);
        private final RandomSource source = new RandomSource(200, 4, 2, rows, 2, false, true,
                RandomSource.Distribution.uniform(), 1);
        private final Trainer trainer;
        private TrainingPosition position = TrainingPosition.START;

        Run(Network network) {
            trainer = new Trainer(network, source, null, new TrainerOptions(4, 1000, OptimizerKind.ADAGRAD,
                    LearningRateSchedule.constant(0.05f), 0, 0, Double.NaN, 0, null), pool);
            trainer.enableDeltas(Long.MAX_VALUE);
        }

        void steps(int count) {
            final int[] left = {count};
            trainer.run(new TrainingListener() {
                @Override
                public void stepped(TrainingPosition now, double loss, int samples) {
                    position = now;
                    if (--left[0] == 0) {
                        trainer.requestStop();
                    }
                }
            }, null);
        }

        @Override
        public void close() {
            trainer.close();
            pool.close();
            source.close();
        }
    }

    private float[] scores(boolean verify) {
        try (Model model = fallsBack
                ? Model.openNewestGood(directory, verify, _ -> {})
                : Model.open(directory, verify); Scorer scorer = model.scorer(32)) {
            final Batch batch = scorer.batch();
            batch.beginOneHot(31);
            for (int s = 0; s < 31; s++) {
                batch.setDense(s, 0, s);
                batch.setDense(s, 1, 1);
                batch.setIndex(s, 0, s == 30 ? rows[0] - 1 : s * (rows[0] / 31));
                batch.setIndex(s, 1, s % rows[1]);
            }
            final float[] all = Arrays.copyOf(
                    scorer.score().asSlice(0, 31 * Float.BYTES).toArray(ValueLayout.JAVA_FLOAT), 32);
            all[31] = scorer.scoreRaw(new int[]{3, 4}, new CharSequence[]{"68fd1e64", "00000007"});
            return all;
        }
    }

    private ModelFiles.Loaded loadTrainable() {
        final Function<ModelDirectory, ModelFiles.Loaded> load = generation -> ModelFiles.loadTrainable(generation,
                TableStorage.anonymous());
        return fallsBack
                ? ModelDirectory.loadNewestGood(directory, load, _ -> {})
                : ModelDirectory.load(directory, load);
    }

    /** Reads the optimizer's state and the position into a run again. */
    private void restore(Network network, Trainer trainer) {
        final ModelDirectory generation = fallsBack
                ? ModelDirectory.loadNewestGood(directory, Function.identity(), _ -> {})
                : ModelDirectory.open(directory);
        Checkpoint.restore(generation, network, trainer, RUN);
    }

    /** What a run that resumes begins with, optimizer state included. */
    private double[] state() {
        final ModelFiles.Loaded loaded = loadTrainable();
        try (Network network = loaded.network(); Run run = new Run(network)) {
            Checkpoint.restore(loaded.directory(), network, run.trainer, RUN);
            final double[] parameters = ReferenceModel.flatten(network);
            final EmbeddingTable sums = run.trainer.optimizer().tableStates().getLast();
            final double[] all = Arrays.copyOf(parameters, parameters.length + (int) sums.rows());
            for (int row = 0; row < sums.rows(); row++) {
                all[parameters.length + row] = sums.segment().get(ValueLayout.JAVA_FLOAT, sums.rowOffset(row));
            }
            return all;
        }
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(file -> Files.isRegularFile(file) && !file.endsWith(".lock")).sorted().toList();
        }
    }

    /** What stands in front of a file's contents, and behind those of a table. */
    private static List<Range> structure(Path file) throws IOException {
        final String name = file.getFileName().toString();
        final long bytes = Files.size(file);
        if (name.endsWith(".dlrm")) {
            try (EmbeddingTable table = EmbeddingTable.openReadOnly(file)) {
                final long end = table.dataOffset() + table.rows() * table.rowStrideBytes();
                return List.of(new Range(file, 0, 4096), new Range(file, end, bytes));
            }
        }
        if (name.endsWith(".rows") || name.endsWith(".safetensors")) {
            Safetensors.open(file).close();
            try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
                return List.of(new Range(file, 0, 8 + Long.reverseBytes(in.readLong())));
            }
        }
        return List.of(new Range(file, 0, name.endsWith(".dict") ? 28 : bytes));
    }

    private static void flip(Path file, long bit) throws IOException {
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.seek(bit >> 3);
            final int old = out.read();
            out.seek(bit >> 3);
            out.write(old ^ 1 << (bit & 7));
        }
    }

    @FunctionalInterface
    private interface Use {
        void run();
    }

    /** Whether it was refused as damaged, which lets others take an older state; if not, it has itself compared its result. */
    private static boolean isRefused(Use use, String what) {
        final var threads = ManagementFactory.getThreadMXBean();
        final long before = threads.getCurrentThreadCpuTime();
        boolean refused = false;
        try {
            use.run();
        } catch (ModelFormatException e) {
            refused = true;
        } catch (RuntimeException | Error e) {
            throw new AssertionError(what, e);
        }
        final long nanos = threads.getCurrentThreadCpuTime() - before;
        assertTrue(nanos < 1_000_000_000, () -> what + ": took " + nanos + " ns of the processor");
        return refused;
    }

    @ParameterizedTest
    @EnumSource
    void flippedBitsOfStructureAreFound(RowFormat format) throws IOException {
        write(format);
        if (state == null) {
            flipStructure(() -> {});
            return;
        }
        try (Network network = loadTrainable().network(); Run run = new Run(network)) {
            flipStructure(() -> restore(network, run.trainer));
        }
    }

    private void flipStructure(Use restore) throws IOException {
        final Path manifest = directory.resolve("model.json");
        final Random random = new Random(SEED);
        for (Path file : files()) {
            fallsBack = file.endsWith("g000001/model.json");
            if (fallsBack) {
                flip(manifest, 0);
            }
            final byte[] whole = Files.readAllBytes(file);
            for (Range range : structure(file)) {
                final long bits = (range.to - range.from) * 8;
                for (long i = 0; i < Math.min(bits, FLIPS); i++) {
                    final long bit = range.from * 8 + (bits <= FLIPS ? i : random.nextLong(bits));
                    flip(file, bit);
                    assertFound(range, whole, restore, "seed " + SEED + ", " + file + ", bit " + bit);
                    flip(file, bit);
                }
            }
            if (fallsBack) {
                flip(manifest, 0);
                fallsBack = false;
            }
        }
        assertArrayEquals(scores, scores(true));
    }

    /** What is damaged is refused; what only verification reads by that. A number of a manifest may be written in another way. */
    private void assertFound(Range range, byte[] whole, Use restore, String what) throws IOException {
        final String name = range.file.getFileName().toString();
        if (name.endsWith(".dlrm") && range.to == whole.length) {
            assertArrayEquals(scores, scores(false), what);
            restore.run();
            assertTrue(isRefused(() -> scores(true), what), what + ": verification found nothing");
            return;
        }
        // What scoring refuses, resuming refuses for the same reason, and it reads more.
        if (!isRefused(() -> assertArrayEquals(scores, scores(false), what), what) && !isRefused(restore, what)) {
            if (state != null) {
                assertArrayEquals(state, state(), what);
            }
            assertEquals("model.json", name, what);
            assertEquals(Json.parseObject(whole, what), Json.parseObject(Files.readAllBytes(range.file), what), what);
        }
    }

    @Test
    void flippedBitsOfContentsAreFoundByName() throws IOException {
        train(MANY_ROWS, RowFormat.F32);
        final Random random = new Random(SEED);
        final List<Range> contents = new ArrayList<>();
        for (Path file : files()) {
            final List<Range> structure = structure(file);
            if (structure.getFirst().to < Files.size(file)) {
                contents.add(new Range(file, structure.getFirst().to,
                        structure.size() > 1 ? structure.get(1).from : Files.size(file)));
            }
        }
        final Pattern place = Pattern.compile("rows \\[(\\d+), (\\d+)\\) of table (\\S+),");
        int inRows = 0;
        for (int i = 0; i < FLIPS; i++) {
            final Range range = contents.get(random.nextInt(contents.size()));
            final long at = random.nextLong(range.from, range.to);
            final String what = "seed " + SEED + ", " + range.file + ", byte " + at;
            final long bit = at * 8 + random.nextInt(8);
            flip(range.file, bit);
            final String message = assertThrows(ModelFormatException.class,
                    () -> ModelDirectory.open(directory).verify(), what).getMessage();
            assertTrue(message.startsWith(range.file.toString()), () -> what + ": " + message);
            if (range.file.toString().endsWith(".dlrm")) {
                inRows += namesRow(range.file, at, place.matcher(message), what + ": " + message) ? 1 : 0;
            }
            flip(range.file, bit);
        }
        ModelDirectory.open(directory).verify();
        assertTrue(inRows > FLIPS / 20, "flips in rows: " + inRows);
    }

    /** Whether the byte is one of a row; the padding before them is named by its byte. */
    private static boolean namesRow(Path file, long at, Matcher place, String what) {
        try (EmbeddingTable table = EmbeddingTable.openReadOnly(file)) {
            if (at < table.dataOffset()) {
                assertTrue(what.contains("padding before the rows: byte " + at + " is not zero"), what);
                return false;
            }
            assertTrue(place.find(), what);
            final long row = (at - table.dataOffset()) / table.rowStrideBytes();
            assertEquals(table.name(), place.group(3), what);
            assertTrue(Long.parseLong(place.group(1)) <= row && row < Long.parseLong(place.group(2)), what);
            return true;
        }
    }

    @Test
    void filesOfOtherLengthsAreRefused() throws IOException {
        train(FEW_ROWS, RowFormat.F32);
        final Random random = new Random(SEED);
        for (Path file : files()) {
            final byte[] whole = Files.readAllBytes(file);
            for (int i = 0; i < Math.min(whole.length, FLIPS); i++) {
                final int length = whole.length <= FLIPS ? i : random.nextInt(whole.length);
                final String what = "seed " + SEED + ", " + file + ", length " + length;
                Files.write(file, Arrays.copyOf(whole, length));
                final boolean refused = isRefused(() -> assertArrayEquals(scores, scores(false), what), what)
                        && isRefused(() -> assertArrayEquals(state, state(), what), what);
                // A manifest's last line feed; the copy of the manifest that only a fallback reads.
                assertTrue(refused || file.endsWith("model.json"), what);
            }
            Files.write(file, whole);
        }
        assertArrayEquals(scores, scores(true));
    }
}
