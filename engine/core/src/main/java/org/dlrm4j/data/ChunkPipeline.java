package org.dlrm4j.data;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Reads ahead on one thread, parses chunks on several, and hands them to the caller in the order of the text, so that
 * whatever depends on the order of rows happens on one thread and cannot depend on the number of the others.
 *
 * @param <C> the chunk, with room for what parsing gives
 */
final class ChunkPipeline<C extends TextChunk> {
    private final int threads;
    private final Supplier<C> chunks;
    private final Consumer<C> parser;

    /**
     * @param threads parser threads
     * @param chunks  makes a chunk; called a few times, then chunks are reused
     * @param parser  fills a chunk's results from its text; called from several threads with different chunks
     */
    ChunkPipeline(int threads, Supplier<C> chunks, Consumer<C> parser) {
        this.threads = threads;
        this.chunks = chunks;
        this.parser = parser;
    }

    /** Takes a parsed chunk. */
    @FunctionalInterface
    interface Merger<C> {
        void merge(C chunk) throws IOException;
    }

    /** Runs to the end of the text, or until the calling thread is interrupted. */
    void run(ChunkReader reader, Merger<C> merger) throws IOException, InterruptedException {
        ArrayDeque<C> free = new ArrayDeque<>();
        for (int i = 0; i < threads + 3; i++) {
            free.add(chunks.get());
        }
        ArrayDeque<Future<C>> parsing = new ArrayDeque<>();
        try (ExecutorService readers = Executors.newSingleThreadExecutor();
                ExecutorService parsers = Executors.newFixedThreadPool(threads)) {
            try {
                Future<C> reading = read(readers, reader, free.remove());
                while (reading != null || !parsing.isEmpty()) {
                    while (reading != null && !free.isEmpty()) {
                        C read = await(reading);
                        if (read != null) {
                            parsing.add(parsers.submit(() -> parser.accept(read), read));
                        }
                        reading = read == null ? null : read(readers, reader, free.remove());
                    }
                    C parsed = await(parsing.isEmpty() ? null : parsing.remove());
                    if (parsed != null) {
                        merger.merge(parsed);
                        free.add(parsed);
                    }
                }
            } catch (Throwable failure) {
                readers.shutdownNow();
                parsers.shutdownNow();
                throw failure;
            }
        }
    }

    private Future<C> read(ExecutorService readers, ChunkReader reader, C chunk) {
        return readers.submit(() -> reader.next(chunk) ? chunk : null);
    }

    private C await(Future<C> future) throws IOException, InterruptedException {
        if (future == null) {
            return null;
        }
        try {
            return future.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException cause -> throw cause;
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                default -> throw new IllegalStateException(e.getCause());
            }
        }
    }
}
