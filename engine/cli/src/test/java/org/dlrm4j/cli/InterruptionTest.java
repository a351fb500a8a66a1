package org.dlrm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.dlrm4j.store.ModelDirectory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that is ended from outside and resumed gives the same bytes as one that was left alone. */
class InterruptionTest {
    private static final List<String> RUN = List.of("--arch-sparse-feature-size", "4", "--arch-mlp-bot", "13-32-4",
            "--arch-mlp-top", "32-1", "--mini-batch-size", "16", "--nepochs", "4", "--threads", "1", "--optimizer",
            "adagrad", "--learning-rate", "0.02", "--shuffle", "--print-freq", "50");

    @TempDir
    private static Path directory;
    private static Path data;
    private static Path undisturbed;

    @BeforeAll
    static void train() throws IOException {
        data = Cli.data(directory, 10_000);
        undisturbed = directory.resolve("undisturbed");
        Cli.run("train", "--data", data, "--model", undisturbed, RUN).ok();
    }

    @Test
    void aSignalSavesAndTheRunGoesOn() throws Exception {
        final Path model = directory.resolve("terminated");
        final Process process = Cli.start("train", "--data", data, "--model", model, RUN);
        try (BufferedReader output = Cli.output(process)) {
            Cli.readUntil(output, "step 100,");
            // Process.destroy would close the output that is read below.
            process.toHandle().destroy();
            final String rest = output.lines().collect(Collectors.joining("\n"));
            assertEquals(130, Cli.exitCode(process), rest);
            assertTrue(rest.contains("interrupted and saved in " + model + "; to go on: dlrm train --data"), rest);
            assertTrue(rest.endsWith("--print-freq 50 --resume"), rest);
        }
        Cli.run("train", "--data", data, "--model", model, RUN, "--resume").ok();
        Cli.assertSameModel(undisturbed, model);
    }

    /** Ignores what a first signal asks for. */
    static final class Stubborn {
        private Stubborn() {}

        public static void main(String[] arguments) throws InterruptedException {
            try (Interruption _ = Interruption.listen(() -> System.out.println("asked to stop"))) {
                System.out.println("working");
                Thread.sleep(60_000);
            }
        }
    }

    @Test
    void aSecondSignalEndsTheProcessAtOnce() throws Exception {
        final Process process = Cli.builder(Stubborn.class).redirectErrorStream(true).start();
        try (BufferedReader output = Cli.output(process)) {
            Cli.readUntil(output, "working");
            process.toHandle().destroy();
            Cli.readUntil(output, "asked to stop");
            process.toHandle().destroy();
            assertEquals(130, Cli.exitCode(process));
        }
    }

    @Test
    void aKilledRunGoesOnFromItsLastCheckpoint() throws Exception {
        final Path model = directory.resolve("killed");
        final Process process = Cli.start("train", "--data", data, "--model", model, RUN, "--checkpoint-freq", 100);
        try (BufferedReader output = Cli.output(process)) {
            Cli.readUntil(output, "step 250,");
            process.destroyForcibly();
            assertEquals(137, Cli.exitCode(process));
        }
        Cli.run("train", "--data", data, "--model", model, RUN, "--resume").ok();
        Cli.assertSameModel(undisturbed, model);
    }

    @Test
    void aKilledRunGoesOnFromItsLastDelta() throws Exception {
        final Path model = directory.resolve("deltas");
        final Process process = Cli.start("train", "--data", data, "--model", model, RUN, "--checkpoint-freq", 150,
                "--delta-freq", 20);
        try (BufferedReader output = Cli.output(process)) {
            Cli.readUntil(output, "step 250,");
            process.destroyForcibly();
            assertEquals(137, Cli.exitCode(process));
        }
        final ModelDirectory killed = ModelDirectory.open(model);
        assertTrue(killed.deltas() >= 4 && killed.generation() == 2 || killed.generation() > 2,
                "generation " + killed.generation() + ", deltas " + killed.deltas());
        final String before = scores(model);
        if (killed.deltas() > 0) {
            final String inspected = Cli.run("inspect", "--model", model, "--verify").ok().out();
            assertTrue(inspected.contains(killed.generation() + ", deltas up to " + killed.deltas()), inspected);
            final String compacted = Cli.run("compact", "--model", model).ok().out();
            assertTrue(compacted.matches("generation \\d+ holds generation \\d+ and \\d+ deltas?, made in .*\n"),
                    compacted);
        }
        assertTrue(Cli.run("compact", "--model", model).ok().out().contains("has no deltas; nothing to do"));
        assertEquals(before, scores(model));
        Cli.run("train", "--data", data, "--model", model, RUN, "--resume", "--delta-freq", 20).ok();
        Cli.assertSameModel(undisturbed, model);
    }

    private static String scores(Path model) throws IOException, InterruptedException {
        final Path scores = directory.resolve("scores");
        final Path rows = Files.write(directory.resolve("rows"),
                Files.readAllLines(directory.resolve("clicks.txt")).subList(0, 100));
        final Process process = Cli.builder("score", "--model", model, rows).redirectErrorStream(true)
                .redirectOutput(scores.toFile()).start();
        assertEquals(0, Cli.exitCode(process));
        return Files.readString(scores);
    }
}
