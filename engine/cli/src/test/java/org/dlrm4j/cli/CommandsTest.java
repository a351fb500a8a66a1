package org.dlrm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.dlrm4j.os.Affinity;
import org.dlrm4j.os.NumaMemory;
import org.dlrm4j.os.NumaTopology;
import org.dlrm4j.store.Json;
import org.dlrm4j.store.ModelDirectory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A data set is preprocessed, a model trained, evaluated, scored, inspected, damaged. */
class CommandsTest {
    private static final int ROWS = 20_000;
    private static final List<String> SMALL = List.of("--arch-sparse-feature-size", "8", "--arch-mlp-bot", "13-32-8",
            "--arch-mlp-top", "32-1", "--mini-batch-size", "128", "--optimizer", "rwsadagrad", "--learning-rate",
            "0.05");

    @TempDir
    private static Path directory;
    private static Path data;
    private static Path model;
    private static Cli.Result training;

    @BeforeAll
    static void train() throws IOException {
        data = Cli.data(directory, ROWS);
        model = directory.resolve("model");
        training = Cli.run("train", "--data", data, "--model", model, SMALL, "--test-freq", 100).ok();
    }

    @Test
    void preprocessingSaysWhatItFound() throws IOException {
        final Path again = directory.resolve("again");
        final String out = Cli.run("preprocess", "--output", again, directory.resolve("clicks.txt")).ok().out();
        assertTrue(out.matches("(?s).*rows of text +20,000\n.*training samples +17,143\n.*took .*MB/s.*"), out);
        assertTrue(Cli.run("preprocess", "--output", again, directory.resolve("clicks.txt")).ok().out()
                .contains("nothing was left to do"));
        final String error = Cli.run("preprocess", "--output", again, "--max-ind-range", 10,
                directory.resolve("clicks.txt")).failure(1);
        assertTrue(error.contains(again.toString()) && error.contains("maxIndexRange"), error);
    }

    @Test
    void malformedTextIsNamedOrSkipped() throws IOException {
        final Path text = directory.resolve("bad.txt");
        final List<String> lines = Files.readAllLines(directory.resolve("clicks.txt")).subList(0, 10);
        Files.write(text, Stream.concat(lines.stream(), Stream.of("2\tnonsense")).toList());
        final String error = Cli.run("preprocess", "--output", directory.resolve("bad"), "--split", "none", text)
                .failure(1);
        assertTrue(error.startsWith("error: ") && error.contains("bad.txt, line 11, field 1"), error);
        final String out = Cli.run("preprocess", "--output", directory.resolve("skipped"), "--split", "none",
                "--skip-bad-rows", text).ok().out();
        assertTrue(out.matches("(?s).*malformed, skipped +1\n.*"), out);
    }

    @Test
    void trainingEvaluatesOnTheWayAndLearns() {
        assertTrue(training.out().contains("step 100, test: log loss 0."), training.out());
        assertTrue(training.out().contains("trained 18,000 samples"), training.out());
        final Map<String, Object> metrics = evaluate();
        assertEquals((long) ROWS / 10, metrics.get("samples"));
        assertTrue((double) metrics.get("logLoss") < 0.95 * (double) metrics.get("constantLogLoss"),
                metrics.toString());
        assertTrue((double) metrics.get("auc") > 0.65, metrics.toString());
    }

    private static Map<String, Object> evaluate() {
        return evaluate(model);
    }

    private static Map<String, Object> evaluate(Path model) {
        final String json = Cli.run("evaluate", "--model", model, "--data", data, "--json").ok().out();
        return Json.parseObject(json.getBytes(StandardCharsets.UTF_8), "evaluate --json");
    }

    @Test
    void evaluationIsATableBesideTheConstantPredictor() {
        final String out = Cli.run("evaluate", "--model", model, "--data", data, "--split", "train").ok().out();
        assertTrue(out.matches("(?s)train, 18,000 samples\n +model  constant predictor\nlog loss .*AUC .*"), out);
    }

