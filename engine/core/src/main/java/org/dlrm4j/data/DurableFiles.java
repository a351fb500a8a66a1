package org.dlrm4j.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.dlrm4j.os.FileSync;

/** Makes files appear whole or not at all, also across a crash of the machine. */
final class DurableFiles {
    private DurableFiles() {}

    /** Name under which a file grows until it is complete. */
    static Path temporary(Path file) {
        return file.resolveSibling(file.getFileName() + ".tmp");
    }

    /** Renames a synced file over its final name and makes the renaming itself durable. */
    static void publish(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        FileSync.syncDirectory(to.toAbsolutePath().getParent());
    }

    /** Writes bytes to a temporary name, syncs and publishes them. */
    static void write(Path file, byte[] content) throws IOException {
        Path temporary = temporary(file);
        try (AppendFile out = AppendFile.create(temporary)) {
            out.putBytes(content, 0, content.length);
            out.sync();
        }
        publish(temporary, file);
    }
}
