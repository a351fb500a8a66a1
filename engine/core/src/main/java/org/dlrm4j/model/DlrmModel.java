package org.dlrm4j.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.kernels.Activation;
import org.dlrm4j.store.EmbeddingTable;

/**
 * The parameters of a DLRM: embedding tables, bottom MLP, top MLP. Owns them; {@link #close} releases all. Reading is
 * thread-safe; the trainer is the only writer.
 */
public final class DlrmModel implements AutoCloseable {
    private final DlrmConfig config;
    private final List<EmbeddingTable> tables;
    private final TableStorage storage;
    private final Mlp bottom;
    private final Mlp top;

    /**
     * Creates a model around tables.
     *
     * @param config the architecture
     * @param tables one per sparse feature, of the configured shape; the model takes ownership, also when this throws
     * @param storage where state that is trained along goes, or null if the model will not be trained
     * @throws IllegalArgumentException if a table has another shape than configured
     */
    public DlrmModel(DlrmConfig config, List<EmbeddingTable> tables, TableStorage storage) {
        this.config = config;
        this.storage = storage;
        final boolean trainable = storage != null;
        this.tables = List.copyOf(tables);
        Mlp bottomMlp = null;
        Mlp topMlp = null;
        try {
            checkTables();
            bottomMlp = new Mlp(config.bottom(), Activation.RELU, trainable);
            topMlp = new Mlp(config.topWithInput(), Activation.SIGMOID, trainable);
        } catch (RuntimeException | OutOfMemoryError e) {
            this.tables.forEach(EmbeddingTable::close);
            if (bottomMlp != null) {
                bottomMlp.close();
            }
            throw e;
        }
        bottom = bottomMlp;
        top = topMlp;
    }

    private void checkTables() {
        final long[] rows = config.rows();
        if (tables.size() != rows.length) {
            throw new IllegalArgumentException(tables.size() + " tables for " + rows.length + " sparse features");
        }
        for (int f = 0; f < rows.length; f++) {
            final EmbeddingTable table = tables.get(f);
            if (table.rows() != rows[f] || table.dim() != config.dim()) {
                throw new IllegalArgumentException("table " + table.name() + " is " + table.rows() + " x " + table.dim()
                        + ", the configuration says " + rows[f] + " x " + config.dim());
            }
        }
    }

    /**
     * Creates a trainable model with tables in anonymous memory and the reference's random initial parameters.
     *
     * @param config the architecture
     * @param random the stream to draw from
     * @return the model
     */
    public static DlrmModel create(DlrmConfig config, NumpyRandom random) {
        return create(config, random, TableStorage.anonymous());
    }

    /**
     * Creates a trainable model with the reference's random initial parameters: tables in order
     * {@code ~ U(±sqrt(1 / rows))}, then the bottom MLP, then the top MLP, from one stream.
     *
     * @param config the architecture
     * @param random the stream to draw from
     * @param storage where tables and optimizer state go
     * @return the model
     */
    public static DlrmModel create(DlrmConfig config, NumpyRandom random, TableStorage storage) {
        final List<EmbeddingTable> tables = new ArrayList<>();
        try {
            final long[] rows = config.rows();
            for (int f = 0; f < rows.length; f++) {
                tables.add(storage.create(tableName(f), rows[f], config.dim()));
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            tables.forEach(EmbeddingTable::close);
            throw e;
        }
        final DlrmModel model = new DlrmModel(config, tables, storage);
        model.initialize(random);
        return model;
    }

    /** Draws all parameters. */
    private void initialize(NumpyRandom random) {
        for (EmbeddingTable table : tables) {
            final double bound = Math.sqrt(1.0 / table.rows());
            final MemorySegment segment = table.segment();
            for (long row = 0; row < table.rows(); row++) {
                final long offset = table.rowOffset(row);
                for (int i = 0; i < table.dim(); i++) {
                    segment.set(ValueLayout.JAVA_FLOAT, offset + (long) i * Float.BYTES,
                            (float) random.uniform(-bound, bound));
                }
            }
        }
        bottom.initialize(random);
        top.initialize(random);
    }

    /**
     * Returns the name of a table in messages and files.
     *
     * @param feature the sparse feature
     * @return for example {@code table-07}
     */
    public static String tableName(int feature) {
        return String.format("table-%02d", feature);
    }

    /**
     * Returns the architecture.
     *
     * @return the configuration
     */
    public DlrmConfig config() {
        return config;
    }

    /**
     * Returns the embedding tables.
     *
     * @return one per sparse feature, unmodifiable
     */
    public List<EmbeddingTable> tables() {
        return tables;
    }

    /**
     * Returns where state that is trained along goes.
     *
     * @return the storage, or null if the model is only for scoring
     */
    public TableStorage storage() {
        return storage;
    }

    /**
     * Returns the bottom MLP.
     *
     * @return dense features to embedding dimension
     */
    public Mlp bottom() {
        return bottom;
    }

    /**
     * Returns the top MLP.
     *
     * @return interaction to click probability
     */
    public Mlp top() {
        return top;
    }

    @Override
    public void close() {
        top.close();
        bottom.close();
        tables.forEach(EmbeddingTable::close);
    }
}
