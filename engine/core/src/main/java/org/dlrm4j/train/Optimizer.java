package org.dlrm4j.train;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlrm4j.data.Batch;
import org.dlrm4j.model.BackwardPass;
import org.dlrm4j.model.BatchShape;
import org.dlrm4j.model.Cost;
import org.dlrm4j.model.Lookup;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.Parameter;
import org.dlrm4j.model.PassObserver;
import org.dlrm4j.model.PassPhase;
import org.dlrm4j.store.EmbeddingTable;
import org.dlrm4j.store.Tensor;
import org.dlrm4j.store.TensorType;

/**
 * Applies a batch's gradients to a network, in tasks that may run at once: parts of each table, then blocks of rows of each
 * other parameter. Owns the optimizer's state and counts the steps. Each task writes only what is its own, so that results do
 * not depend on the threads.
 */
public final class Optimizer implements AutoCloseable {
    private record DenseTask(int parameter, int from, int to) {}

    private final OptimizerSettings settings;
    private final List<ParameterUpdate> parameters = new ArrayList<>();
    private final List<TableUpdate> tables = new ArrayList<>();
    private final List<DenseTask> denseTasks = new ArrayList<>();
    private final int partsPerTable;
    private final UpdateScratch scratch;
    private PassObserver observer;
    private long step;

    /**
     * Creates an optimizer of one method with its usual settings.
     *
     * @param kind the method
     * @param network what it updates
     * @param threads threads that will run tasks at once
     */
    public Optimizer(OptimizerKind kind, Network network, int threads) {
        this(OptimizerSettings.of(kind), network, threads);
    }

    /**
     * Creates the optimizer with its state before the first step.
     *
     * @param settings the methods
     * @param network what it updates
     * @param threads threads that will run tasks at once
     */
    public Optimizer(OptimizerSettings settings, Network network, int threads) {
        this(settings, network, threads, 0);
    }

