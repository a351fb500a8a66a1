package org.dlrm4j.store;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import org.dlrm4j.os.MappedFile;

/**
 * Reads tables into memory in pieces, at a limited rate, and tells how far it is: a process that loads a model beside one that serves
 * shall leave it the device. One object for all tables that share the rate. Used by one thread.
 */
public final class Prefault {
    /** For a rate that is the device's. */
    public static final long NO_LIMIT = Long.MAX_VALUE;

    private static final long CHUNK_BYTES = 64L << 20;
    /** A limited rate is kept to in pieces of so much of a second. */
    private static final long PIECES_A_SECOND = 20;

    private final long maxBytesPerSecond;
    private final long pageBytes = MappedFile.pageBytes();
    private final long chunkBytes;
    private final LongConsumer progress;
    private final long startNanos = System.nanoTime();
    private long doneBytes;
    private long readBytes;

    /**
     * Sets the pace; time runs from now on.
     *
     * @param maxBytesPerSecond rate that is not exceeded, 1 or more, or {@link #NO_LIMIT}
     * @param progress told by the reading thread, after every piece, how many bytes of all tables are done, holes included
     * @throws IllegalArgumentException if the rate is less than 1
     */
    public Prefault(long maxBytesPerSecond, LongConsumer progress) {
        if (maxBytesPerSecond < 1) {
            throw new IllegalArgumentException(
                    "rate: " + maxBytesPerSecond + " bytes a second, expected 1 or more, or Prefault.NO_LIMIT");
        }
        this.maxBytesPerSecond = maxBytesPerSecond;
        this.progress = progress;
        chunkBytes = Math.clamp(maxBytesPerSecond / PIECES_A_SECOND & -pageBytes, pageBytes, CHUNK_BYTES);
    }

    /** Makes one that is as fast as the device and tells nobody. */
    static Prefault unlimited() {
        return new Prefault(NO_LIMIT, done -> {});
    }

    /**
     * Reads all of a file but its holes, which would become pages of zeros.
     *
     * @throws StoreException if the thread is interrupted
     */
    void read(MappedFile file) {
        final long bytes = file.segment().byteSize();
        final long before = doneBytes;
        for (long data = file.nextData(0); data < bytes;) {
            final long hole = file.nextHole(data);
            for (long at = data & -pageBytes; at < hole; at += chunkBytes) {
                final long length = Math.min(chunkBytes, hole - at);
                file.prefault(at, length);
                readBytes += length;
                doneBytes = before + at + length;
                awaitRate();
                progress.accept(doneBytes);
            }
            data = hole == bytes ? bytes : file.nextData(hole);
        }
        doneBytes = before + bytes;
        progress.accept(doneBytes);
    }

    private void awaitRate() {
        requireNotInterrupted();
        final long dueNanos = maxBytesPerSecond == NO_LIMIT ? 0 : (long) (1e9 * readBytes / maxBytesPerSecond);
        for (long left = left(dueNanos); left > 0; left = left(dueNanos)) {
            LockSupport.parkNanos(this, left);
            requireNotInterrupted();
        }
    }

    private static void requireNotInterrupted() {
        if (Thread.currentThread().isInterrupted()) {
            throw new StoreException("interrupted while tables were read into memory");
        }
    }

    private long left(long dueNanos) {
        return dueNanos - (System.nanoTime() - startNanos);
    }
}
