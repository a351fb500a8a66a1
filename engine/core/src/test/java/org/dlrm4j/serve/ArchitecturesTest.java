package org.dlrm4j.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.model.Dlrm;
import org.dlrm4j.model.FeatureCross;
import org.dlrm4j.model.Interaction;
import org.dlrm4j.model.LogisticRegression;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.ModelExamples;
import org.dlrm4j.model.ModelFiles;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.Parameter;
import org.dlrm4j.model.PlainEmbeddings;
import org.dlrm4j.model.ReferenceModel;
import org.dlrm4j.model.WideDeep;
import org.dlrm4j.store.ModelDirectory;
import org.dlrm4j.store.ModelFormatException;
import org.dlrm4j.store.ModelWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What must hold for every architecture: its files, its description, its scores. */
class ArchitecturesTest {
    private static final Path SOURCE = Path.of("model.json");

    @ParameterizedTest
    @MethodSource("org.dlrm4j.model.ModelExamples#all")
    void aSavedModelScoresAsItsDefinitionSays(ModelConfig config, @TempDir Path directory) {
        final Random random = new Random(Long.getLong("dlrm4j.test.seed", 11));
        try (Network network = Network.create(config, new NumpyRandom(1))) {
            // Parameters that begin as zeros would hide a table or a column in the wrong place.
            network.tables().forEach(table -> {
                for (long row = 0; row < table.rows(); row++) {
                    for (int i = 0; i < table.dim(); i++) {
                        table.segment().set(ValueLayout.JAVA_FLOAT, table.rowOffset(row) + 4L * i,
                                random.nextFloat() - 0.5f);
                    }
                }
            });
            try (ModelWriter writer = ModelDirectory.write(directory)) {
                final Map<String, Object> manifest = new LinkedHashMap<>();
                ModelFiles.write(writer, network, null, manifest);
                writer.commit(manifest);
            }
            final ReferenceModel reference = new ReferenceModel(network);
            try (Model model = Model.open(directory); Scorer scorer = model.scorer(130)) {
                ModelExamples.fill(scorer.batch(), config, 130, random);
                final MemorySegment scores = scorer.score();
                for (int s = 0; s < 130; s++) {
                    assertEquals(reference.predict(scorer.batch(), s), scores.getAtIndex(ValueLayout.JAVA_FLOAT, s),
                            2e-6, "sample " + s);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("org.dlrm4j.model.ModelExamples#all")
    void theDescriptionSurvivesAndCounts(ModelConfig config) {
        final ModelConfig read = ModelConfig.fromJson(config.toJson(), SOURCE);
        assertEquals(config.toJson(), read.toJson());
        assertEquals(config.architecture().getClass(), read.architecture().getClass());
        try (Network network = Network.create(config, new NumpyRandom(1))) {
            assertEquals(network.parameters().stream().mapToLong(Parameter::count).sum(), config.denseParameters());
            assertEquals(network.tables().stream().mapToLong(t -> t.rows() * t.dim()).sum(),
                    config.sparseParameters());
            assertEquals(network.tables().size(), network.lookups().size(), "every table is looked up once");
        }
    }

    @Test
    void anUnknownArchitectureIsNamedBesideTheKnownOnes() {
        final Map<String, Object> json = new LinkedHashMap<>(
                ModelConfig.of(2, new long[]{3}, 1, new LogisticRegression()).toJson());
        json.put("model", "transformer");
        final String message = assertThrows(ModelFormatException.class, () -> ModelConfig.fromJson(json, SOURCE))
                .getMessage();
        for (String part : new String[]{"model.json", "configuration.model", "transformer", "dlrm", "lr", "fm"}) {
            assertTrue(message.contains(part), message);
        }
    }

    @Test
    void wrongCrossesAreNamed() {
        final ModelConfig config = ModelConfig.of(2, new long[]{3, 4}, 4,
                new WideDeep(new int[]{5}, true, List.of(new FeatureCross(new int[]{0, 1}, 10))));
        final Map<String, Object> wrong = Map.of("crosses", List.of(List.of(0L, "one")), "crossRows", List.of(10L, 20L),
                "wideDense", "yes");
        wrong.forEach((field, value) -> {
            final Map<String, Object> json = new LinkedHashMap<>(config.toJson());
            json.put(field, value);
            final String message = assertThrows(ModelFormatException.class, () -> ModelConfig.fromJson(json, SOURCE))
                    .getMessage();
            assertTrue(message.contains("model.json") && message.contains("configuration." + field), message);
        });
        assertEquals("cross 0x2 names sparse feature 2, but there are 2; they count from 0",
                assertThrows(IllegalArgumentException.class, () -> ModelConfig.of(2, new long[]{3, 4}, 4,
                        new WideDeep(new int[]{5}, true, List.of(new FeatureCross(new int[]{0, 2}, 10)))))
                        .getMessage());
        assertEquals("cross 0x1 has 0 rows, expected 1 or more", assertThrows(IllegalArgumentException.class,
                () -> new FeatureCross(new int[]{0, 1}, 0)).getMessage());
    }

    @Test
    void aDlrmFromBeforeOtherArchitecturesIsRead() {
        final ModelConfig config = ModelConfig.of(5, new long[]{3, 4}, 8,
                Dlrm.of(new int[]{5, 8}, new int[]{6, 1}));
        final Map<String, Object> old = new LinkedHashMap<>(config.toJson());
        old.remove("denseFeatures");
        assertEquals(config.toJson(), ModelConfig.fromJson(old, SOURCE).toJson());
    }

    @Test
    void branchesThatDoNotFitTheInteractionAreNamed() {
        final int[] bottom = {2, 4};
        final int[] top = {1};
        assertEquals("interaction branch 2 [6, 10] ends with 10, expected a multiple of 4, the width of the bottom "
                + "MLP's output", refusal(() -> Dlrm.projection(bottom, top, new int[]{8}, new int[]{6, 10})));
        assertEquals("interaction branch 1 has no layer, but interaction projection needs two branches",
                refusal(() -> new Dlrm(bottom, top, Interaction.PROJECTION, false)));
        assertEquals("interaction branch 1 [0] has a width below 1",
                refusal(() -> Dlrm.projection(bottom, top, new int[]{0}, new int[]{8})));
        assertEquals("interaction branch 1 is [8], but only interaction projection has branches; drop one",
                refusal(() -> new Dlrm(bottom, top, Interaction.DOT, false, new int[]{8}, new int[0],
                        new PlainEmbeddings())));
        assertEquals("interaction projection has no products of a vector with itself; use dot, or leave them out",
                refusal(() -> new Dlrm(bottom, top, Interaction.PROJECTION, true, new int[]{8}, new int[]{8},
                        new PlainEmbeddings())));
    }

    private static String refusal(Executable construction) {
        return assertThrows(IllegalArgumentException.class, construction).getMessage();
    }

    @Test
    void embeddingsThatAModelDoesNotHaveAreRefused() {
        assertEquals("embedding dimension is 8, but lr has no embeddings; make it 1",
                assertThrows(IllegalArgumentException.class,
                        () -> ModelConfig.of(2, new long[]{3}, 8, new LogisticRegression())).getMessage());
    }
}
