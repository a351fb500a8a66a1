package org.dlrm4j.data.trace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.dlrm4j.data.DatasetException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TraceFilesTest {
    @TempDir
    Path directory;

    private static long[] read(Path file, TraceFormat format) throws IOException {
        long[] rows = new long[16];
        int count = 0;
        try (TraceReader reader = new TraceReader(file, format)) {
            for (long row = reader.next(); row >= 0; row = reader.next()) {
                if (count == rows.length) {
                    rows = Arrays.copyOf(rows, 2 * count);
                }
                rows[count++] = row;
            }
            assertEquals(-1, reader.next());
            assertEquals(Files.size(file), reader.positionBytes());
        }
        return Arrays.copyOf(rows, count);
    }

    private Path write(TraceFormat format, long... rows) throws IOException {
        Path file = directory.resolve("trace");
        try (TraceWriter writer = new TraceWriter(file, format)) {
            for (long row : rows) {
                writer.write(row);
            }
            writer.commit();
        }
        return file;
    }

    @ParameterizedTest
    @EnumSource
    void rowsSurviveTheFile(TraceFormat format) throws IOException {
        long[] rows = new long[400_000];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = i % 3 == 0 ? i : Integer.MAX_VALUE - (long) i * i % 1000;
        }
        assertArrayEquals(rows, read(write(format, rows), format));
        assertArrayEquals(new long[0], read(write(format), format));
    }

    @Test
    void filesAreTheReferences() throws IOException {
        assertEquals("1, 20, 0, 9223372036854775807",
                Files.readString(write(TraceFormat.TEXT, 1, 20, 0, Long.MAX_VALUE)));
        assertEquals("0100000000000000" + "feffffffffffff7f",
                HexFormat.of().formatHex(Files.readAllBytes(write(TraceFormat.INT64, 1, Long.MAX_VALUE - 1))));
        assertEquals("01000000" + "feffff7f",
                HexFormat.of().formatHex(Files.readAllBytes(write(TraceFormat.INT32, 1, Integer.MAX_VALUE - 1))));
    }

    @Test
    void textMayHaveOtherSeparators() throws IOException {
        Path file = Files.writeString(directory.resolve("text"), "\n 1,2\t3\r\n\n4 np.uint64(5),6");
        assertArrayEquals(new long[]{1, 2, 3, 4, 5, 6}, read(file, TraceFormat.TEXT));
    }

    @Test
    void badRowsAreNamed() throws IOException {
        Path text = Files.writeString(directory.resolve("text"), "1, 2\n3, 4.5, 6");
        assertMessage(text, TraceFormat.TEXT, "line 2, column 4: found '4.5', expected a whole number");
        Path binary = Files.write(directory.resolve("binary"), HexFormat.of().parseHex("01000000ffffffff"));
        assertMessage(binary, TraceFormat.INT32, "byte 4: found row -1, expected 0 or more");
        assertMessage(binary, TraceFormat.INT64, "byte 0: found row -");
        Path cut = Files.write(directory.resolve("cut"), new byte[12]);
        assertMessage(cut, TraceFormat.INT64, "has 12 bytes, 4 after the last whole row number");
    }

    private static void assertMessage(Path file, TraceFormat format, String message) {
        String found = assertThrows(DatasetException.class, () -> read(file, format)).getMessage();
        assertTrue(found.startsWith(file.toString()) && found.contains(message), found);
    }

    @Test
    void nothingRemainsWithoutACommit() throws IOException {
        Path file = directory.resolve("trace");
        try (TraceWriter writer = new TraceWriter(file, TraceFormat.INT32)) {
            writer.write(1);
            assertThrows(IllegalArgumentException.class, () -> writer.write(1L << 31));
            assertThrows(IllegalArgumentException.class, () -> writer.write(-1));
        }
        try (var entries = Files.list(directory)) {
            assertFalse(entries.findAny().isPresent());
        }
    }
}
