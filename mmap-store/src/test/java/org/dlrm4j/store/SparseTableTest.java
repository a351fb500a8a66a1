package org.dlrm4j.store;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.os.HoleFinder;
import org.dlrm4j.os.MappedFile;
import org.dlrm4j.store.EmbeddingTable.Allocation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files far larger than memory and disk, of which few rows are used. */
class SparseTableTest {
    private static final long ROWS = 1L << 32;
    private static final int DIM = 64;

    @TempDir
    Path dir;

    static long allocatedBytes(Path path) {
        long bytes = 0;
        try (MappedFile file = MappedFile.map(path, MappedFile.Access.READ_ONLY)) {
            long end = file.segment().byteSize();
            for (long at = file.nextData(0); at < end; at = file.nextHole(at) == end
                    ? end
                    : file.nextData(file.nextHole(at))) {
                bytes += file.nextHole(at) - at;
            }
        }
        return bytes;
    }

    @Test
    void aTebibyteTakesWhatItsUsedRowsTake() throws IOException {
        Path path = dir.resolve("t");
        long[] used = {0, 1, Integer.MAX_VALUE, 1L << 31, ROWS - 1};
        int checksum;
        try (EmbeddingTable table = EmbeddingTable.create(path, "huge", ROWS, DIM, Allocation.SPARSE)) {
            for (long row : used) {
                table.segment().set(JAVA_FLOAT, table.rowOffset(row), row);
            }
            table.seal();
            checksum = table.checksum();
        }
        assertTrue(Files.size(path) > 1L << 40);
        // The list of checksums has 4 MiB; rows come in pages of the page cache, which may be large.
        assertTrue(allocatedBytes(path) < 32 << 20, allocatedBytes(path) + " bytes");
        try (EmbeddingTable table = EmbeddingTable.openReadOnly(path)) {
            assertEquals(checksum, table.checksum());
            for (long row : used) {
                assertEquals(row, table.segment().get(JAVA_FLOAT, table.rowOffset(row)));
            }
            table.verify();
            table.verifyRows(ROWS - 1, ROWS);
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[]{1}), Files.size(path) / 2);
        }
        try (EmbeddingTable table = EmbeddingTable.openReadOnly(path)) {
            table.verifyRows(0, 1);
            String message = assertThrows(ModelFormatException.class, table::verify).getMessage();
            assertTrue(message.contains("rows [2147487744, 2147491840) of table huge"), message);
        }
    }

    @Test
    void aHoleHasTheChecksumOfItsZeros() throws IOException {
        Path sparse = dir.resolve("sparse");
        Path dense = dir.resolve("dense");
        long rows = 50_001;
        try (EmbeddingTable table = EmbeddingTable.create(sparse, "t", rows, DIM, Allocation.SPARSE)) {
            table.segment().set(JAVA_FLOAT, table.rowOffset(20_000), 3);
            table.seal();
        }
        try (EmbeddingTable table = EmbeddingTable.create(dense, "t", rows, DIM, Allocation.PREALLOCATED)) {
            table.segment().asSlice(table.dataOffset()).fill((byte) 0);
            table.segment().set(JAVA_FLOAT, table.rowOffset(20_000), 3);
            table.seal();
        }
        assertEquals(-1, Files.mismatch(sparse, dense));
        try (EmbeddingTable table = EmbeddingTable.openReadOnly(sparse)) {
            table.verify();
        }
    }

    @Test
    void copiesHaveTheHolesAndTheRows() throws IOException {
        Path path = dir.resolve("t");
        Path copy = dir.resolve("copy");
        long rows = (1L << 32) - 3;
        long[] used = {0, 70_000, 1L << 31, rows - 1};
        try (EmbeddingTable table = EmbeddingTable.create(path, "t", rows, DIM, Allocation.SPARSE)) {
            for (long row : used) {
                table.segment().set(JAVA_FLOAT, table.rowOffset(row), row);
            }
            TableFiles.write(table, copy);
            table.seal();
        }
        // Also the last block, which is not a whole one, has the right checksum.
        assertTrue(allocatedBytes(copy) < 32 << 20, allocatedBytes(copy) + " bytes");
        Path second = dir.resolve("second");
        try (EmbeddingTable sealed = EmbeddingTable.openReadOnly(path);
                EmbeddingTable copied = EmbeddingTable.openReadOnly(copy);
                EmbeddingTable target = EmbeddingTable.create(second, "t", rows, DIM, Allocation.SPARSE)) {
            assertEquals(sealed.checksum(), copied.checksum());
            copied.verify();
            target.segment().set(JAVA_FLOAT, target.rowOffset(1_000_000), 1);
            target.segment().set(JAVA_FLOAT, target.rowOffset(rows - 1), 1);
            TableFiles.copy(copied, target);
            target.seal();
            assertEquals(sealed.checksum(), target.checksum());
        }
        assertTrue(allocatedBytes(second) < 32 << 20, allocatedBytes(second) + " bytes");
    }

    @Test
    void aCopyOfWhatOnlyThisProcessSeesHasNoHolesOfTheFile() {
        Path path = dir.resolve("t");
        Path copy = dir.resolve("copy");
        try (EmbeddingTable table = EmbeddingTable.create(path, "t", 100_000, DIM, Allocation.SPARSE)) {
            table.seal();
        }
        try (EmbeddingTable table = EmbeddingTable.openCopyOnWrite(path)) {
            table.segment().set(JAVA_FLOAT, table.rowOffset(50_000), 3);
            TableFiles.write(table, copy);
        }
        try (EmbeddingTable table = EmbeddingTable.openReadOnly(copy);
                EmbeddingTable other = EmbeddingTable.create(dir.resolve("other"), "other", 100_001, DIM)) {
            table.verify();
            assertEquals(3, table.segment().get(JAVA_FLOAT, table.rowOffset(50_000)));
            String message = assertThrows(IllegalArgumentException.class, () -> TableFiles.copy(table, other))
                    .getMessage();
            assertTrue(message.contains("table other: cannot take the rows of table t"), message);
        }
    }

    @Test
    void holesAreFoundWithoutTheName() throws IOException {
        Path path = dir.resolve("f");
        try (EmbeddingTable table = EmbeddingTable.create(path, "t", 1 << 20, DIM, RowFormat.F32, Allocation.SPARSE)) {
            table.segment().set(JAVA_BYTE, table.rowOffset(1 << 19), (byte) 1);
        }
        try (MappedFile file = MappedFile.map(path, MappedFile.Access.READ_ONLY)) {
            Files.delete(path);
            HoleFinder holes = new HoleFinder(file);
            long written = (2 << 20) + (128 << 20);
            assertEquals(written, file.nextData(4 << 20) & -(1 << 20));
            assertTrue(holes.isHole(4 << 20, 5 << 20));
            assertTrue(holes.isHole(5 << 20, 6 << 20));
            assertFalse(holes.isHole(6 << 20, written + 1));
            assertFalse(holes.isHole(written, written + 4096));
            assertTrue(file.nextHole(written) > written && file.nextHole(written) <= written + (2 << 20));
            assertEquals(file.segment().byteSize(), file.nextData(file.nextHole(written)));
        }
    }

    @Test
    void rowsThatThereAreNotCannotBeChecked() {
        Path path = dir.resolve("t");
        try (EmbeddingTable table = EmbeddingTable.create(path, "t", 10, 4)) {
            assertThrows(IllegalStateException.class, () -> table.verifyRows(0, 1));
            table.seal();
            table.verifyRows(9, 10);
            assertThrows(IndexOutOfBoundsException.class, () -> table.verifyRows(9, 11));
            assertThrows(IndexOutOfBoundsException.class, () -> table.verifyRows(-1, 2));
            assertThrows(IndexOutOfBoundsException.class, () -> table.verifyRows(5, 5));
        }
    }
}
