package org.dlrm4j.model;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.dlrm4j.data.Batch;
import org.dlrm4j.kernels.DotInteraction;
import org.dlrm4j.kernels.SparseLengthsSum;
import org.dlrm4j.os.NativeMemory;
import org.dlrm4j.store.EmbeddingTable;

/**
 * The forward pass: activations of up to {@code capacity} samples, in slots. Slots are independent, so threads may compute
 * disjoint ranges at once, each with its own thread number; a sample's result depends on neither. Does not allocate after
 * construction.
 *
 * <p>The bottom MLP's last layer and the embedding lookups write straight into the interaction's input
 * {@code T[slot] = [x; e_0; …; e_(F-1)]}, rows of {@code dim} floats.
 */
public final class DlrmForward implements AutoCloseable {
    private final DlrmModel model;
    private final DlrmConfig config;
    private final int capacity;
    private final List<Linear> bottom;
    private final List<Linear> top;
    private final EmbeddingTable[] tables;
    private final Rows[] bottomOut;
    private final Rows vectors;
    private final Rows interacted;
    private final Rows[] topOut;
    private final NativeMemory[] scratch;
    private final int vectorBytes;

    /**
     * Allocates the activations.
     *
     * @param model the parameters; must outlive this
     * @param capacity slots
     * @param threads threads that will run at once
     */
    public DlrmForward(DlrmModel model, int capacity, int threads) {
        this.model = model;
        this.config = model.config();
        this.capacity = capacity;
        bottom = model.bottom().layers();
        top = model.top().layers();
        tables = model.tables().toArray(EmbeddingTable[]::new);
        vectorBytes = config.dim() * Float.BYTES;
        vectors = Rows.allocate(capacity, config.vectors() * config.dim());
        bottomOut = new Rows[bottom.size()];
        for (int i = 0; i < bottom.size() - 1; i++) {
            bottomOut[i] = Rows.allocate(capacity, bottom.get(i).out());
        }
        bottomOut[bottom.size() - 1] = vectors;
        interacted = config.interaction() == Interaction.CAT
                ? vectors
                : Rows.allocate(capacity, config.interactionWidth());
        topOut = new Rows[top.size()];
        for (int i = 0; i < top.size() - 1; i++) {
            topOut[i] = Rows.allocate(capacity, top.get(i).out());
        }
        topOut[top.size() - 1] = Rows.allocateDense(capacity, 1);
        scratch = new NativeMemory[threads];
        for (int t = 0; t < threads; t++) {
            scratch[t] = NativeMemory
                    .allocate(Math.max(Layout.LINE_BYTES, DotInteraction.scratchBytes(config.vectors(), config.dim())));
        }
    }

    /**
     * Computes the slots {@code [from, to)}: slot {@code s} holds the batch's sample {@code batchFrom + s}.
     *
     * @param batch the samples; their features match the model's
     * @param batchFrom the batch's sample that slot 0 holds
     * @param from first slot
     * @param to end of the slots
     * @param thread the calling thread's number, below {@code threads}
     * @throws IndexOutOfBoundsException naming table, bag and index if an index is not a row of its table
     */
    public void run(Batch batch, int batchFrom, int from, int to, int thread) {
        if (from == to) {
            return;
        }
        for (int f = 0; f < tables.length; f++) {
            lookup(f, batch, batchFrom, from, to);
        }
        runAfterLookups(batch, batchFrom, from, to, thread);
    }

