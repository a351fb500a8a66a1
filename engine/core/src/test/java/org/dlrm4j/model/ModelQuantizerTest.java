package org.dlrm4j.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.kernels.Activation;
import org.dlrm4j.kernels.RowConversion;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.kernels.WeightFormat;
import org.dlrm4j.serve.Model;
import org.dlrm4j.serve.Scorer;
import org.dlrm4j.os.MemoryPolicy;
import org.dlrm4j.store.EmbeddingTable;
import org.dlrm4j.store.ModelDirectory;
import org.dlrm4j.store.ModelFormatException;
import org.dlrm4j.store.ModelWriter;
import org.dlrm4j.store.NoSuchModelException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ModelQuantizerTest {
    private static final ModelConfig CONFIG = dlrm(16);

    @TempDir
    private Path temporary;
    private Path source;
    private Path target;

    private static ModelConfig dlrm(int dim) {
        return ModelConfig.of(4, new long[]{3, 200, 10_000}, dim, Dlrm.of(new int[]{4, 20, dim}, new int[]{40, 1}));
    }

    @BeforeEach
    void save() {
        source = temporary.resolve("source");
        target = temporary.resolve("target");
        save(CONFIG, 0);
    }

    /** Saves a model whose table 2 has {@code special} in row 5000, column 3. */
    private void save(ModelConfig config, float special) {
        try (Network network = Network.create(config, new NumpyRandom(1))) {
            final EmbeddingTable table = network.tables().get(2);
            table.segment().set(ValueLayout.JAVA_FLOAT, table.rowOffset(5000) + 12, special);
            save(network);
        }
    }

    private void save(Network network) {
        try (ModelWriter writer = ModelDirectory.write(source)) {
            final Map<String, Object> manifest = new LinkedHashMap<>();
            ModelFiles.write(writer, network, null, manifest);
            writer.commit(manifest);
        }
    }

    private List<ModelQuantizer.TableError> quantize(RowFormat format, List<Long> progress) {
        final ModelFiles.Loaded loaded = ModelFiles.open(source);
        try (Network _ = loaded.network()) {
            return ModelQuantizer.quantize(loaded, format, WeightFormat.F32, target, progress::add);
        }
    }

    private String refusal(RowFormat format) {
        return assertThrows(IllegalArgumentException.class, () -> quantize(format, new ArrayList<>())).getMessage();
    }

    /** Errors relative to the bound of the uniform initial numbers: the rounding unit, or half a step. */
    @ParameterizedTest
    @CsvSource({"F16, 0x1p-11, 32, 1e-4", "BF16, 0x1p-8, 32, 1e-3", "I8, 0.004, 24, 1e-3", "I4, 0.07, 12, 2e-2"})
    void aCopyIsNearTheModelAndItsErrorsAreMeasured(RowFormat format, double limit, int rowBytes, double scoreLimit) {
        final List<Long> progress = new ArrayList<>();
        final List<ModelQuantizer.TableError> errors = quantize(format, progress);
        assertEquals(List.of(3L, 203L, 203 + 4096L, 203 + 8192L, 10_203L), progress);
        for (int f = 0; f < 3; f++) {
            final ModelQuantizer.TableError error = errors.get(f);
            final double bound = Math.sqrt(1.0 / CONFIG.rows()[f]);
            assertEquals(CONFIG.tables().get(f).name(), error.table());
            assertEquals(CONFIG.rows()[f] * rowBytes, error.targetBytes());
            assertTrue(error.maxError() > 0 && error.maxError() <= limit * bound, error.toString());
            assertTrue(error.rmsError() > error.maxError() / 20 && error.rmsError() < error.maxError(),
                    error.toString());
        }
        ModelDirectory.open(target).verify();
        final float[] dense = {1, 0.5f, 2, 0};
        final long[] ids = {2, 199, 5000};
        final float expected = score(source, dense, ids);
        final float found = score(target, dense, ids);
        assertEquals(expected, found, scoreLimit);
        assertFalse(expected == found, "a compact table changes some bit of a score");
    }

    private static float score(Path directory, float[] dense, long[] ids) {
        try (Model model = Model.open(directory); Scorer scorer = model.scorer(1)) {
            return scorer.score(dense, ids);
        }
    }

    @Test
    void aCopyCannotBeTrainedOrCopiedAgain() {
        quantize(RowFormat.F16, new ArrayList<>());
        final ModelFormatException e = assertThrows(ModelFormatException.class,
                () -> ModelFiles.loadTrainable(ModelDirectory.open(target), TableStorage.anonymous()));
        assertTrue(e.getMessage().contains("table-00.dlrm") && e.getMessage().contains("row format")
                && e.getMessage().contains("is f16, expected f32 or bf16: others can be scored, not trained"),
                e.getMessage());
        assertRefused(RowFormat.I8, "table table-00 is in row format f16 already, expected f32 or bf16");
    }

    @Test
    void aModelOfBf16RowsIsQuantizedOnceMore() {
        quantize(RowFormat.BF16, new ArrayList<>());
        assertRefused(RowFormat.BF16, "table table-00 is in row format bf16 already, expected f32 or bf16 and another");
        final Path third = temporary.resolve("third");
        final ModelFiles.Loaded copy = ModelFiles.open(target);
        try (Network _ = copy.network()) {
            // bf16 has fewer bits of precision than binary16, and these numbers are far from its limits.
            assertTrue(ModelQuantizer.quantize(copy, RowFormat.F16, WeightFormat.F32, third, rows -> {}).stream()
                    .allMatch(error -> error.maxError() < 0x1p-24));
        }
        final float[] dense = {1, 0.5f, 2, 0};
        final long[] ids = {2, 199, 5000};
        assertEquals(score(target, dense, ids), score(third, dense, ids), 1e-6f);
    }

    private void assertRefused(RowFormat format, String message) {
        final ModelFiles.Loaded copy = ModelFiles.open(target);
        try (Network _ = copy.network()) {
            final String found = assertThrows(IllegalArgumentException.class,
                    () -> ModelQuantizer.quantize(copy, format, WeightFormat.F32, temporary.resolve("third"),
                            rows -> {}))
                    .getMessage();
            assertTrue(found.startsWith(message), found);
        }
        assertFalse(Files.exists(temporary.resolve("third")));
    }

    @Test
    void singleWeightsAndRowsWithWeightsAreTrainedAsFloats() {
        final ModelConfig weighted = ModelConfig.of(4, new long[]{3, 200}, 16,
                Dlrm.of(new int[]{4, 16}, new int[]{8, 1}).withEmbeddings(new WeightedPooling()));
        assertEquals("table table-00 is in row format bf16, expected f32: weights of indices take their gradients from "
                + "float32 rows; train with f32, or with another embedding scheme",
                assertThrows(IllegalArgumentException.class, () -> Network.create(weighted, new NumpyRandom(1),
                        TableStorage.anonymous(), RowFormat.BF16)).getMessage());
        final ModelConfig wide = ModelConfig.of(4, new long[]{3, 200}, 16, new WideDeep(new int[]{8}, true, List.of()));
        try (Network network = Network.create(wide, new NumpyRandom(1), TableStorage.anonymous(), RowFormat.BF16)) {
            network.lookups().forEach(lookup -> assertEquals(
                    lookup.group() == ParameterGroup.WIDE ? RowFormat.F32 : RowFormat.BF16,
                    lookup.table().rowFormat()));
        }
        final List<EmbeddingTable> tables = wide.tables().stream()
                .map(spec -> EmbeddingTable.anonymous(spec.name(), spec.rows(), spec.dim(), RowFormat.BF16,
                        MemoryPolicy.DEFAULT))
                .toList();
        assertTrue(assertThrows(IllegalArgumentException.class,
                () -> new Network(wide, tables, TableStorage.anonymous())).getMessage()
                .contains(" is in row format bf16, expected f32: no other can be trained"));
    }

    @Test
    void initialRowsAreThoseOfFloatsRoundedToTheNearest() {
        try (Network floats = Network.create(CONFIG, new NumpyRandom(1));
                Network halves = Network.create(CONFIG, new NumpyRandom(1), TableStorage.anonymous(), RowFormat.BF16)) {
            final double[] expected = ReferenceModel.flatten(floats);
            final double[] found = ReferenceModel.flatten(halves);
            int moved = 0;
            for (int i = 0; i < expected.length; i++) {
                assertEquals(expected[i], found[i], Math.abs(expected[i]) * 0x1p-8);
                moved += expected[i] != found[i] ? 1 : 0;
            }
            assertTrue(moved > CONFIG.sparseParameters() / 2 && moved <= CONFIG.sparseParameters(), "moved " + moved);
        }
    }

    @Test
    void compactTablesAreRefusedByAModelThatIsTrained() {
        final List<EmbeddingTable> tables = new ArrayList<>();
        for (int f = 0; f < 3; f++) {
            tables.add(EmbeddingTable.create(temporary.resolve("t" + f), CONFIG.tables().get(f).name(),
                    CONFIG.rows()[f], 16,
                    RowFormat.I8, EmbeddingTable.Allocation.SPARSE));
        }
        assertEquals("table table-00 is in row format i8, expected f32 or bf16: no other can be trained",
                assertThrows(IllegalArgumentException.class,
                        () -> new Network(CONFIG, tables, TableStorage.anonymous())).getMessage());
    }

    @ParameterizedTest
    @CsvSource({"F16, 1e5", "F16, NaN", "BF16, Infinity", "I8, NaN", "I4, 1e7"})
    void numbersWithoutAPlaceAreNamedAndNothingIsWritten(RowFormat format, float value) {
        save(CONFIG, value);
        final String message = refusal(format);
        assertTrue(message.startsWith("table table-02, row 5000") && message.contains("bf16"), message);
        assertThrows(NoSuchModelException.class, () -> ModelDirectory.open(target));
    }

    @Test
    void theModelItselfIsNotReplaced() {
        target = source;
        assertTrue(refusal(RowFormat.I8).contains("is the model itself, expected another directory"));
        assertEquals(1, ModelDirectory.open(source).generation());
    }

    @Test
    void aDimensionThatTheFormatHasNotIsRefused() {
        save(dlrm(15), 0);
        assertTrue(refusal(RowFormat.I4).startsWith("dim is 15, expected an even number"));
        assertFalse(Files.exists(target));
    }

    /** Scores are those of a network that holds the rows as they are after a trip through the format. */
    @ParameterizedTest
    @MethodSource("org.dlrm4j.model.ModelExamples#all")
    void everyArchitectureWithEmbeddingsIsScoredFromItsRoundedRows(ModelConfig config) {
        final NumpyRandom random = new NumpyRandom(7);
        try (Network network = Network.create(config, random)) {
            for (EmbeddingTable table : network.tables()) {
                fill(table, random);
            }
            save(network);
        }
        if (!config.architecture().hasEmbeddings()) {
            assertEquals("architecture lr has no embeddings, only single weights, which stay float32;"
                    + " serve the model as it is", refusal(RowFormat.I8));
            return;
        }
        quantize(RowFormat.I8, new ArrayList<>());
        final ModelFiles.Loaded copy = ModelFiles.open(target);
        final ModelFiles.Loaded original = ModelFiles.loadTrainable(ModelDirectory.open(source),
                TableStorage.anonymous());
        try (Network compact = copy.network(); Network rounded = original.network()) {
            for (Lookup lookup : compact.lookups()) {
                final EmbeddingTable table = lookup.table();
                assertEquals(lookup.group() == ParameterGroup.EMBEDDING ? RowFormat.I8 : RowFormat.F32,
                        table.rowFormat(), table.name());
                if (lookup.group() == ParameterGroup.EMBEDDING) {
                    final EmbeddingTable into = rounded.tables().get(compact.tables().indexOf(table));
                    RowConversion.decode(RowFormat.I8, table.rows(), table.dim(), table.segment(), table.dataOffset(),
                            table.rowStrideBytes(), into.segment(), into.dataOffset(), into.rowStrideBytes());
                }
            }
            save(rounded);
        }
        final float[] dense = {0.5f, 0, 2};
        final long[] ids = {4, 0, 8};
        // Of a sum of one row, value * scale + bias is rounded once by a lookup and by a conversion.
        assertEquals(score(source, dense, ids), score(target, dense, ids), 1e-6f);
    }

    private static void fill(EmbeddingTable table, NumpyRandom random) {
        for (long row = 0; row < table.rows(); row++) {
            for (int j = 0; j < table.dim(); j++) {
                table.segment().set(ValueLayout.JAVA_FLOAT, table.rowOffset(row) + (long) j * Float.BYTES,
                        (float) random.uniform(-0.5, 0.5));
            }
        }
    }

    private void quantizeLayers(WeightFormat format) {
        final ModelFiles.Loaded loaded = ModelFiles.open(source);
        try (Network _ = loaded.network()) {
            assertEquals(List.of(), ModelQuantizer.quantize(loaded, null, format, target, _ -> {}));
        }
    }

    /** Errors take a good part of their bound, {@code unit} of the largest weight. */
    @ParameterizedTest
    @CsvSource({"BF16, 0x1p-8", "I8, 0.00394"})
    void errorsOfWeightsAreMeasured(WeightFormat format, double unit) {
        try (Network network = Network.create(CONFIG, new NumpyRandom(1))) {
            final List<ModelQuantizer.WeightError> errors = ModelQuantizer.weightErrors(network, format);
            assertEquals(List.of("bot_l.0.weight", "bot_l.2.weight", "top_l.0.weight", "top_l.2.weight"),
                    errors.stream().map(ModelQuantizer.WeightError::parameter).toList());
            for (ModelQuantizer.WeightError error : errors) {
                final Parameter parameter = network.parameters().stream()
                        .filter(p -> p.name().equals(error.parameter())).findFirst().orElseThrow();
                double largest = 0;
                for (float weight : parameter.values().toArray(ValueLayout.JAVA_FLOAT)) {
                    largest = Math.max(largest, Math.abs(weight));
                }
                assertEquals(parameter.count(), error.weights());
                assertEquals(parameter.count() * format.elementBytes()
                        + (format == WeightFormat.I8 ? 4L * parameter.rows() : 0), error.targetBytes());
                assertTrue(error.maxError() <= unit * largest && error.maxError() > unit * largest / 5,
                        error + " of " + largest);
                assertTrue(error.rmsError() > error.maxError() / 20 && error.rmsError() < error.maxError(),
                        error.toString());
            }
        }
    }

    /** The copy says what to score with; whoever opens the model itself may say the same, and takes the same scores. */
    @ParameterizedTest
    @CsvSource({"BF16, 2e-3", "I8, 5e-3"})
    void aCopyIsScoredWithRoundedWeights(WeightFormat format, double scoreLimit) {
        quantizeLayers(format);
        ModelDirectory.open(target).verify();
        final float[] dense = {1, 0.5f, 2, 0};
        final long[] ids = {2, 199, 5000};
        final float exact = score(source, dense, ids);
        final float rounded = score(target, dense, ids);
        assertEquals(exact, rounded, scoreLimit);
        assertFalse(exact == rounded, "rounded weights change some bit of a score");
        try (Model model = Model.open(source, format);
                Model copy = Model.open(target);
                Model floats = Model.open(target, WeightFormat.F32);
                Scorer same = model.scorer(1);
                Scorer unrounded = floats.scorer(1)) {
            assertEquals(List.of(format, format, WeightFormat.F32),
                    List.of(model.denseWeights(), copy.denseWeights(), floats.denseWeights()));
            assertEquals(rounded, same.score(dense, ids));
            assertEquals(exact, unrounded.score(dense, ids));
        }
    }

    @Test
    void theParametersOfACopyWithRoundedWeightsAreThoseThatWereTrained() {
        quantizeLayers(WeightFormat.I8);
        try (Network trained = ModelFiles.open(source).network();
                Network copy = ModelFiles.loadTrainable(ModelDirectory.open(target), TableStorage.anonymous())
                        .network()) {
            assertEquals(WeightFormat.F32, copy.denseWeights());
            for (int i = 0; i < trained.parameters().size(); i++) {
                assertEquals(-1,
                        trained.parameters().get(i).values().mismatch(copy.parameters().get(i).values()));
            }
        }
        final ModelFiles.Loaded copy = ModelFiles.open(target);
        try (Network _ = copy.network()) {
            assertEquals("layers have i8 weights already, expected f32; quantize the model that was trained",
                    assertThrows(IllegalArgumentException.class, () -> ModelQuantizer.quantize(copy, RowFormat.F16,
                            WeightFormat.F32, temporary.resolve("third"), _ -> {})).getMessage());
        }
    }

    @Test
    void layersWithRoundedWeightsAreNotTrained() {
        assertEquals("a layer that is trained has weights in f32, not bf16",
                assertThrows(IllegalArgumentException.class, () -> new Linear(3, 2, Activation.NONE, true,
                        WeightFormat.BF16, true)).getMessage());
    }

    /** Saves a model whose first layer has {@code special} at output 3, input 2. */
    private void saveWithWeight(float special) {
        try (Network network = Network.create(CONFIG, new NumpyRandom(1))) {
            network.parameters().getFirst().values().setAtIndex(ValueLayout.JAVA_FLOAT, 3 * 4 + 2, special);
            save(network);
        }
    }

    @ParameterizedTest
    @CsvSource({"BF16, NaN", "BF16, Infinity", "BF16, 3.4e38", "I8, NaN", "I8, -Infinity"})
    void weightsWithoutAPlaceAreNamedAndNothingIsWritten(WeightFormat format, float value) {
        saveWithWeight(value);
        final String message = assertThrows(IllegalArgumentException.class, () -> quantizeLayers(format)).getMessage();
        assertTrue(message.startsWith("bot_l.0.weight: output 3, input 2: is " + value + ", expected a finite number"),
                message);
        assertThrows(NoSuchModelException.class, () -> ModelDirectory.open(target));
    }

    @Test
    void aModelThatDivergedIsNotOpenedWithI8() {
        saveWithWeight(Float.NaN);
        final String message = assertThrows(ModelFormatException.class, () -> Model.open(source, WeightFormat.I8))
                .getMessage();
        assertTrue(message.matches(".*dense\\.safetensors: bot_l\\.0\\.weight: output 3, input 2: is NaN, expected a "
                + "finite number, as weights in format i8 are no other; use bf16 or f32, or train the model again"),
                message);
        try (Model model = Model.open(source, WeightFormat.BF16); Scorer scorer = model.scorer(1)) {
            assertTrue(Float.isNaN(scorer.score(new float[]{1, 0.5f, 2, 0}, new long[]{2, 199, 5000})));
        }
    }

    @Test
    void anUnknownFormatOfWeightsIsNamed() {
        try (Network network = Network.create(CONFIG, new NumpyRandom(1));
                ModelWriter writer = ModelDirectory.write(source)) {
            final Map<String, Object> manifest = new LinkedHashMap<>();
            ModelFiles.write(writer, network, null, manifest);
            manifest.put("denseWeights", "I3");
            writer.commit(manifest);
        }
        final String message = assertThrows(ModelFormatException.class, () -> Model.open(source)).getMessage();
        assertTrue(message.contains("model.denseWeights: is I3, expected one of [F32, BF16, I8]"), message);
    }

    /** A sample's score has the same bits alone, in a few and in many, whichever copy of the weights is read. */
    @ParameterizedTest
    @MethodSource("org.dlrm4j.model.ModelExamples#all")
    void scoresDoNotDependOnTheBatch(ModelConfig config) {
        try (Network network = Network.create(config, new NumpyRandom(7))) {
            save(network);
        }
        final long[] rows = config.rows();
        final SplittableRandom random = new SplittableRandom(5);
        final int samples = 100;
        final float[][] dense = new float[samples][config.denseFeatures()];
        final long[][] ids = new long[samples][rows.length];
        for (int s = 0; s < samples; s++) {
            for (int d = 0; d < config.denseFeatures(); d++) {
                dense[s][d] = (float) random.nextDouble(2);
            }
            for (int f = 0; f < rows.length; f++) {
                ids[s][f] = random.nextLong(rows[f]);
            }
        }
        for (WeightFormat format : List.of(WeightFormat.BF16, WeightFormat.I8)) {
            try (Model model = Model.open(source, format); Scorer scorer = model.scorer(samples)) {
                final float[] all = score(scorer, dense, ids, 0, samples);
                for (int size : new int[]{1, 2, 7, 20}) {
                    for (int from = 0; from + size <= samples; from += size) {
                        assertArrayEquals(Arrays.copyOfRange(all, from, from + size),
                                score(scorer, dense, ids, from, size), format + ", " + size + " from " + from);
                    }
                }
            }
        }
    }

    private static float[] score(Scorer scorer, float[][] dense, long[][] ids, int from, int size) {
        final Batch batch = scorer.batch();
        batch.begin(size);
        for (int s = 0; s < size; s++) {
            for (int d = 0; d < dense[from + s].length; d++) {
                batch.setDense(s, d, dense[from + s][d]);
            }
            for (int f = 0; f < ids[from + s].length; f++) {
                batch.addIndex(f, ids[from + s][f]);
                batch.endBag(f);
            }
        }
        return scorer.score().asSlice(0, 4L * size).toArray(ValueLayout.JAVA_FLOAT);
    }
}
