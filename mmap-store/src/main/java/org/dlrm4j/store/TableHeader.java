package org.dlrm4j.store;

import static org.dlrm4j.store.TableFileDescriptor.*;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.StringJoiner;
import java.util.zip.CRC32C;
import org.dlrm4j.kernels.RowFormat;

/** The header of a table file, encoded and checked. Everything but name, shape and state follows from the shape. */
record TableHeader(String name, TableShape shape, int state) {
    TableHeader {
        int nameBytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (nameBytes == 0 || nameBytes > MAX_NAME_BYTES) {
            throw new IllegalArgumentException(
                    "name: " + nameBytes + " bytes of UTF-8, expected 1 to " + MAX_NAME_BYTES);
        }
    }

    TableHeader withState(int newState) {
        return new TableHeader(name, shape, newState);
    }

    boolean isSealed() {
        return state == STATE_SEALED;
    }

    ByteBuffer encode() {
        long dataBytes = shape.dataBytes();
        byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
        ByteBuffer buffer = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(MAGIC_OFFSET, MAGIC);
        buffer.putInt(FORMAT_VERSION_OFFSET, FORMAT_VERSION);
        buffer.putInt(ROW_FORMAT_OFFSET, TableFileDescriptor.rowFormatId(shape.format()));
        buffer.putInt(STATE_OFFSET, state);
        buffer.putInt(DIM_OFFSET, shape.dim());
        buffer.putLong(ROWS_OFFSET, shape.rows());
        buffer.putLong(ROW_STRIDE_BYTES_OFFSET, shape.rowStrideBytes());
        buffer.putLong(DATA_OFFSET_OFFSET, TableFileDescriptor.dataOffset(dataBytes));
        buffer.putLong(DATA_BYTES_OFFSET, dataBytes);
        buffer.putInt(BLOCK_BYTES_OFFSET, BLOCK_BYTES);
        buffer.putInt(NAME_BYTES_OFFSET, utf8.length);
        buffer.putLong(CHECKSUMS_OFFSET_OFFSET, TableFileDescriptor.checksumsOffset(dataBytes));
        buffer.put(NAME_OFFSET, utf8);
        buffer.putInt(HEADER_CRC_OFFSET, headerCrc(buffer));
        return buffer;
    }

    /**
     * Replaces the header in the file. One aligned page-sized write, so that a killed process leaves old or new; a power cut may
     * leave sectors of both, see {@link #isTorn}.
     */
    void write(FileChannel channel) throws IOException {
        ByteBuffer buffer = encode();
        while (buffer.hasRemaining()) {
            channel.write(buffer, buffer.position());
        }
    }

