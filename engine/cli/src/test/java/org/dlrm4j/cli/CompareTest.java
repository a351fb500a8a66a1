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
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.dlrm4j.store.Json;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Models are compared, the comparison is killed and goes on, and its reports say what the runs gave. */
class CompareTest {
    private static final List<Object> SMALL = List.of("--planted", "rows=20000", "--models", "lr,dlrm", "--seeds", 2,
            "--nepochs", 1, "--evaluations", 4, "--threads", 1, "--settings", "dlrm:lr=0.05,dim=4,mlp=16-8");

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
        final double optimum = number(report(output), "plantedOptimum", "logLoss");
        for (Object model : models(output)) {
            final double loss = number(model, "logLoss", "mean");
            assertTrue(optimum < loss && loss < number(report(output), "constantLogLoss"), model.toString());
            assertTrue(number(model, "logLoss", "deviation") > 0, "seeds differ: " + model);
            final Map<?, ?> run = (Map<?, ?>) ((List<?>) ((Map<?, ?>) model).get("runs")).getFirst();
            assertTrue(number(run, "latencies", "batch1NanosP50") > 0, run.toString());
            assertTrue(number(run, "samplesPerSecond") > 0, run.toString());
            assertEquals(10, ((List<?>) run.get("calibration")).size());
        }
        assertTrue(first.out().contains("dlrm: lr=0.05 dim=4 mlp=16-8"), first.out());
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
                // 4,000 test rows: bins of 400 each.
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
        for (String file : List.of("journal.jsonl", "report.json")) {
            Files.copy(output.resolve(file), copy.resolve(file));
        }
        return copy;
    }

    @Test
    void anInterruptedComparisonGivesTheSameLosses() throws Exception {
        final Path interrupted = directory.resolve("interrupted");
        final Process process = Cli.start("compare", "--output", interrupted, SMALL);
        try (BufferedReader reader = Cli.output(process)) {
            Cli.readUntil(reader, "seed=1:");
            process.toHandle().destroy();
            final String rest = reader.lines().collect(Collectors.joining("\n"));
            assertEquals(130, Cli.exitCode(process), rest);
            assertTrue(rest.contains("give the same command again to go on"), rest);
        }
        Cli.run("compare", "--output", interrupted, SMALL).ok();
        assertEquals(losses(output), losses(interrupted));
    }

    @Test
    void theSearchPicksByValidationAndReportsItsChoice() throws IOException {
        final Path tuned = directory.resolve("tuned");
        final String out = Cli.run("compare", "--output", tuned, "--planted", "rows=3000,order=1,noise=0.1", "--models",
                "lr", "--seeds", 1, "--nepochs", 1, "--evaluations", 2, "--tune", 3, "--threads", 1).ok().out();
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
        Cli.run("synth", "--output", text, "--rows", 3000).ok();
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

    private static double parameters(Path comparison) throws IOException {
        final Map<?, ?> model = (Map<?, ?>) models(comparison).getFirst();
        return number(((List<?>) model.get("runs")).getFirst(), "parameters");
    }

    @Test
    void thePageStandsAlone() throws Exception {
        final String html = Files.readString(output.resolve("report.html"), StandardCharsets.UTF_8);
        assertFalse(html.matches("(?s).*(https?:|<script|<link|@import|url\\().*"), "no outside resources");
        // A model has a line in the curves, a plot of its calibration, a row in the dots.
        assertEquals(4, html.split("<svg viewBox=\"0 0 (760|300) ", -1).length - 1);
        final String body = html.substring(html.indexOf("<body>"), html.indexOf("</html>"));
        DocumentBuilderFactory.newInstance().newDocumentBuilder()
                .parse(new java.io.ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)));
        assertFalse(body.contains("NaN"), body);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            --planted rows=5000 --data d                     | give either --data or --planted
            --models lr                                      | give either --data or --planted
            --planted rows=5                                 | rows=5, expected 1000 to
            --planted order=3                                | planted order 3
            --planted colour=red                             | 'colour=red' is none of order=1|2
            --planted rows=many                              | 'rows=many' has no number
            --planted rows=5000 --models lr,gbdt             | model 'gbdt' is none of dlrm,dcn,
            --planted rows=5000 --settings lr:lr=0           | expected a positive learning rate
            --planted rows=5000 --settings lr:depth=3        | setting 'depth=3' is none of lr=X
            --planted rows=5000 --settings dlrm:mlp=a        | 'a' is not a list of whole numbers
            --planted rows=5000 --models lr --settings fm:dim=3 | with a model of --models
            --planted rows=5000 --seeds 0                    | --seeds is 0
            --planted rows=5000 --nepochs 0                  | 0 epochs
            """)
    void wrongUsageIsRefused(String options, String message) {
        final String error = Cli.run("compare", "--output", directory.resolve("none"), List.of(options.split(" ")))
                .failure(2);
        assertTrue(error.contains(message), error);
    }
}
