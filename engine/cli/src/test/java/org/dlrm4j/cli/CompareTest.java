package org.dlrm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.dlrm4j.store.Json;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Models are compared, the comparison is killed and goes on, and its reports say what the runs gave. */
class CompareTest {
    private static final List<Object> SMALL = List.of("--data", "planted:rows=8000", "--models", "lr,dlrm", "--seeds",
            2,
            "--nepochs", 1, "--evaluations", 4, "--threads", 1, "--mini-batch-size", 32, "--settings",
            "dlrm:lr=0.05,dim=4,mlp=16-8,dropout=0.1,l2=1e-5,passes=1");

    @TempDir
    private static Path directory;
    private static Path output;
    private static Cli.Result first;

    @BeforeAll
    static void compare() {
        output = directory.resolve("small");
        first = Cli.run("compare", "--output", output, SMALL).ok();
    }

    private static Map<String, Object> report(Path comparison) throws IOException {
        return Json.parseObject(Files.readAllBytes(comparison.resolve("report.json")), "report.json");
    }

    private static List<?> models(Path comparison) throws IOException {
        return (List<?>) report(comparison).get("models");
    }

    private static double number(Object json, String... path) {
        Object at = json;
        for (String name : path) {
            at = ((Map<?, ?>) at).get(name);
        }
        return ((Number) at).doubleValue();
    }

    @Test
    void theTableHasModelsBetweenTheTruthAndTheConstant() throws IOException {
        final List<String> table = first.out().lines().dropWhile(line -> !line.startsWith("model ")).toList();
        assertTrue(table.get(1).startsWith("planted optimum "), first.out());
        assertTrue(table.get(4).startsWith("constant "), first.out());
        final List<?> optima = (List<?>) report(output).get("plantedOptimum");
        assertEquals(2, optima.size());
        assertTrue(number(optima.get(0), "logLoss") != number(optima.get(1), "logLoss"), "a truth a seed: " + optima);
        for (Object model : models(output)) {
            final double loss = number(model, "logLoss", "mean");
            assertTrue(loss < number(report(output), "constantLogLoss", "mean"), model.toString());
            double over = 0;
            for (int seed = 0; seed < 2; seed++) {
                final Object run = ((List<?>) ((Map<?, ?>) model).get("runs")).get(seed);
                over += number(run, "test", "logLoss") / number(optima.get(seed), "logLoss") - 1;
            }
            assertTrue(over > 0, model.toString());
            assertEquals(over / 2, number(model, "overOptimum", "mean"), 1e-9);
            assertTrue(number(model, "logLoss", "deviation") > 0, "seeds differ: " + model);
            final Map<?, ?> run = (Map<?, ?>) ((List<?>) ((Map<?, ?>) model).get("runs")).getFirst();
            assertTrue(number(run, "latencies", "batch1NanosP50") > 0, run.toString());
            assertTrue(number(run, "samplesPerSecond") > 0, run.toString());
            assertEquals(10, ((List<?>) run.get("calibration")).size());
        }
        assertTrue(first.out().contains("dlrm: lr=0.05 opt=adagrad passes=1 l2=1e-5 dim=4 mlp=16-8 dropout=0.1\n"),
                first.out());
    }

    @Test
    void differencesArePairedBySeedAndByRow() throws IOException {
        final Map<?, ?> lr = model("lr");
        final Map<?, ?> dlrm = model("dlrm");
        assertEquals(number(dlrm, "logLoss", "mean") - number(lr, "logLoss", "mean"),
                number(dlrm, "logLossLessLr", "mean"), 1e-12);
        final double[] bySeed = IntStream.range(0, 2).mapToDouble(i -> loss(dlrm, i) - loss(lr, i)).toArray();
        assertEquals(Math.abs(bySeed[0] - bySeed[1]) / Math.sqrt(2), number(dlrm, "logLossLessLr", "deviation"), 1e-9);
        assertEquals(0, number(lr, "logLossLessLr", "standardError"));
        // Single rows' losses deviate by some 0.5: 2 times 1,600 independent ones would have an error of about 0.012.
        final double error = number(dlrm, "logLossLessLr", "standardError");
        assertTrue(error > 1e-4 && error < 0.01, "standard error " + error);
        assertTrue(first.out().contains(String.format(Locale.ROOT, "%+.5f ± ", number(dlrm, "logLossLessLr", "mean"))),
                first.out());
    }