    /**
     * Creates the optimizer with its state before the first step, and with the seed of what it does at random.
     *
     * @param settings the methods
     * @param network what it updates
     * @param threads threads that will run tasks at once
     * @param roundingSeed rows in {@link org.dlrm4j.kernels.RowFormat#BF16} are rounded at random, by bits that depend on this seed,
     *     the number of the step, the lookup, row and column
     */
    public Optimizer(OptimizerSettings settings, Network network, int threads, long roundingSeed) {
        this.settings = settings;
        scratch = new UpdateScratch(threads);
        try {
            for (Parameter parameter : network.parameters()) {
                for (int from = 0; from < parameter.rows(); from += parameter.blockRows()) {
                    denseTasks.add(new DenseTask(parameters.size(), from,
                            Math.min(parameter.rows(), from + parameter.blockRows())));
                }
                parameters.add(new ParameterUpdate(parameter, settings.of(parameter.group())));
            }
            for (Lookup lookup : network.lookups()) {
                tables.add(new TableUpdate(lookup, tables.size(), settings.of(lookup.group()), network.storage(),
                        roundingSeed));
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            close();
            throw e;
        }
        partsPerTable = tables.isEmpty() || threads == 1
                ? 1
                : Math.max(1, (2 * threads + tables.size() - 1) / tables.size());
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
        return tables.size() * partsPerTable;
    }

    int partsPerTable() {
        return partsPerTable;
    }

    /**
     * Begins a step, whose tasks follow.
     *
     * @param learningRate the step's rate
     */
    public void beginStep(float learningRate) {
        if (step == 0) {
            parameters.forEach(parameter -> parameter.begin(learningRate));
            tables.forEach(table -> table.begin(learningRate));
        }
        step++;
    }

    /**
     * Runs one task of the step that began.
     *
     * @param task number of the task
     * @param backward the gradients of the whole batch
     * @param batch the samples
     * @param learningRate the step's rate
     * @param thread the calling thread's number
     */
    public void run(int task, BackwardPass backward, Batch batch, float learningRate, int thread) {
        final PassObserver told = observer;
        if (told == null) {
            update(task, backward, batch, learningRate, thread);
            return;
        }
        told.begin(thread);
        update(task, backward, batch, learningRate, thread);
        if (task < sparseTasks()) {
            told.end(PassPhase.TABLES, task / partsPerTable, thread);
        } else {
            told.end(PassPhase.PARAMETERS, denseTasks.get(task - sparseTasks()).parameter, thread);
        }
    }

    /** Sets who is told when a task is done; null for nobody. */
    void observe(PassObserver newObserver) {
        observer = newObserver;
    }

    private void update(int task, BackwardPass backward, Batch batch, float learningRate, int thread) {
        // Tables first: their times differ most, so they should not be what the threads wait for at the end.
        if (task < sparseTasks()) {
            tables.get(task / partsPerTable).run(task % partsPerTable, partsPerTable, backward, batch, learningRate,
                    step, scratch, thread);
        } else {
            final DenseTask dense = denseTasks.get(task - sparseTasks());
            parameters.get(dense.parameter).run(dense.from, dense.to, backward.parameterGradient(dense.parameter),
                    learningRate, step);
        }
    }

    /**
     * Returns what the update of a parameter costs in one step.
     *
     * @param parameter number in {@link Network#parameters}
     * @return gradient and state read, values and state written, copies for products brought up to date
     */
    public Cost parameterCost(int parameter) {
        final ParameterUpdate update = parameters.get(parameter);
        return UpdateCosts.of(update.parameter(), update.settings());
    }

    /**
     * Returns what the update of a table's rows costs in one step.
     *
     * @param lookup number in {@link Network#lookups}
     * @param shape the whole batch
     * @return gradients read, rows and their state read and written; a row of several bags counts once for each
     */
    public Cost tableCost(int lookup, BatchShape shape) {
        final TableUpdate update = tables.get(lookup);
        return UpdateCosts.of(update.lookup(), update.settings(), update.states(), shape);
    }

    /**
     * Returns the settings.
     *
     * @return how each group is updated
     */
    public OptimizerSettings settings() {
        return settings;
    }

    /**
     * Returns the number of steps begun.
     *
     * @return steps, 0 before the first
     */
    public long step() {
        return step;
    }

    /**
     * Goes on with state that was restored.
     *
     * @param steps steps that the state has seen
     */
    void resumeFrom(long steps) {
        step = steps;
    }

    /**
     * Returns the state of the parameters outside the tables, by the state's name and the parameter's:
     * {@code state.top_l.0.weight}, {@code mean.top_l.0.weight}.
     *
     * @return live tensors in the parameters' shapes
     */
    Map<String, Tensor> parameterStates() {
        final Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (ParameterUpdate update : parameters) {
            final List<String> names = update.settings().states();
            for (int i = 0; i < names.size(); i++) {
                final MemorySegment state = update.state(i);
                tensors.put(names.get(i) + "." + update.parameter().name(),
                        new Tensor(TensorType.F32, state, update.parameter().shape()));
            }
        }
        return tensors;
    }

    /** Remembers from now on which rows of tables are updated. */
    void trackChanges() {
        tables.forEach(TableUpdate::trackChanges);
    }

    /** Forgets which rows were updated: somebody has saved them. */
    void clearChanges() {
        for (TableUpdate table : tables) {
            if (table.changedRows() != null) {
                table.changedRows().clear();
            }
        }
    }

    List<TableUpdate> tableUpdates() {
        return tables;
    }

    /**
     * Returns the state of the tables, named after table and state: {@code table-00-state}, {@code table-00-mean}.
     *
     * @return live tables, as many rows as their table
     */
    public List<EmbeddingTable> tableStates() {
        return tables.stream().flatMap(table -> table.states().stream()).toList();
    }

    /** Returns the state of one table, by the number of its lookup. */
    List<EmbeddingTable> tableStates(int lookup) {
        return tables.get(lookup).states();
    }

    @Override
    public void close() {
        parameters.forEach(ParameterUpdate::close);
        tables.forEach(TableUpdate::close);
        scratch.close();
    }
}
