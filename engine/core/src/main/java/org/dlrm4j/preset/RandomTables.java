package org.dlrm4j.preset;

import java.lang.foreign.ValueLayout;
import org.dlrm4j.model.Lookup;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.TableRows;
import org.dlrm4j.store.EmbeddingTable;
import org.dlrm4j.train.WorkerPool;

/**
 * Fills tables by all threads, for measurements that need no particular numbers but memory that was written: rows of anonymous
 * memory that nobody wrote are all one page of zeros, which stays in the caches.
 */
public final class RandomTables {
    /** Rows a thread takes at once. */
    private static final int BLOCK_ROWS = 1 << 14;

    private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

    private RandomTables() {}

    /**
     * Fills every table of a network with numbers uniform in {@code [-bound, bound)}, where {@code bound} is the architecture's
     * for embeddings. A row's numbers depend on seed, table and row only, not on the threads.
     *
     * @param network the network
     * @param seed seed of the numbers
     * @param pool the threads
     */
    public static void fill(Network network, long seed, WorkerPool pool) {
        for (int t = 0; t < network.lookups().size(); t++) {
            final Lookup lookup = network.lookups().get(t);
            final EmbeddingTable table = lookup.table();
            final float bound = (float) network.config().architecture().embeddingBound(table.rows());
            final long tableSeed = seed + t * GOLDEN_GAMMA;
            final int blocks = Math.toIntExact((table.rows() + BLOCK_ROWS - 1) / BLOCK_ROWS);
            pool.runItems(blocks, table.rows() * table.dim(), (block, thread) -> {
                final long from = (long) block * BLOCK_ROWS;
                fill(table, from, Math.min(from + BLOCK_ROWS, table.rows()), bound, tableSeed);
            });
        }
    }

    private static void fill(EmbeddingTable table, long from, long to, float bound, long seed) {
        final float scale = bound * 0x1p-31f;
        TableRows.write(table, from, to, (row, floats, offset) -> {
            long state = seed + row * table.dim() * GOLDEN_GAMMA;
            for (int i = 0; i < table.dim(); i++) {
                state += GOLDEN_GAMMA;
                floats.set(ValueLayout.JAVA_FLOAT, offset + ((long) i << 2), scale * (int) (mix(state) >>> 32));
            }
        });
    }

    /** Stafford's variant 13 of the finalizer of MurmurHash3, as SplitMix64 takes it. */
    private static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
