package org.dlrm4j.data.trace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dlrm4j.data.DatasetException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TraceProfileTest {
    /** The file that the reference's program makes of its sample trace. */
    private static final String REFERENCE = """
            1, 2, 3, 4, 5, 6
            0, 1, 3, 4, 5
            0.5454545454545454, 0.6363636363636364, 0.8181818181818181, 0.9090909090909091, 1.0
            """;

    @TempDir
    Path directory;

    private Path file(String text) throws IOException {
        return Files.writeString(directory.resolve("dist_emb_0.log"), text);
    }

    @Test
    void theReferencesFileIsWrittenByteForByte() throws IOException {
        Path file = directory.resolve("dist.log");
        NaiveTraces.profiler(new long[]{1, 2, 3, 4, 5, 3, 4, 1, 1, 6, 3}).profile().write(file);
        assertEquals(REFERENCE, Files.readString(file));
        TraceProfile.read(file).write(file);
        assertEquals(REFERENCE, Files.readString(file));
        assertFalse(Files.exists(directory.resolve("dist.log.tmp")));
    }

    @Test
    void roundedSharesAndNumPy2sNumbersAreRead() throws IOException {
        TraceProfile profile = TraceProfile.read(file(
                "np.uint64(1), np.uint64(9223372036854775807)\r\n0, 2\nnp.float64(0.55), 1.0"));
        assertArrayEquals(new long[]{1, Long.MAX_VALUE}, profile.rows());
        assertArrayEquals(new long[]{0, 2}, profile.distances());
        assertArrayEquals(new double[]{0.55, 1}, profile.cumulative());
        assertEquals(4, profile.accesses(), "the nearest whole number to 2 / 0.55");
    }

    @ParameterizedTest
    @CsvSource({"0.1, 0.1", "1.0, 1.0", "1.0E-4, 0.0001", "1.234E-4, 0.0001234", "9.9E-5, 9.9e-05", "1.0E-9, 1e-09",
            "1.25E-10, 1.25e-10", "0.30000000000000004, 0.30000000000000004", "2.0E-323, 2e-323"})
    void sharesAreWrittenAsPythonWritesThem(double value, String text) {
        assertEquals(text, PythonFloat.repr(value));
        assertEquals(value, Double.parseDouble(text));
    }

    @Test
    void largeProfilesSurviveTheFile() throws IOException {
        TraceProfile profile = NaiveTraces.profiler(NaiveTraces.drifting(1, 60_000, 30_000)).profile();
        Path file = directory.resolve("dist.log");
        profile.write(file);
        TraceProfile read = TraceProfile.read(file);
        assertArrayEquals(profile.rows(), read.rows());
        assertArrayEquals(profile.distances(), read.distances());
        assertArrayEquals(profile.cumulative(), read.cumulative());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            1, x!0!1                | line 1, column 4: found 'x', expected a whole number
            1, -2!0!1               | line 1, column 4: found '-2', expected a whole number
            1, 9223372036854775808!0!1 | line 1, column 4: found '9223372036854775808'
            1, 2                    | ends with line 1, expected the stack distances
            1, 2!0, 1               | ends with line 2, expected the cumulative shares
            1, 2!!1                 | line 2, column
            1, 2!0, 1!0.5, 0.7, 1.0 | line 3, column 11: found one more cumulative share
            1, 2!0, 1!0.5           | 2 distances and 1 cumulative shares
            1, 2!0, 1!0.5, one      | line 3, column 6: found 'one', expected a decimal number
            1, 2!1, 2!0.5, 1.0      | distance 0: 1, expected 0
            1, 2!0, 3!0.5, 1.0      | distance 1: 3, expected more than 0, the one before, and at most 2
            1, 2!0, 2, 1!0.5, 0.7, 1.0 | distance 2: 1, expected more than 2
            1, 2!0, 1!0.5, 0.4      | cumulative share 1: 0.4, expected at least 0.5
            1, 2!0, 1!0.0, 1.0      | cumulative share 0: 0.0, expected more than 0
            1, 2!0, 1!0.5, 0.7      | last cumulative share: 0.7, expected 1
            1, 2!0, 1!0.5, 7        | cumulative share 1: 7.0
            1, 2!0, 1!NaN, 1        | cumulative share 0: NaN
            """)
    void whatIsNoProfileIsNamed(String text, String message) throws IOException {
        Path file = file(text.replace('!', '\n') + "\n");
        String found = assertThrows(DatasetException.class, () -> TraceProfile.read(file)).getMessage();
        assertTrue(found.startsWith(file.toString()) && found.contains(message), found);
    }
}
