package org.dlrm4j.serve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.DatasetException;
import org.dlrm4j.data.FeatureDictionary;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.data.UnseenPolicy;
import org.dlrm4j.model.Dlrm;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.ModelFiles;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.ReferenceModel;
import org.dlrm4j.model.Vocabulary;
import org.dlrm4j.os.MappedFile;
import org.dlrm4j.store.ModelDirectory;
import org.dlrm4j.store.ModelFormatException;
import org.dlrm4j.store.ModelWriter;
import org.dlrm4j.store.NoSuchModelException;
import org.dlrm4j.train.WorkerPool;
import org.dlrm4j.train.WorkerPoolOptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScorerTest {
    private static final ModelConfig CONFIG = ModelConfig.of(4, new long[]{3, 200, 40_000}, 16,
            Dlrm.of(new int[]{4, 20, 16}, new int[]{40, 1}));

    @TempDir
    Path temporary;
    private Path directory;
    private final Random random = new Random(Long.getLong("dlrm4j.test.seed", 11));

    @BeforeEach
    void save() {
        directory = temporary.resolve("model");
        save(1, null);
    }

    private void save(int seed, Vocabulary vocabulary) {
        try (Network model = Network.create(CONFIG, new NumpyRandom(seed));
                ModelWriter writer = ModelDirectory.write(directory)) {
            final Map<String, Object> manifest = new LinkedHashMap<>();
            ModelFiles.write(writer, model, vocabulary, manifest);
            writer.commit(manifest);
        }
    }

    private static Vocabulary vocabulary(UnseenPolicy policy) {
        return new Vocabulary(List.of(FeatureDictionary.of(0, 0, 0x68fd1e64, 5, 0), FeatureDictionary.of(1, 0, 7),
                FeatureDictionary.of(2, 0, 1, 2, 3, 0x80000000)), List.of(policy, policy, policy));
    }

    private void fill(Batch batch, int samples) {
        batch.begin(samples);
        for (int s = 0; s < samples; s++) {
            for (int i = 0; i < 4; i++) {
                batch.setDense(s, i, random.nextFloat() * 3);
            }
            batch.setTarget(s, 0);
            for (int f = 0; f < 3; f++) {
                for (int p = random.nextInt(3); p > 0; p--) {
                    batch.addIndex(f, random.nextLong(CONFIG.rows()[f]));
                }
                batch.endBag(f);
            }
        }
    }

    @Test
    void scoresAreThoseOfTheDefinition() {
        try (Network same = Network.create(CONFIG, new NumpyRandom(1));
                Model model = Model.open(directory);
                Scorer scorer = model.scorer(300)) {
            final ReferenceModel reference = new ReferenceModel(same);
            for (int samples : new int[]{1, 2, 127, 128, 129, 300}) {
                fill(scorer.batch(), samples);
                final MemorySegment scores = scorer.score();
                for (int s = 0; s < samples; s++) {
                    assertEquals(reference.predict(scorer.batch(), s), scores.getAtIndex(ValueLayout.JAVA_FLOAT, s),
                            2e-6);
                }
            }
        }
    }

    @Test
    void aScoreDoesNotDependOnTheBatch() {
        try (Model model = Model.open(directory); Scorer many = model.scorer(300); Scorer one = model.scorer(1)) {
            fill(many.batch(), 300);
            final MemorySegment scores = many.score();
            for (int s = 0; s < 300; s++) {
                final Batch single = one.batch();
                single.begin(1);
                for (int i = 0; i < 4; i++) {
                    single.setDense(0, i,
                            many.batch().dense().get(ValueLayout.JAVA_FLOAT,
                                    s * many.batch().denseStrideBytes() + 4L * i));
                }
                for (int f = 0; f < 3; f++) {
                    final int to = many.batch().offsets(f).getAtIndex(ValueLayout.JAVA_INT, s + 1);
                    for (int p = many.batch().offsets(f).getAtIndex(ValueLayout.JAVA_INT, s); p < to; p++) {
                        single.addIndex(f, many.batch().indices(f).getAtIndex(ValueLayout.JAVA_LONG, p));
                    }
                    single.endBag(f);
                }
                assertEquals(scores.getAtIndex(ValueLayout.JAVA_FLOAT, s), one.score().get(ValueLayout.JAVA_FLOAT, 0));
            }
        }
    }

    @Test
    void threadsDoNotChangeABit() {
        try (Model model = Model.open(directory); Scorer one = model.scorer(1000)) {
            for (int threads : new int[]{1, 2, 5}) {
                for (long minSharedWork : new long[]{0, WorkerPoolOptions.DEFAULT_MIN_SHARED_WORK}) {
                    try (WorkerPool pool = new WorkerPool(
                            WorkerPoolOptions.of(threads).withMinSharedWork(minSharedWork));
                            Scorer many = model.scorer(1000, pool)) {
                        for (int samples : new int[]{1, 3, 129, 1000}) {
                            final long seed = random.nextLong();
                            random.setSeed(seed);
                            fill(one.batch(), samples);
                            random.setSeed(seed);
                            fill(many.batch(), samples);
                            final long bytes = (long) samples * Float.BYTES;
                            assertEquals(-1,
                                    one.score().asSlice(0, bytes).mismatch(many.score().asSlice(0, bytes)));
                        }
                    }
                }
            }
            assertThrows(NullPointerException.class, () -> model.scorer(1, null));
        }
    }

    @Test
    void rawValuesGoThroughTheDictionaries() {
        final int[] counts = {1, 0, -3, 20};
        final float[] dense = {(float) Math.log(2), 0, 0, (float) Math.log(21)};
        for (UnseenPolicy policy : UnseenPolicy.values()) {
            save(1, vocabulary(policy));
            try (Model model = Model.open(directory); Scorer scorer = model.scorer(1)) {
                assertTrue(model.hasVocabulary());
                assertEquals(scorer.score(dense, new long[]{0, 0, 3}),
                        scorer.scoreRaw(counts, new CharSequence[]{"68fd1e64", "00000007", "80000000"}), 1e-6f);
                assertEquals(scorer.score(dense, new long[]{2, 0, 0}),
                        scorer.scoreRaw(counts, new CharSequence[]{"", "7", "1"}), 1e-6f);
                final CharSequence[] unseen = {"68fd1e64", "7", "ffffffff"};
                switch (policy) {
                    case ERROR -> {
                        final String message = assertThrows(DatasetException.class,
                                () -> scorer.scoreRaw(counts, unseen))
                                .getMessage();
                        assertTrue(message.contains("C3") && message.contains("ffffffff"), message);
                    }
                    case ZERO ->
                        assertEquals(scorer.score(dense, new long[]{0, 0, 0}), scorer.scoreRaw(counts, unseen), 1e-6f);
                    case HASH -> assertEquals(scorer.score(dense, new long[]{0, 0, 0xffffffffL % 4}),
                            scorer.scoreRaw(counts, unseen), 1e-6f);
                    case EMPTY_BAG -> {
                        final float raw = scorer.scoreRaw(counts, unseen);
                        final Batch batch = scorer.batch();
                        batch.begin(1);
                        for (int i = 0; i < 4; i++) {
                            batch.setDense(0, i, dense[i]);
                        }
                        batch.addIndex(0, 0);
                        batch.endBag(0);
                        batch.addIndex(1, 0);
                        batch.endBag(1);
                        batch.endBag(2);
                        assertEquals(scorer.score().get(ValueLayout.JAVA_FLOAT, 0), raw, 1e-6f);
                    }
                }
            }
        }
    }

    @Test
    void prefetchingAsksForEachPageOnceAndChangesNoBit() {
        try (Model model = Model.open(directory); Scorer plain = model.scorer(50)) {
            assertThrows(IllegalStateException.class, plain::prefetch);
            model.prefetchLookups();
            model.prefetchLookups();
            try (Scorer first = model.scorer(50); Scorer second = model.scorer(50)) {
                fill(plain.batch(), 50);
                final float[] expected = plain.score().asSlice(0, 200).toArray(ValueLayout.JAVA_FLOAT);
                for (Scorer scorer : List.of(first, second)) {
                    scorer.batch().copySamples(plain.batch(), 0, 50);
                    assertEquals(scorer == first ? pages(plain.batch()) : 0, scorer.prefetch());
                    assertArrayEquals(expected, scorer.score().asSlice(0, 200).toArray(ValueLayout.JAVA_FLOAT));
                    assertEquals(0, scorer.prefetch());
                }
                assertThrows(IndexOutOfBoundsException.class,
                        () -> first.score(new float[4], new long[]{Long.MAX_VALUE, -1, 1}));
            }
        }
    }

    /** Counts the pages that hold the batch's rows, of 64 bytes each. */
    private static int pages(Batch batch) {
        final Set<String> pages = new HashSet<>();
        for (int f = 0; f < batch.sparseFeatures(); f++) {
            for (int p = 0; p < batch.indexCount(f); p++) {
                final long row = batch.indices(f).getAtIndex(ValueLayout.JAVA_LONG, p);
                pages.add(f + ":" + row * 64 / MappedFile.pageBytes());
            }
        }
        return pages.size();
    }

    @ParameterizedTest
    @Tag("allocation")
    @ValueSource(booleans = {false, true})
    void doesNotAllocate(boolean prefetch) {
        save(1, vocabulary(UnseenPolicy.EMPTY_BAG));
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        final float[] dense = new float[4];
        final long[] rows = {1, 2, 3};
        final int[] counts = {1, 2, 3, 4};
        final CharSequence[] values = {"68fd1e64", "7", "ffffffff"};
        try (Model model = Model.open(directory)) {
            if (prefetch) {
                model.prefetchLookups();
            }
            final Scorer scorer = model.scorer(64);
            long allocated = Long.MAX_VALUE;
            float sum = 0;
            // Interpreted and C1 code boxes vectors; C2 needs a while to take over.
            for (int round = 0; round < 60 && allocated > 0; round++) {
                final long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < 2_000; i++) {
                    sum += scorer.score(dense, rows);
                    sum += scorer.scoreRaw(counts, values);
                }
                allocated = threads.getCurrentThreadAllocatedBytes() - before;
            }
            scorer.close();
            assertTrue(sum > 0);
            assertTrue(allocated < 2_000, allocated + " bytes in 4,000 requests");
        }
    }

    @Test
    void warmingUpEndsWhenCallsGetNoFasterOrTheBudgetIsSpent() {
        for (Vocabulary vocabulary : new Vocabulary[]{null, vocabulary(UnseenPolicy.ERROR)}) {
            save(1, vocabulary);
            try (Model model = Model.open(directory); Scorer scorer = model.scorer(8)) {
                final List<WarmUp> reached = model.warmUp(Duration.ofSeconds(30), 1, 64);
                assertEquals(2, reached.size());
                for (WarmUp warmUp : reached) {
                    assertTrue(warmUp.steady() && warmUp.calls() >= 300, warmUp.toString());
                    assertTrue(warmUp.fastestCall().compareTo(warmUp.firstCall()) <= 0, warmUp.toString());
                    assertTrue(warmUp.total().compareTo(Duration.ofSeconds(30)) < 0, warmUp.toString());
                }
                final WarmUp cut = scorer.warmUp(8, Duration.ofNanos(1));
                assertTrue(!cut.steady() && cut.calls() > 0 && cut.samples() == 8, cut.toString());
                assertThrows(IllegalArgumentException.class, () -> scorer.warmUp(9, Duration.ofSeconds(1)));
                assertThrows(IllegalArgumentException.class, () -> scorer.warmUp(0, Duration.ofSeconds(1)));
                assertThrows(IllegalArgumentException.class, () -> scorer.warmUp(1, Duration.ZERO));
                assertThrows(IllegalArgumentException.class, () -> model.warmUp(Duration.ofSeconds(1)));
            }
        }
    }

    @Test
    void aModelWhoseDictionariesAreEmptyWarmsUpWithRowNumbers() {
        save(1, new Vocabulary(
                List.of(FeatureDictionary.of(0, 0), FeatureDictionary.of(1, 0), FeatureDictionary.of(2, 0)),
                List.of(UnseenPolicy.ERROR, UnseenPolicy.ERROR, UnseenPolicy.ERROR)));
        try (Model model = Model.open(directory); Scorer scorer = model.scorer(2)) {
            assertTrue(scorer.warmUp(1, Duration.ofNanos(1)).calls() > 0);
            assertTrue(scorer.warmUp(2, Duration.ofNanos(1)).calls() > 0);
        }
    }

    @Test
    void closingInAnyOrderIsSafe() {
        final Model model = Model.open(directory);
        final Scorer scorer = model.scorer(1);
        model.close();
        model.close();
        assertTrue(scorer.score(new float[4], new long[3]) > 0);
        assertThrows(IllegalStateException.class, () -> model.scorer(1));
        scorer.close();
        scorer.close();
        assertThrows(IllegalStateException.class, () -> scorer.score(new float[4], new long[3]));
        assertThrows(IllegalStateException.class, scorer::score);
    }

    @Test
    void anOpenModelKeepsItsGeneration() {
        try (Model old = Model.open(directory); Scorer scorer = old.scorer(1)) {
            final float before = scorer.score(new float[4], new long[3]);
            save(2, null);
            assertEquals(before, scorer.score(new float[4], new long[3]));
            try (Model newer = Model.open(directory); Scorer other = newer.scorer(1)) {
                assertEquals(old.generation() + 1, newer.generation());
                assertTrue(before != other.score(new float[4], new long[3]));
            }
        }
    }

    @Test
    void badRequestsAreNamed() {
        try (Model model = Model.open(directory); Scorer scorer = model.scorer(1)) {
            assertEquals("3 dense features, the model has 4",
                    assertThrows(IllegalArgumentException.class, () -> scorer.score(new float[3], new long[3]))
                            .getMessage());
            for (long index : new long[]{-1, 40_000, 1L << 31, (1L << 32) + 1, Long.MIN_VALUE, Long.MAX_VALUE}) {
                final String message = assertThrows(IndexOutOfBoundsException.class,
                        () -> scorer.score(new float[4], new long[]{0, 0, index})).getMessage();
                assertTrue(message.contains("table-02") && message.contains(Long.toString(index)), message);
            }
            assertThrows(IllegalStateException.class, () -> scorer.scoreRaw(new int[4], new CharSequence[3]));
        }
    }

    @Test
    void aDictionaryInTheWrongPlaceIsFound() throws IOException {
        save(1, new Vocabulary(
                List.of(FeatureDictionary.of(0, 0, 5, 6), FeatureDictionary.of(1, 0, 7, 8),
                        FeatureDictionary.of(2, 0, 9)),
                List.of(UnseenPolicy.ZERO, UnseenPolicy.ZERO, UnseenPolicy.ZERO)));
        final ModelDirectory model = ModelDirectory.open(directory);
        model.verify();
        Files.copy(model.path("dictionary-00.dict"), model.path("dictionary-01.dict"),
                StandardCopyOption.REPLACE_EXISTING);
        final String message = assertThrows(ModelFormatException.class, model::verify).getMessage();
        assertTrue(message.contains("dictionary-01.dict"), message);
    }

    @Test
    void aMissingOrDamagedModelIsNamed() throws IOException {
        assertThrows(NoSuchModelException.class, () -> Model.open(temporary.resolve("nowhere")));
        final List<Path> files = new ArrayList<>();
        try (Stream<Path> all = Files.walk(directory)) {
            all.filter(
                    f -> Files.isRegularFile(f) && Files.isReadable(f) && !f.getFileName().toString().startsWith("."))
                    .forEach(files::add);
        }
        assertTrue(files.remove(directory.resolve("g000001/model.json")), "only read when the other is damaged");
        assertEquals(5, files.size(), files.toString());
        for (Path file : files) {
            final byte[] good = Files.readAllBytes(file);
            try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
                raw.setLength(good.length - 2); // model.json ends with a line feed that means nothing
            }
            final String message = assertThrows(ModelFormatException.class, () -> Model.open(directory)).getMessage();
            assertTrue(message.contains(file.getFileName().toString()), message);
            Files.write(file, good);
            Model.open(directory).close();
        }
    }
}
