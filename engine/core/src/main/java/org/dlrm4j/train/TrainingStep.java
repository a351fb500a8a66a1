package org.dlrm4j.train;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.dlrm4j.data.Batch;
import org.dlrm4j.kernels.Loss;
import org.dlrm4j.kernels.Reductions;
import org.dlrm4j.model.BackwardPass;
import org.dlrm4j.model.ForwardPass;
import org.dlrm4j.model.Lookup;
import org.dlrm4j.model.LookupPrefetch;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.Parameter;
import org.dlrm4j.model.PassObserver;
import org.dlrm4j.model.PassPhase;
import org.dlrm4j.model.TableRows;
import org.dlrm4j.os.NativeMemory;
import org.dlrm4j.store.EmbeddingTable;

/**
 * One optimizer step on one batch. The batch is cut into chunks whose activations stay in the caches; in each, threads first
 * take ranges of samples through forward, loss and backward, then parts of the weights' gradients; after the last chunk they
 * take the updates. Rows of tables in files that are not in memory are read ahead of all that, many at once. Every sum has a fixed order, so that parameters are bit-identical for any number of threads.
 */
public final class TrainingStep implements AutoCloseable {
    /** What a derived index costs, in multiply-adds. */
    private static final int DERIVE_WORK = 100;

    private static final int CHUNK_SAMPLES = 512;

    private final Network network;
    private final ModelConfig config;
    private final Optimizer optimizer;
    private final WorkerPool pool;
    private final ParallelForward parallel;
    private final ForwardPass forward;
    private final BackwardPass backward;
    private final NativeMemory losses;
    private final float weight0;
    private final float weight1;
    private final float dropout;
    private final long dropoutSeed;
    private final GradientClipping clipping;
    private final LookupPrefetch prefetch;
    private final long[] prefetchScratch = LookupPrefetch.newScratch();
    private PassObserver observer;

    /**
     * Allocates workspace.
     *
     * @param network what to train
     * @param optimizer how
     * @param maxBatch samples of the largest batch
     * @param pool the threads
     */
    public TrainingStep(Network network, Optimizer optimizer, int maxBatch, WorkerPool pool) {
        this(network, optimizer, maxBatch, pool, 0f, 0);
    }

    /**
     * Allocates workspace for steps with dropout.
     *
     * @param network what to train
     * @param optimizer how
     * @param maxBatch samples of the largest batch
     * @param pool the threads
     * @param dropout share of the units of each hidden layer of an MLP that a step leaves out, in [0, 1)
     * @param dropoutSeed seed of the choice, which depends on the step's number, layer and sample, too
     */
    public TrainingStep(Network network, Optimizer optimizer, int maxBatch, WorkerPool pool, float dropout,
            long dropoutSeed) {
        this(network, optimizer, maxBatch, pool, dropout, dropoutSeed, NodeShares.nodesOf(network));
    }

    /** Takes tables to be on nodes that tests may invent. */
    TrainingStep(Network network, Optimizer optimizer, int maxBatch, WorkerPool pool, int[] tableNodes) {
        this(network, optimizer, maxBatch, pool, 0f, 0, tableNodes);
    }

    private TrainingStep(Network network, Optimizer optimizer, int maxBatch, WorkerPool pool, float dropout,
            long dropoutSeed, int[] tableNodes) {
        this.dropout = dropout;
        this.dropoutSeed = dropoutSeed;
        this.network = network;
        this.optimizer = optimizer;
        this.pool = pool;
        config = network.config();
        weight0 = config.lossWeights()[0];
        weight1 = config.lossWeights()[1];
        final int threads = pool.threads();
        parallel = new ParallelForward(network, chunkSamples(maxBatch, threads), pool, tableNodes);
        forward = parallel.forward();
        backward = new BackwardPass(forward, maxBatch, threads);
        for (int at = 0; pool.spansNodes() && at < maxBatch; at += forward.capacity()) {
            final int chunkFrom = at;
            pool.runRanges(Math.min(forward.capacity(), maxBatch - at), Long.MAX_VALUE,
                    (from, to, thread) -> backward.touch(chunkFrom, from, to, thread));
        }
        clipping = optimizer.settings().maxGradientNorm() > 0
                ? new GradientClipping(network, optimizer.settings().maxGradientNorm(), threads)
                : null;
        losses = NativeMemory.allocate((long) maxBatch * Float.BYTES);
        prefetch = new LookupPrefetch(network.lookups());
        for (int i = 0; i < network.lookups().size(); i++) {
            final int feature = network.lookups().get(i).feature();
            optimizer.tableStates(i).forEach(state -> prefetch.add(feature, state));
        }
    }

