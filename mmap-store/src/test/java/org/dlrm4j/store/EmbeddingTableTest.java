package org.dlrm4j.store;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.os.Advice;
import org.dlrm4j.os.ProcessState;
import org.dlrm4j.store.EmbeddingTable.Allocation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EmbeddingTableTest {
    @TempDir
    Path dir;

    /** Gives each element its own value, exact in float for up to 2^24 elements. */
    static void number(EmbeddingTable table) {
        for (long row = 0; row < table.rows(); row++) {
            for (int d = 0; d < table.dim(); d++) {
                table.segment().set(JAVA_FLOAT, table.rowOffset(row) + 4L * d, row * table.dim() + d);
            }
        }
    }

    static void assertNumbered(EmbeddingTable table) {
        for (long row = 0; row < table.rows(); row++) {
            for (int d = 0; d < table.dim(); d++) {
                assertEquals(row * table.dim() + d,
                        table.segment().get(JAVA_FLOAT, table.rowOffset(row) + 4L * d));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1,4", "2,8", "3,16", "4,16", "5,32", "8,32", "9,64", "16,64", "17,128", "32,128", "33,192", "64,256",
            "65,320", "100,448", "1048576,4194304"})
    void rowStrideKeepsShortRowsInOneCacheLine(int dim, long expectedBytes) {
        assertEquals(expectedBytes, TableShape.rowStrideBytes(RowFormat.F32, dim));
        assertEquals(7 * expectedBytes, EmbeddingTable.bytes(7, dim));
    }

    @ParameterizedTest
    @CsvSource({"F32,64,256", "F16,64,128", "F16,20,64", "F16,3,8", "BF16,40,128", "I8,64,72", "I8,1,9", "I4,64,36",
            "I4,2,5"})
    void everyFormatSurvivesSealingAndReopening(RowFormat format, int dim, long strideBytes) {
        Path path = dir.resolve("t");
        try (EmbeddingTable table = EmbeddingTable.create(path, "t", 30_000, dim, format, Allocation.PREALLOCATED)) {
            assertEquals(strideBytes, table.rowStrideBytes());
            table.segment().asSlice(table.rowOffset(29_999), strideBytes).fill((byte) 7);
            table.seal();
        }
        Path copy = dir.resolve("copy");
        try (EmbeddingTable table = EmbeddingTable.openReadOnly(path)) {
            TableFiles.write(table, copy);
        }
        try (EmbeddingTable table = EmbeddingTable.openReadOnly(copy)) {
            table.verify();
            assertEquals(format, table.rowFormat());
            assertEquals(strideBytes, table.rowStrideBytes());
            assertEquals(7, table.segment().get(JAVA_BYTE, table.rowOffset(29_999)));
            assertEquals(0, table.segment().get(JAVA_BYTE, table.rowOffset(29_999) - 1));
        }
    }

    @Test
    void aFormatThatCannotHoldTheDimensionIsRefused() {
        assertEquals("dim is 5, expected an even number: rows in format i4 have two elements a byte; use i8",
                assertThrows(IllegalArgumentException.class, () -> EmbeddingTable.create(dir.resolve("t"), "t", 10, 5,
                        RowFormat.I4, Allocation.PREALLOCATED)).getMessage());
        assertFalse(Files.exists(dir.resolve("t")));
    }

    @ParameterizedTest
    @CsvSource({"1,1", "1000,1", "7,3", "4097,16", "10000,17", "5000,64", "9000,64"})
    void rowsSurviveSealingAndReopening(long rows, int dim) {
        Path path = dir.resolve("t");
        int checksum;
        try (EmbeddingTable table = EmbeddingTable.create(path, "users/\u00e9", rows, dim)) {
            assertTrue(table.isWritable());
            number(table);
            assertThrows(IllegalStateException.class, table::verify);
            table.seal();
            assertFalse(table.isWritable());
            assertTrue(table.segment().isReadOnly());
            assertThrows(IllegalStateException.class, table::seal);
            table.verify();
            checksum = table.checksum();
        }
        try (EmbeddingTable table = EmbeddingTable.openReadOnly(path)) {
            assertEquals("users/\u00e9", table.name());
            assertEquals(rows, table.rows());
            assertEquals(dim, table.dim());
            assertEquals(checksum, table.checksum());
            assertEquals(table.rowStrideBytes() * rows >= 2 << 20 ? 2 << 20 : 4096, table.dataOffset());
            assertFalse(table.isWritable());
            table.prefault();
            table.advise(Advice.NORMAL);
            table.verify();
            assertNumbered(table);
        }
    }

    @Test
    void copyOfAnonymousTableEqualsSealedOriginal() throws IOException {
        try (EmbeddingTable memory = EmbeddingTable.anonymous("items", 20_000, 20);
                EmbeddingTable file = EmbeddingTable.create(dir.resolve("a"), "items", 20_000, 20)) {
            assertTrue(memory.advise(Advice.SMALL_PAGE));
            number(memory);
            number(file);
            file.seal();
            TableFiles.write(memory, dir.resolve("b"));
            TableFiles.write(file, dir.resolve("c"));
            assertThrows(IllegalStateException.class, memory::seal);
        }
        assertEquals(-1, Files.mismatch(dir.resolve("a"), dir.resolve("b")));
        assertEquals(-1, Files.mismatch(dir.resolve("a"), dir.resolve("c")));
    }

    @Test
    void openedForWritingTheFileIsOpenUntilSealedAgain() {
        Path path = dir.resolve("t");
        try (EmbeddingTable table = EmbeddingTable.create(path, "t", 100, 4)) {
            table.seal();
        }
        try (EmbeddingTable table = EmbeddingTable.openWritable(path)) {
            table.segment().set(JAVA_FLOAT, table.rowOffset(99), 5f);
            ModelFormatException e = assertThrows(ModelFormatException.class, () -> EmbeddingTable.openReadOnly(path));
            assertEquals("state", e.field());
            table.seal();
        }
        try (EmbeddingTable table = EmbeddingTable.openReadOnly(path)) {
            table.verify();
            assertEquals(5f, table.segment().get(JAVA_FLOAT, table.rowOffset(99)));
        }
    }

    @Test
    void unsealedFileCanBeContinued() {
        Path path = dir.resolve("t");
        try (EmbeddingTable table = EmbeddingTable.create(path, "t", 100, 4)) {
            number(table);
        }
        try (EmbeddingTable table = EmbeddingTable.openWritable(path)) {
            assertNumbered(table);
            table.seal();
        }
        EmbeddingTable.openReadOnly(path).close();
    }

    @Test
    void sparseFileHasRowsBeyondTwoToThe31() throws IOException {
        Path path = dir.resolve("t");
        long rows = 3_000_000_000L;
        try (EmbeddingTable table = EmbeddingTable.create(path, "t", rows, 1, Allocation.SPARSE)) {
            for (long row : new long[]{0, (1L << 31) - 1, 1L << 31, rows - 1}) {
                table.segment().set(JAVA_FLOAT, table.rowOffset(row), row % 1000);
            }
        }
        try (EmbeddingTable table = EmbeddingTable.openWritable(path)) {
            assertTrue(table.segment().byteSize() > 4L << 30);
            for (long row : new long[]{0, (1L << 31) - 1, 1L << 31, rows - 1}) {
                assertEquals(row % 1000, table.segment().get(JAVA_FLOAT, table.rowOffset(row)));
            }
            assertEquals(0f, table.segment().get(JAVA_FLOAT, table.rowOffset(rows - 2)));
        }
        Files.delete(path);
    }

    @Test
    void anonymousTableHoldsMoreThanTwoGibibytes() {
        long rows = 12_000_000;
        try (EmbeddingTable table = EmbeddingTable.anonymous("t", rows, 64)) {
            for (long row = 0; row < rows; row += 1_000_000) {
                table.segment().set(JAVA_FLOAT, table.rowOffset(row) + 252, row);
            }
            for (long row = 0; row < rows; row += 1_000_000) {
                assertEquals(row, table.segment().get(JAVA_FLOAT, table.rowOffset(row) + 252));
            }
        }
    }

    @Test
    void rowOffsetNamesTableAndRow() {
        try (EmbeddingTable table = EmbeddingTable.anonymous("items", 10, 4)) {
            for (long row : new long[]{-1, 10, Long.MAX_VALUE}) {
                IndexOutOfBoundsException e = assertThrows(IndexOutOfBoundsException.class, () -> table.rowOffset(row));
                assertEquals("table items: row " + row + ", expected 0 to 9", e.getMessage());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"0,1", "-1,1", "4398046511105,1", "1,0", "1,-4", "1,1048577", "4398046511104,1048576",
            "9223372036854775807,1"})
    void refusesShapesOutOfRange(long rows, int dim) {
        assertThrows(IllegalArgumentException.class, () -> EmbeddingTable.bytes(rows, dim));
        assertThrows(IllegalArgumentException.class, () -> EmbeddingTable.anonymous("t", rows, dim));
        assertThrows(IllegalArgumentException.class, () -> EmbeddingTable.create(dir.resolve("t"), "t", rows, dim));
        assertFalse(Files.exists(dir.resolve("t")));
    }

    @Test
    void refusesToOverwriteAFileAndLeavesItAlone() throws IOException {
        Path path = Files.writeString(dir.resolve("t"), "mine");
        StoreException e = assertThrows(StoreException.class, () -> EmbeddingTable.create(path, "t", 10, 4));
        assertTrue(e.getMessage().startsWith(path + ": cannot be written: already exists"), e.getMessage());
        assertEquals("mine", Files.readString(path));
    }

    @Test
    void cannotBeUsedAfterCloseWhichIsIdempotent() {
        for (EmbeddingTable table : new EmbeddingTable[]{EmbeddingTable.anonymous("t", 10, 4),
                EmbeddingTable.create(dir.resolve("t"), "t", 10, 4)}) {
            MemorySegment segment = table.segment();
            table.close();
            table.close();
            assertThrows(IllegalStateException.class, () -> segment.get(JAVA_FLOAT, table.rowOffset(0)));
        }
    }

    @Test
    void leaksNeitherDescriptorsNorMappings() throws IOException {
        Path path = dir.resolve("t");
        EmbeddingTable.create(path, "t", 100_000, 16).close();
        ProcessState before = ProcessState.now();
        for (int i = 0; i < 100; i++) {
            try (EmbeddingTable table = EmbeddingTable.openWritable(path)) {
                table.segment().set(JAVA_FLOAT, table.rowOffset(i), i);
            }
            assertThrows(ModelFormatException.class, () -> EmbeddingTable.openReadOnly(path));
            EmbeddingTable.anonymous("t", 100_000, 16).close();
        }
        ProcessState.assertNoLeak(before, 50);
    }
}
