package org.dlrm4j.store;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Runs chunks of work on threads, in ascending order of their beginning. Of several failures the one of the lowest chunk is thrown,
 * whatever the number of threads: chunks above a failure are not begun, those below are finished.
 */
final class ChunkThreads {
    private static final Duration TICK = Duration.ofMillis(50);

    /** One chunk. */
    @FunctionalInterface
    interface Chunk {
        void run(long chunk);
    }

    private final long chunks;
    private final Chunk work;
    private final AtomicLong next = new AtomicLong();
    private final AtomicLong end;
    private RuntimeException failure;
    private long failedChunk = Long.MAX_VALUE;

    private ChunkThreads(long chunks, Chunk work) {
        this.chunks = chunks;
        this.work = work;
        end = new AtomicLong(chunks);
    }

    /**
     * Runs all chunks and waits for them.
     *
     * @param chunks how many
     * @param threads threads to start
     * @param name what the threads are called
     * @param work runs one chunk, on any thread
     * @param tick called by the calling thread now and then
     */
    static void run(long chunks, int threads, String name, Chunk work, Runnable tick) {
        new ChunkThreads(chunks, work).run(threads, name, tick);
    }

    private void run(int threads, String name, Runnable tick) {
        Thread[] started = new Thread[(int) Math.min(threads, chunks)];
        for (int i = 0; i < started.length; i++) {
            started[i] = Thread.ofPlatform().name(name + "-", i).daemon().start(this::take);
        }
        boolean interrupted = false;
        for (Thread thread : started) {
            while (true) {
                try {
                    if (thread.join(TICK)) {
                        break;
                    }
                } catch (InterruptedException e) {
                    interrupted = true;
                    end.set(0);
                }
                tick.run();
            }
        }
        tick.run();
        if (interrupted) {
            Thread.currentThread().interrupt();
            throw new StoreException("interrupted before all was read");
        }
        synchronized (this) {
            if (failure != null) {
                throw failure;
            }
        }
    }

    private void take() {
        for (long chunk = next.getAndIncrement(); chunk < end.get(); chunk = next.getAndIncrement()) {
            try {
                work.run(chunk);
            } catch (RuntimeException e) {
                fail(chunk, e);
            } catch (Error e) {
                fail(chunk, new StoreException("cannot go on: " + e, e));
            }
        }
    }

    private synchronized void fail(long chunk, RuntimeException e) {
        if (chunk < failedChunk) {
            failedChunk = chunk;
            failure = e;
            end.accumulateAndGet(chunk, Math::min);
        }
    }
}
