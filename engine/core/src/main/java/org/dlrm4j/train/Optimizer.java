package org.dlrm4j.train;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.dlrm4j.data.Batch;
import org.dlrm4j.kernels.DenseOptimizer;
import org.dlrm4j.kernels.Gemm;
import org.dlrm4j.kernels.SparseUpdate;
import org.dlrm4j.model.DlrmBackward;
import org.dlrm4j.model.DlrmModel;
import org.dlrm4j.model.Linear;
import org.dlrm4j.os.NativeMemory;
import org.dlrm4j.store.EmbeddingTable;

/**
 * Applies a batch's gradients to a model, in tasks that may run at once: blocks of rows of each layer, then parts of each
 * embedding table. Owns the optimizer's state. Each task writes only what is its own, so that results do not depend on the
 * threads.
 */
public final class Optimizer implements AutoCloseable {
    private static final float EPSILON = 1e-10f;

    private record DenseTask(int layer, int from, int to) {}

    private final OptimizerKind kind;
    private final DlrmModel model;
    private final List<Linear> layers = new ArrayList<>();
    private final List<DenseTask> denseTasks = new ArrayList<>();
    private final List<NativeMemory> weightStates = new ArrayList<>();
    private final List<NativeMemory> biasStates = new ArrayList<>();
    private final List<EmbeddingTable> tableStates = new ArrayList<>();
    private final EmbeddingTable[] tables;
    private final int partsPerTable;
    private final NativeMemory[] scratch;

    /**
     * Creates the optimizer with zero state.
     *
     * @param kind the method
     * @param model what it updates
     * @param threads threads that will run tasks at once
     */
    public Optimizer(OptimizerKind kind, DlrmModel model, int threads) {
        this.kind = kind;
        this.model = model;
        layers.addAll(model.bottom().layers());
        layers.addAll(model.top().layers());
        for (int i = 0; i < layers.size(); i++) {
            final Linear layer = layers.get(i);
            for (int from = 0; from < layer.out(); from += Gemm.panelColumns()) {
                denseTasks.add(new DenseTask(i, from, Math.min(layer.out(), from + Gemm.panelColumns())));
            }
            if (kind != OptimizerKind.SGD) {
                weightStates.add(NativeMemory.allocate((long) layer.in() * layer.out() * Float.BYTES));
                biasStates.add(NativeMemory.allocate((long) layer.out() * Float.BYTES));
            }
        }
        tables = model.tables().toArray(EmbeddingTable[]::new);
        if (kind != OptimizerKind.SGD) {
            for (EmbeddingTable table : tables) {
                tableStates.add(
                        model.storage().createState(table, kind == OptimizerKind.ADAGRAD ? table.dim() : 1));
            }
        }
        partsPerTable = tables.length == 0 || threads == 1
                ? 1
                : Math.max(1, (2 * threads + tables.length - 1) / tables.length);
        scratch = new NativeMemory[threads];
    }

    /**
     * Returns the number of tasks of one step.
     *
     * @return tasks
     */
    public int tasks() {
        return sparseTasks() + denseTasks.size();
    }

    /** The first tasks, table by table. */
    int sparseTasks() {
        return tables.length * partsPerTable;
    }

    int partsPerTable() {
        return partsPerTable;
    }

    /**
     * Runs one task.
     *
     * @param task number of the task
     * @param backward the gradients of the whole batch
     * @param batch the samples
     * @param learningRate the step's rate
     * @param thread the calling thread's number
     */
    public void run(int task, DlrmBackward backward, Batch batch, float learningRate, int thread) {
        // Tables first: their times differ most, so they should not be what the threads wait for at the end.
        if (task < sparseTasks()) {
            updateTable(task / partsPerTable, task % partsPerTable, backward, batch, learningRate, thread);
        } else {
            updateLayer(denseTasks.get(task - sparseTasks()), backward, learningRate);
        }
    }