    /**
     * Trains on a batch.
     *
     * @param batch the samples
     * @param learningRate the rate
     * @param what names the batch in errors
     * @return the mean loss before the update
     * @throws NonFiniteException if the loss, or a gradient's norm that is limited, is NaN or infinite; parameters are then unchanged
     * @throws IndexOutOfBoundsException naming table, bag and index if an index is not a row; parameters are then unchanged
     */
    public double run(Batch batch, float learningRate, String what) {
        final int size = batch.size();
        if (size == 0) {
            throw new IllegalArgumentException(what + " has no samples");
        }
        final float scale = 1f / size;
        derive(batch);
        if (!prefetch.isEmpty()) {
            prefetch.request(batch, prefetchScratch);
        }
        backward.begin(batch);
        final long sampleWork = parallel.sampleWork(batch);
        double sum = 0;
        forward.dropUnits(dropout, dropoutSeed, optimizer.step() + 1);
        for (int at = 0; at < size; at += forward.capacity()) {
            final int chunkFrom = at;
            final int m = Math.min(forward.capacity(), size - at);
            // Forward and backward pass to the data are a product each, the gradients of the weights another.
            final long work = 2 * m * sampleWork;
            final boolean lookedUp = parallel.lookUpByNode(batch, chunkFrom, m, work);
            pool.runRanges(m, work,
                    (from, to, thread) -> samples(batch, chunkFrom, from, to, scale, lookedUp, thread));
            pool.runItems(backward.weightTasks(), m * parallel.denseParameters(),
                    (task, thread) -> backward.weights(task, batch, chunkFrom, m, chunkFrom > 0, thread));
        }
        for (int i = 0; i < size; i++) {
            sum += losses.segment().getAtIndex(ValueLayout.JAVA_FLOAT, i);
        }
        if (!Double.isFinite(sum)) {
            throw new NonFiniteException(what + ": " + culprit(batch));
        }
        if (clipping != null) {
            clip(batch, what);
        }
        update(batch, learningRate);
        return sum / size;
    }

    /**
     * Sets who is told how steps proceed, operator by operator. Lookups that are done by threads of their NUMA node are not told.
     *
     * @param newObserver who is told from the next step on, or null for nobody
     */
    public void observe(PassObserver newObserver) {
        observer = newObserver;
        forward.observe(newObserver);
        backward.observe(newObserver);
        optimizer.observe(newObserver);
    }

    /**
     * Returns how many samples a step takes through the layers at once, before the gradients of the weights.
     *
     * @param maxBatch samples of the largest batch
     * @param threads threads of the pool
     * @return samples of a chunk
     */
    public static int chunkSamples(int maxBatch, int threads) {
        return Math.min(maxBatch, Math.max(CHUNK_SAMPLES, 64 * threads));
    }

    private void clip(Batch batch, String what) {
        final long work = parallel.updateWork(batch);
        pool.runItems(clipping.tasks(), work, (task, thread) -> clipping.measure(task, backward, batch, thread));
        final double norm = clipping.norm();
        if (!Double.isFinite(norm)) {
            throw new NonFiniteException(what + ": the gradient's norm is " + norm
                    + " although the loss is finite; lower the learning rate");
        }
        final float factor = clipping.factor(norm);
        if (factor < 1) {
            pool.runItems(backward.gradients(), work,
                    (number, thread) -> backward.scale(number, batch.size(), factor));
        }
    }

