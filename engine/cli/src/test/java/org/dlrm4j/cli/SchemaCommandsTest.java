package org.dlrm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.dlrm4j.store.Json;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Data that follow a schema go through all commands. */
class SchemaCommandsTest {
    private static final String SCHEMA = """
            {"name": "shop", "text": {"delimiter": ",", "header": true},
             "columns": ["bought", "price", "tags", "city"],
             "label": {"column": "bought", "positive": ["yes"], "negative": ["no"]},
             "dense": [{"column": "price", "transform": "standardize"}],
             "sparse": [{"column": "tags", "separator": " "}, "city", {"cross": ["tags", "city"], "hashRows": 20}]}
            """;

    @TempDir
    private static Path directory;
    private static Path schema;
    private static Path test;
    private static Path data;
    private static Path model;

    private static String rows(long seed, int rows) {
        final Random random = new Random(seed);
        final StringBuilder text = new StringBuilder("price,tags,city,bought\n");
        for (int r = 0; r < rows; r++) {
            final int tag = random.nextInt(4);
            final int city = random.nextInt(3);
            final boolean bought = random.nextDouble() < ((tag + city) % 2 == 0 ? 0.9 : 0.1);
            text.append(random.nextInt(100)).append(",tag").append(tag).append(random.nextBoolean() ? " sale," : ",");
            text.append("city").append(city).append(bought ? ",yes\n" : ",no\n");
        }
        return text.toString();
    }

    @BeforeAll
    static void train() throws IOException {
        schema = Files.writeString(directory.resolve("shop.json"), SCHEMA);
        test = Files.writeString(directory.resolve("test.csv"), rows(2, 1000));
        data = directory.resolve("data");
        final String out = Cli.run("preprocess", "--output", data, "--schema", schema, "--test", test,
                Files.writeString(directory.resolve("train.csv"), rows(1, 6000))).ok().out();
        assertTrue(
                out.matches("(?s).*training samples +6,000\n.*test samples +1,000\n.*rows of the tables: 5-3-20\n.*"),
                out);
        model = directory.resolve("model");
        Cli.run("train", "--data", data, "--model", model, "--arch-mlp-bot", "1-8-4", "--arch-mlp-top", "8-1",
                "--arch-sparse-feature-size", 4, "--optimizer", "rwsadagrad", "--learning-rate", 0.05,
                "--mini-batch-size", 32, "--nepochs", 2).ok();
    }

    @Test
    void evaluationAndScoresOfRawRowsAgree() throws Exception {
        final var metrics = Json.parseObject(
                Cli.run("evaluate", "--model", model, "--data", data, "--json").ok().out()
                        .getBytes(StandardCharsets.UTF_8),
                "evaluate --json");
        assertTrue((double) metrics.get("accuracy") > 0.85, metrics.toString());
        final List<String> lines = Files.readAllLines(test);
        final List<Float> scores = score(test);
        double loss = 0;
        for (int i = 0; i < scores.size(); i++) {
            loss -= Math.log(lines.get(i + 1).endsWith("yes") ? scores.get(i) : 1.0 - scores.get(i)) / scores.size();
        }
        assertEquals((double) metrics.get("logLoss"), loss, 1e-9);
        // The label is not looked at, and need not be there.
        final Path unlabelled = directory.resolve("unlabelled.csv");
        Files.write(unlabelled, lines.stream().map(line -> line.replaceFirst(",[^,]*$", "")).toList());
        assertEquals(scores, score(unlabelled));
    }

    private static List<Float> score(Path text, Object... options) throws Exception {
        final Process process = Cli.builder("score", "--model", model, List.of(options), text)
                .redirectError(directory.resolve("errors.txt").toFile()).start();
        final List<Float> scores = Cli.output(process).lines().map(Float::parseFloat).toList();
        assertEquals(0, Cli.exitCode(process), Files.readString(directory.resolve("errors.txt")));
        return scores;
    }

    @Test
    void rowsThatCannotBeScoredAreNaN() throws Exception {
        final Path text = Files.writeString(directory.resolve("bad.csv"),
                "price,tags,city\n1,tag1,city1\ncheap,tag1,city1\n\n1,tag1,city1\n");
        final List<Float> scores = score(text, "--skip-bad-rows");
        assertEquals(3, scores.size());
        assertEquals(scores.get(0), scores.get(2));
        assertTrue(Float.isNaN(scores.get(1)), scores.toString());
        final String errors = Files.readString(directory.resolve("errors.txt"));
        assertTrue(errors.contains("bad.csv, line 3, field 1 (price): found \"cheap\""), errors);
        Files.writeString(text, "price,tags,city\ncheap,tag1,city1\n");
        assertTrue(Cli.run("score", "--model", model, text).failure(1).contains("line 2, field 1 (price)"));
    }

    @Test
    void inspectionTellsTheSchema() {
        final String out = Cli.run("inspect", "--model", model, "--verify").ok().out();
        assertTrue(out.contains("rows of schema shop") && out.contains("encoder.bin"), out);
    }

    @Test
    void foreignDataAreRefused() throws IOException {
        final Path other = directory.resolve("other");
        Cli.run("preprocess", "--output", other, "--schema", schema, test).ok();
        final String error = Cli.run("evaluate", "--model", model, "--data", other, "--split", "train").failure(1);
        assertTrue(error.contains("dense feature price has another mean or deviation than " + model), error);
        final Path criteo = Cli.data(Files.createDirectories(directory.resolve("criteo")), 1000);
        final String kind = Cli.run("evaluate", "--model", model, "--data", criteo).failure(1);
        assertTrue(kind.contains("Criteo's format is not what " + model), kind);
    }

    @Test
    void mistakesInSchemaAndOptionsAreNamed() throws IOException {
        final Path output = directory.resolve("none");
        assertTrue(Cli.run("preprocess", "--output", output, "--schema", "nothing", test).failure(1)
                .contains("nothing: neither a file nor one of the built-in schemas [adult, criteo]"));
        final Path wrong = Files.writeString(directory.resolve("wrong.json"),
                SCHEMA.replace("\"city\", {", "\"town\", {"));
        assertTrue(Cli.run("preprocess", "--output", output, "--schema", wrong, test).failure(1)
                .contains("wrong.json: sparse.town: found column \"town\""));
        assertTrue(Cli.run("preprocess", "--output", output, "--test", test, test).failure(2).contains("--schema"));
        assertTrue(Cli.run("preprocess", "--output", output, "--schema", schema, "--split", "last-day", test).failure(2)
                .contains("LAST_DAY"));
        assertTrue(Cli.run("preprocess", "--output", output, "--schema", schema, "--split", "train-rows=5", "--test",
                test, test).failure(2).contains("drop one"));
    }
}