    private void updateLayer(DenseTask task, DlrmBackward backward, float learningRate) {
        final int i = task.layer;
        final Linear layer = layers.get(i);
        final long offset = (long) task.from * layer.in() * Float.BYTES;
        final long count = (long) (task.to - task.from) * layer.in();
        final long biasOffset = (long) task.from * Float.BYTES;
        final int biasCount = task.to - task.from;
        if (kind == OptimizerKind.SGD) {
            DenseOptimizer.sgd(layer.weights(), offset, backward.weightGradient(i), offset, count, learningRate);
            DenseOptimizer.sgd(layer.bias(), biasOffset, backward.biasGradient(i), biasOffset, biasCount, learningRate);
        } else {
            DenseOptimizer.adagrad(layer.weights(), offset, backward.weightGradient(i), offset,
                    weightStates.get(i).segment(),
                    offset, count, learningRate, EPSILON);
            DenseOptimizer.adagrad(layer.bias(), biasOffset, backward.biasGradient(i), biasOffset,
                    biasStates.get(i).segment(), biasOffset, biasCount, learningRate, EPSILON);
        }
        layer.repack(task.from, task.to);
    }

    private void updateTable(int f, int part, DlrmBackward backward, Batch batch, float learningRate, int thread) {
        final EmbeddingTable t = tables[f];
        final MemorySegment gradient = backward.embeddingGradient();
        final long gradientOffset = backward.embeddingGradientOffset(f);
        final long gradientStrideBytes = backward.embeddingGradientStrideBytes();
        switch (kind) {
            case SGD -> SparseUpdate.sgd(t.name(), t.segment(), t.dataOffset(), t.rowStrideBytes(), t.rows(), t.dim(),
                    batch.indices(f), 0, batch.indexCount(f), batch.offsets(f), 0, batch.size(),
                    model.config().pooling(), null,
                    0, gradient, gradientOffset, gradientStrideBytes, learningRate, part, partsPerTable);
            case ADAGRAD -> {
                final EmbeddingTable state = tableStates.get(f);
                SparseUpdate.adagrad(t.name(), t.segment(), t.dataOffset(), t.rowStrideBytes(), t.rows(), t.dim(),
                        state.segment(), state.dataOffset(), state.rowStrideBytes(), batch.indices(f), 0,
                        batch.indexCount(f),
                        batch.offsets(f), 0, batch.size(), model.config().pooling(), null, 0, gradient, gradientOffset,
                        gradientStrideBytes, learningRate, EPSILON, part, partsPerTable, scratch(batch, f, thread), 0);
            }
            case ROW_WISE_ADAGRAD -> {
                final EmbeddingTable state = tableStates.get(f);
                SparseUpdate.rowWiseAdagrad(t.name(), t.segment(), t.dataOffset(), t.rowStrideBytes(), t.rows(),
                        t.dim(),
                        state.segment(), state.dataOffset(), batch.indices(f), 0, batch.indexCount(f), batch.offsets(f),
                        0,
                        batch.size(), model.config().pooling(), null, 0, gradient, gradientOffset, gradientStrideBytes,
                        learningRate, EPSILON, part, partsPerTable, scratch(batch, f, thread), 0);
            }
        }
    }

    /** Grows with the batch's largest bag list; each thread owns one. */
    private MemorySegment scratch(Batch batch, int f, int thread) {
        final long bytes = SparseUpdate.scratchBytes(batch.indexCount(f), tables[f].dim());
        if (scratch[thread] == null || scratch[thread].segment().byteSize() < bytes) {
            if (scratch[thread] != null) {
                scratch[thread].close();
            }
            scratch[thread] = NativeMemory.allocate(Math.max(64, bytes + bytes / 2));
        }
        return scratch[thread].segment();
    }

    /**
     * Returns the method.
     *
     * @return the optimizer's kind
     */
    public OptimizerKind kind() {
        return kind;
    }

    /**
     * Returns the state of a layer's weights.
     *
     * @param layer number of the layer, bottom MLP first
     * @return {@code out × in} floats, or null if this kind has no state
     */
    public MemorySegment weightState(int layer) {
        return weightStates.isEmpty() ? null : weightStates.get(layer).segment();
    }

    /**
     * Returns the state of a layer's bias.
     *
     * @param layer number of the layer, bottom MLP first
     * @return {@code out} floats, or null if this kind has no state
     */
    public MemorySegment biasState(int layer) {
        return biasStates.isEmpty() ? null : biasStates.get(layer).segment();
    }

    /**
     * Returns the state of the tables.
     *
     * @return one table of state a table, or none if this kind has no state
     */
    public List<EmbeddingTable> tableStates() {
        return List.copyOf(tableStates);
    }

    @Override
    public void close() {
        weightStates.forEach(NativeMemory::close);
        biasStates.forEach(NativeMemory::close);
        tableStates.forEach(EmbeddingTable::close);
        for (NativeMemory memory : scratch) {
            if (memory != null) {
                memory.close();
            }
        }
    }
}
