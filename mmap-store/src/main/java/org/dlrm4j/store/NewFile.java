package org.dlrm4j.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.dlrm4j.os.FileSync;
import org.dlrm4j.os.NativeCallException;

/** Creates files that are either complete or not there. */
final class NewFile {
    private NewFile() {}

    /** Fills a file; may make native calls. */
    @FunctionalInterface
    interface Contents {
        void writeTo(FileChannel channel) throws IOException;
    }

    /** Creates a file that must not exist, fills it and waits until contents and name are on the device; deletes it if that fails. */
    static void create(Path path, long neededBytes, Contents contents) {
        boolean complete = false;
        boolean created = false;
        try {
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW,
                    StandardOpenOption.WRITE)) {
                created = true;
                contents.writeTo(channel);
                channel.force(true);
                FileSync.syncDirectory(path.toAbsolutePath().getParent());
            }
            complete = true;
        } catch (IOException | NativeCallException e) {
            throw StoreException.writing(path, neededBytes, e);
        } finally {
            if (created && !complete) {
                deleteQuietly(path);
            }
        }
    }

    /** Deletes a file because of a failure, if that is possible. */
    static void deleteQuietly(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            // The failure under way is what the caller must hear of; a partial file has no valid header.
            return;
        }
    }
}
