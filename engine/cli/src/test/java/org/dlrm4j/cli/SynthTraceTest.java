package org.dlrm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.LongStream;
import org.dlrm4j.data.SampleLog;
import org.dlrm4j.data.trace.TraceProfile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lookups are measured, made anew and compared; random samples are written. */
class SynthTraceTest {
    @TempDir
    Path directory;

    private Path referenceTrace() throws IOException {
        return Files.writeString(directory.resolve("trace.log"), "1, 2, 3, 4, 5, 3, 4, 1, 1, 6, 3");
    }

    @Test
    void theReferencesTraceGoesThroughItsFiles() throws IOException {
        final Path profiles = directory.resolve("profiles");
        Cli.run("synth", "profile", "--output", profiles, referenceTrace()).ok();
        assertEquals("0, 1, 3, 4, 5", Files.readAllLines(profiles.resolve("dist_emb_0.log")).get(1));
        final Path traces = directory.resolve("traces");
        Cli.run("synth", "trace", "--profiles", profiles, "--output", traces, "--format", "text", "--draw",
                "independent").ok();
        assertEquals("1, 2, 3, 4, 2, 5, 1, 2, 6, 3, 4", Files.readString(traces.resolve("trace_0.log")));
        Cli.run("synth", "trace", "--profiles", profiles, "--output", traces, "--format", "text", "--draw",
                "independent", "--policy", "rand").ok();
        assertEquals("1, 2, 3, 4, 2, 5, 1, 3, 6, 1, 2", Files.readString(traces.resolve("trace_0.log")));
    }

    @Test
    void aDataSetIsProfiledMadeAnewAndCompared() throws IOException {
        final Path data = Cli.data(directory, 3000);
        final Path profiles = directory.resolve("profiles");
        final String measured = Cli.run("synth", "profile", "--data", data, "--output", profiles).ok().out();
        assertTrue(measured.matches("(?s).*\n25 +2,700 .*70,200 lookups in .*"), measured);
        final Path byFile = directory.resolve("by-file");
        Cli.run("synth", "profile", "--click-log", data.resolve("train.bin"), "--output", byFile).ok();
        assertEquals(-1, Files.mismatch(profiles.resolve("dist_emb_25.log"), byFile.resolve("dist_emb_25.log")));

        final Path traces = directory.resolve("traces");
        final String made = Cli.run("synth", "trace", "--profiles", profiles, "--output", traces, "--details").ok()
                .out();
        assertTrue(made.contains("table 25: lookups by distance, up to") && made.contains("70,200 lookups in"), made);
        final Path again = directory.resolve("again");
        Cli.run("synth", "profile", "--format", "int64", "--output", again, traces.resolve("trace_0.bin"),
                traces.resolve("trace_1.bin")).ok();
        assertEquals(-1, Files.mismatch(profiles.resolve("dist_emb_1.log"), again.resolve("dist_emb_1.log")),
                "the trace has the profile that it was made from");
        final String other = Cli.run("synth", "compare", "--profiles", again, "--with", profiles).failure(1);
        assertTrue(other.contains("has profiles of 26 tables, expected 2"), other);
        Files.delete(byFile.resolve("dist_emb_2.log"));
        final String same = Cli.run("synth", "compare", "--profiles", again, "--with", byFile).ok().out();
        assertTrue(same.lines().count() == 3 && same.contains("0.00 %"), same);
    }

    @Test
    void whatShallStayPrivateIsLeftOut() throws IOException {
        final Path profiles = directory.resolve("profiles");
        Cli.run("synth", "profile", "--output", profiles, "--min-accesses", 2, referenceTrace()).ok();
        assertEquals("1, 0, 3, 4, 2, 5", Files.readAllLines(profiles.resolve("dist_emb_0.log")).getFirst());
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < 20_000; i++) {
            text.append(i % 10).append(' ');
        }
        Cli.run("synth", "profile", "--output", profiles, "--epsilon", 1,
                Files.writeString(directory.resolve("long.log"), text.append(77))).ok();
        final TraceProfile released = TraceProfile.read(profiles.resolve("dist_emb_0.log"));
        assertTrue(LongStream.of(released.rows()).noneMatch(row -> row == 77), "the row of one access is not named");
        assertEquals(1, released.hitRate(11), 0.05);
    }

    @Test
    void randomSamplesBecomeASampleLog() throws IOException {
        final Path file = directory.resolve("samples");
        Cli.run("synth", "random", "--output", file, "--data-size", 10, "--mini-batch-size", 4, "--dense", 3).ok();
        try (SampleLog log = SampleLog.open(file)) {
            assertEquals("10 3 3", log.samples() + " " + log.denseFeatures() + " " + log.sparseFeatures());
        }
        final String out = Cli.run("synth", "random", "--output", file, "--data-size", 1000, "--zipf", 1.1,
                "--uniform-share", 0.2, "--arch-embedding-size", "100-7").ok().out();
        assertTrue(out.contains("1,000 samples"), out);
        try (SampleLog log = SampleLog.open(file)) {
            assertEquals("1000 13 2", log.samples() + " " + log.denseFeatures() + " " + log.sparseFeatures());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"profile", "trace", "compare", "random"})
    void everyPartHasHelpWithExamples(String command) {
        final String out = Cli.run("synth", command, "--help").ok().out();
        assertTrue(out.startsWith("Usage: dlrm synth " + command) && out.contains("Example"), out);
        assertTrue(out.lines().noneMatch(line -> line.length() > 100), out);
        assertTrue(Cli.run("synth", "--help").ok().out().contains("  " + command), "listed");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            profile --output o                            | give one of --data, --click-log and FILE
            profile --output o --data d --click-log c     | give one of --data, --click-log and FILE
            profile --output o --epsilon 0 f              | epsilon 0.0, delta 1.0E-6
            profile --output o --min-accesses 0 f         | fewest accesses 0
            profile --output o --format int16 f           | int16
            trace --profiles p --output o --length -1     | --length is -1
            trace --profiles p --output o --draw any      | any
            random --output o --zipf -1                   | exponent -1.0
            random --output o --zipf 1 --uniform-share 2  | weights [-1.0, 2.0]
            """)
    void wrongUsageIsRefused(String command, String message) {
        final String error = Cli.run((Object[]) ("synth " + command).split(" ")).failure(2);
        assertTrue(error.contains(message), error);
        assertTrue(error.endsWith("; see dlrm synth " + command.split(" ")[0] + " --help\n"), error);
    }

    @Test
    void whatIsWrongIsNamed() throws IOException {
        final String none = Cli.run("synth", "trace", "--profiles", directory, "--output", directory).failure(1);
        assertTrue(none.contains("dist_emb_0.log: no such file; make profiles with dlrm synth profile"), none);
        final Path text = Files.writeString(directory.resolve("text"), "1, two");
        final String bad = Cli.run("synth", "profile", "--output", directory.resolve("p"), text).failure(1);
        assertTrue(bad.contains("text, line 1, column 4: found 'two'"), bad);
        assertFalse(Files.exists(directory.resolve("p")));
        final Path empty = Files.writeString(directory.resolve("empty"), "");
        assertTrue(Cli.run("synth", "profile", "--output", directory, empty).failure(1)
                .contains("table 0 has no lookups"));
    }
}
