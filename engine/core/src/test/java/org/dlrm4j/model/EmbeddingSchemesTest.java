package org.dlrm4j.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.model.QuotientRemainder.Operation;
import org.dlrm4j.store.EmbeddingTable;
import org.dlrm4j.store.ModelFormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which tables a scheme makes, how they begin, and what it refuses; {@link ModelExamples} has the arithmetic. */
class EmbeddingSchemesTest {
    private static final int DIM = 8;

    private static ModelConfig config(EmbeddingScheme scheme, long... rows) {
        return ModelConfig.of(2, rows, DIM,
                Dlrm.of(new int[]{2, scheme.width(DIM)}, new int[]{1}).withEmbeddings(scheme));
    }

    private static List<String> tables(ModelConfig config) {
        return config.tables().stream().map(t -> t.name() + " " + t.rows() + " x " + t.dim()).toList();
    }

    @Test
    void quotientsAndRemaindersHaveTablesAboveTheThreshold() {
        assertEquals(List.of("table-00-quotient 51 x 8", "table-00-remainder 4 x 8", "table-01 200 x 8"),
                tables(config(new QuotientRemainder(Operation.MULT, 200, 4), 201, 200)));
        assertEquals(List.of("table-00-quotient 51 x 8", "table-00-remainder 4 x 8", "table-01 200 x 16"),
                tables(config(new QuotientRemainder(Operation.CONCAT, 200, 4), 201, 200)));
    }

    @Test
    void widthsFollowThePowerRule() {
        // As PyTorch computes them from the definition, in float32.
        final long[] rows = {1460, 583, 10131227, 2202608, 305, 24, 12517, 633, 3, 93145, 142572};
        assertArrayEquals(new int[]{10, 13, 1, 1, 16, 34, 5, 13, 64, 3, 3},
                new MixedDimensions(0, 0.3, false).widths(rows, 64));
        assertArrayEquals(new int[]{8, 16, 1, 1, 16, 32, 4, 16, 64, 4, 4},
                new MixedDimensions(0, 0.3, true).widths(rows, 64));
    }

    @Test
    void narrowTablesAreProjectedAboveTheThreshold() {
        final ModelConfig config = config(new MixedDimensions(10, 0.5, false), 2, 32, 10);
        assertEquals(List.of("table-00 2 x 8", "table-01 32 x 2", "table-02 10 x 8"), tables(config));
        try (Network network = Network.create(config, new NumpyRandom(1))) {
            final Parameter projection = network.parameters().stream().filter(p -> p.name().startsWith("emb_l"))
                    .reduce((a, b) -> {
                        throw new AssertionError(a.name() + " and " + b.name());
                    }).orElseThrow();
            assertEquals("emb_l.1.proj.weight", projection.name());
            assertArrayEquals(new long[]{8, 2}, projection.shape());
        }
    }

    @Test
    void roundedWidthsDoNotExceedTheVectors() {
        // log2(6) rounds to 3, log2(5) to 2.
        assertArrayEquals(new int[]{6, 4}, new MixedDimensions(0, 1, true).widths(new long[]{5, 6}, 6));
    }

    @Test
    void weightsAreATableThatBeginsAsOnes() {
        final ModelConfig config = config(new WeightedPooling(), 3, 200);
        assertEquals(List.of("table-00 3 x 8", "table-00-weights 3 x 1", "table-01 200 x 8",
                "table-01-weights 200 x 1"), tables(config));
        try (Network network = Network.create(config, new NumpyRandom(1))) {
            for (int row = 0; row < 200; row++) {
                assertEquals(1f, value(network.tables().get(3), row, 0));
            }
        }
    }

    @Test
    void quotientsOfLargeValuesAreExact() {
        // 2^24 + 1 is no float32.
        final long value = (1L << 24) + 1;
        final MappedFeature quotient = new MappedFeature(0, value + 1, v -> v / 2);
        final MappedFeature remainder = new MappedFeature(0, value + 1, v -> v % 2);
        try (Batch batch = new Batch(1, 1, 1)) {
            batch.begin(1);
            batch.addIndex(0, value);
            batch.endBag(0);
            batch.beginDerived(2);
            quotient.fill(batch, 1);
            remainder.fill(batch, 2);
            assertEquals(1L << 23, batch.indices(1).get(ValueLayout.JAVA_LONG, 0));
            assertEquals(1, batch.indices(2).get(ValueLayout.JAVA_LONG, 0));
        }
    }

