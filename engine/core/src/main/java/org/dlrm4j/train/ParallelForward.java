package org.dlrm4j.train;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.data.Batch;
import org.dlrm4j.model.ForwardPass;
import org.dlrm4j.model.Lookup;
import org.dlrm4j.model.Network;

/**
 * A forward pass by all threads of a pool, each on a range of the samples; by the caller's thread alone if the samples are
 * few. If tables are bound to NUMA nodes and threads are pinned, a table's lookups are done first, by threads of its node. Predictions are the same bits in any case. Used by the pool's caller. {@link #run} does not allocate.
 */
public final class ParallelForward implements AutoCloseable {
    /** Elements that come from memory cost several multiply-adds each. */
    private static final int MEMORY_COST = 4;

    private final WorkerPool pool;
    private final ForwardPass forward;
    private final long denseParameters;
    private final Lookup[] tables;
    private final NodeShares shares;
    private final WorkerPool.RangeTask samples = this::samples;
    private final WorkerPool.RangeTask afterLookups = this::afterLookups;
    private final NodeShares.TableRange lookup = this::lookup;
    private final WorkerPool.Task lookups = this::lookups;
    private Batch batch;
    private int batchFrom;
    private int count;

    /**
     * Allocates the activations.
     *
     * @param network the parameters; must outlive this
     * @param capacity samples of the largest {@link #run}
     * @param pool the threads; must outlive this
     */
    public ParallelForward(Network network, int capacity, WorkerPool pool) {
        this(network, capacity, pool, NodeShares.nodesOf(network));
    }

    /** Takes tables to be on nodes that tests may invent. */
    ParallelForward(Network network, int capacity, WorkerPool pool, int[] tableNodes) {
        this.pool = pool;
        shares = NodeShares.of(tableNodes, pool.nodes());
        denseParameters = network.config().denseParameters();
        tables = network.lookups().toArray(Lookup[]::new);
        forward = new ForwardPass(network, capacity, pool.threads());
        if (pool.spansNodes()) {
            // Else a small first batch would put all of it on the caller's node.
            pool.runRanges(capacity, Long.MAX_VALUE, forward::touch);
        }
    }

    /**
     * Predicts samples of a batch; sample {@code newBatchFrom + i} gets slot {@code i} of {@link #predictions}.
     *
     * @param newBatch the samples
     * @param newBatchFrom the first
     * @param m how many, at most {@link #capacity}
     * @throws IndexOutOfBoundsException naming table, bag and index if an index is not a row of its table
     */
    public void run(Batch newBatch, int newBatchFrom, int m) {
        final long work = pool.threads() == 1 ? 0 : m * sampleWork(newBatch);
        if (lookUpByNode(newBatch, newBatchFrom, m, work)) {
            pool.runRanges(m, work, afterLookups);
        } else {
            pool.runRanges(m, work, samples);
        }
    }

    /**
     * Lets threads look up the tables of their node, if that is worth it.
     *
     * @return whether all lookups are done, so that {@link ForwardPass#runAfterLookups} is what is left
     */
    boolean lookUpByNode(Batch newBatch, int newBatchFrom, int m, long work) {
        batch = newBatch;
        batchFrom = newBatchFrom;
        count = m;
        if (shares == null || pool.isSmall(work)) {
            return false;
        }
        pool.run(lookups);
        return true;
    }

    private void lookups(int thread) {
        shares.lookups(count, thread, lookup);
    }

    private void lookup(int table, int from, int to, int thread) {
        forward.lookup(table, batch, batchFrom, from, to, thread);
    }

    private void samples(int from, int to, int thread) {
        forward.run(batch, batchFrom, from, to, thread);
    }

    private void afterLookups(int from, int to, int thread) {
        forward.runAfterLookups(batch, batchFrom, from, to, thread);
    }

    /** Returns who takes which tables, null if that makes no difference. */
    NodeShares shares() {
        return shares;
    }

    /** Multiply-adds of a sample's forward pass. */
    long sampleWork(Batch ofBatch) {
        return denseParameters + lookupWork(ofBatch) / Math.max(1, ofBatch.size());
    }

    /** Multiply-adds of a sample's gradients of the weights, or of one update of them. */
    long denseParameters() {
        return denseParameters;
    }

    /** Work of one pass over the table elements that a batch looks up. */
    long lookupWork(Batch ofBatch) {
        long work = 0;
        for (Lookup table : tables) {
            work += (long) ofBatch.indexCount(table.feature()) * table.table().dim();
        }
        return MEMORY_COST * work;
    }

    /** Work of an optimizer step. */
    long updateWork(Batch ofBatch) {
        return MEMORY_COST * denseParameters + lookupWork(ofBatch);
    }

    /**
     * Returns the click probabilities, one float a slot.
     *
     * @return the live segment
     */
    public MemorySegment predictions() {
        return forward.predictions();
    }

    /**
     * Returns the number of slots.
     *
     * @return samples that fit
     */
    public int capacity() {
        return forward.capacity();
    }

    /** The pass whose activations the backward pass reads. */
    ForwardPass forward() {
        return forward;
    }

    @Override
    public void close() {
        forward.close();
    }
}
