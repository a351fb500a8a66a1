package org.dlrm4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.kernels.WeightFormat;
import org.dlrm4j.model.Architecture;
import org.dlrm4j.model.Dlrm;
import org.dlrm4j.model.FeatureCross;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.ModelFiles;
import org.dlrm4j.model.ModelQuantizer;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.QuotientRemainder;
import org.dlrm4j.model.WideDeep;
import org.dlrm4j.serve.FollowingScorer;
import org.dlrm4j.serve.Model;
import org.dlrm4j.serve.ModelServer;
import org.dlrm4j.serve.Scorer;
import org.dlrm4j.serve.ServerOptions;
import org.dlrm4j.store.EmbeddingTable;
import org.dlrm4j.store.ModelDirectory;
import org.dlrm4j.store.ModelWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Batches whose indices and bag boundaries are wrong in any way, in all that looks up: what is wrong is refused, what is right scores
 * as each sample does alone, and training changes no row that the batch does not name. {@code -Ddlrm4j.test.bags=N -Ddlrm4j.test.seed=S}
 * for more.
 */
class HostileBatchesTest {
    private static final int BAGS = Integer.getInteger("dlrm4j.test.bags", 20_000);
    private static final long SEED = Long.getLong("dlrm4j.test.seed", System.nanoTime());
    private static final long[] ROWS = {5, 300, 2000};
    private static final int DIM = 8;
    private static final int FEW_SAMPLES = 9;
    private static final int MAX_SAMPLES = 200;
    private static final ServerOptions COLD = ServerOptions.DEFAULT.withWarmUp(Duration.ZERO, List.of());

    @TempDir
    Path temp;
    private final Random random = new Random(SEED);
    private long batches;
    private long bags;
    private long refused;

    private static ModelConfig config(Architecture architecture) {
        return ModelConfig.of(1, ROWS, DIM, architecture);
    }

    private static Dlrm dlrm() {
        return Dlrm.of(new int[]{1, DIM}, new int[]{DIM + 6, 1});
    }

    private Path save(ModelConfig config) {
        final Path directory = temp.resolve("model");
        try (Network network = Network.create(config, new NumpyRandom(1));
                ModelWriter writer = ModelDirectory.write(directory)) {
            final Map<String, Object> manifest = new LinkedHashMap<>();
            ModelFiles.write(writer, network, null, manifest);
            writer.commit(manifest);
        }
        return directory;
    }

    /** A model in a row format; float32 is how it was trained. */
    private Path saved(RowFormat format) {
        final Path trained = save(config(dlrm()));
        if (format == RowFormat.F32) {
            return trained;
        }
        final Path compact = temp.resolve("compact");
        final ModelFiles.Loaded loaded = ModelFiles.open(trained);
        try (Network _ = loaded.network()) {
            ModelQuantizer.quantize(loaded, format, WeightFormat.F32, compact, _ -> {});
        }
        return compact;
    }

    /** Fills a batch, every other one small, with right values, then breaks one or two of every other batch. */
    private void fill(Batch batch) {
        final int samples = 1 + random.nextInt(random.nextBoolean() ? FEW_SAMPLES : MAX_SAMPLES);
        batches++;
        batch.begin(samples);
        for (int s = 0; s < samples; s++) {
            batch.setDense(s, 0, random.nextFloat());
            batch.setTarget(s, random.nextInt(2));
            for (int f = 0; f < ROWS.length; f++) {
                for (int p = random.nextInt(random.nextBoolean() ? 2 : 5); p > 0; p--) {
                    batch.addIndex(f, random.nextLong(ROWS[f]));
                }
                batch.endBag(f);
            }
        }
        bags += (long) samples * ROWS.length;
        for (int wrongs = random.nextBoolean() ? 1 + random.nextInt(2) : 0; wrongs > 0; wrongs--) {
            spoil(batch);
        }
    }

    private void spoil(Batch batch) {
        final int f = random.nextInt(ROWS.length);
        if (random.nextBoolean() && batch.indexCount(f) > 0) {
            batch.indices(f).setAtIndex(ValueLayout.JAVA_LONG, random.nextInt(batch.indexCount(f)),
                    switch (random.nextInt(7)) {
                        case 0 -> -1;
                        case 1 -> ROWS[f];
                        case 2 -> 1L << 31;
                        case 3 -> (1L << 32) + random.nextLong(ROWS[f]);
                        case 4 -> Long.MAX_VALUE;
                        // Times the bytes of a row this is a row again in 64 bits.
                        case 5 -> (1L << 59) + random.nextLong(ROWS[f]);
                        default -> random.nextLong();
                    });
        } else {
            batch.offsets(f).setAtIndex(ValueLayout.JAVA_INT, random.nextInt(batch.size() + 1),
                    switch (random.nextInt(6)) {
                        case 0 -> -1;
                        case 1 -> Integer.MAX_VALUE;
                        case 2 -> Integer.MIN_VALUE;
                        case 3 -> batch.indexCount(f) + 1;
                        case 4 -> random.nextInt(batch.indexCount(f) + 2);
                        default -> random.nextInt();
                    });
        }
    }

