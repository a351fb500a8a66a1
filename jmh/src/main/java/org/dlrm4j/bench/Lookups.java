package org.dlrm4j.bench;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.dlrm4j.os.Advice;
import org.dlrm4j.os.NativeMemory;
import org.dlrm4j.store.EmbeddingTable;

/**
 * A table and the lookups of many batches. Each call of a benchmark takes the next batch: repeating one would measure the
 * cache that holds its rows, not the table. The batches together read at least {@link #MIN_INDICES} rows of a table in
 * memory.
 */
final class Lookups implements AutoCloseable {
    private static final int MIN_INDICES = 1 << 22;
    private static final int BLOCK_ROWS = 1 << 12;

    private final EmbeddingTable table;
    private final NativeMemory indices;
    private final NativeMemory offsets;
    private final int bags;
    private final int pooling;
    private final int batches;
    private int next;

    /**
     * @param tableBytes size of the table, a multiple of the row stride
     * @param dim floats a row
     * @param bags bags of a batch
     * @param pooling rows a bag
     * @param distribution of the row numbers
     * @param pages size of the table's pages
     */
    Lookups(long tableBytes, int dim, int bags, int pooling, IndexDistribution distribution, PageSize pages) {
        this.bags = bags;
        this.pooling = pooling;
        final long rows = tableBytes / EmbeddingTable.bytes(1, dim);
        table = EmbeddingTable.anonymous("benchmark", rows, dim);
        if (pages == PageSize.SMALL && !table.advise(Advice.SMALL_PAGE)) {
            table.close();
            throw new IllegalStateException("the kernel does not take advice about the size of pages");
        }
        fill();
        // Several passes over a small table, so that the branch predictor cannot learn it; no more than that: the
        // indices must not push the table out of its cache.
        final long wanted = Math.min(MIN_INDICES, Math.max(rows * 2, bags * pooling));
        batches = (int) Math.max(1, wanted / (bags * pooling));
        indices = NativeMemory.allocate((long) batches * bags * pooling * Long.BYTES);
        final SplittableRandom random = new SplittableRandom(7);
        final ZipfSampler zipf = new ZipfSampler(rows);
        for (long i = 0; i < (long) batches * bags * pooling; i++) {
            final long row = distribution == IndexDistribution.UNIFORM
                    ? random.nextLong(rows)
                    : scatter(zipf.next(random) - 1, rows);
            indices.segment().setAtIndex(ValueLayout.JAVA_LONG, i, row);
        }
        offsets = NativeMemory.allocate((bags + 1L) * Integer.BYTES);
        for (int b = 0; b <= bags; b++) {
            offsets.segment().setAtIndex(ValueLayout.JAVA_INT, b, b * pooling);
        }
    }

    /** Maps popularity ranks to rows, one to one when the number of rows is a power of two. */
    private static long scatter(long rank, long rows) {
        return Math.floorMod(rank * 0x9E3779B97F4A7C15L, rows);
    }

    /** Fills the table by copying one block of rows over and over: drawing 4 GiB of random numbers takes too long. */
    private void fill() {
        final MemorySegment segment = table.segment();
        final long blockBytes = Math.min(table.rows(), BLOCK_ROWS) * table.rowStrideBytes();
        final SplittableRandom random = new SplittableRandom(11);
        for (long row = 0; row < Math.min(table.rows(), BLOCK_ROWS); row++) {
            for (int d = 0; d < table.dim(); d++) {
                segment.set(ValueLayout.JAVA_FLOAT, table.rowOffset(row) + (long) d * Float.BYTES,
                        random.nextInt(-3, 4));
            }
        }
        final long end = table.rows() * table.rowStrideBytes();
        for (long at = blockBytes; at < end; at += blockBytes) {
            MemorySegment.copy(segment, table.dataOffset(), segment, table.dataOffset() + at,
                    Math.min(blockBytes, end - at));
        }
    }

    /** Advances to the next batch and returns where its indices begin in {@link #indices}. */
    long nextBatchOffset() {
        final int batch = next;
        next = batch + 1 == batches ? 0 : batch + 1;
        return (long) batch * bags * pooling * Long.BYTES;
    }

    EmbeddingTable table() {
        return table;
    }

    MemorySegment indices() {
        return indices.segment();
    }

    MemorySegment offsets() {
        return offsets.segment();
    }

    int bags() {
        return bags;
    }

    int totalIndices() {
        return batches * bags * pooling;
    }

    long batchIndices() {
        return (long) bags * pooling;
    }

    @Override
    public void close() {
        table.close();
        indices.close();
        offsets.close();
    }
}
