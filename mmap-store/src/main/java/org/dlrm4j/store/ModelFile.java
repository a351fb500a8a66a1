package org.dlrm4j.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * A file of a generation as the manifest lists it. For a table {@code crc32c} is {@link EmbeddingTable#checksum()}, which
 * stands for the rows without reading them again; for other files it is over all bytes.
 */
record ModelFile(String name, long bytes, boolean isTable, int crc32c) {
    private static final String KIND_TABLE = "table";
    private static final String KIND_OTHER = "bytes";
    private static final int BUFFER_BYTES = 1 << 20;

    /** Names without separators that no shell and no file system takes for anything else. */
    static boolean isValidName(String name) {
        return name.matches("[A-Za-z0-9_][A-Za-z0-9._-]{0,199}");
    }

    /** Describes a file that was just written; a table must be sealed. */
    static ModelFile of(Path file) {
        String name = file.getFileName().toString();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long bytes = channel.size();
            if (!startsAsTable(channel)) {
                return new ModelFile(name, bytes, false, crc32c(channel));
            }
            try (EmbeddingTable table = EmbeddingTable.openReadOnly(file)) {
                return new ModelFile(name, bytes, true, table.checksum());
            }
        } catch (IOException e) {
            throw StoreException.reading(file, e);
        }
    }

    private static boolean startsAsTable(FileChannel channel) throws IOException {
        ByteBuffer magic = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (magic.hasRemaining()) {
            if (channel.read(magic, magic.position()) < 0) {
                return false;
            }
        }
        return magic.getLong(0) == TableFileDescriptor.MAGIC;
    }

    private static int crc32c(FileChannel channel) throws IOException {
        CRC32C crc = new CRC32C();
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(BUFFER_BYTES, Math.max(1, channel.size())));
        for (long position = 0; channel.read(buffer, position) >= 0; buffer.clear()) {
            position += buffer.flip().remaining();
            crc.update(buffer);
        }
        return (int) crc.getValue();
    }

    /** Reads the whole file and compares it with this entry. */
    void verify(Path file) {
        if (isTable) {
            try (EmbeddingTable table = EmbeddingTable.openReadOnly(file)) {
                verifyChecksum(file, table);
                table.verify();
            }
            return;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            requireCrc(file, "contents", crc32c(channel));
        } catch (IOException e) {
            throw StoreException.reading(file, e);
        }
    }

    /** Compares what stands for a table with this entry. */
    void verifyChecksum(Path file, EmbeddingTable table) {
        requireCrc(file, "header and checksum list", table.checksum());
    }

    private void requireCrc(Path file, String field, int found) {
        if (found != crc32c) {
            throw ModelFormatException.unequal(file, field, "CRC32C " + ModelManifest.hex(found),
                    ModelManifest.hex(crc32c) + " as in " + ModelDirectory.MANIFEST_FILE
                            + "; the file is damaged, restore the model from a copy");
        }
    }

    Map<String, Object> toJson() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", name);
        fields.put("kind", isTable ? KIND_TABLE : KIND_OTHER);
        fields.put("bytes", bytes);
        fields.put("crc32c", ModelManifest.hex(crc32c));
        return fields;
    }

    static ModelFile fromJson(Path manifest, String place, Object value) {
        if (!(value instanceof Map<?, ?> fields)
                || !fields.keySet().equals(Set.of("name", "kind", "bytes", "crc32c"))) {
            throw ModelFormatException.unequal(manifest, place, Json.write(value),
                    "an object with exactly name, kind, bytes and crc32c");
        }
        if (!(fields.get("name") instanceof String name) || !isValidName(name)) {
            throw ModelFormatException.unequal(manifest, place + ".name", fields.get("name"), "a plain file name");
        }
        Object kind = fields.get("kind");
        if (!KIND_TABLE.equals(kind) && !KIND_OTHER.equals(kind)) {
            throw ModelFormatException.unequal(manifest, place + ".kind", kind, KIND_TABLE + " or " + KIND_OTHER);
        }
        if (!(fields.get("bytes") instanceof Long bytes) || bytes < 0) {
            throw ModelFormatException.unequal(manifest, place + ".bytes", fields.get("bytes"), "an integer from 0 on");
        }
        return new ModelFile(name, bytes, kind.equals(KIND_TABLE),
                ModelManifest.parseHex(manifest, place + ".crc32c", fields.get("crc32c")));
    }
}