    @Test
    void accumulatedBatchesGiveTheModelOfOneLargeBatch() throws IOException {
        final Path other = directory.resolve("accumulated");
        final List<String> options = new ArrayList<>(SMALL);
        options.set(options.indexOf("--mini-batch-size") + 1, "32");
        final String out = Cli.run("train", "--data", data, "--model", other, options, "--accumulate", 4).ok().out();
        assertTrue(out.contains("batches of 32, 4 a step") && out.contains("step 141"), out);
        Cli.assertSameModel(model, other);
    }

    @Test
    void aQuantizedModelIsSmallerAndPredictsAlmostTheSame() throws Exception {
        final double logLoss = (double) evaluate(model).get("logLoss");
        for (String format : List.of("bf16", "f16", "i8", "i4")) {
            final Path compact = directory.resolve("model-" + format);
            final String out = Cli.run("quantize", model, "--format", format, "--out", compact, "--eval", data).ok()
                    .out();
            assertTrue(out.matches("(?s)table +rows +f32 +" + format + " +max error +RMS error\ntable-00 .*\nall .*\n"
                    + "\ntest, 2,000 samples\n +model +copy +change\nlog loss  0\\.[0-9]{6}  0\\.[0-9]{6} +"
                    + "[+-]0\\.0[0-9]{5}\nAUC .*\n"), out);
            assertEquals(logLoss, (double) evaluate(compact).get("logLoss"), 0.01);
            assertTrue(Cli.run("inspect", "--model", compact, "--verify").ok().out().contains(", " + format + ")"));
            assertTrue(Files.size(ModelDirectory.open(compact).path("table-00.dlrm")) < Files
                    .size(ModelDirectory.open(model).path("table-00.dlrm")));
        }
        final Path text = directory.resolve("few.txt");
        Files.write(text, heldOut().subList(0, 50));
        final List<Float> expected = score(text, List.of());
        final List<Float> found = score(directory.resolve("model-i8"), text, List.of());
        assertEquals(50, found.size());
        for (int i = 0; i < 50; i++) {
            assertEquals(expected.get(i), found.get(i), 0.01f, "row " + i);
        }
        assertTrue(
                Cli.run("quantize", model, "--format", "i8", "--out", model).failure(1).contains("the model itself"));
        assertTrue(Cli.run("quantize", directory.resolve("model-i8"), "--format", "i4", "--out",
                directory.resolve("twice")).failure(1).contains("is in row format i8 already"));
        assertTrue(Cli.run("quantize", model, "--format", "i8", "--out", directory.resolve("twice"), "--eval",
                directory.resolve("none")).failure(1).contains("no such data directory"));
    }

    @Test
    void layersAreScoredWithRoundedWeights() throws Exception {
        final double logLoss = (double) evaluate(model).get("logLoss");
        final Path text = directory.resolve("few-of-layers.txt");
        Files.write(text, heldOut().subList(0, 50));
        final List<Float> expected = score(text, List.of());
        for (String format : List.of("bf16", "i8")) {
            final Path rounded = directory.resolve("layers-" + format);
            final String out = Cli.run("quantize", model, "--dense-weights", format, "--out", rounded, "--eval", data)
                    .ok().out();
            assertTrue(out.matches("(?s)layer +weights +f32 +" + format + " +max error +RMS error\nbot_l.0.weight .*"
                    + "\nall .*\n\ntest, 2,000 samples\n +model +copy +change\nlog loss  0\\.[0-9]{6}  "
                    + "0\\.[0-9]{6} +[+-]0\\.0[0-9]{5}\nAUC .*\n"), out);
            assertEquals(logLoss, (double) evaluate(rounded).get("logLoss"), 0.001);
            assertTrue(Cli.run("inspect", "--model", rounded, "--verify").ok().out()
                    .contains("score with " + format + " weights"));
            final List<Float> found = score(rounded, text, List.of());
            assertFalse(found.equals(expected), "rounded weights change some score");
            for (int i = 0; i < 50; i++) {
                assertEquals(expected.get(i), found.get(i), 0.01f, "row " + i);
            }
        }
        final Path both = directory.resolve("layers-and-tables");
        assertTrue(Cli.run("quantize", model, "--format", "i8", "--dense-weights", "bf16", "--out", both).ok().out()
                .matches("(?s)layer +weights .*\nall .*\n\ntable +rows .*\nall .*\n"));
        assertTrue(Cli.run("inspect", "--model", both).ok().out().matches("(?s).*, i8\\).*score with bf16 weights.*"));
        assertTrue(Cli.run("quantize", both, "--dense-weights", "i8", "--out", directory.resolve("twice-rounded"))
                .failure(1).contains("layers have bf16 weights already, expected f32"));
    }

