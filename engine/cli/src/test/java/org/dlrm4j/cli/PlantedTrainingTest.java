package org.dlrm4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dlrm4j.data.PlantedDataset;
import org.dlrm4j.data.PlantedOptimum;
import org.dlrm4j.data.PlantedSpec;
import org.dlrm4j.preset.Preset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Models are trained on clicks with a known truth that no file holds. */
class PlantedTrainingTest {
    /** Row numbers go beyond an int's. */
    private static final String DATA = "planted:rows=16000,first=4e9,held-out=5000,dense=5,table-rows=30-20000-9-40,bag=1-3-1-2";
    private static final List<String> RUN = List.of("--arch", "dcnv2", "--arch-sparse-feature-size", "4",
            "--arch-mlp-deep",
            "16", "--mini-batch-size", "64", "--nepochs", "2", "--optimizer", "adagrad", "--learning-rate", "0.02",
            "--shuffle", "--print-freq", "50");
    private static final Pattern BEST = Pattern
            .compile("best possible: log loss ([0-9.]+), AUC ([0-9.]+); the model's log loss is ([0-9.]+) % above");

    @TempDir
    private static Path directory;
    private static Path undisturbed;
    private static String printed;

    @BeforeAll
    static void train() {
        undisturbed = directory.resolve("undisturbed");
        printed = Cli.run("train", "--data", DATA, "--model", undisturbed, RUN, "--threads", 1).ok().out();
    }

    @Test
    void theModelComesCloseToTheTruthAndIsEvaluatedOnRowsHeldOut() {
        final PlantedOptimum best = PlantedSpec.parse(DATA).generator().optimum(4_000_016_000L, 4_000_021_000L);
        assertTrue(printed.startsWith("data: " + PlantedSpec.parse(DATA) + "\n"), printed);
        final Matcher told = BEST.matcher(printed);
        assertTrue(told.find(), printed);
        assertEquals(String.format(Locale.ROOT, "%.6f", best.logLoss()), told.group(1));
        // The constant predictor is 32 % above.
        assertTrue(Double.parseDouble(told.group(3)) < 15, told.group());
        final String evaluated = Cli.run("evaluate", "--model", undisturbed, "--data", DATA).ok().out();
        assertTrue(evaluated.contains("test, 5,000 samples") && evaluated.contains(told.group()), evaluated);
    }

    @Test
    void threadsMakeTheSameBatches() throws IOException {
        final Path model = directory.resolve("threads");
        Cli.run("train", "--data", DATA, "--model", model, RUN, "--threads", 3).ok();
        Cli.assertSameModel(undisturbed, model);
    }

    @Test
    void aKilledRunGoesOnFromItsLastCheckpoint() throws Exception {
        final Path model = directory.resolve("killed");
        final Process process = Cli.start("train", "--data", DATA, "--model", model, RUN, "--threads", 2,
                "--checkpoint-freq",
                100);
        try (BufferedReader output = Cli.output(process)) {
            Cli.readUntil(output, "step 250,");
            process.destroyForcibly();
            assertEquals(137, Cli.exitCode(process));
        }
        final String other = Cli.run("train", "--data", DATA + ",seed=1", "--model", model, RUN, "--resume").failure(1);
        assertTrue(other.contains("seed=1"), other);
        Cli.run("train", "--data", DATA, "--model", model, RUN, "--resume").ok();
        Cli.assertSameModel(undisturbed, model);
    }

    @Test
    void benchmarksReadThem() {
        final String out = Cli.run("bench", "--data-generation", "dataset", "--data", "planted:rows=2000,held-out=100",
                "--mini-batch-size", 100, "--test-freq", 10, "--threads", 2).ok().out();
        assertTrue(out.contains("Finished training it 20/20 of epoch 0"), out);
    }

    @Test
    void lookupsAreProfiled() {
        final String out = Cli
                .run("synth", "profile", "--data", "planted:rows=3000,table-rows=1e10-5,bag=2-1", "--output",
                        directory.resolve("profiles"))
                .ok().out();
        assertTrue(out.contains("9,000 lookups"), out);
    }

    @Test
    void aPresetGivesModelAndShape() {
        for (Preset preset : Preset.all()) {
            final PresetData published = new PresetData(preset);
            final PlantedDataset clicks = new PlantedDataset(PlantedSpec.parse("planted:rows=5", published.shape()));
            assertSame(preset.workload().config(), published.config("planted:", clicks), preset.name());
            assertArrayEquals(preset.workload().bagRows(), clicks.spec().shape().bagRows(), preset.name());
        }
        final Path none = directory.resolve("none");
        for (List<String> data : List.of(List.<String>of(), List.of("--data", "planted:rows=1e10,seed=3"))) {
            // All that comes before memory is allocated.
            final String error = Cli.run("train", "--preset", "mlperf", data, "--model", none, "--resume").failure(1);
            assertTrue(error.contains("holds no model to resume"), error);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
            "planted:dense=4 | has 4 dense and 26 sparse features, but preset kaggle has 13 and 26",
            "planted:table-rows=5-5 | has 13 dense and 2 sparse features, but preset kaggle has 13 and 26",
            "planted:tables=26,table-rows=1460 | sparse feature 1 has 1,460 values, but preset kaggle has a table of 583 rows",
            "nowhere | nowhere: no such data directory"})
    void dataOfAnotherShapeThanThePresetIsRefused(String data, String message) {
        final String error = Cli
                .run("train", "--preset", "kaggle", "--data", data, "--model", directory.resolve("none"))
                .failure(1);
        assertTrue(error.contains(message), error);
    }

    @Test
    void modelsAreEvaluatedOnDataOfTheirKindOnly() throws IOException {
        final String shape = Cli.run("evaluate", "--model", undisturbed, "--data", "planted:").failure(1);
        assertTrue(shape.contains("has 13 dense features") && shape.contains("give the data that it was trained on"),
                shape);
        final Path data = Cli.data(directory, 500);
        final String file = Cli.run("evaluate", "--model", undisturbed, "--data", data).failure(1);
        assertTrue(file.contains("trained on synthetic data"), file);
        final Path other = directory.resolve("preprocessed");
        Cli.run("train", "--data", data, "--model", other, "--arch", "lr").ok();
        final String values = Cli.run("evaluate", "--model", other, "--data", "planted:").failure(1);
        assertTrue(values.contains("was trained on values of preprocessed data"), values);
        assertFalse(values.contains("AssertionError"), values);
    }
}
