package org.dlrm4j.bench.report;

import org.dlrm4j.cli.plot.Figure;
import org.dlrm4j.cli.plot.HtmlPage;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.dlrm4j.bench.PageSize;
import org.dlrm4j.bench.report.WorkItem.Stage;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.model.Dlrm;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.preset.Preset;
import org.dlrm4j.preset.Workload;
import org.dlrm4j.train.OptimizerKind;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xml.sax.InputSource;

/** A small model from its real steps to the page. */
class ReportTest {
    private static final ModelConfig CONFIG = ModelConfig.of(4, new long[]{1000, 30}, 8,
            Dlrm.of(new int[]{4, 16, 8}, new int[]{8, 1}));
    private static final Scenario BASE = new Scenario(new Workload(CONFIG, new int[]{3, 3}, true), 8, 1,
            OptimizerKind.ADAGRAD);
    private static Findings findings;

    @TempDir
    Path directory;

    @BeforeAll
    static void measure(@TempDir Path temporary) throws IOException {
        System.setProperty("java.awt.headless", "true");
        final ScenarioRunner runner = new ScenarioRunner(1_000_000);
        final Machine machine = Machines.round(1, null);
        final Measurement base = runner.run(BASE);
        final Sweep sweep = new Sweep("batch size", new double[]{4, 8, 16, 32},
                List.of(BASE.withBatch(4), BASE, BASE.withBatch(16), BASE.withBatch(32)));
        final List<Measurement> points = new ArrayList<>();
        for (Scenario scenario : sweep.scenarios()) {
            points.add(scenario == BASE ? base : runner.run(scenario));
        }
        final OperatorModel model = OperatorModel.fit(points, machine);
        final SweepResult result = new SweepResult(sweep, points, points.stream()
                .mapToDouble(p -> OperatorModel.stepNanos(model.predict(p.work(), machine))).toArray());
        final List<FormatRunner.FormatTime> formats = new FormatRunner(temporary, 8, 1_000_000).run(BASE.workload());
        try (var left = Files.list(temporary)) {
            assertEquals(0, left.count());
        }
        final ThisMachine limits = new ThisMachine(machine,
                List.of(new ThisMachine.RowRate(1 << 20, PageSize.HUGE, 64, 500),
                        new ThisMachine.RowRate(1 << 28, PageSize.HUGE, 64, 100),
                        new ThisMachine.RowRate(1 << 28, PageSize.SMALL, 64, 50),
                        new ThisMachine.RowRate(1 << 28, PageSize.HUGE, 256, 40)));
        findings = new Findings("A <small> model", Map.of("what", "a & b"), limits, base,
                model.predict(base.work(), machine), List.of(result), formats, model,
                PredictionErrors.of(List.of(result), BASE, model, machine),
                List.of(WhatIf.of(BASE, CONFIG, model, Machines.round(2, new Interconnect(1, 10))),
                        WhatIf.of(BASE, CONFIG, model, Machines.round(4, null))));
    }

    @Test
    void everyOperatorOfARealStepHasATime() {
        final Measurement base = findings.base();
        double sum = 0;
        for (int i = 0; i < base.nanos().length; i++) {
            final Stage stage = base.work().items().get(i).stage();
            assertTrue(base.nanos()[i] > 0 || stage == Stage.BETWEEN, base.work().items().get(i).name());
            sum += stage == Stage.DATA ? 0 : base.nanos()[i];
        }
        assertEquals(sum, base.stepNanos(), 1e-6 * sum);
        assertEquals(List.of("random data", "bottom MLP layer 0", "bottom MLP layer 1", "embedding lookups",
                "dot interaction", "top MLP layer 0", "top MLP layer 1", "loss"),
                base.work().items().stream().map(WorkItem::name).limit(8).toList());
    }

    @Test
    void workIsThatOfTheBatch() {
        final StepWork work = findings.base().work();
        final WorkItem lookups = work.items().get(3);
        assertEquals(8 * 2 * 3, lookups.cost().rows(), 1e-9);
        assertEquals(2 * 8 * 4, work.pooledBytes());
        // Adagrad's state is as large as the table.
        assertEquals(2 * 1000 * 32, work.tableBytes()[0], 1e-6);
        final StepWork listed = ScenarioRunner.work(BASE.withThreads(64), BASE.withRowsTimes(10).config());
        assertEquals(10 * work.tableBytes()[0], listed.tableBytes()[0], 1e-6);
        assertEquals(64, listed.threads());
        assertEquals(work.denseBytes(), listed.denseBytes());
        assertEquals(8 * 2 * 3, listed.items().get(3).cost().rows(), 1e-9);
    }