    /** Whether the batch's documentation gives it a meaning. */
    private static boolean isRight(Batch batch) {
        for (int f = 0; f < ROWS.length; f++) {
            int previous = 0;
            for (int b = 0; b <= batch.size(); b++) {
                final int offset = offset(batch, f, b);
                if (offset < previous || offset > batch.indexCount(f)) {
                    return false;
                }
                previous = offset;
            }
            for (int p = offset(batch, f, 0); p < previous; p++) {
                if (index(batch, f, p) < 0 || index(batch, f, p) >= ROWS[f]) {
                    return false;
                }
            }
        }
        return true;
    }

    private static int offset(Batch batch, int feature, int bag) {
        return batch.offsets(feature).getAtIndex(ValueLayout.JAVA_INT, bag);
    }

    private static long index(Batch batch, int feature, int position) {
        return batch.indices(feature).getAtIndex(ValueLayout.JAVA_LONG, position);
    }

    private String what() {
        return "seed " + SEED + ", after " + bags + " bags";
    }

    private boolean isAccepted(Runnable action) {
        try {
            action.run();
            return true;
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            assertTrue(e.getMessage().matches("(table \\S+, bag|table \\S+: offsets|sparse feature).*"),
                    e.getMessage());
            refused++;
            return false;
        }
    }

    private void score(Supplier<Scorer> scorers, Scorer alone) {
        while (bags < BAGS) {
            final Scorer scorer = scorers.get();
            final Batch batch = scorer.batch();
            fill(batch);
            final boolean right = isRight(batch);
            assertEquals(right, isAccepted(scorer::score), this::what);
            if (right) {
                final float[] scores = scorer.score().asSlice(0, batch.size() * 4L).toArray(ValueLayout.JAVA_FLOAT);
                for (int s = 0; s < scores.length; s++) {
                    assertEquals(alone(alone, batch, s), scores[s], this::what);
                }
            }
        }
        assertTrue(refused > batches / 8, "refused " + refused + " of " + batches);
    }

    private static float alone(Scorer alone, Batch batch, int s) {
        final Batch one = alone.batch();
        one.begin(1);
        one.setDense(0, 0, batch.dense().get(ValueLayout.JAVA_FLOAT, s * batch.denseStrideBytes()));
        for (int f = 0; f < ROWS.length; f++) {
            for (int p = offset(batch, f, s); p < offset(batch, f, s + 1); p++) {
                one.addIndex(f, index(batch, f, p));
            }
            one.endBag(f);
        }
        return alone.score().get(ValueLayout.JAVA_FLOAT, 0);
    }

    @ParameterizedTest
    @EnumSource
    void scorers(RowFormat format) {
        try (Model model = Model.open(saved(format));
                Scorer scorer = model.scorer(MAX_SAMPLES);
                Scorer alone = model.scorer(1)) {
            score(() -> scorer, alone);
        }
    }

    @ParameterizedTest
    @EnumSource
    void servers(RowFormat format) {
        final Path directory = saved(format);
        try (WorkerPool pool = new WorkerPool(WorkerPoolOptions.of(2).withMinSharedWork(0));
                ModelServer server = ModelServer.open(directory, COLD.withPrefetch(true));
                FollowingScorer follows = server.scorer(MAX_SAMPLES, pool);
                Model model = server.acquire();
                Scorer alone = model.scorer(1)) {
            score(follows::newest, alone);
        }
    }

    static Stream<Architecture> derived() {
        return Stream.of(dlrm().withEmbeddings(new QuotientRemainder(QuotientRemainder.Operation.MULT, 1, 4)),
                new WideDeep(new int[]{6}, true,
                        List.of(new FeatureCross(new int[]{0, 2}, 50), new FeatureCross(new int[]{2, 1, 0}, 999))));
    }

    @ParameterizedTest
    @MethodSource("derived")
    void scorersOfDerivedFeatures(Architecture architecture) {
        try (Model model = Model.open(save(config(architecture)));
                Scorer scorer = model.scorer(MAX_SAMPLES);
                Scorer alone = model.scorer(1)) {
            score(() -> scorer, alone);
        }
    }

