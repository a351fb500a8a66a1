package org.dlrm4j.model;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.data.Batch;
import org.dlrm4j.kernels.Pooling;
import org.dlrm4j.os.NativeMemory;

/**
 * The forward pass: activations of up to {@code capacity} samples, in slots. Slots are independent, so threads may compute
 * disjoint ranges at once, each with its own thread number; a sample's result depends on neither. Does not allocate after
 * construction.
 */
public final class ForwardPass implements AutoCloseable {
    private final Network network;
    private final int capacity;
    private final Layer[] layers;
    private final Layer[] layersAfterLookups;
    private final Lookup[] lookups;
    private final Pooling pooling;
    private final Rows[] values;
    private final NativeMemory[] scratch;
    private final Slots[] slots;
    private final UnitDropout dropout = new UnitDropout();
    private PassObserver observer;

    /**
     * Allocates the activations.
     *
     * @param network the parameters; must outlive this
     * @param capacity slots
     * @param threads threads that will run at once
     */
    public ForwardPass(Network network, int capacity, int threads) {
        this.network = network;
        this.capacity = capacity;
        layers = network.layers().toArray(Layer[]::new);
        layersAfterLookups = network.layers().stream().filter(layer -> !(layer instanceof LookupLayer))
                .toArray(Layer[]::new);
        lookups = network.lookups().toArray(Lookup[]::new);
        pooling = network.config().pooling();
        values = network.values().stream().map(spec -> spec.allocate(capacity, capacity)).toArray(Rows[]::new);
        long scratchBytes = Layout.LINE_BYTES;
        for (Layer layer : layers) {
            scratchBytes = Math.max(scratchBytes, layer.scratchBytes());
        }
        scratch = new NativeMemory[threads];
        slots = new Slots[threads];
        for (int t = 0; t < threads; t++) {
            scratch[t] = NativeMemory.allocate(scratchBytes);
            slots[t] = new Slots(values, scratch[t].segment(), dropout);
        }
    }

    /**
     * Computes the slots {@code [from, to)}: slot {@code s} holds the batch's sample {@code batchFrom + s}.
     *
     * @param batch the samples; their features match the model's, and {@link Network#derive} has seen them
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
        final Slots range = slots[thread].set(batch, batchFrom, from, to);
        if (observer != null) {
            runObserved(range, thread);
            return;
        }
        for (Layer layer : layers) {
            layer.forward(range);
        }
    }

    private void runObserved(Slots range, int thread) {
        observer.begin(thread);
        for (int i = 0; i < layers.length; i++) {
            layers[i].forward(range);
            observer.end(PassPhase.FORWARD, i, thread);
        }
    }

    /**
     * Sets who is told when {@link #run} has computed a layer.
     *
     * @param newObserver who is told, or null for nobody
     */
    public void observe(PassObserver newObserver) {
        observer = newObserver;
    }

    /**
     * Looks up one table of the slots {@code [from, to)}, for {@link #runAfterLookups}. Threads may look up different tables
     * or slots at once.
     *
     * @param lookup number in {@link Network#lookups}
     * @param batch the samples; their features match the model's
     * @param batchFrom the batch's sample that slot 0 holds
     * @param from first slot
     * @param to end of the slots, more than {@code from}
     * @param thread the calling thread's number, below {@code threads}
     * @throws IndexOutOfBoundsException naming table, bag and index if an index is not a row of its table
     */
    public void lookup(int lookup, Batch batch, int batchFrom, int from, int to, int thread) {
        if (lookups[lookup].isPooled()) {
            LookupLayer.pool(lookups[lookup], pooling, slots[thread].set(batch, batchFrom, from, to));
        }
    }

    /**
     * Computes the slots {@code [from, to)} whose tables have all been looked up.
     *
     * @param batch the samples; their features match the model's
     * @param batchFrom the batch's sample that slot 0 holds
     * @param from first slot
     * @param to end of the slots, more than {@code from}
     * @param thread the calling thread's number, below {@code threads}
     */
    public void runAfterLookups(Batch batch, int batchFrom, int from, int to, int thread) {
        final Slots range = slots[thread].set(batch, batchFrom, from, to);
        for (Layer layer : layersAfterLookups) {
            layer.forward(range);
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
        for (Rows rows : values) {
            rows.touch(from, to);
        }
        scratch[thread].segment().fill((byte) 0);
    }

    /**
     * Makes this a pass of training with dropout: in the hidden layers of MLPs, the forward and backward pass leave out units
     * and scale the others by {@code 1 / (1 − share)}. Without this call, and with a share of 0, none is left out.
     *
     * @param share probability that a unit is left out, in [0, 1)
     * @param seed seed of the choice
     * @param step number of the step; each chooses other units for each layer and sample
     */
    public void dropUnits(float share, long seed, long step) {
        dropout.set(share, seed, step);
    }

    /**
     * Returns the click probabilities, one float a slot.
     *
     * @return the live segment
     */
    public MemorySegment predictions() {
        return values[network.output().values()].segment();
    }

    /**
     * Returns the number of slots.
     *
     * @return samples that fit
     */
    public int capacity() {
        return capacity;
    }

    Network network() {
        return network;
    }

    UnitDropout dropout() {
        return dropout;
    }

    Rows[] values() {
        return values;
    }

    @Override
    public void close() {
        for (NativeMemory memory : scratch) {
            memory.close();
        }
        for (Rows rows : values) {
            rows.close();
        }
    }
}