    private void derive(Batch batch) {
        final int derived = network.derivedFeatures();
        if (derived > 0) {
            batch.beginDerived(derived);
            pool.runItems(derived, (long) derived * batch.size() * DERIVE_WORK,
                    (feature, thread) -> network.derive(feature, batch));
        }
    }

    private void update(Batch batch, float learningRate) {
        final long work = parallel.updateWork(batch);
        final NodeShares shares = parallel.shares();
        optimizer.beginStep(learningRate);
        int first = 0;
        if (shares != null && !pool.isSmall(work)) {
            shares.beginParts();
            pool.run(thread -> shares.parts(optimizer.partsPerTable(), thread, (lookup, part, at) -> optimizer
                    .run(lookup * optimizer.partsPerTable() + part, backward, batch, learningRate, at)));
            first = optimizer.sparseTasks();
        }
        final int from = first;
        pool.runItems(optimizer.tasks() - from, work,
                (task, thread) -> optimizer.run(from + task, backward, batch, learningRate, thread));
    }

    private void samples(Batch batch, int chunkFrom, int from, int to, float scale, boolean lookedUp,
            int thread) {
        if (lookedUp) {
            forward.runAfterLookups(batch, chunkFrom, from, to, thread);
        } else {
            forward.run(batch, chunkFrom, from, to, thread);
        }
        final long offset = (long) from * Float.BYTES;
        final long sampleOffset = (long) (chunkFrom + from) * Float.BYTES;
        Loss.sigmoidLoss(config.loss(), forward.predictions(), offset, batch.targets(), sampleOffset, to - from,
                config.lossThreshold(), weight0, weight1, scale, losses.segment(), sampleOffset,
                backward.outputGradient(),
                from * backward.outputStrideBytes(), backward.outputStrideBytes());
        if (observer != null) {
            observer.end(PassPhase.LOSS, 0, thread);
        }
        backward.data(batch, chunkFrom, from, to, thread);
    }

    /** Looks for the first place along the forward pass that holds a NaN or infinity. */
    private String culprit(Batch batch) {
        for (int i = 0; i < batch.size(); i++) {
            final long row = i * batch.denseStrideBytes();
            final long bad = Reductions.firstNonFinite(batch.dense(), row, config.denseFeatures());
            if (bad >= 0) {
                return "dense feature " + bad + " of sample " + i + " is "
                        + batch.dense().get(ValueLayout.JAVA_FLOAT, row + bad * Float.BYTES) + "; clean the input";
            }
            final float target = batch.targets().getAtIndex(ValueLayout.JAVA_FLOAT, i);
            if (!Float.isFinite(target)) {
                return "the target of sample " + i + " is " + target + "; clean the input";
            }
        }
        for (Parameter parameter : network.parameters()) {
            if (Reductions.firstNonFinite(parameter.values(), 0, parameter.count()) >= 0) {
                return parameter.place() + " has a parameter that is NaN or infinite; lower the learning rate";
            }
        }
        for (Lookup lookup : network.lookups()) {
            final EmbeddingTable table = lookup.table();
            final MemorySegment indices = batch.indices(lookup.feature());
            for (int p = 0; p < batch.indexCount(lookup.feature()); p++) {
                final long row = indices.getAtIndex(ValueLayout.JAVA_LONG, p);
                final boolean[] finite = {true};
                TableRows.read(table, row, row + 1, (_, floats, offset) -> finite[0] = Reductions
                        .firstNonFinite(floats, offset, table.dim()) < 0);
                if (!finite[0]) {
                    return table.name() + " row " + row + " is NaN or infinite; lower the learning rate";
                }
            }
        }
        return "activations overflow although inputs and parameters are finite; lower the learning rate";
    }

    @Override
    public void close() {
        backward.close();
        parallel.close();
        losses.close();
        prefetch.close();
        if (clipping != null) {
            clipping.close();
        }
    }
}
