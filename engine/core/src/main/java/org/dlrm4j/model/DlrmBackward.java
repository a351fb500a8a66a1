package org.dlrm4j.model;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.dlrm4j.data.Batch;
import org.dlrm4j.kernels.DotInteraction;
import org.dlrm4j.kernels.Gemm;
import org.dlrm4j.os.NativeMemory;

/**
 * The backward pass. First {@link #data} carries gradients from the loss down to the embeddings, slot by slot, like the
 * forward pass; then {@link #weights} sums the gradients of weights over slots, in tasks of one panel of one layer each.
 * Sums run over samples in order, so results depend neither on the number of threads nor on how a batch is cut into chunks
 * of slots. Gradients of the embeddings are kept for the whole batch, for the sparse optimizers.
 */
public final class DlrmBackward implements AutoCloseable {
    private record Task(int layer, int from, int to) {}

    private final DlrmForward forward;
    private final DlrmConfig config;
    private final List<Linear> layers = new ArrayList<>();
    private final int bottomLayers;
    private final List<Task> tasks = new ArrayList<>();
    private final Rows[] dz;
    private final Rows dVectors;
    private final Rows dInteracted;
    private final NativeMemory[] dWeights;
    private final NativeMemory[] dBias;
    private final NativeMemory[] scratch;

    /**
     * Allocates the gradients.
     *
     * @param forward the forward pass, whose activations are read; must outlive this
     * @param maxBatch samples of the largest batch
     * @param threads threads that will run at once
     */
    public DlrmBackward(DlrmForward forward, int maxBatch, int threads) {
        this.forward = forward;
        config = forward.model().config();
        layers.addAll(forward.model().bottom().layers());
        bottomLayers = layers.size();
        layers.addAll(forward.model().top().layers());
        dz = new Rows[layers.size()];
        dWeights = new NativeMemory[layers.size()];
        dBias = new NativeMemory[layers.size()];
        dVectors = Rows.allocate(maxBatch, config.vectors() * config.dim());
        for (int i = 0; i < layers.size(); i++) {
            final Linear layer = layers.get(i);
            if (i != bottomLayers - 1) {
                dz[i] = Rows.allocate(forward.capacity(), layer.out());
            }
            dWeights[i] = NativeMemory.allocate((long) layer.in() * layer.out() * Float.BYTES);
            dBias[i] = NativeMemory.allocate((long) layer.out() * Float.BYTES);
            for (int from = 0; from < layer.in(); from += Gemm.panelColumns()) {
                tasks.add(new Task(i, from, Math.min(layer.in(), from + Gemm.panelColumns())));
            }
        }
        dInteracted = config.interaction() == Interaction.CAT
                ? dVectors
                : Rows.allocate(forward.capacity(), config.interactionWidth());
        scratch = new NativeMemory[threads];
        for (int t = 0; t < threads; t++) {
            scratch[t] = NativeMemory.allocate(Linear.weightGradientScratchBytes(forward.capacity()));
        }
    }

    /**
     * Returns where the loss writes the gradient of the last layer's pre-activation.
     *
     * @return one float a slot, {@link #outputStrideBytes} apart
     */
    public MemorySegment outputGradient() {
        return dz[dz.length - 1].segment();
    }

    /**
     * Returns the distance between slots of {@link #outputGradient}.
     *
     * @return bytes
     */
    public long outputStrideBytes() {
        return dz[dz.length - 1].strideBytes();
    }

    /**
     * Carries gradients from {@link #outputGradient} to the embeddings and through the bottom MLP.
     *
     * @param batchFrom the batch's sample that slot 0 holds
     * @param from first slot
     * @param to end of the slots
     * @param thread the calling thread's number
     */
    public void data(int batchFrom, int from, int to, int thread) {
        final int m = to - from;
        if (m == 0) {
            return;
        }
        final int sample = batchFrom + from;
        for (int i = layers.size() - 1; i > bottomLayers; i--) {
            toInput(i, from, m, dz[i - 1], from);
            throughActivation(i - 1, forward.topOut(i - 1 - bottomLayers), from, m, dz[i - 1], from);
        }
        // With CAT the interaction's input is its output: the gradient goes straight to the batch's rows.
        toInput(bottomLayers, from, m, dInteracted, dInteracted == dVectors ? sample : from);
        if (dInteracted != dVectors) {
            final Rows vectors = forward.vectors();
            DotInteraction.backward(vectors.segment(), vectors.offset(from), vectors.strideBytes(), config.vectors(),
                    config.dim(), config.itself(), m, dInteracted.segment(), dInteracted.offset(from),
                    dInteracted.strideBytes(), dVectors.segment(), dVectors.offset(sample), dVectors.strideBytes(),
                    forward.scratch(thread), 0);
        }
        throughActivation(bottomLayers - 1, forward.vectors(), from, m, dVectors, sample);
        for (int i = bottomLayers - 1; i > 0; i--) {
            final Rows dzI = gradient(i);
            final int row = i == bottomLayers - 1 ? sample : from;
            layers.get(i).backwardData(dzI.segment(), dzI.offset(row), dzI.strideBytes(), m, dz[i - 1].segment(),
                    dz[i - 1].offset(from), dz[i - 1].strideBytes());
            throughActivation(i - 1, forward.bottomOut(i - 1), from, m, dz[i - 1], from);
        }
    }

