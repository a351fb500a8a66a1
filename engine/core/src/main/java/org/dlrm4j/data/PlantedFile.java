package org.dlrm4j.data;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;

/**
 * Writes rows of a {@link PlantedClickLog} to a file: several threads render chunks of rows, the caller's writes them in order, so
 * that the bytes do not depend on the number of threads. Memory is a few megabytes a thread, whatever is written.
 */
public final class PlantedFile {
    /** Some 0.7 MB of records, or 1 MB of text, which stay in a core's caches until they are written. */
    private static final int CHUNK_ROWS = 1 << 12;

    private final PlantedClickLog log;
    private final Renderer renderer;

    /** Turns rows into bytes; thread-safe. */
    interface Renderer {
        /** Tells the most bytes of a row. */
        int maxRowBytes();

        /** Writes the first rows of a block that was drawn, and tells where they end. */
        long render(PlantedRows rows, int count, MemorySegment into, long from);
    }

    private PlantedFile(PlantedClickLog log, Renderer renderer) {
        this.log = log;
        this.renderer = renderer;
    }

    /**
     * Writes Criteo's text: a category is eight hexadecimal digits, by a bijection of feature and category; a few features miss
     * now and then.
     *
     * @param log the rows
     * @return the writer
     * @throws IllegalArgumentException if the shape is not Criteo's or a table has more than 2^32 rows
     */
    public static PlantedFile text(PlantedClickLog log) {
        return new PlantedFile(log, new PlantedText(log));
    }

    /**
     * Writes a binary click log, see {@link ClickLog}: a category is its rank, counts below zero or missing are 0.
     *
     * @param log the rows
     * @return the writer
     * @throws IllegalArgumentException if the shape is not Criteo's or a table has more than 2^31 rows
     */
    public static PlantedFile binary(PlantedClickLog log) {
        return new PlantedFile(log, new PlantedRecords(log));
    }

    /**
     * Writes rows. The file appears whole and durable, or not at all.
     *
     * @param file     name of the file; an existing one is replaced
     * @param from     first row, 0 or more
     * @param to       end, exclusive
     * @param threads  threads that render, 1 or more
     * @param progress hears the number of rows written, on the calling thread
     * @throws IOException              if writing fails, or the thread is interrupted
     * @throws IllegalArgumentException if the range is negative, or there is no thread
     */
    public void write(Path file, long from, long to, int threads, LongConsumer progress) throws IOException {
        if (from < 0 || to < from || threads < 1) {
            throw new IllegalArgumentException("rows [" + from + ", " + to + ") by " + threads
                    + " threads, expected a range from 0 or more, and 1 thread or more");
        }
        Path temporary = DurableFiles.temporary(file);
        try {
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                    StandardOpenOption.TRUNCATE_EXISTING)) {
                write(channel, from, to, threads, progress);
                channel.force(false);
            }
            DurableFiles.publish(temporary, file);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /** Rows on their way to the file. */
    private final class Chunk {
        private final PlantedRows block = log.newRows();
        private final MemorySegment bytes;
        private final ByteBuffer buffer;
        private int rows;

        Chunk(Arena arena) {
            bytes = arena.allocate((long) CHUNK_ROWS * renderer.maxRowBytes(), Long.BYTES);
            buffer = bytes.asByteBuffer();
        }

        Chunk render(long from, int count) {
            long at = 0;
            for (int i = 0; i < count; i += PlantedRows.BLOCK) {
                int drawn = Math.min(PlantedRows.BLOCK, count - i);
                block.draw(from + i, drawn);
                at = renderer.render(block, drawn, bytes, at);
            }
            rows = count;
            buffer.limit((int) at).position(0);
            return this;
        }
    }

    private void write(FileChannel channel, long from, long to, int threads, LongConsumer progress) throws IOException {
        // The arena is closed after the threads have ended.
        try (Arena arena = Arena.ofShared(); ExecutorService renderers = Executors.newFixedThreadPool(threads)) {
            ArrayDeque<Chunk> free = new ArrayDeque<>();
            for (int i = 0; i < threads + 2; i++) {
                free.add(new Chunk(arena));
            }
            ArrayDeque<Future<Chunk>> rendering = new ArrayDeque<>();
            EarlySync sync = new EarlySync(channel);
            try {
                for (long next = from, written = 0; written < to - from;) {
                    while (next < to && !free.isEmpty()) {
                        Chunk chunk = free.remove();
                        long first = next;
                        int count = (int) Math.min(CHUNK_ROWS, to - first);
                        rendering.add(renderers.submit(() -> chunk.render(first, count)));
                        next += count;
                    }
                    Chunk chunk = await(rendering.remove());
                    while (chunk.buffer.hasRemaining()) {
                        sync.wrote(channel.write(chunk.buffer));
                    }
                    written += chunk.rows;
                    free.add(chunk);
                    progress.accept(written);
                }
                sync.await();
            } catch (Throwable failure) {
                renderers.shutdownNow();
                throw failure;
            }
        }
    }

    private static Chunk await(Future<Chunk> future) throws IOException {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while rows were made");
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }
}