    @Test
    void rowsOfBf16AreTrainedResumedAndQuantized() throws IOException {
        final Path atOnce = directory.resolve("bf16-at-once");
        final List<String> bf16 = List.of("--row-format", "bf16");
        assertTrue(Cli.run("train", "--data", data, "--model", atOnce, SMALL, bf16, "--nepochs", 2, "--threads", 1).ok()
                .out().contains("model: "));
        final Path resumed = directory.resolve("bf16-resumed");
        Cli.run("train", "--data", data, "--model", resumed, SMALL, bf16, "--threads", 2).ok();
        assertTrue(Cli.run("train", "--data", data, "--model", resumed, SMALL, "--resume").failure(1)
                .contains("rows are bf16, but the run that resumes has f32; give --row-format bf16"));
        Cli.run("train", "--data", data, "--model", resumed, SMALL, bf16, "--nepochs", 2, "--resume", "--work-dir",
                directory).ok();
        Cli.assertSameModel(atOnce, resumed);
        assertTrue(Cli.run("train", "--data", data, "--model", model, SMALL, bf16, "--resume").failure(1)
                .contains("rows are f32, but the run that resumes has bf16"));
        assertTrue(Cli.run("inspect", "--model", resumed, "--verify").ok().out().contains(", bf16)"));
        final Path once = directory.resolve("bf16-once");
        Cli.run("train", "--data", data, "--model", once, SMALL, bf16).ok();
        assertEquals((double) evaluate(model).get("logLoss"), (double) evaluate(once).get("logLoss"), 0.002);
        assertTrue(Cli.run("quantize", once, "--format", "i8", "--out", directory.resolve("bf16-i8"), "--eval", data)
                .ok().out().matches("(?s)table +rows +bf16 +i8 +max error .* +model +copy +change\nlog loss .*"));
        assertTrue(Cli.run("train", "--data", data, "--model", directory.resolve("none"), "--row-format", "i8")
                .failure(2).contains("'--row-format': 'i8' is none of f32, bf16"));
    }