    @Test
    void aValueOutOfRangeIsNamedThoughItsRowsExist() {
        try (Network network = Network.create(config(new QuotientRemainder(Operation.ADD, 5, 4), 9, 7),
                new NumpyRandom(1)); Batch batch = new Batch(2, 2, 2)) {
            for (long wrong : new long[]{9, 11, -1}) {
                batch.beginOneHot(2);
                batch.setIndex(0, 0, 8);
                batch.setIndex(1, 0, wrong);
                assertEquals(
                        "sparse feature 0, bag 1, position 1: value " + wrong + ", expected 0 to 8 (9 values); hash "
                                + "the feature into the model's values or configure more of them",
                        assertThrows(IndexOutOfBoundsException.class, () -> network.derive(batch)).getMessage());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Operation.class)
    void combinedVectorsBeginWithTheVarianceOfAPlainTable(Operation operation) {
        final int values = 4000;
        final int collisions = 60;
        try (Network network = Network.create(config(new QuotientRemainder(operation, 0, collisions), values),
                new NumpyRandom(1))) {
            double squares = 0;
            int count = 0;
            for (int value = 0; value < values; value++) {
                for (int i = 0; i < DIM; i++) {
                    final float q = value(network.tables().get(0), value / collisions, i);
                    final float r = value(network.tables().get(1), value % collisions, i);
                    switch (operation) {
                        case MULT -> squares += q * q * r * r;
                        case ADD -> squares += (q + r) * (q + r);
                        case CONCAT -> squares += (q * q + r * r) / 2;
                    }
                    count++;
                }
            }
            assertEquals(1, squares / count * 3 * values, 0.2, "variance over that of U(±sqrt(1 / n))");
        }
    }

    private static float value(EmbeddingTable table, long row, int column) {
        return table.segment().get(ValueLayout.JAVA_FLOAT, table.rowOffset(row) + 4L * column);
    }

    @Test
    void numbersOutOfRangeAreNamed() {
        assertEquals("quotient-remainder collisions are 0, expected 1 or more",
                assertThrows(IllegalArgumentException.class, () -> new QuotientRemainder(Operation.ADD, 200, 0))
                        .getMessage());
        assertEquals("quotient-remainder threshold is -1, expected 0 or more",
                assertThrows(IllegalArgumentException.class, () -> new QuotientRemainder(Operation.ADD, -1, 4))
                        .getMessage());
        assertEquals("mixed-dimension threshold is -1, expected 0 or more", assertThrows(
                IllegalArgumentException.class, () -> new MixedDimensions(-1, 0.3, false)).getMessage());
        for (double temperature : new double[]{-0.1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertEquals("mixed-dimension temperature is " + temperature + ", expected 0 or more", assertThrows(
                    IllegalArgumentException.class, () -> new MixedDimensions(200, temperature, false)).getMessage());
        }
        final Dlrm tooNarrow = Dlrm.of(new int[]{2, DIM}, new int[]{1})
                .withEmbeddings(new QuotientRemainder(Operation.CONCAT, 0, 4));
        assertEquals("bottom MLP [2, 8] ends with 8, but the embedding dimension is 8 and a feature's vector has 16 "
                + "floats; make them equal",
                assertThrows(IllegalArgumentException.class,
                        () -> ModelConfig.of(2, new long[]{9}, DIM, tooNarrow)).getMessage());
    }

    @Test
    void plainModelsAreDescribedAsBeforeThereWereSchemes() {
        assertFalse(config(new PlainEmbeddings(), 9).toJson().containsKey("embeddings"));
    }

    @Test
    void anUnknownSchemeIsNamedBesideTheKnownOnes() {
        final Map<String, Object> json = new LinkedHashMap<>(
                config(new QuotientRemainder(Operation.ADD, 0, 4), 9).toJson());
        json.put("embeddings", Map.of("scheme", "hashed"));
        final String message = assertThrows(ModelFormatException.class,
                () -> ModelConfig.fromJson(json, Path.of("model.json"))).getMessage();
        for (String part : List.of("model.json", "configuration.embeddings.scheme", "hashed", "quotient-remainder")) {
            assertTrue(message.contains(part), message);
        }
    }
}
