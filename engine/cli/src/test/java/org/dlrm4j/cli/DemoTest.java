package org.dlrm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The demonstration on few rows. */
class DemoTest {
    @Test
    void showsEverySectionAndKeepsItsFiles(@TempDir Path directory) {
        final Path kept = directory.resolve("kept");
        final String out = Cli.run("demo", "--rows", 5000, "--keep", kept).ok().out();
        int at = 0;
        for (String section : List.of("Click text with a known truth", "Preprocessing", "Training",
                "Quality on 500 held-out rows", "The saved model in a new process",
                "All scores are identical, bit by bit.", "Speed of the saved model", "p99.9", "rows/s", "What next")) {
            at = out.indexOf("\n", out.indexOf(section, at));
            assertTrue(at > 0, section + " in\n" + out);
        }
        assertTrue(Cli.run("inspect", "--model", kept.resolve("model"), "--verify").ok().out().contains("no damage"));
        Cli.run("evaluate", "--model", kept.resolve("model"), "--data", kept.resolve("data")).ok();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void leavesNothingBehindOtherwise(boolean interrupted, @TempDir Path temporary) throws Exception {
        final ProcessBuilder builder = Cli.builder("demo", "--rows", interrupted ? 200_000 : 1000);
        builder.command().add(1, "-Djava.io.tmpdir=" + temporary);
        final Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try (BufferedReader output = Cli.output(process)) {
            if (interrupted) {
                Cli.readUntil(output, "Training");
                process.toHandle().destroy();
            }
            output.lines().forEach(line -> {});
        }
        assertEquals(interrupted ? 143 : 0, Cli.exitCode(process));
        try (Stream<Path> entries = Files.list(temporary)) {
            assertEquals(List.of(), entries.toList());
        }
    }
}
