package org.dlrm4j.data;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Sets the disk to work while a file is being written: by itself the system begins after gigabytes or half a minute, and the sync
 * at the end would wait for all of it. The thread that writes uses it; syncs run on one of their own.
 */
final class EarlySync {
    /** Bytes from one sync to the next, if it is done. */
    static final long BYTES = 1L << 26;

    private final FileChannel channel;
    private FutureTask<Void> syncing;
    private long unsyncedBytes;

    EarlySync(FileChannel channel) {
        this.channel = channel;
    }

    /** Takes note of bytes that were written. */
    void wrote(long bytes) throws IOException {
        unsyncedBytes += bytes;
        if (unsyncedBytes >= BYTES && (syncing == null || syncing.isDone())) {
            await();
            unsyncedBytes = 0;
            syncing = new FutureTask<>(() -> {
                channel.force(false);
                return null;
            });
            Thread.ofPlatform().daemon().name("sync").start(syncing);
        }
    }

    /** Waits for the sync that is under way; the system tells of what failed in it only once. */
    void await() throws IOException {
        try {
            if (syncing != null) {
                syncing.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while a file was synced", e);
        } catch (ExecutionException e) {
            throw new IOException(e.getCause().getMessage(), e.getCause());
        }
    }
}
