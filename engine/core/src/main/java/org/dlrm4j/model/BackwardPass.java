package org.dlrm4j.model;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.dlrm4j.data.Batch;
import org.dlrm4j.kernels.GradientNorm;
import org.dlrm4j.kernels.Pooling;
import org.dlrm4j.os.NativeMemory;

/**
 * The backward pass. First {@link #data} carries gradients from the loss down to the lookups, slot by slot, like the
 * forward pass; then {@link #weights} sums the gradients of parameters over slots, in tasks of a part of one layer each.
 * Sums run over samples in order, so results depend neither on the number of threads nor on how a batch is cut into chunks
 * of slots. Gradients of the lookups are kept for the whole batch, for the sparse optimizers.
 */
public final class BackwardPass implements AutoCloseable {
    private record Task(int layer, int number) {}

    private final Layer[] layers;
    private final Signal output;
    private final Task[] tasks;
    private final Rows[] gradients;
    private final boolean[] wholeBatch;
    private final Rows[] lookupGradients;
    private final NativeMemory[] parameterGradients;
    private final IndexGradients indexGradients;
    private final Pooling pooling;
    private final NativeMemory zeros;
    private final NativeMemory[] scratch;
    private final Slots[] slots;
    private PassObserver observer;

    /**
     * Allocates the gradients.
     *
     * @param forward the forward pass, whose activations are read; must outlive this
     * @param maxBatch samples of the largest batch
     * @param threads threads that will run at once
     */
    public BackwardPass(ForwardPass forward, int maxBatch, int threads) {
        final Network network = forward.network();
        layers = network.layers().toArray(Layer[]::new);
        output = network.output();
        gradients = network.gradients().stream().map(spec -> spec.allocate(forward.capacity(), maxBatch))
                .toArray(Rows[]::new);
        parameterGradients = network.parameters().stream().map(p -> NativeMemory.allocate(p.values().byteSize()))
                .toArray(NativeMemory[]::new);
        indexGradients = new IndexGradients(network.lookups());
        pooling = network.config().pooling();
        final List<Task> all = new ArrayList<>();
        long scratchBytes = Layout.LINE_BYTES;
        for (int l = 0; l < layers.length; l++) {
            final Layer layer = layers[l];
            for (int number = 0; number < layer.weightTasks(); number++) {
                all.add(new Task(l, number));
            }
            scratchBytes = Math.max(scratchBytes,
                    Math.max(layer.scratchBytes(), layer.weightScratchBytes(forward.capacity())));
        }
        tasks = all.toArray(Task[]::new);
        wholeBatch = new boolean[gradients.length];
        for (int i = 0; i < wholeBatch.length; i++) {
            wholeBatch[i] = network.gradients().get(i).wholeBatch();
        }
        final int widest = network.gradients().stream().mapToInt(BufferSpec::floats).max().orElseThrow();
        zeros = NativeMemory.allocate((long) widest * Float.BYTES);
        lookupGradients = IntStream.range(0, gradients.length).filter(i -> wholeBatch[i]).mapToObj(i -> gradients[i])
                .toArray(Rows[]::new);
        scratch = new NativeMemory[threads];
        slots = new Slots[threads];
        for (int t = 0; t < threads; t++) {
            scratch[t] = NativeMemory.allocate(scratchBytes);
            slots[t] = new Slots(forward.values(), gradients, wholeBatch, parameterGradients, indexGradients,
                    zeros.segment(), scratch[t].segment(), forward.dropout());
        }
    }

    /**
     * Returns where the loss writes the gradient of the logit, the pre-activation of the click probability.
     *
     * @return one float a slot, {@link #outputStrideBytes} apart
     */
    public MemorySegment outputGradient() {
        return gradients[output.gradients()].segment();
    }

    /**
     * Returns the distance between slots of {@link #outputGradient}.
     *
     * @return bytes
     */
    public long outputStrideBytes() {
        return gradients[output.gradients()].strideBytes();
    }

    /**
     * Makes room for the gradients of a batch. To be called before the first {@link #data} of each batch; allocates when the
     * batch has more weighted indices than any before.
     *
     * @param batch the samples; {@link Network#derive} has seen them
     */
    public void begin(Batch batch) {
        indexGradients.begin(batch);
    }

    /**
     * Carries gradients from {@link #outputGradient} to the lookups and through all layers.
     *
     * @param batch the samples that the slots hold
     * @param batchFrom the batch's sample that slot 0 holds
     * @param from first slot
     * @param to end of the slots
     * @param thread the calling thread's number
     */
    public void data(Batch batch, int batchFrom, int from, int to, int thread) {
        if (from == to) {
            return;
        }
        final Slots range = slots[thread].set(batch, batchFrom, from, to);
        if (observer != null) {
            dataObserved(range, thread);
            return;
        }
        for (int i = layers.length - 1; i >= 0; i--) {
            layers[i].backward(range);
        }
    }