    private static Map<?, ?> model(String name) throws IOException {
        return models(output).stream().map(m -> (Map<?, ?>) m).filter(m -> name.equals(m.get("model"))).findFirst()
                .orElseThrow();
    }

    private static double loss(Map<?, ?> model, int run) {
        return number(((List<?>) model.get("runs")).get(run), "test", "logLoss");
    }

    @Test
    void binsAverageToTheCalibrationOfTheWhole() throws IOException {
        for (Object model : models(output)) {
            for (Object run : (List<?>) ((Map<?, ?>) model).get("runs")) {
                double predicted = 0;
                double observed = 0;
                double last = 0;
                for (Object bin : (List<?>) ((Map<?, ?>) run).get("calibration")) {
                    final double mean = ((Number) ((List<?>) bin).get(0)).doubleValue();
                    assertTrue(mean >= last, "bins ascend");
                    last = mean;
                    predicted += mean;
                    observed += ((Number) ((List<?>) bin).get(1)).doubleValue();
                }
                // 1,600 test rows: bins of 160 each.
                assertEquals(number(run, "test", "calibration"), predicted / observed, 1e-6);
                assertEquals(number(run, "test", "baseRate"), observed / 10, 1e-9);
            }
        }
    }

    @Test
    void finishedRunsAreNotRepeatedAndSeedsMayBeAdded() throws IOException {
        final Path copy = copy("again");
        final String out = Cli.run("compare", "--output", copy, SMALL).ok().out();
        assertFalse(out.contains("seed="), out);
        assertEquals(Files.readString(output.resolve("report.html")), Files.readString(copy.resolve("report.html")));
        final String more = Cli.run("compare", "--output", copy, with(2, 3)).ok().out();
        assertEquals(2, more.lines().filter(line -> line.contains("seed=3: ")).count(), more);
        assertFalse(more.contains("seed=1"), more);
        final String refused = Cli.run("compare", "--output", copy, with(1, 3)).failure(1);
        assertTrue(refused.contains("journal.jsonl: belongs to a comparison with epochs 1, but this one has 3"),
                refused);
    }

    private static List<Object> with(int number, int other) {
        final int at = SMALL.indexOf(number);
        return IntStream.range(0, SMALL.size()).mapToObj(i -> i == at ? (Object) other : SMALL.get(i)).toList();
    }

    @Test
    void aLineThatACrashCutShortIsRunAgain() throws IOException {
        final Path copy = copy("torn");
        final Path journal = copy.resolve("journal.jsonl");
        final String whole = Files.readString(journal);
        Files.writeString(journal, whole.substring(0, whole.length() - 40));
        final String out = Cli.run("compare", "--output", copy, SMALL).ok().out();
        assertEquals(1, out.lines().filter(line -> line.contains("seed=")).count(), out);
        assertEquals(losses(output), losses(copy));
    }

    @Test
    void aRunWhoseLossesAreGoneIsRunAgain() throws IOException {
        final Path copy = copy("gone");
        Files.delete(copy.resolve("losses2.f32"));
        final String out = Cli.run("compare", "--output", copy, SMALL).ok().out();
        assertEquals(1, out.lines().filter(line -> line.contains("seed=")).count(), out);
        assertEquals(losses(output), losses(copy));
    }

    @Test
    void aDamagedLineIsNamed() throws IOException {
        final Path copy = copy("damaged");
        Files.writeString(copy.resolve("journal.jsonl"), "{\"run\":1}\n", StandardOpenOption.APPEND);
        final String error = Cli.run("compare", "--output", copy, SMALL).failure(1);
        assertTrue(error.contains("journal.jsonl, line 6: is no line of a comparison's journal"), error);
    }

    private static List<Double> losses(Path comparison) throws IOException {
        return models(comparison).stream().map(model -> number(model, "logLoss", "mean")).collect(Collectors.toList());
    }

