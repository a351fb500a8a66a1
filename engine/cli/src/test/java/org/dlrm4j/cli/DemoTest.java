package org.dlrm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

    @Test
    void leavesNothingBehindOtherwise() throws Exception {
        final Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        final long before = demos(temporary);
        Cli.run("demo", "--rows", 1000, "--threads", 1).ok();
        assertEquals(before, demos(temporary));
    }

    private static long demos(Path temporary) throws Exception {
        try (Stream<Path> entries = Files.list(temporary)) {
            return entries.filter(entry -> entry.getFileName().toString().startsWith("dlrm-demo-")).count();
        }
    }
}