    private void dataObserved(Slots range, int thread) {
        observer.begin(thread);
        for (int i = layers.length - 1; i >= 0; i--) {
            layers[i].backward(range);
            observer.end(PassPhase.BACKWARD, i, thread);
        }
    }

    /**
     * Sets who is told when {@link #data} or {@link #weights} has finished a layer or a part of one.
     *
     * @param newObserver who is told, or null for nobody
     */
    public void observe(PassObserver newObserver) {
        observer = newObserver;
    }

    /**
     * Writes zeros to the gradients of the slots {@code [from, to)}, as {@link ForwardPass#touch} does to the activations.
     *
     * @param batchFrom the batch's sample that slot 0 holds
     * @param from first slot
     * @param to end of the slots
     * @param thread the calling thread's number
     */
    public void touch(int batchFrom, int from, int to, int thread) {
        for (int i = 0; i < gradients.length; i++) {
            final int row = wholeBatch[i] ? batchFrom + from : from;
            gradients[i].touch(row, row + to - from);
        }
        scratch[thread].segment().fill((byte) 0);
    }

    /**
     * Returns the number of tasks that {@link #weights} is divided into.
     *
     * @return tasks
     */
    public int weightTasks() {
        return tasks.length;
    }

    /**
     * Runs one task of the parameters' gradients over the slots {@code [0, m)}; disjoint tasks may run at once.
     *
     * @param task its number
     * @param batch the samples that the slots hold
     * @param batchFrom the batch's sample that slot 0 holds
     * @param m slots
     * @param accumulate whether to add to the gradients of earlier chunks of this batch
     * @param thread the calling thread's number
     */
    public void weights(int task, Batch batch, int batchFrom, int m, boolean accumulate, int thread) {
        final PassObserver told = observer;
        if (told != null) {
            told.begin(thread);
        }
        final int layer = tasks[task].layer;
        layers[layer].weights(tasks[task].number, slots[thread].set(batch, batchFrom, 0, m), accumulate);
        if (told != null) {
            told.end(PassPhase.WEIGHTS, layer, thread);
        }
    }

    /**
     * Returns the gradient of a parameter.
     *
     * @param parameter number in {@link Network#parameters}
     * @return floats in the parameter's layout
     */
    public MemorySegment parameterGradient(int parameter) {
        return parameterGradients[parameter].segment();
    }

    /**
     * Returns the number of gradients that {@link #scale} knows.
     *
     * @return those of parameters, those that hold all lookups' gradients, and those of weights of indices
     */
    public int gradients() {
        return parameterGradients.length + lookupGradients.length + indexGradients.size();
    }

    /**
     * Multiplies a gradient of the whole batch: {@code g *= factor}. Scaling all of them scales what optimizers are given.
     *
     * @param number the gradient, below {@link #gradients}
     * @param samples samples of the batch
     * @param factor the factor
     */
    public void scale(int number, int samples, float factor) {
        if (number < parameterGradients.length) {
            final MemorySegment gradient = parameterGradients[number].segment();
            GradientNorm.scale(gradient, 0, gradient.byteSize() / Float.BYTES, factor);
        } else if (number < parameterGradients.length + lookupGradients.length) {
            final Rows rows = lookupGradients[number - parameterGradients.length];
            GradientNorm.scale(rows.segment(), 0, rows.offset(samples) / Float.BYTES, factor);
        } else {
            final int weights = number - parameterGradients.length - lookupGradients.length;
            GradientNorm.scale(indexGradients.gradient(weights), 0, indexGradients.count(weights), factor);
        }
    }

    /**
     * Returns the gradient of a table's rows, for the whole batch.
     *
     * @param lookup the table in its place
     * @param batch the samples
     * @return a view that is valid until the next batch
     */
    public SparseGradient sparseGradient(Lookup lookup, Batch batch) {
        if (!lookup.isPooled()) {
            return indexGradients.sparse(lookup, batch);
        }
        final int f = lookup.feature();
        final Rows rows = gradients[lookup.output().gradients()];
        return new SparseGradient(batch.indices(f), batch.indexCount(f), batch.offsets(f), batch.size(), pooling,
                batch.weights(f), rows.segment(), lookup.output().columnOffset(), rows.strideBytes());
    }

    @Override
    public void close() {
        for (Rows rows : gradients) {
            rows.close();
        }
        for (NativeMemory memory : parameterGradients) {
            memory.close();
        }
        indexGradients.close();
        zeros.close();
        for (NativeMemory memory : scratch) {
            memory.close();
        }
    }
}
