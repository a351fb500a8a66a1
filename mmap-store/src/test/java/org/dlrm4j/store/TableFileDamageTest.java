package org.dlrm4j.store;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.function.Executable;

class TableFileDamageTest {
    private static final int ROWS = 40_000;
    private static final int DIM = 16;
    private static final long DATA_OFFSET = 2 << 20;

    @TempDir
    Path dir;
    Path path;

    @BeforeEach
    void createTable() {
        path = dir.resolve("t");
        try (EmbeddingTable table = EmbeddingTable.create(path, "items", ROWS, DIM)) {
            EmbeddingTableTest.number(table);
            table.seal();
        }
    }

    @Test
    void everyFlippedBitOfTheHeaderIsNoticedAtOpen() throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            byte[] header = new byte[TableFileDescriptor.HEADER_BYTES];
            file.readFully(header);
            for (int bit = 0; bit < header.length * 8; bit++) {
                int at = bit >> 3;
                file.seek(at);
                file.write(header[at] ^ 1 << (bit & 7));
                assertThrows(ModelFormatException.class, () -> EmbeddingTable.openReadOnly(path), "bit " + bit);
                file.seek(at);
                file.write(header[at]);
            }
        }
        EmbeddingTable.openReadOnly(path).close();
    }

    @Test
    void sectorsOfTwoHeadersAreAnOpenFile() throws IOException {
        byte[] sealed = headerBytes();
        EmbeddingTable.openWritable(path).close();
        byte[] open = headerBytes();
        for (byte[][] torn : new byte[][][]{{sealed, open}, {open, sealed}}) {
            try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
                file.write(torn[0], 0, 512);
                file.write(torn[1], 512, torn[1].length - 512);
            }
            ModelFormatException e = assertThrows(ModelFormatException.class, () -> EmbeddingTable.openReadOnly(path));
            assertEquals("state", e.field());
            try (EmbeddingTable table = EmbeddingTable.openWritable(path)) {
                assertArrayEquals(open, headerBytes());
                table.seal();
            }
            EmbeddingTable.openReadOnly(path).close();
        }
    }

    private byte[] headerBytes() throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            return in.readNBytes(TableFileDescriptor.HEADER_BYTES);
        }
    }

    @Test
    void truncatedAndExtendedFilesAreNoticedAtOpen() throws IOException {
        byte[] contents = Files.readAllBytes(path);
        Random random = new Random(1);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            for (int i = 0; i < 2000; i++) {
                file.setLength(i < 200 ? contents.length - 1 - i : random.nextInt(contents.length));
                assertThrows(ModelFormatException.class, () -> EmbeddingTable.openReadOnly(path));
                assertThrows(ModelFormatException.class, () -> EmbeddingTable.openWritable(path));
                file.seek(0);
                file.write(contents, 0, TableFileDescriptor.HEADER_BYTES);
            }
            Files.write(path, contents);
            file.setLength(contents.length + 1);
            ModelFormatException e = assertThrows(ModelFormatException.class, () -> EmbeddingTable.openReadOnly(path));
            assertEquals(path + ": file length: found " + (contents.length + 1) + ", expected " + contents.length,
                    e.getMessage());
        }
    }

    /** Shortens a file step by step from {@code lengths} lengths, all if it has no more, and expects it to be refused. */
    private static void shorten(Path file, int lengths, Executable open) throws IOException {
        final long bytes = Files.size(file);
        final long[] shorter = lengths >= bytes
                ? LongStream.range(0, bytes).toArray()
                : new Random(3).longs(lengths, 0, bytes).sorted().toArray();
        try (RandomAccessFile cut = new RandomAccessFile(file.toFile(), "rw")) {
            for (int i = shorter.length - 1; i >= 0; i--) {
                final long length = shorter[i];
                cut.setLength(length);
                assertThrows(ModelFormatException.class, open, () -> file + " of " + length + " bytes");
            }
        }
    }

    @Test
    void shortenedFilesAreRefused() throws IOException {
        final int lengths = Integer.getInteger("dlrm4j.test.lengths", 1000);
        final Path table = dir.resolve("table");
        final Path tensors = dir.resolve("tensors");
        final Path large = dir.resolve("large");
        try (EmbeddingTable small = EmbeddingTable.create(table, "small", 959, DIM);
                EmbeddingTable wide = EmbeddingTable.create(large, "large", 1 << 20, DIM)) {
            small.seal();
            wide.seal();
            Safetensors.write(tensors, Map.of("values", new Tensor(TensorType.F32,
                    small.segment().asSlice(small.dataOffset(), 958 * 64), new long[]{958, 16})), Map.of());
        }
        assertTrue(Files.size(table) > 65_000 && Files.size(large) > 64 << 20);
        shorten(table, lengths, () -> EmbeddingTable.openReadOnly(table));
        shorten(tensors, lengths, () -> Safetensors.open(tensors));
        shorten(large, Math.min(2000, lengths), () -> EmbeddingTable.openReadOnly(large));
    }

    @Test
    void flippedPayloadBitIsFoundWithItsRows() throws IOException {
        flip(DATA_OFFSET + (1 << 20) + 5);
        try (EmbeddingTable table = EmbeddingTable.openReadOnly(path)) {
            ModelFormatException e = assertThrows(ModelFormatException.class, table::verify);
            assertEquals("block 1", e.field());
            assertTrue(
                    e.getMessage().startsWith(
                            path + ": block 1: bytes [3145728, 4194304), rows [16384, 32768) of table items, have"),
                    e.getMessage());
        }
    }

    @Test
    void everyByteBehindTheHeaderIsVerified() throws IOException {
        long bytes = Files.size(path);
        Random random = new Random(2);
        for (int i = 0; i < 300; i++) {
            long at = i < 12 ? bytes - 1 - i : random.nextLong(TableFileDescriptor.HEADER_BYTES, bytes);
            flip(at);
            try (EmbeddingTable table = EmbeddingTable.openReadOnly(path)) {
                assertThrows(ModelFormatException.class, table::verify, "byte " + at);
            }
            flip(at);
        }
        try (EmbeddingTable table = EmbeddingTable.openReadOnly(path)) {
            table.verify();
        }
    }

    @Test
    void checksumSeesEveryChangeOfARow() throws IOException {
        int before;
        try (EmbeddingTable table = EmbeddingTable.openReadOnly(path)) {
            before = table.checksum();
        }
        try (EmbeddingTable table = EmbeddingTable.openWritable(path)) {
            table.segment().set(JAVA_FLOAT, table.rowOffset(ROWS - 1), -1f);
            table.seal();
            assertTrue(table.checksum() != before);
        }
    }

    @Test
    void headersThatContradictThemselvesAreNamed() throws IOException {
        expect("magic", h -> h.putLong(TableFileDescriptor.MAGIC_OFFSET, 5));
        expect("format version", h -> h.putInt(TableFileDescriptor.FORMAT_VERSION_OFFSET, 2));
        expect("row format", h -> h.putInt(TableFileDescriptor.ROW_FORMAT_OFFSET, 9));
        expect("row stride bytes", h -> h.putInt(TableFileDescriptor.ROW_FORMAT_OFFSET, 4));
        expect("state", h -> h.putInt(TableFileDescriptor.STATE_OFFSET, 0));
        expect("shape", h -> h.putInt(TableFileDescriptor.DIM_OFFSET, 0));
        expect("shape", h -> h.putLong(TableFileDescriptor.ROWS_OFFSET, -1));
        expect("shape", h -> h.putLong(TableFileDescriptor.ROWS_OFFSET, Long.MAX_VALUE));
        expect("data bytes", h -> h.putLong(TableFileDescriptor.ROWS_OFFSET, ROWS + 1));
        expect("row stride bytes", h -> h.putLong(TableFileDescriptor.ROW_STRIDE_BYTES_OFFSET, 4));
        expect("data offset", h -> h.putLong(TableFileDescriptor.DATA_OFFSET_OFFSET, 0));
        expect("data bytes", h -> h.putLong(TableFileDescriptor.DATA_BYTES_OFFSET, 64));
        expect("block bytes", h -> h.putInt(TableFileDescriptor.BLOCK_BYTES_OFFSET, 0));
        expect("checksums offset", h -> h.putLong(TableFileDescriptor.CHECKSUMS_OFFSET_OFFSET, 1));
        expect("name bytes", h -> h.putInt(TableFileDescriptor.NAME_BYTES_OFFSET, 100_000));
        expect("name", h -> h.put(TableFileDescriptor.NAME_OFFSET, (byte) 0xff));
        expect("header", h -> h.put(TableFileDescriptor.HEADER_CRC_OFFSET - 1, (byte) 1));
    }

    /** Changes the header, gives it a right checksum again, and expects the field to be blamed. */
    private void expect(String field, Consumer<ByteBuffer> change) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            byte[] original = new byte[TableFileDescriptor.HEADER_BYTES];
            file.readFully(original);
            ByteBuffer header = ByteBuffer.wrap(original.clone()).order(ByteOrder.LITTLE_ENDIAN);
            change.accept(header);
            CRC32C crc = new CRC32C();
            crc.update(header.array(), 0, TableFileDescriptor.HEADER_CRC_OFFSET);
            header.putInt(TableFileDescriptor.HEADER_CRC_OFFSET, (int) crc.getValue());
            file.seek(0);
            file.write(header.array());
            ModelFormatException e = assertThrows(ModelFormatException.class, () -> EmbeddingTable.openReadOnly(path));
            assertEquals(field, e.field(), e.getMessage());
            assertEquals(path.toString(), e.file());
            file.seek(0);
            file.write(original);
        }
    }

    private void flip(long at) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.seek(at);
            int old = file.read();
            file.seek(at);
            file.write(old ^ 4);
        }
    }

    @Test
    void missingFileAndDirectoryAreNamed() {
        StoreException missing = assertThrows(StoreException.class,
                () -> EmbeddingTable.openReadOnly(dir.resolve("none")));
        assertTrue(missing.getMessage().startsWith(dir.resolve("none") + ": cannot be read: no such file"),
                missing.getMessage());
        StoreException directory = assertThrows(StoreException.class, () -> EmbeddingTable.openReadOnly(dir));
        assertEquals(dir + ": is a directory, expected a table file", directory.getMessage());
    }
}
