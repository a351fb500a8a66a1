package org.dlrm4j.store;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * Checks listed files on several threads. The work is cut into chunks: of a table its head and then some MiB of blocks
 * each, of any other file all of it.
 */
final class Verification implements AutoCloseable {
    private static final int CHUNK_BLOCKS = 16;

    /** A file, and the table in it if it is one. */
    private record Part(ModelFile file, Path path, EmbeddingTable table, TableVerification blocks) {
        long chunks() {
            return blocks == null ? 1 : 1 + (blocks.blocks() + CHUNK_BLOCKS - 1) / CHUNK_BLOCKS;
        }
    }

    private final List<Part> parts = new ArrayList<>();
    private final long[] firstChunks;
    private final AtomicLong doneBytes = new AtomicLong();
    private final Arena memory = Arena.ofShared();
    /** Those that no thread uses: to zero a new one takes far longer than to check a chunk of holes. */
    private final Queue<MemorySegment> buffers = new ConcurrentLinkedQueue<>();

    Verification(List<ListedFiles> lists) {
        firstChunks = new long[lists.stream().mapToInt(list -> list.files().size()).sum()];
        try {
            long chunks = 0;
            for (ListedFiles list : lists) {
                for (ModelFile file : list.files()) {
                    Path path = list.path(file.name());
                    EmbeddingTable table = file.isTable() ? EmbeddingTable.openReadOnly(path) : null;
                    firstChunks[parts.size()] = chunks;
                    parts.add(new Part(file, path, table, table == null ? null : table.verification()));
                    chunks += parts.getLast().chunks();
                }
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Checks everything; tells the calling thread's {@code progress} the bytes that are done. */
    void run(int threads, LongConsumer progress) {
        long chunks = parts.isEmpty() ? 0 : firstChunks[parts.size() - 1] + parts.getLast().chunks();
        ChunkThreads.run(chunks, threads, "dlrm4j-verify", this::check, () -> progress.accept(doneBytes.get()));
    }

    private void check(long chunk) {
        int at = Arrays.binarySearch(firstChunks, chunk);
        // Between two firsts, binarySearch returns where the chunk would be inserted.
        int index = at >= 0 ? at : -at - 2;
        Part part = parts.get(index);
        long within = chunk - firstChunks[index];
        if (part.blocks == null) {
            part.file.verify(part.path);
            doneBytes.addAndGet(part.file.bytes());
            return;
        }
        MemorySegment free = buffers.poll();
        MemorySegment buffer = free == null ? memory.allocate(TableVerification.BUFFER_BYTES) : free;
        if (within == 0) {
            part.file.verifyChecksum(part.path, part.table);
            part.blocks.checkHead(buffer);
            doneBytes.addAndGet(part.file.bytes() - part.table.rows() * part.table.rowStrideBytes());
        } else {
            long from = (within - 1) * CHUNK_BLOCKS;
            long to = Math.min(from + CHUNK_BLOCKS, part.blocks.blocks());
            part.blocks.checkBlocks(from, to, buffer);
            doneBytes.addAndGet((to - 1 - from) * TableFileDescriptor.BLOCK_BYTES
                    + TableFileDescriptor.blockBytes(part.table.rows() * part.table.rowStrideBytes(), to - 1));
        }
        buffers.add(buffer);
    }

    @Override
    public void close() {
        parts.stream().filter(part -> part.table != null).forEach(part -> part.table.close());
        memory.close();
    }
}