    @Test
    void whatStandsOutsideOfTheBagsIsNotLookedAt() {
        try (WorkerPool pool = new WorkerPool(WorkerPoolOptions.of(2).withMinSharedWork(0));
                Network network = Network.create(config(dlrm()), new NumpyRandom(1));
                Optimizer optimizer = new Optimizer(OptimizerSettings.of(OptimizerKind.SGD), network, pool.threads());
                TrainingStep step = new TrainingStep(network, optimizer, 2, pool);
                Batch batch = new Batch(2, 1, ROWS.length)) {
            optimizer.trackChanges();
            batch.beginOneHot(2);
            for (int s = 0; s < 2; s++) {
                batch.setDense(s, 0, 1);
                batch.setTarget(s, s);
                for (int f = 0; f < ROWS.length; f++) {
                    batch.setIndex(s, f, s == 0 ? -1 : 3);
                }
            }
            for (int f = 0; f < ROWS.length; f++) {
                batch.offsets(f).setAtIndex(ValueLayout.JAVA_INT, 0, 1);
            }
            step.run(batch, 0.1f, "step");
            optimizer.tableUpdates().forEach(update -> {
                assertEquals(1, update.changedRows().count());
                assertEquals(3, update.changedRows().next(0));
            });
        }
    }

    @ParameterizedTest
    @EnumSource
    void trainers(OptimizerKind kind) {
        try (WorkerPool pool = new WorkerPool(WorkerPoolOptions.of(2).withMinSharedWork(0));
                Network network = Network.create(config(dlrm()), new NumpyRandom(1));
                Optimizer optimizer = new Optimizer(OptimizerSettings.of(kind), network, pool.threads());
                TrainingStep step = new TrainingStep(network, optimizer, MAX_SAMPLES, pool);
                Batch batch = new Batch(MAX_SAMPLES, 1, ROWS.length)) {
            optimizer.trackChanges();
            float[][] before = floats(network);
            while (bags < BAGS) {
                fill(batch);
                final float[] dense = dense(network);
                final boolean right = isRight(batch);
                assertEquals(right, isAccepted(() -> step.run(batch, 0.05f, "step")), this::what);
                if (!right) {
                    assertArrayEquals(dense, dense(network), this::what);
                }
                final float[][] after = floats(network);
                for (int f = 0; f < ROWS.length; f++) {
                    assertOnlyChanged(right ? used(batch, f) : new BitSet(), before[f], after[f]);
                }
                before = after;
            }
        }
        assertTrue(refused > batches / 8, "refused " + refused + " of " + batches);
    }

    private static BitSet used(Batch batch, int feature) {
        final BitSet used = new BitSet();
        for (int p = offset(batch, feature, 0); p < offset(batch, feature, batch.size()); p++) {
            used.set((int) index(batch, feature, p));
        }
        return used;
    }

    private void assertOnlyChanged(BitSet rows, float[] before, float[] after) {
        for (int row = 0; row < after.length / DIM; row++) {
            final int from = row * DIM;
            if (rows.get(row)) {
                for (int at = from; at < from + DIM; at++) {
                    assertTrue(Float.isFinite(after[at]), this::what);
                }
            } else {
                assertTrue(Arrays.equals(before, from, from + DIM, after, from, from + DIM), this::what);
            }
        }
    }

    @Test
    void trainersOfDerivedFeatures() {
        for (Architecture architecture : derived().toList()) {
            try (WorkerPool pool = new WorkerPool(WorkerPoolOptions.of(2).withMinSharedWork(0));
                    Network network = Network.create(config(architecture), new NumpyRandom(1));
                    Optimizer optimizer = new Optimizer(OptimizerSettings.of(OptimizerKind.ADAGRAD), network,
                            pool.threads());
                    TrainingStep step = new TrainingStep(network, optimizer, MAX_SAMPLES, pool);
                    Batch batch = new Batch(MAX_SAMPLES, 1, ROWS.length)) {
                float[][] before = floats(network);
                for (bags = 0; bags < BAGS;) {
                    fill(batch);
                    final boolean right = isRight(batch);
                    assertEquals(right, isAccepted(() -> step.run(batch, 0.05f, "step")), this::what);
                    final float[][] after = floats(network);
                    if (!right) {
                        assertTrue(Arrays.deepEquals(before, after), this::what);
                    }
                    before = after;
                }
            }
        }
    }

    private static float[][] floats(Network network) {
        return network.tables().stream().map(HostileBatchesTest::floats).toArray(float[][]::new);
    }

    private static float[] floats(EmbeddingTable table) {
        final float[] all = new float[(int) table.rows() * table.dim()];
        for (int row = 0; row < table.rows(); row++) {
            MemorySegment.copy(table.segment(), ValueLayout.JAVA_FLOAT, table.rowOffset(row), all, row * table.dim(),
                    table.dim());
        }
        return all;
    }

    private static float[] dense(Network network) {
        final float[][] all = network.parameters().stream()
                .map(parameter -> parameter.values().toArray(ValueLayout.JAVA_FLOAT)).toArray(float[][]::new);
        final float[] flat = new float[Stream.of(all).mapToInt(values -> values.length).sum()];
        int at = 0;
        for (float[] values : all) {
            System.arraycopy(values, 0, flat, at, values.length);
            at += values.length;
        }
        return flat;
    }
}