    /**
     * Looks up one feature of the slots {@code [from, to)}, for {@link #runAfterLookups}. Threads may look up different
     * features or slots at once.
     *
     * @param f the sparse feature
     * @param batch the samples; their features match the model's
     * @param batchFrom the batch's sample that slot 0 holds
     * @param from first slot
     * @param to end of the slots, more than {@code from}
     * @throws IndexOutOfBoundsException naming table, bag and index if an index is not a row of its table
     */
    public void lookup(int f, Batch batch, int batchFrom, int from, int to) {
        final EmbeddingTable table = tables[f];
        SparseLengthsSum.forward(table.name(), table.segment(), table.dataOffset(), table.rowStrideBytes(),
                table.rows(),
                config.dim(), batch.indices(f), 0, batch.indexCount(f), batch.offsets(f),
                (long) (batchFrom + from) * Integer.BYTES, to - from, config.pooling(), null, 0, vectors.segment(),
                vectors.offset(from) + (f + 1L) * vectorBytes, vectors.strideBytes());
    }

    /**
     * Computes the slots {@code [from, to)} whose features have all been looked up.
     *
     * @param batch the samples; their features match the model's
     * @param batchFrom the batch's sample that slot 0 holds
     * @param from first slot
     * @param to end of the slots, more than {@code from}
     * @param thread the calling thread's number, below {@code threads}
     */
    public void runAfterLookups(Batch batch, int batchFrom, int from, int to, int thread) {
        final int m = to - from;
        MemorySegment x = batch.dense();
        long xStrideBytes = batch.denseStrideBytes();
        long xOffset = (batchFrom + from) * xStrideBytes;
        for (int i = 0; i < bottomOut.length; i++) {
            final Rows y = bottomOut[i];
            bottom.get(i).forward(x, xOffset, xStrideBytes, m, y.segment(), y.offset(from), y.strideBytes());
            x = y.segment();
            xOffset = y.offset(from);
            xStrideBytes = y.strideBytes();
        }
        if (config.interaction() == Interaction.DOT) {
            DotInteraction.forward(vectors.segment(), vectors.offset(from), vectors.strideBytes(), config.vectors(),
                    config.dim(), config.itself(), m, interacted.segment(), interacted.offset(from),
                    interacted.strideBytes(),
                    scratch[thread].segment(), 0);
        }
        x = interacted.segment();
        xOffset = interacted.offset(from);
        xStrideBytes = interacted.strideBytes();
        for (int i = 0; i < topOut.length; i++) {
            final Rows y = topOut[i];
            top.get(i).forward(x, xOffset, xStrideBytes, m, y.segment(), y.offset(from), y.strideBytes());
            x = y.segment();
            xOffset = y.offset(from);
            xStrideBytes = y.strideBytes();
        }
    }

    /**
     * Writes zeros to the activations of the slots {@code [from, to)} and to a thread's scratch. Memory lies on the NUMA node
     * of the thread that writes it first: to be called by the one that will compute these slots, before any other does.
     *
     * @param from first slot
     * @param to end of the slots
     * @param thread the calling thread's number, below {@code threads}
     */
    public void touch(int from, int to, int thread) {
        for (Rows rows : bottomOut) {
            rows.touch(from, to);
        }
        interacted.touch(from, to);
        for (Rows rows : topOut) {
            rows.touch(from, to);
        }
        scratch[thread].segment().fill((byte) 0);
    }

    /**
     * Returns the click probabilities, one float a slot.
     *
     * @return the live segment
     */
    public MemorySegment predictions() {
        return topOut[topOut.length - 1].segment();
    }

    /**
     * Returns the number of slots.
     *
     * @return samples that fit
     */
    public int capacity() {
        return capacity;
    }

    DlrmModel model() {
        return model;
    }

    Rows bottomOut(int layer) {
        return bottomOut[layer];
    }

    Rows topOut(int layer) {
        return topOut[layer];
    }

    Rows vectors() {
        return vectors;
    }

    Rows interacted() {
        return interacted;
    }

    MemorySegment scratch(int thread) {
        return scratch[thread].segment();
    }

    @Override
    public void close() {
        for (NativeMemory memory : scratch) {
            memory.close();
        }
        for (Rows rows : bottomOut) {
            rows.close();
        }
        for (Rows rows : topOut) {
            rows.close();
        }
        interacted.close();
    }
}