    @Test
    void trainingThatFailsEarlyLeavesNothing() throws IOException {
        final Path none = directory.resolve("no/model");
        assertTrue(Cli.run("train", "--data", data, "--model", none, "--row-format", "bf16", "--weighted-pooling",
                "learned").failure(1).contains("table-00 is in row format bf16, expected f32: weights of indices"));
        final Path damaged = directory.resolve("damaged-data");
        Files.createDirectory(damaged);
        try (Stream<Path> files = Files.list(data)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, damaged.resolve(file.getFileName()));
            }
        }
        final Path log = damaged.resolve("train.bin");
        final byte[] clicks = Files.readAllBytes(log);
        clicks[clicks.length - 1] = Byte.MAX_VALUE;
        Files.write(log, clicks);
        assertTrue(Cli.run("train", "--data", damaged, "--model", none, SMALL).failure(1).contains(log.toString()));
        assertFalse(Files.exists(none.getParent()));
        final Path file = directory.resolve("clicks.txt");
        assertTrue(Cli.run("train", "--data", data, "--model", file.resolve("a/b")).failure(1)
                .contains("cannot be made, because " + file + " is no directory that can be written"));
        assertTrue(Cli.run("train", "--data", data, "--model", file).failure(1).contains(file.toString()));
    }

    @Test
    void threadsAndMemoryChangeNoBit() throws Exception {
        final List<String> options = List.of("--threads", "2", "--pin", "spread", "--idle", "park", "--memory",
                "interleave");
        final Path other = directory.resolve("threads");
        Cli.run("train", "--data", data, "--model", other, SMALL, options).ok();
        Cli.assertSameModel(singleThreaded(), other);
        final Path text = directory.resolve("some.txt");
        Files.write(text, heldOut().subList(0, 1500));
        assertEquals(score(text, List.of()), score(text, options));
    }

    private static Path singleThreaded() throws IOException {
        final Path single = directory.resolve("single");
        Cli.run("train", "--data", data, "--model", single, SMALL, "--threads", 1, "--pin", "compact", "--memory",
                "bind").ok();
        return single;
    }

    @Test
    void whatTheMachineDoesNotOfferIsALineInTheLogEach() throws Exception {
        assumeTrue(NumaTopology.ofThisMachine().nodes().size() == 1 && NumaMemory.system().allowedNodes().isPresent(),
                "tables can be placed here");
        final int threads = Affinity.system().allowed().size() + 1;
        final Process process = Cli.start("evaluate", "--model", model, "--data", data, "--memory", "bind",
                "--threads", threads, "--pin", "compact", "--idle", "spin");
        final List<String> lines = Cli.output(process).lines().toList();
        assertEquals(0, Cli.exitCode(process), lines.toString());
        for (String line : List.of("tables are not placed", threads + " threads are not pinned",
                "threads back off instead")) {
            assertEquals(1, lines.stream().filter(found -> found.contains(line)).count(), lines.toString());
        }
    }

    @Test
    void scoringWarmsUpOnRequest() throws Exception {
        final Path text = directory.resolve("three.txt");
        Files.write(text, heldOut().subList(0, 3));
        final Process process = Cli.start("score", "--model", model, "--warm-up", 1, text);
        final String output = Cli.output(process).lines().collect(Collectors.joining("\n"));
        assertEquals(0, Cli.exitCode(process), output);
        assertTrue(output.matches("(?s).*warm-up: 1 row in .*us.*\nwarm-up: 1,024 rows in .*us.*"), output);
        assertEquals(score(text, List.of()), output.lines().filter(line -> line.matches("0\\.\\d+(E-\\d+)?"))
                .map(Float::parseFloat).toList());
    }

    @Test
    void howTablesComeIntoMemoryChangesNoScore() throws Exception {
        final Path text = directory.resolve("ten.txt");
        Files.write(text, heldOut().subList(0, 10));
        assertEquals(score(text, List.of()),
                score(text, List.of("--prefault", "--prefault-rate", "1000", "--prefetch", "--huge-pages", "1",
                        "--mlock")));
    }

    @Test
    void emptyPartAndForeignDataAreRefused() throws IOException {
        final String empty = Cli.run("evaluate", "--model", model, "--data", data, "--split", "validation").failure(1);
        assertTrue(empty.contains("the validation part is empty"), empty);
        final Path other = directory.resolve("other-data");
        Cli.run("preprocess", "--output", other, "--max-ind-range", 100, directory.resolve("clicks.txt")).ok();
        final String foreign = Cli.run("evaluate", "--model", model, "--data", other).failure(1);
        assertTrue(foreign.contains("feature C1 numbers its values otherwise"), foreign);
    }

    @Test
    void scoresAgreeWithTheEvaluation() throws Exception {
        final List<String> heldOut = heldOut();
        final Path text = directory.resolve("held-out.txt");
        Files.write(text, heldOut);
        final List<Float> scores = score(text, List.of());
        assertEquals(heldOut.size(), scores.size());
        double loss = 0;
        for (int i = 0; i < heldOut.size(); i++) {
            loss -= Math.log(heldOut.get(i).startsWith("1") ? scores.get(i) : 1.0 - scores.get(i)) / heldOut.size();
        }
        assertEquals((double) evaluate().get("logLoss"), loss, 1e-9);
        // The label is not looked at, and need not be there.
        Files.write(text, heldOut.stream().map(row -> row.substring(2)).toList());
        assertEquals(scores, score(text, List.of()));
    }

    private static List<String> heldOut() throws IOException {
        return Files.readAllLines(directory.resolve("clicks.txt")).subList(ROWS * 9 / 10, ROWS);
    }

    private static List<Float> score(Path text, List<String> options) throws Exception {
        return score(model, text, options);
    }

    private static List<Float> score(Path model, Path text, List<String> options) throws Exception {
        final Process process = Cli.builder("score", "--model", model, options, text)
                .redirectError(ProcessBuilder.Redirect.DISCARD).start();
        final List<Float> scores = Cli.output(process).lines().map(Float::parseFloat).toList();
        assertEquals(0, Cli.exitCode(process));
        return scores;
    }

    @Test
    void scoringAnswersWhileItsInputIsOpen() throws Exception {
        final List<String> rows = heldOut().subList(0, 3);
        final Process process = Cli.builder("score", "--model", model, "--skip-bad-rows")
                .redirectError(ProcessBuilder.Redirect.DISCARD).start();
        final var questions = process.outputWriter();
        try (var answers = Cli.output(process)) {
            for (String row : rows) {
                questions.write(row + '\n');
                questions.flush();
                final float score = Float.parseFloat(answers.readLine());
                assertTrue(score > 0 && score < 1);
            }
            questions.write("not a row\n");
            questions.flush();
            assertEquals("NaN", answers.readLine());
            questions.close();
            assertEquals(0, Cli.exitCode(process));
        }
    }

    @Test
    void unscorableRowsEndTheRunAfterTheAnswersBeforeThem() throws Exception {
        final Path text = directory.resolve("unscorable.txt");
        final String row = heldOut().getFirst();
        Files.write(text, List.of(row, row, row.replaceFirst("^.\t", "1\tx"), row));
        final Process process = Cli.start("score", "--model", model, text);
        final String output = Cli.output(process).lines().collect(Collectors.joining("\n"));
        assertEquals(1, Cli.exitCode(process));
        assertEquals(2, output.lines().filter(line -> line.startsWith("0.")).count(), output);
        assertTrue(output.contains("error: " + text + ", line 3, field 2 (I1)"), output);
    }

    @Test
    void unseenValuesAreRefusedByLineIfThatIsThePolicy() throws Exception {
        final Path strict = directory.resolve("strict");
        Cli.run("train", "--data", data, "--model", strict, SMALL, "--unseen", "error").ok();
        final Path text = directory.resolve("unseen.txt");
        final String row = heldOut().getFirst();
        Files.write(text, List.of(row, row.replaceFirst("\t[0-9a-f]*$", "\tdeadbeef"), row));
        final Process process = Cli.start("score", "--model", strict, "--skip-bad-rows", text);
        final String output = Cli.output(process).lines().collect(Collectors.joining("\n"));
        assertEquals(0, Cli.exitCode(process));
        assertTrue(output.contains("NaN") && output.contains("1 rows could not be scored, first " + text
                + ", line 2: feature C26: value deadbeef"), output);
    }

    @Test
    void inspectionShowsArchitectureFilesAndVerifies() {
        final String out = Cli.run("inspect", "--model", model, "--verify").ok().out();
        for (String text : List.of("bottom MLP", "13-32-8", "adagrad, embedding tables row wise adagrad", "empty bag",
                "step 141",
                "table-25.dlrm",
                "optimizer.safetensors", "no damage")) {
            assertTrue(out.contains(text), text + " in\n" + out);
        }
        final String json = Cli.run("inspect", "--model", model, "--json").ok().out();
        assertTrue(Json.parseObject(json.getBytes(StandardCharsets.UTF_8), "inspect --json").containsKey("files"));
    }

    @ParameterizedTest
    @CsvSource({"lr, '', wide-25.dlrm",
            "dcn, --arch-sparse-feature-size 4 --arch-cross-layers 2 --arch-mlp-deep 16, table-25.dlrm",
            "dcnv2, --arch-sparse-feature-size 4 --arch-cross-rank 8 --arch-cross-layers 2 --arch-mlp-deep 16, "
                    + "table-25.dlrm",
            "wdl, '--arch-sparse-feature-size 4 --arch-mlp-deep 16 --wide-crosses 2x3,4x5x6 --wide-cross-rows 500', "
                    + "cross-01.dlrm",
            "fm, --arch-sparse-feature-size 4, table-25.dlrm"})
    void otherArchitecturesGoTheSameWay(String architecture, String options, String file) throws Exception {
        final List<String> words = options.isEmpty() ? List.of() : List.of(options.split(" "));
        trainAndScore(architecture, words, file);
    }

    @ParameterizedTest
    @CsvSource({"--qr-flag --arch-mlp-bot 13-32-8, table-02-quotient.dlrm",
            "--qr-flag --qr-operation add --qr-collisions 20 --arch-mlp-bot 13-32-8, table-02-remainder-state.dlrm",
            "--qr-flag --qr-operation concat --qr-threshold 50 --arch-mlp-bot 13-32-16, table-02-remainder.dlrm",
            "--md-flag --md-threshold 20 --md-round-dims --arch-mlp-bot 13-32-8, table-02-state.dlrm",
            "--weighted-pooling learned --arch-mlp-bot 13-32-8, table-25-weights-state.dlrm",
            "--weighted-pooling fixed --arch-mlp-bot 13-32-8, table-25.dlrm",
            "--arch-interaction-op projection --arch-interaction-branch1 24-16 --arch-interaction-branch2 16 --arch-mlp-bot 13-32-8, table-25.dlrm"})
    void variantsOfDlrmGoTheSameWay(String options, String file) throws Exception {
        final List<String> words = new ArrayList<>(List.of(options.split(" ")));
        words.addAll(List.of("--arch-sparse-feature-size", "8", "--arch-mlp-top", "32-1"));
        trainAndScore("dlrm", words, file);
    }

    private static void trainAndScore(String architecture, List<String> words, String file) throws Exception {
        final Path other = directory.resolve(architecture + words.hashCode());
        Cli.run("train", "--arch", architecture, words, "--data", data, "--model", other, "--optimizer", "rwsadagrad",
                "--learning-rate", "0.05").ok();
        final Map<String, Object> metrics = evaluate(other);
        assertTrue((double) metrics.get("auc") > 0.6, metrics.toString());
        final String out = Cli.run("inspect", "--model", other).ok().out();
        assertTrue(out.matches("(?s).*architecture +" + architecture + "\n.*" + file + " .*"), out);
        final List<String> heldOut = heldOut();
        final Path text = directory.resolve(other.getFileName() + ".txt");
        Files.write(text, heldOut);
        double loss = 0;
        final List<Float> scores = score(other, text, List.of());
        for (int i = 0; i < heldOut.size(); i++) {
            loss -= Math.log(heldOut.get(i).startsWith("1") ? scores.get(i) : 1.0 - scores.get(i)) / heldOut.size();
        }
        assertEquals((double) metrics.get("logLoss"), loss, 1e-9);
    }

    @Test
    void anExistingModelIsNotOverwrittenByAccident() {
        final String error = Cli.run("train", "--data", data, "--model", model, SMALL).failure(1);
        assertTrue(error.contains(model + ": holds a model already") && error.contains("--resume"), error);
        final Path none = directory.resolve("none");
        assertTrue(Cli.run("train", "--data", data, "--model", none, "--resume").failure(1)
                .contains("no model to resume"));
        assertFalse(Files.exists(none));
        final Path replaced = directory.resolve("replaced");
        Cli.run("train", "--data", data, "--model", replaced, SMALL).ok();
        Cli.run("train", "--data", data, "--model", replaced, "--arch-mlp-bot", "13-16", "--arch-mlp-top", "1",
                "--test-freq", -1, "--overwrite").ok();
        assertTrue(Cli.run("inspect", "--model", replaced).ok().out().matches("(?s).*generation +2\n.*13-16\n.*"));
    }

    @Test
    void aRunIsResumedOnlyWithItsOwnSettingsAndMayBeProlonged() throws IOException {
        final Path resumed = directory.resolve("resumed");
        Cli.run("train", "--data", data, "--model", resumed, SMALL).ok();
        final List<String> faster = IntStream.range(0, SMALL.size())
                .mapToObj(i -> SMALL.get(i).equals("0.05") ? "0.5" : SMALL.get(i)).toList();
        assertTrue(Cli.run("train", "--data", data, "--model", resumed, faster, "--resume").failure(1)
                .contains("training.run.learning-rate: is 0.05"));
        assertTrue(Cli.run("train", "--data", data, "--model", resumed, SMALL, "--arch-interaction-itself", "--resume")
                .failure(1).contains("itself is false"));
        Cli.run("train", "--data", data, "--model", resumed, SMALL, "--resume", "--nepochs", 2).ok();
        final Path atOnce = directory.resolve("at-once");
        Cli.run("train", "--data", data, "--model", atOnce, SMALL, "--nepochs", 2, "--work-dir", directory).ok();
        Cli.assertSameModel(atOnce, resumed);
        assertTrue(Cli.run("train", "--data", data, "--model", resumed, SMALL, "--resume").ok().out()
                .contains("nothing left to train"));
    }

    @Test
    void damagedModelsAreNamed() throws IOException {
        final Path damaged = directory.resolve("damaged");
        Cli.run("train", "--data", data, "--model", damaged, SMALL).ok();
        final Path table = ModelDirectory.open(damaged).path("table-03.dlrm");
        final long bytes = Files.size(table);
        try (FileChannel channel = FileChannel.open(table, StandardOpenOption.WRITE)) {
            channel.write(java.nio.ByteBuffer.wrap(new byte[]{1, 2, 3, 4, 5}), bytes / 2);
        }
        assertTrue(Cli.run("verify", "--model", model).ok().out().contains("no damage"));
        assertTrue(Cli.run("inspect", "--model", damaged, "--verify").failure(1).contains(table.toString()));
        final String found = Cli.run("verify", "--model", damaged, "--threads", 3).failure(1);
        assertTrue(found.contains(table.toString()) && found.contains(" of table table-03"), found);
        try (FileChannel channel = FileChannel.open(table, StandardOpenOption.WRITE)) {
            channel.truncate(bytes - 1);
        }
        for (List<Object> command : List.<List<Object>>of(List.of("score", "--model", damaged, "/dev/null"),
                List.of("inspect", "--model", damaged), List.of("evaluate", "--model", damaged, "--data", data))) {
            final String error = Cli.run(command.toArray()).failure(1);
            assertTrue(error.contains(table.toString()) && error.contains("length"), error);
        }
    }

    @Test
    void aLossThatIsNotFiniteNamesItsBatchAndKeepsTheLastCheckpoint() throws IOException {
        final Path exploding = directory.resolve("exploding");
        final List<String> sgd = List.of("--arch-sparse-feature-size", "8", "--arch-mlp-bot", "13-32-8",
                "--arch-mlp-top", "32-1", "--learning-rate", "1e30", "--checkpoint-freq", "1");
        final String error = Cli.run("train", "--data", data, "--model", exploding, sgd).failure(1);
        assertTrue(error.contains("epoch 0, batch ") && error.contains("lower the learning rate"), error);
        assertTrue(ModelDirectory.open(exploding).generation() >= 1);
    }
}
