package org.dlrm4j.bench.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.dlrm4j.bench.report.WorkItem.Stage;
import org.dlrm4j.bench.report.WorkItem.TableRows;
import org.dlrm4j.model.BatchShape;
import org.dlrm4j.model.Cost;
import org.dlrm4j.model.Lookup;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.Operator;
import org.dlrm4j.model.PassPhase;
import org.dlrm4j.store.EmbeddingTable;
import org.dlrm4j.train.Optimizer;
import org.dlrm4j.train.WorkerPoolOptions;

/**
 * What one training step does, operator by operator, as one of its threads sees it: costs of the layers at the sizes at which
 * the step calls them.
 *
 * @param items operators in the order of the step, the data first
 * @param tableBytes bytes of each table and its optimizer state
 * @param tableRows rows of each table that a step uses
 * @param threads threads that take part
 * @param samples samples of the batch
 * @param pooledBytes bytes a sample of all pooled rows: what model-parallel tables exchange
 * @param denseBytes bytes of the parameters outside the tables: what data-parallel MLPs sum
 */
record StepWork(List<WorkItem> items, double[] tableBytes, double[] tableRows, int threads, double samples,
        double pooledBytes, double denseBytes) {
    /** Elements that come from memory count as several multiply-adds when the engine decides whether threads pay. */
    private static final int MEMORY_COST = 4;

    private static final int LOSS_FLOATS = 4;

    StepWork {
        items = List.copyOf(items);
        tableBytes = tableBytes.clone();
        tableRows = tableRows.clone();
    }

    /** Returns the bytes of all tables. */
    double allTableBytes() {
        double sum = 0;
        for (double bytes : tableBytes) {
            sum += bytes;
        }
        return sum;
    }

    /**
     * Returns a node's part of the step of a cluster: its samples, and all rows that they all use of its tables.
     *
     * @param share its samples, of those of this step; of the rows it has the same share, the tables being divided evenly
     * @param tableShare part of each table that it has
     */
    StepWork onNode(double share, double tableShare) {
        final double[] rows = tableRows.clone();
        for (int t = 0; t < rows.length; t++) {
            rows[t] *= share;
        }
        return new StepWork(items.stream().map(item -> item.times(share)).toList(), tableBytes, rows, threads,
                samples * share, pooledBytes, denseBytes).withTablesTimes(tableShare);
    }

    /** Returns the same step on tables of other sizes: all of them so many times as large. */
    StepWork withTablesTimes(double factor) {
        final double[] times = new double[tableBytes.length];
        Arrays.fill(times, factor);
        return withTablesTimes(times);
    }

    /** Returns the same step on tables of other sizes, for a model whose tables this machine cannot hold. */
    StepWork withTablesTimes(double[] times) {
        final double[] bytes = tableBytes.clone();
        for (int t = 0; t < bytes.length; t++) {
            bytes[t] *= times[t];
        }
        return new StepWork(items, bytes, tableRows, threads, samples, pooledBytes, denseBytes);
    }

    /** Lists the work of a step on a batch of that shape, in chunks of at most so many samples. */
    static StepWork of(Network network, Optimizer optimizer, BatchShape batch, int threads, int chunkSamples) {
        return new Builder(network, optimizer, batch, threads, chunkSamples).build();
    }

    private static final class Builder {
        private final Network network;
        private final Optimizer optimizer;
        private final BatchShape batch;
        private final int threads;
        private final double chunks;
        private final double chunk;
        private final double sampleWork;
        private final double denseWork;
        private final List<WorkItem> items = new ArrayList<>();

        Builder(Network network, Optimizer optimizer, BatchShape batch, int threads, int chunkSamples) {
            this.network = network;
            this.optimizer = optimizer;
            this.batch = batch;
            this.threads = threads;
            chunks = Math.ceil(batch.samples() / chunkSamples);
            chunk = batch.samples() / chunks;
            denseWork = network.config().denseParameters();
            sampleWork = denseWork + MEMORY_COST * lookupFlops() / batch.samples();
        }

        private double lookupFlops() {
            return network.lookups().stream().mapToDouble(lookup -> lookup.cost(batch).flops()).sum();
        }

        /** The engine lets one thread do what is too little for several. */
        private int threads(double work) {
            return work < WorkerPoolOptions.DEFAULT_MIN_SHARED_WORK ? 1 : threads;
        }

        StepWork build() {
            data();
            final int sampleThreads = threads(2 * chunk * sampleWork);
            layers(Stage.FORWARD, PassPhase.FORWARD, chunk / sampleThreads, 1);
            final double samples = batch.samples() / sampleThreads;
            items.add(new WorkItem("loss", Stage.LOSS, "loss", 0,
                    new Cost(0, LOSS_FLOATS * Float.BYTES * samples, 0, 0), chunks, samples,
                    LOSS_FLOATS * Float.BYTES * samples, List.of()));
            layers(Stage.BACKWARD, PassPhase.BACKWARD, chunk / sampleThreads, 1);
            layers(Stage.WEIGHTS, PassPhase.WEIGHTS, chunk, threads(chunk * denseWork));
            updates(threads(MEMORY_COST * denseWork + MEMORY_COST * lookupFlops()));
            items.add(new WorkItem("waiting, calls, sums", Stage.BETWEEN, threads == 1 ? "one thread" : "threads", 0,
                    Cost.NONE, 2 * chunks + 1, batch.samples(), 0, List.of()));
            final int tables = network.lookups().size();
            final double[] bytes = new double[tables];
            final double[] rows = new double[tables];
            double pooled = 0;
            for (int t = 0; t < tables; t++) {
                final Lookup lookup = network.lookups().get(t);
                final Cost read = lookup.cost(batch);
                bytes[t] = EmbeddingTable.bytes(lookup.table().rows(), lookup.table().dim());
                // State is as much beside the table as an update moves beside its rows.
                bytes[t] *= optimizer.tableCost(t, batch).rowBytes() / Math.max(1, 2 * read.rowBytes());
                rows[t] = read.rows();
                pooled += (double) lookup.table().dim() * Float.BYTES;
            }
            return new StepWork(items, bytes, rows, threads, batch.samples(), pooled,
                    network.parameters().stream().mapToDouble(p -> p.count() * Float.BYTES).sum());
        }

        private void data() {
            final ModelConfig config = network.config();
            double indices = 0;
            for (double rows : batch.rowsPerBag()) {
                indices += batch.samples() * rows;
            }
            final double dense = batch.samples() * (config.denseFeatures() + 1);
            final double bytes = indices * Long.BYTES + dense * Float.BYTES
                    + batch.samples() * config.sparseFeatures() * Integer.BYTES;
            items.add(new WorkItem("random data", Stage.DATA, "data", 0, new Cost(0, bytes, 0, 0), 1, indices + dense,
                    bytes, List.of()));
        }

        /** Adds the layers' items of one phase: calls for so many samples, each divided among threads or not. */
        private void layers(Stage stage, PassPhase phase, double samplesOfCall, int sharedBy) {
            final BatchShape call = batch.withSamples(samplesOfCall);
            final List<Operator> operators = network.operators();
            final double workingSet = operators.stream().mapToDouble(o -> o.cost(phase, call).bytes()).sum();
            int firstLookup = 0;
            for (int i = 0; i < operators.size(); i++) {
                final Operator operator = operators.get(i);
                final Cost cost = operator.cost(phase, call).times(chunks / sharedBy);
                // Weights come round again after all others; activations were written just before.
                final boolean reused = operator.cost(PassPhase.WEIGHTS, call).flops() > 0
                        && cost.flops() >= operator.cost(PassPhase.FORWARD, call).times(chunks / sharedBy).flops();
                final List<TableRows> rows = rows(firstLookup, operator.lookups(), cost);
                firstLookup += operator.lookups();
                if (!cost.equals(Cost.NONE)) {
                    items.add(new WorkItem(operator.name(), stage, stage + " " + operator.kind(), i, cost, chunks,
                            chunks * samplesOfCall / sharedBy * Math.max(1, rows.size()),
                            reused ? workingSet : cost.bytes() / chunks, rows));
                }
            }
        }

        /** Divides the rows of a layer of lookups among its tables, as their bags are. */
        private List<TableRows> rows(int first, int count, Cost cost) {
            final List<Lookup> lookups = network.lookups().subList(first, first + count);
            final double all = lookups.stream().mapToDouble(lookup -> lookup.cost(batch).rows()).sum();
            final List<TableRows> rows = new ArrayList<>();
            for (int t = 0; t < count && all > 0; t++) {
                final Cost own = lookups.get(t).cost(batch);
                rows.add(new TableRows(first + t, cost.rows() * own.rows() / all,
                        own.rows() == 0 ? 0 : own.rowBytes() / own.rows()));
            }
            return rows;
        }

        private void updates(int updateThreads) {
            Cost sparse = Cost.NONE;
            final List<TableRows> rows = new ArrayList<>();
            for (int t = 0; t < network.lookups().size(); t++) {
                final Cost one = optimizer.tableCost(t, batch).times(1.0 / updateThreads);
                sparse = sparse.plus(one);
                rows.add(new TableRows(t, one.rows(), one.rows() == 0 ? 0 : one.rowBytes() / one.rows()));
            }
            items.add(new WorkItem("rows of tables", Stage.TABLES, "sparse update", 0, sparse, rows.size(),
                    batch.samples() * rows.size() / updateThreads, sparse.bytes(), rows));
            Cost dense = Cost.NONE;
            for (int p = 0; p < network.parameters().size(); p++) {
                dense = dense.plus(optimizer.parameterCost(p));
            }
            items.add(new WorkItem("weights and biases", Stage.PARAMETERS, "dense update", 0,
                    dense.times(1.0 / updateThreads), (double) network.parameters().size() / updateThreads, 0,
                    dense.bytes(), List.of()));
        }
    }
}