    /**
     * Writes zeros to the gradients of the slots {@code [from, to)}, as {@link DlrmForward#touch} does to the activations.
     *
     * @param batchFrom the batch's sample that slot 0 holds
     * @param from first slot
     * @param to end of the slots
     * @param thread the calling thread's number
     */
    public void touch(int batchFrom, int from, int to, int thread) {
        for (Rows rows : dz) {
            if (rows != null) {
                rows.touch(from, to);
            }
        }
        if (dInteracted != dVectors) {
            dInteracted.touch(from, to);
        }
        dVectors.touch(batchFrom + from, batchFrom + to);
        scratch[thread].segment().fill((byte) 0);
    }

    private void toInput(int layer, int from, int m, Rows dx, int dxRow) {
        layers.get(layer).backwardData(dz[layer].segment(), dz[layer].offset(from), dz[layer].strideBytes(), m,
                dx.segment(),
                dx.offset(dxRow), dx.strideBytes());
    }

    private void throughActivation(int layer, Rows y, int from, int m, Rows dy, int dyRow) {
        layers.get(layer).backwardActivation(y.segment(), y.offset(from), y.strideBytes(), dy.segment(),
                dy.offset(dyRow),
                dy.strideBytes(), m);
    }

    /** The bottom MLP's last gradient is the first vector of each row of {@code dVectors}. */
    private Rows gradient(int layer) {
        return layer == bottomLayers - 1 ? dVectors : dz[layer];
    }

    /**
     * Returns the number of tasks that {@link #weights} is divided into.
     *
     * @return tasks
     */
    public int weightTasks() {
        return tasks.size();
    }

    /**
     * Runs one task of the weights' gradients over the slots {@code [0, m)}; disjoint tasks may run at once.
     *
     * @param task its number
     * @param batch the samples that the slots hold
     * @param batchFrom the batch's sample that slot 0 holds
     * @param m slots
     * @param accumulate whether to add to the gradients of earlier chunks of this batch
     * @param thread the calling thread's number
     */
    public void weights(int task, Batch batch, int batchFrom, int m, boolean accumulate, int thread) {
        final Task t = tasks.get(task);
        final int i = t.layer;
        final Linear layer = layers.get(i);
        MemorySegment x;
        long xOffset = 0;
        long xStrideBytes;
        if (i == 0) {
            x = batch.dense();
            xStrideBytes = batch.denseStrideBytes();
            xOffset = batchFrom * xStrideBytes;
        } else {
            final Rows input = i < bottomLayers
                    ? forward.bottomOut(i - 1)
                    : i == bottomLayers ? forward.interacted() : forward.topOut(i - 1 - bottomLayers);
            x = input.segment();
            xStrideBytes = input.strideBytes();
        }
        final Rows dzI = gradient(i);
        final long dzOffset = i == bottomLayers - 1 ? dzI.offset(batchFrom) : 0;
        layer.backwardWeights(dzI.segment(), dzOffset, dzI.strideBytes(), x, xOffset, xStrideBytes, m, t.from, t.to,
                accumulate,
                dWeights[i].segment(), scratch[thread].segment());
        if (t.from == 0) {
            layer.backwardBias(dzI.segment(), dzOffset, dzI.strideBytes(), m, accumulate, dBias[i].segment());
        }
    }

    /**
     * Returns all layers, bottom MLP first.
     *
     * @return the model's layers in the order of {@link #weightGradient}
     */
    public List<Linear> layers() {
        return List.copyOf(layers);
    }

    /**
     * Returns the gradient of a layer's weights.
     *
     * @param layer number in {@link #layers}
     * @return {@code out × in} floats
     */
    public MemorySegment weightGradient(int layer) {
        return dWeights[layer].segment();
    }

    /**
     * Returns the gradient of a layer's bias.
     *
     * @param layer number in {@link #layers}
     * @return {@code out} floats
     */
    public MemorySegment biasGradient(int layer) {
        return dBias[layer].segment();
    }

    /**
     * Returns the gradients of the pooled embeddings of the whole batch.
     *
     * @return the live segment
     */
    public MemorySegment embeddingGradient() {
        return dVectors.segment();
    }

    /**
     * Returns where the gradient of the first sample's embedding of a feature starts.
     *
     * @param feature the sparse feature
     * @return byte offset in {@link #embeddingGradient}
     */
    public long embeddingGradientOffset(int feature) {
        return (feature + 1L) * config.dim() * Float.BYTES;
    }

    /**
     * Returns the distance between samples in {@link #embeddingGradient}.
     *
     * @return bytes
     */
    public long embeddingGradientStrideBytes() {
        return dVectors.strideBytes();
    }

    @Override
    public void close() {
        for (int i = 0; i < layers.size(); i++) {
            if (dz[i] != null) {
                dz[i].close();
            }
            dWeights[i].close();
            dBias[i].close();
        }
        for (NativeMemory memory : scratch) {
            memory.close();
        }
        dVectors.close();
        dInteracted.close();
    }
}
