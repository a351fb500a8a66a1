package org.dlrm4j.train;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.dlrm4j.data.Batch;
import org.dlrm4j.kernels.DenseOptimizer;
import org.dlrm4j.kernels.Pooling;
import org.dlrm4j.kernels.SparseUpdate;
import org.dlrm4j.model.BackwardPass;
import org.dlrm4j.model.Lookup;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.Parameter;
import org.dlrm4j.os.NativeMemory;
import org.dlrm4j.store.EmbeddingTable;

/**
 * Applies a batch's gradients to a network, in tasks that may run at once: parts of each table, then blocks of rows of each
 * other parameter. Owns the optimizer's state. Each task writes only what is its own, so that results do not depend on the
 * threads.
 */
public final class Optimizer implements AutoCloseable {
    private static final float EPSILON = 1e-10f;

    private record DenseTask(int parameter, int from, int to) {}

    private final OptimizerKind kind;
    private final Pooling pooling;
    private final Parameter[] parameters;
    private final List<DenseTask> denseTasks = new ArrayList<>();
    private final List<NativeMemory> parameterStates = new ArrayList<>();
    private final Lookup[] lookups;
    private final List<EmbeddingTable> tableStates = new ArrayList<>();
    private final int partsPerTable;
    private final NativeMemory[] scratch;

    /**
     * Creates the optimizer with zero state.
     *
     * @param kind the method
     * @param network what it updates
     * @param threads threads that will run tasks at once
     */
    public Optimizer(OptimizerKind kind, Network network, int threads) {
        this.kind = kind;
        pooling = network.config().pooling();
        parameters = network.parameters().toArray(Parameter[]::new);
        for (int i = 0; i < parameters.length; i++) {
            final Parameter parameter = parameters[i];
            for (int from = 0; from < parameter.rows(); from += parameter.blockRows()) {
                denseTasks.add(new DenseTask(i, from, Math.min(parameter.rows(), from + parameter.blockRows())));
            }
            if (kind != OptimizerKind.SGD) {
                parameterStates.add(NativeMemory.allocate(parameter.count() * Float.BYTES));
            }
        }
        lookups = network.lookups().toArray(Lookup[]::new);
        if (kind != OptimizerKind.SGD) {
            for (Lookup lookup : lookups) {
                final EmbeddingTable table = lookup.table();
                tableStates.add(network.storage().createState(table,
                        kind == OptimizerKind.ADAGRAD ? table.dim() : 1));
            }
        }
        partsPerTable = lookups.length == 0 || threads == 1
                ? 1
                : Math.max(1, (2 * threads + lookups.length - 1) / lookups.length);
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

    /** The first tasks, in the order of {@link Network#lookups}. */
    int sparseTasks() {
        return lookups.length * partsPerTable;
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
    public void run(int task, BackwardPass backward, Batch batch, float learningRate, int thread) {
        // Tables first: their times differ most, so they should not be what the threads wait for at the end.
        if (task < sparseTasks()) {
            updateTable(task / partsPerTable, task % partsPerTable, backward, batch, learningRate, thread);
        } else {
            updateParameter(denseTasks.get(task - sparseTasks()), backward, learningRate);
        }
    }

    private void updateParameter(DenseTask task, BackwardPass backward, float learningRate) {
        final Parameter parameter = parameters[task.parameter];
        final MemorySegment gradient = backward.parameterGradient(task.parameter);
        final long offset = (long) task.from * parameter.rowFloats() * Float.BYTES;
        final long count = (long) (task.to - task.from) * parameter.rowFloats();
        if (kind == OptimizerKind.SGD) {
            DenseOptimizer.sgd(parameter.values(), offset, gradient, offset, count, learningRate);
        } else {
            DenseOptimizer.adagrad(parameter.values(), offset, gradient, offset, parameterState(task.parameter), offset,
                    count, learningRate, EPSILON);
        }
        parameter.changed(task.from, task.to);
    }

    private void updateTable(int number, int part, BackwardPass backward, Batch batch, float learningRate,
            int thread) {
        final Lookup lookup = lookups[number];
        final EmbeddingTable t = lookup.table();
        final int f = lookup.feature();
        final MemorySegment gradient = backward.lookupGradient(lookup);
        final long gradientOffset = backward.lookupGradientOffset(lookup);
        final long gradientStrideBytes = backward.lookupGradientStrideBytes(lookup);
        switch (kind) {
            case SGD -> SparseUpdate.sgd(t.name(), t.segment(), t.dataOffset(), t.rowStrideBytes(), t.rows(), t.dim(),
                    batch.indices(f), 0, batch.indexCount(f), batch.offsets(f), 0, batch.size(),
                    pooling, null,
                    0, gradient, gradientOffset, gradientStrideBytes, learningRate, part, partsPerTable);
            case ADAGRAD -> {
                final EmbeddingTable state = tableStates.get(number);
                SparseUpdate.adagrad(t.name(), t.segment(), t.dataOffset(), t.rowStrideBytes(), t.rows(), t.dim(),
                        state.segment(), state.dataOffset(), state.rowStrideBytes(), batch.indices(f), 0,
                        batch.indexCount(f),
                        batch.offsets(f), 0, batch.size(), pooling, null, 0, gradient, gradientOffset,
                        gradientStrideBytes, learningRate, EPSILON, part, partsPerTable,
                        scratch(batch.indexCount(f), t.dim(), thread), 0);
            }
            case ROW_WISE_ADAGRAD -> {
                final EmbeddingTable state = tableStates.get(number);
                SparseUpdate.rowWiseAdagrad(t.name(), t.segment(), t.dataOffset(), t.rowStrideBytes(), t.rows(),
                        t.dim(),
                        state.segment(), state.dataOffset(), batch.indices(f), 0, batch.indexCount(f), batch.offsets(f),
                        0,
                        batch.size(), pooling, null, 0, gradient, gradientOffset, gradientStrideBytes,
                        learningRate, EPSILON, part, partsPerTable, scratch(batch.indexCount(f), t.dim(), thread), 0);
            }
        }
    }

    /** Grows with the batch's largest bag list; each thread owns one. */
    private MemorySegment scratch(int indexCount, int dim, int thread) {
        final long bytes = SparseUpdate.scratchBytes(indexCount, dim);
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
     * Returns the state of a parameter outside the tables.
     *
     * @param parameter number in {@link Network#parameters}
     * @return floats in the parameter's layout, or null if this kind has no state
     */
    public MemorySegment parameterState(int parameter) {
        return parameterStates.isEmpty() ? null : parameterStates.get(parameter).segment();
    }

    /**
     * Returns the state of the tables.
     *
     * @return one table of state a lookup of {@link Network#lookups}, or none if this kind has no state
     */
    public List<EmbeddingTable> tableStates() {
        return List.copyOf(tableStates);
    }

    @Override
    public void close() {
        parameterStates.forEach(NativeMemory::close);
        tableStates.forEach(EmbeddingTable::close);
        for (NativeMemory memory : scratch) {
            if (memory != null) {
                memory.close();
            }
        }
    }
}