    private static Path copy(String name) throws IOException {
        final Path copy = Files.createDirectory(directory.resolve(name));
        try (Stream<Path> files = Files.list(output)) {
            for (Path file : files.filter(f -> !f.toString().endsWith(".html")).toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        return copy;
    }

    @Test
    void anInterruptedComparisonGivesTheSameLosses() throws Exception {
        final Path interrupted = directory.resolve("interrupted");
        // Without the settings of the other model, which stand last.
        final List<Object> lrOnly = new ArrayList<>(SMALL.subList(0, SMALL.indexOf("--settings")));
        lrOnly.set(lrOnly.indexOf("lr,dlrm"), "lr");
        final Process process = Cli.start("compare", "--output", interrupted, lrOnly);
        try (BufferedReader reader = Cli.output(process)) {
            Cli.readUntil(reader, "seed=1:");
            process.toHandle().destroy();
            final String rest = reader.lines().collect(Collectors.joining("\n"));
            assertEquals(130, Cli.exitCode(process), rest);
            assertTrue(rest.contains("give the same command again to go on"), rest);
        }
        Cli.run("compare", "--output", interrupted, lrOnly).ok();
        assertEquals(number(model("lr"), "logLoss", "mean"), losses(interrupted).getFirst());
    }

    @Test
    void theSearchPicksByValidationAndReportsItsChoice() throws IOException {
        final Path tuned = directory.resolve("tuned");
        final String out = Cli
                .run("compare", "--output", tuned, "--data", "planted:rows=3000,order=1,noise=0.1", "--models",
                        "lr", "--seeds", 1, "--nepochs", 1, "--evaluations", 2, "--tune", 3, "--threads", 1)
                .ok().out();
        final List<String> trials = out.lines().filter(line -> line.contains(" trial: validation log loss ")).toList();
        assertEquals(3, trials.size(), out);
        assertTrue(trials.stream().noneMatch(line -> line.contains("test")), "trials never see the test part");
        final String best = trials.stream().min((a, b) -> loss(a).compareTo(loss(b))).orElseThrow();
        final String settings = best.substring("lr ".length(), best.indexOf(" seed="));
        assertTrue(out.contains("lr: the best of 3 trials is " + settings + "\n"), out);
    }

    private static Double loss(String line) {
        return Double.valueOf(line.replaceFirst(".*validation log loss ([0-9.]+).*", "$1"));
    }

    @Test
    void directoriesWithoutPartsAreCutAndRareValuesJoined() throws IOException {
        final Path text = directory.resolve("clicks.txt");
        Cli.run("synth", "--output", text, "--data", "planted:rows=3000").ok();
        final Path data = directory.resolve("data");
        Cli.run("preprocess", "--output", data, "--split", "none", text).ok();
        final Path cut = directory.resolve("cut");
        final String out = Cli.run("compare", "--output", cut, "--data", data, "--models", "lr", "--seeds", 1,
                "--nepochs", 1, "--min-count", 10, "--threads", 1).ok().out();
        assertTrue(out.contains("2,160 samples to train, 240 to validate, 600 to test"), out);
        assertFalse(out.contains("planted optimum"), out);
        final Path all = directory.resolve("all");
        Cli.run("compare", "--output", all, "--data", data, "--models", "lr", "--seeds", 1, "--nepochs", 1,
                "--min-count", 0, "--threads", 1).ok();
        assertTrue(parameters(cut) < parameters(all) / 2, parameters(cut) + " of " + parameters(all));
    }

    @Test
    void dataOfAnySchemaAreCompared() throws IOException {
        final Random random = new Random(5);
        final StringBuilder text = new StringBuilder();
        for (int row = 0; row < 3000; row++) {
            final int a = random.nextInt(4);
            final int b = random.nextInt(3);
            text.append(random.nextInt(50)).append(";a").append(a).append(random.nextBoolean() ? " a9;b" : ";b")
                    .append(b).append(random.nextDouble() < ((a + b) % 2 == 0 ? 0.9 : 0.1) ? ";1\n" : ";0\n");
        }
        final Path schema = Files.writeString(directory.resolve("schema.json"),
                """
                        {"name": "pairs", "text": {"delimiter": ";"}, "columns": ["n", "a", "b", "label"],
                         "label": {"column": "label", "positive": ["1"]}, "dense": [{"column": "n", "transform": "standardize"}],
                         "sparse": [{"column": "a", "separator": " "}, "b"]}
                        """);
        final Path data = directory.resolve("pairs");
        Cli.run("preprocess", "--output", data, "--schema", schema, "--split", "train-rows=2400",
                Files.writeString(directory.resolve("pairs.csv"), text)).ok();
        final Path compared = directory.resolve("pairs-compared");
        final String out = Cli.run("compare", "--output", compared, "--data", data, "--models", "lr,wdl", "--seeds", 2,
                "--nepochs", 20, "--settings", "wdl:crosses=0x1,lr=0.1,passes=20", "--threads", 1).ok().out();
        assertTrue(out.contains("pairs: 2,160 samples to train, 240 to validate, 600 to test"), out);
        // Without the cross nothing can be known of the label.
        final Map<?, ?> wdl = (Map<?, ?>) models(compared).getFirst();
        assertEquals("wdl", wdl.get("model"), out);
        assertTrue(number(wdl, "accuracy", "mean") > 0.85, wdl.toString());
        assertTrue(number(wdl, "logLossLessLr", "mean") < -0.2, wdl.toString());
    }

    private static double parameters(Path comparison) throws IOException {
        final Map<?, ?> model = (Map<?, ?>) models(comparison).getFirst();
        return number(((List<?>) model.get("runs")).getFirst(), "parameters");
    }

    @Test
    void thePageStandsAlone() throws Exception {
        final String html = Files.readString(output.resolve("report.html"), StandardCharsets.UTF_8);
        assertFalse(html.matches("(?s).*(https?:|<script|<link|@import|url\\().*"), "no outside resources");
        // Log losses, differences, curves, and the calibration of two models.
        assertEquals(5, html.split("<svg viewBox=\"0 0 (760|300) ", -1).length - 1);
        final String body = html.substring(html.indexOf("<body>"), html.indexOf("</html>"));
        DocumentBuilderFactory.newInstance().newDocumentBuilder()
                .parse(new java.io.ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)));
        assertFalse(body.contains("NaN"), body);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            --models lr                                      | '--data=DIR|planted:..'
            --data planted:rows=5                            | rows=5, expected 1000 to
            --data planted:order=3                           | planted order 3
            --data planted:colour=red                        | 'colour=red' assigns to none of rows,
            --data planted:rows=many                         | rows is 'many', expected a whole number
            --data planted:rows=5000 --models lr,gbdt             | model 'gbdt' is none of dlrm,dcn,
            --data planted:rows=5000 --settings lr:lr=0           | expected a positive learning rate
            --data planted:rows=5000 --settings lr:depth=3        | setting 'depth=3' is none of lr=X
            --data planted:rows=5000 --settings fm:rows=i8        | rows i8: expected f32 or bf16, which can be trained
            --data planted:rows=5000 --settings lr:opt=newton     | 'newton' is none of sgd, adagrad
            --data planted:rows=5000 --settings lr:l2=-1          | expected an l2 of 0 or more
            --data planted:rows=5000 --settings wdl:dropout=1     | less than 1
            --data planted:rows=5000 --settings wdl:passes=0      | expected 1 or more
            --data planted:rows=5000 --settings wdl:crosses=a     | 'a' is not a list of crosses
            --data planted:rows=5000 --settings wdl:crosses=3     | cross 3 has 1 feature
            --data planted:rows=5000 --settings dlrm:mlp=a        | 'a' is not a list of whole numbers
            --data planted:rows=5000 --models lr --settings fm:dim=3 | with a model of --models
            --data planted:rows=5000 --seeds 0                    | --seeds is 0
            --data planted:rows=5000 --nepochs 0                  | 0 epochs
            """)
    void wrongUsageIsRefused(String options, String message) {
        final String error = Cli.run("compare", "--output", directory.resolve("none"), List.of(options.split(" ")))
                .failure(2);
        assertTrue(error.contains(message), error);
    }
}