    @Test
    void pageIsWellFormedAndNeedsNothingElse() throws Exception {
        final HtmlPage page = ReportPage.of(findings);
        final String xml = page.html().replaceFirst("<!DOCTYPE html>", "").replaceAll("<meta [^>]*>", "");
        DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(xml)));
        assertTrue(page.html().contains("A &lt;small&gt; model") && page.html().contains("a &amp; b"));
        assertFalse(page.html().matches("(?s).*(src|href)=.*"), "the page loads something");
        assertFalse(page.html().contains("NaN"), "a figure is not a number");
        assertTrue(page.html().contains("prefers-color-scheme: dark"));
        for (Prediction operator : findings.operators()) {
            assertTrue(page.html().contains(operator.item().name()), operator.item().name());
        }
    }

    @Test
    void everyFigureIsAnImageToo() throws IOException {
        final List<Figure> figures = ReportPage.of(findings).figures();
        assertEquals(figures.size(), figures.stream().map(Figure::name).distinct().count());
        for (Figure figure : figures) {
            figure.writePng(directory);
            final var image = ImageIO.read(directory.resolve(figure.name() + ".png").toFile());
            assertEquals(2 * figure.width(), image.getWidth());
            int inked = 0;
            for (int x = 0; x < image.getWidth(); x += 3) {
                for (int y = 0; y < image.getHeight(); y += 3) {
                    inked += (image.getRGB(x, y) & 0xffffff) == 0xffffff ? 0 : 1;
                }
            }
            assertTrue(inked > 200, figure.name() + " is empty");
        }
    }

    @Test
    void errorsAreThoseOfPointsThatWereKept() {
        // Of 4, 8, 16, 32 the model is fitted to the first and third, and the second is the base.
        assertEquals(List.of("batch size 32"),
                findings.errors().points().stream().map(PredictionErrors.Point::label).toList());
        assertEquals(2, PredictionErrors.median(new double[]{9, 1, 2}));
        assertEquals(3, PredictionErrors.median(new double[]{9, 1, 2, 4}));
    }

    @Test
    void everyRowFormatIsScored() {
        assertEquals(List.of(RowFormat.values()),
                findings.formats().stream().map(FormatRunner.FormatTime::format).toList());
        for (FormatRunner.FormatTime time : findings.formats()) {
            assertTrue(time.lookupMicros() > 0 && time.otherMicros() > 0, time.toString());
            assertEquals(time.format().rowBytes(8), time.rowBytes());
        }
        assertTrue(findings.formats().getLast().tableBytes() < findings.formats().getFirst().tableBytes());
    }

    @Test
    void sweepsVaryOneNumber() {
        final List<Sweep> sweeps = Sweep.around(BASE, 6, 1e9);
        assertEquals(List.of("batch size", "threads", "table size factor", "pooling factor", "embedding dimension"),
                sweeps.stream().map(Sweep::name).toList());
        assertArrayEquals(new double[]{1, 2, 4, 6}, sweeps.get(1).values());
        final Scenario wide = sweeps.get(4).scenarios().getLast();
        assertEquals(128, wide.config().dim());
        assertArrayEquals(new int[]{4, 16, 128}, ((Dlrm) wide.config().architecture()).bottom());
        // Tables that do not fit are left out.
        assertTrue(Sweep.around(BASE, 1, CONFIG.tableBytes()).get(1).values().length < sweeps.get(2).values().length);
    }

    @ParameterizedTest
    @CsvSource({"--threads,0,1 to 1024", "--mini-batch-size,many,1 to 1048576", "--preset,huge,terabyte",
            "--optimizer,SGD,adagrad", "--speed,1,--help"})
    void wrongArgumentsAreNamed(String name, String value, String expected) {
        final String message = assertThrows(IllegalArgumentException.class,
                () -> ReportOptions.parse(new String[]{name, value})).getMessage();
        assertTrue(message.contains(name) && message.contains(expected), message);
    }

    @Test
    void argumentsAreTaken() throws IOException {
        final ReportOptions options = ReportOptions.parse(new String[]{"--preset", "rmc1", "--threads", "3",
                "--optimizer", "adam", "--machines", directory.toString()});
        assertEquals(Preset.named("rmc1").batchSize(), options.batch());
        assertEquals(3, options.threads());
        assertEquals(OptimizerKind.ADAM, options.optimizer());
        Files.writeString(directory.resolve("b.json"), "");
        Files.writeString(directory.resolve("a.json"), "");
        Files.writeString(directory.resolve("c.txt"), "");
        assertEquals(List.of(directory.resolve("a.json"), directory.resolve("b.json")), options.machineFiles());
        assertNull(ReportOptions.parse(new String[]{"--help"}));
        final ReportOptions missing = ReportOptions.parse(new String[]{"--machines", "nowhere"});
        assertTrue(assertThrows(IllegalArgumentException.class, missing::machineFiles).getMessage()
                .contains("nowhere"));
        assertThrows(IllegalArgumentException.class, () -> ReportOptions.parse(new String[]{"--output"}));
    }
}