    /** Reads and checks a header against itself and the length of the file. */
    static TableHeader read(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (Files.isDirectory(file)) {
                throw new StoreException(file + ": is a directory, expected a table file");
            }
            ByteBuffer buffer = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            int bytes;
            do {
                bytes = channel.read(buffer, buffer.position());
            } while (bytes >= 0 && buffer.hasRemaining());
            if (buffer.hasRemaining()) {
                throw new ModelFormatException(file, "header",
                        "file has " + buffer.position() + " bytes, expected at least " + HEADER_BYTES
                                + "; it was truncated");
            }
            return decode(file, buffer, channel.size());
        } catch (IOException e) {
            throw StoreException.reading(file, e);
        }
    }

    private static TableHeader decode(Path file, ByteBuffer buffer, long fileBytes) {
        require(file, "magic", hex(buffer.getLong(MAGIC_OFFSET)), hex(MAGIC));
        // Before the checksum, whose place another version may change.
        require(file, "format version", buffer.getInt(FORMAT_VERSION_OFFSET), FORMAT_VERSION);
        if (isTorn(buffer)) {
            buffer.putInt(STATE_OFFSET, STATE_OPEN);
            buffer.putInt(HEADER_CRC_OFFSET, headerCrc(buffer));
        }
        require(file, "header CRC32C", hex(buffer.getInt(HEADER_CRC_OFFSET)), hex(headerCrc(buffer)));
        int state = buffer.getInt(STATE_OFFSET);
        if (state != STATE_OPEN && state != STATE_SEALED) {
            throw new ModelFormatException(file, "state",
                    "found " + state + ", expected " + STATE_OPEN + " (open) or " + STATE_SEALED + " (sealed)");
        }
        TableShape shape = shape(file, buffer);
        long dataBytes = shape.dataBytes();
        require(file, "row stride bytes", buffer.getLong(ROW_STRIDE_BYTES_OFFSET), shape.rowStrideBytes());
        require(file, "data bytes", buffer.getLong(DATA_BYTES_OFFSET), dataBytes);
        require(file, "data offset", buffer.getLong(DATA_OFFSET_OFFSET), TableFileDescriptor.dataOffset(dataBytes));
        require(file, "block bytes", buffer.getInt(BLOCK_BYTES_OFFSET), BLOCK_BYTES);
        require(file, "checksums offset", buffer.getLong(CHECKSUMS_OFFSET_OFFSET),
                TableFileDescriptor.checksumsOffset(dataBytes));
        require(file, "file length", fileBytes, TableFileDescriptor.fileBytes(dataBytes));
        TableHeader header = new TableHeader(name(file, buffer), shape, state);
        if (!header.encode().equals(buffer.clear())) {
            throw new ModelFormatException(file, "header", "unused bytes are not zero");
        }
        return header;
    }

    /**
     * Whether state and checksum, which lie in different sectors of the disk, are those of two headers: the power was cut while the
     * state changed. Rows change only while both say open, and are on the device before either says sealed.
     */
    private static boolean isTorn(ByteBuffer buffer) {
        int state = buffer.getInt(STATE_OFFSET);
        int crc = buffer.getInt(HEADER_CRC_OFFSET);
        if (crc == headerCrc(buffer) || state != STATE_OPEN && state != STATE_SEALED) {
            return false;
        }
        buffer.putInt(STATE_OFFSET, STATE_OPEN + STATE_SEALED - state);
        boolean torn = crc == headerCrc(buffer);
        buffer.putInt(STATE_OFFSET, state);
        return torn;
    }

    private static TableShape shape(Path file, ByteBuffer buffer) {
        try {
            return new TableShape(buffer.getLong(ROWS_OFFSET), buffer.getInt(DIM_OFFSET), rowFormat(file, buffer));
        } catch (IllegalArgumentException e) {
            throw new ModelFormatException(file, "shape", e.getMessage());
        }
    }

    private static RowFormat rowFormat(Path file, ByteBuffer buffer) {
        int id = buffer.getInt(ROW_FORMAT_OFFSET);
        StringJoiner known = new StringJoiner(", ");
        for (RowFormat format : RowFormat.values()) {
            if (TableFileDescriptor.rowFormatId(format) == id) {
                return format;
            }
            known.add(TableFileDescriptor.rowFormatId(format) + " (" + format + ")");
        }
        throw new ModelFormatException(file, "row format",
                "found " + id + ", expected one of " + known + "; a newer version may know it");
    }

    private static String name(Path file, ByteBuffer buffer) {
        int nameBytes = buffer.getInt(NAME_BYTES_OFFSET);
        if (nameBytes < 1 || nameBytes > MAX_NAME_BYTES) {
            throw new ModelFormatException(file, "name bytes",
                    "found " + nameBytes + ", expected 1 to " + MAX_NAME_BYTES);
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(buffer.slice(NAME_OFFSET, nameBytes)).toString();
        } catch (CharacterCodingException e) {
            throw new ModelFormatException(file, "name", "not UTF-8");
        }
    }

    private static int headerCrc(ByteBuffer buffer) {
        CRC32C crc = new CRC32C();
        crc.update(buffer.array(), 0, HEADER_CRC_OFFSET);
        return (int) crc.getValue();
    }

    private static String hex(long value) {
        return String.format("0x%016x", value);
    }

    private static String hex(int value) {
        return String.format("0x%08x", value);
    }

    private static void require(Path file, String field, Object found, Object expected) {
        if (!found.equals(expected)) {
            throw ModelFormatException.unequal(file, field, found, expected);
        }
    }
}
