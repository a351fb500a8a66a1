package org.dlrm4j.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Makes one generation of a generation and its deltas. */
final class ModelCompaction {
    private static final int BUFFER_BYTES = 1 << 20;

    private ModelCompaction() {}

    static long run(Path directory, int keep) {
        ModelDirectory before = ModelDirectory.open(directory);
        if (before.deltas() == 0) {
            return before.generation();
        }
        try (ModelWriter writer = ModelDirectory.write(directory, keep)) {
            // Under the lock nobody adds deltas.
            ModelDirectory source = ModelDirectory.open(directory);
            // Copies get new checksums: they must not vouch for damage.
            source.verify();
            for (String name : source.fileNames()) {
                Path target = writer.path(name);
                // A kept generation is what remains when a block of the new one is bad: it shares none.
                boolean mayShare = keep == 1 && !source.changes(name);
                if (!mayShare || !isLinked(source.newestPath(name), target)) {
                    copy(source, name, target);
                }
            }
            writer.commit(source.manifest());
            return writer.generation();
        }
    }

    private static boolean isLinked(Path source, Path target) {
        try {
            Files.createLink(target, source);
            return true;
        } catch (UnsupportedOperationException | FileSystemException e) {
            return false;
        } catch (IOException e) {
            throw StoreException.writing(target, e);
        }
    }

    private static void copy(ModelDirectory source, String name, Path target) {
        if (!source.isTable(name)) {
            copyBytes(source.newestPath(name), target);
            return;
        }
        try (EmbeddingTable table = EmbeddingTable.openReadOnly(source.path(name))) {
            List<DeltaRows> changes = source.openChanges(name, table);
            try {
                TableFiles.write(table, changes, target);
            } finally {
                changes.forEach(DeltaRows::close);
            }
        }
    }

    /** Reads and writes: Files.copy and FileChannel.transferTo let the file system share blocks. */
    private static void copyBytes(Path source, Path target) {
        try (FileChannel from = FileChannel.open(source)) {
            NewFile.create(target, from.size(), to -> {
                ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
                while (from.read(buffer.clear()) >= 0) {
                    buffer.flip();
                    while (buffer.hasRemaining()) {
                        to.write(buffer);
                    }
                }
            });
        } catch (IOException e) {
            throw StoreException.reading(source, e);
        }
    }
}
