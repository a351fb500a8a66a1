package org.dlrm4j.train;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.dlrm4j.data.Batch;
import org.dlrm4j.kernels.LazySparseUpdate;
import org.dlrm4j.kernels.RowConversion;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.kernels.SparseUpdate;
import org.dlrm4j.model.BackwardPass;
import org.dlrm4j.model.Lookup;
import org.dlrm4j.model.SparseGradient;
import org.dlrm4j.model.TableRows;
import org.dlrm4j.model.TableStorage;
import org.dlrm4j.store.ChangedRows;
import org.dlrm4j.store.EmbeddingTable;

/** Updates the rows of one table that a batch uses; owns their state. Parts of the rows may be updated at once. */
final class TableUpdate implements AutoCloseable {
    private final Lookup lookup;
    private final EmbeddingTable table;
    private final GroupSettings settings;
    private final int number;
    private final long roundingSeed;
    private final List<EmbeddingTable> states = new ArrayList<>();
    private ChangedRows changed;

    /** Rows that are rounded draw their random bits from the seed and the lookup's number. */
    TableUpdate(Lookup lookup, int number, GroupSettings settings, TableStorage storage, long roundingSeed) {
        this.lookup = lookup;
        this.number = number;
        this.settings = settings;
        this.roundingSeed = roundingSeed;
        table = lookup.table();
        try {
            for (String state : settings.states()) {
                states.add(storage.createState(table, state, settings.stateDim(table.dim())));
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            close();
            throw e;
        }
        if (settings.initialAccumulator() > 0) {
            fill(states.get(0), settings.initialAccumulator());
        }
    }

    private static void fill(EmbeddingTable state, float value) {
        for (long row = 0; row < state.rows(); row++) {
            for (int i = 0; i < state.dim(); i++) {
                state.segment().set(ValueLayout.JAVA_FLOAT, state.rowOffset(row) + (long) i * Float.BYTES, value);
            }
        }
    }

    Lookup lookup() {
        return lookup;
    }

    GroupSettings settings() {
        return settings;
    }

    /** Remembers from now on which rows are updated. */
    void trackChanges() {
        changed = new ChangedRows(table.rows());
    }

    /** The rows updated since the set was cleared, or null if they are not remembered. */
    ChangedRows changedRows() {
        return changed;
    }

    /** Tables of state, in the order of {@link GroupSettings#states}. */
    List<EmbeddingTable> states() {
        return states;
    }

    /** Lets FTRL, whose parameters are a function of its state, begin at the values that the table has. */
    void begin(float scheduledRate) {
        if (settings.kind() == OptimizerKind.FTRL) {
            final FtrlOrigin origin = new FtrlOrigin(settings, scheduledRate);
            final EmbeddingTable z = states.get(1);
            TableRows.read(table, 0, table.rows(), (row, floats, offset) -> {
                for (int i = 0; i < table.dim(); i++) {
                    final long column = (long) i * Float.BYTES;
                    final float weight = floats.get(ValueLayout.JAVA_FLOAT, offset + column);
                    // Wide weights begin at 0: pages that nothing was written to stay without memory.
                    if (weight != 0) {
                        z.segment().set(ValueLayout.JAVA_FLOAT, z.rowOffset(row) + column, origin.z(weight));
                    }
                }
            });
        }
    }

    /** Updates the batch's rows with {@code row % parts == part}. */
    void run(int part, int parts, BackwardPass backward, Batch batch, float scheduledRate, long step,
            UpdateScratch memory, int thread) {
        final float rate = scheduledRate * settings.learningRateFactor();
        final EmbeddingTable t = table;
        final SparseGradient g = backward.sparseGradient(lookup, batch);
        final int count = g.indexCount();
        final RowFormat format = t.rowFormat();
        final long key = RowConversion.roundingKey(roundingSeed, step, number);
        final boolean inOrder = !settings.sumsRows() && format == RowFormat.F32;
        final MemorySegment scratch = inOrder ? null : memory.of(thread, count, t.dim());
        final EmbeddingTable s0 = states.isEmpty() ? null : states.get(0);
        final EmbeddingTable s1 = states.size() < 2 ? null : states.get(1);
        switch (settings.kind()) {
            case SGD -> {
                if (settings.momentum() > 0) {
                    LazySparseUpdate.momentum(t.name(), format, t.segment(), t.dataOffset(), t.rowStrideBytes(),
                            t.rows(), t.dim(), key, s0.segment(), s0.dataOffset(), s0.rowStrideBytes(), g.indices(), 0,
                            count, g.offsets(), 0, g.bags(), g.pooling(), g.weights(), 0, g.gradient(),
                            g.gradientOffset(), g.gradientStrideBytes(), rate, settings.momentum(), settings.nesterov(),
                            settings.weightDecay(), part, parts, scratch, 0);
                } else if (!inOrder) {
                    SparseUpdate.sgd(t.name(), format, t.segment(), t.dataOffset(), t.rowStrideBytes(), t.rows(),
                            t.dim(), key, g.indices(), 0, count, g.offsets(), 0, g.bags(), g.pooling(), g.weights(), 0,
                            g.gradient(), g.gradientOffset(), g.gradientStrideBytes(), rate, settings.weightDecay(),
                            part, parts, scratch, 0);
                } else {
                    SparseUpdate.sgd(t.name(), t.segment(), t.dataOffset(), t.rowStrideBytes(), t.rows(), t.dim(),
                            g.indices(), 0, count, g.offsets(), 0, g.bags(), g.pooling(), g.weights(), 0, g.gradient(),
                            g.gradientOffset(), g.gradientStrideBytes(), rate, part, parts);
                }
            }
            case ADAGRAD -> SparseUpdate.adagrad(t.name(), format, t.segment(), t.dataOffset(), t.rowStrideBytes(),
                    t.rows(), t.dim(), key, s0.segment(), s0.dataOffset(), s0.rowStrideBytes(), g.indices(), 0, count,
                    g.offsets(), 0, g.bags(), g.pooling(), g.weights(), 0, g.gradient(), g.gradientOffset(),
                    g.gradientStrideBytes(), rate, settings.epsilon(), settings.weightDecay(), part, parts, scratch, 0);
            case ROW_WISE_ADAGRAD -> SparseUpdate.rowWiseAdagrad(t.name(), format, t.segment(), t.dataOffset(),
                    t.rowStrideBytes(), t.rows(), t.dim(), key, s0.segment(), s0.dataOffset(), g.indices(), 0, count,
                    g.offsets(), 0, g.bags(), g.pooling(), g.weights(), 0, g.gradient(), g.gradientOffset(),
                    g.gradientStrideBytes(), rate, settings.epsilon(), settings.weightDecay(), part, parts, scratch, 0);
            case ADAM, ADAMW -> LazySparseUpdate.adam(t.name(), format, t.segment(), t.dataOffset(), t.rowStrideBytes(),
                    t.rows(), t.dim(), key, s0.segment(), s0.dataOffset(), s0.rowStrideBytes(), s1.segment(),
                    s1.dataOffset(), s1.rowStrideBytes(), g.indices(), 0, count, g.offsets(), 0, g.bags(), g.pooling(),
                    g.weights(), 0, g.gradient(), g.gradientOffset(), g.gradientStrideBytes(), rate, settings.beta1(),
                    settings.beta2(), settings.epsilon(), settings.weightDecay(), ParameterUpdate.decay(settings), step,
                    part, parts, scratch, 0);
            case FTRL -> LazySparseUpdate.ftrl(t.name(), format, t.segment(), t.dataOffset(), t.rowStrideBytes(),
                    t.rows(), t.dim(), key, s0.segment(), s0.dataOffset(), s0.rowStrideBytes(), s1.segment(),
                    s1.dataOffset(), s1.rowStrideBytes(), g.indices(), 0, count, g.offsets(), 0, g.bags(), g.pooling(),
                    g.weights(), 0, g.gradient(), g.gradientOffset(), g.gradientStrideBytes(), rate, settings.epsilon(),
                    settings.l1(), settings.l2(), part, parts, scratch, 0);
        }
        if (changed != null) {
            // Only those in bags were updated, and checked. Any share of them will do, as bits are set atomically; this one
            // needs no division a row.
            final long first = g.offsets().get(ValueLayout.JAVA_INT, 0);
            final long used = g.offsets().getAtIndex(ValueLayout.JAVA_INT, g.bags()) - first;
            changed.mark(g.indices(), first + used * part / parts, first + used * (part + 1) / parts);
        }
    }

    @Override
    public void close() {
        states.forEach(EmbeddingTable::close);
        if (changed != null) {
            changed.close();
        }
    }
}
