package org.dlrm4j.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The lock of a model directory's only writer; the kernel releases it when the process ends. */
final class WriterLock implements AutoCloseable {
    private static final String LOCK_FILE = ".lock";

    private final FileChannel channel;

    private WriterLock(FileChannel channel) {
        this.channel = channel;
    }

    static WriterLock take(Path directory) throws IOException {
        Path path = directory.resolve(LOCK_FILE);
        FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = null;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            throw new StoreException(directory
                    + ": another writer in this process is open; close it first", e);
        } finally {
            if (lock == null) {
                channel.close();
            }
        }
        if (lock == null) {
            throw new StoreException(directory + ": another process is writing this model (it holds a lock on " + path
                    + "); wait for it or end it");
        }
        return new WriterLock(channel);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // The kernel has released lock and descriptor in any case.
            return;
        }
    }
}
