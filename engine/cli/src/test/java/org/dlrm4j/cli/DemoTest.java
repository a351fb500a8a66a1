package org.dlrm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The demonstration on few rows, in a process of its own that sees no other demo's temporary files. */
class DemoTest {
    @TempDir
    private Path temporary;

    private Process start(Object... options) throws IOException {
        final ProcessBuilder builder = Cli.builder("demo", List.of(options));
        builder.command().add(1, "-Djava.io.tmpdir=" + temporary);
        return builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
    }

    private List<Path> leftBehind() throws IOException {
        try (Stream<Path> entries = Files.list(temporary)) {
            return entries.toList();
        }
    }

    @Test
    void showsEverySectionAndLeavesNothingBehind() throws Exception {
        final Process process = start("--data", "planted:rows=2000");
        final String out;
        try (BufferedReader output = Cli.output(process)) {
            out = output.lines().collect(Collectors.joining("\n"));
        }
        assertEquals(0, Cli.exitCode(process), out);
        int at = 0;
        for (String section : List.of("Click text with a known truth", "Preprocessing", "Training",
                "Quality on 200 held-out rows", "best possible", "The saved model in a new process",
                "All scores are identical, bit by bit.", "Speed of the saved model", "p99.9", "rows/s", "What next")) {
            at = out.indexOf(section, at);
            assertTrue(at > 0, section + " in\n" + out);
        }
        assertEquals(List.of(), leftBehind());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void cleansUpWhenInterruptedUnlessToldToKeep(boolean keep) throws Exception {
        final Path kept = temporary.resolve("kept");
        final Process process = keep
                ? start("--data", "planted:rows=200000", "--keep", kept)
                : start("--data", "planted:rows=200000");
        try (BufferedReader output = Cli.output(process)) {
            Cli.readUntil(output, "Training");
            process.toHandle().destroy();
            assertTrue(output.lines().noneMatch(line -> line.contains("What next")));
        }
        assertEquals(143, Cli.exitCode(process));
        assertEquals(keep ? List.of(kept) : List.of(), leftBehind());
        if (keep) {
            assertTrue(Cli.run("preprocess", "--output", kept.resolve("data"), "--split", "train-rows=200000",
                    kept.resolve("clicks.txt")).ok().out().contains("nothing was left to do"));
        }
    }
}
