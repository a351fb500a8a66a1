package org.dlrm4j.model;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.kernels.WeightFormat;
import org.dlrm4j.store.EmbeddingTable;

/**
 * A model's parameters and how they are connected: tables and layers. Owns them; {@link #close} releases all. Reading is
 * thread-safe; the trainer is the only writer.
 */
public final class Network implements AutoCloseable {
    private final ModelConfig config;
    private final List<EmbeddingTable> tables;
    private final TableStorage storage;
    private final WeightFormat denseWeights;
    private final DerivedFeature[] derived;
    private final List<Layer> layers;
    private final List<Parameter> parameters;
    private final List<Lookup> lookups;
    private final Map<String, Mlp> mlps;
    private final List<BufferSpec> values;
    private final List<BufferSpec> gradients;
    private final Signal output;

    /**
     * Creates a network around tables; its other parameters are zero.
     *
     * @param config the model
     * @param tables as {@link ModelConfig#tables} says; the network takes ownership, also when this throws
     * @param storage where state that is trained along goes, or null if the network will not be trained
     * @throws IllegalArgumentException if a table has another shape than configured, or if {@code storage} is given and a table is
     *     neither float32 nor one of embeddings in {@link RowFormat#BF16}
     */
    public Network(ModelConfig config, List<EmbeddingTable> tables, TableStorage storage) {
        this(config, tables, storage, WeightFormat.F32);
    }

    /**
     * Creates a network around tables that scores, if wanted with compact weights; its other parameters are zero.
     *
     * @param config the model
     * @param tables as {@link ModelConfig#tables} says; the network takes ownership, also when this throws
     * @param denseWeights what layers multiply with: the parameters, rounded to this format. The parameters themselves stay float32
     * @throws IllegalArgumentException if a table has another shape than configured
     */
    public Network(ModelConfig config, List<EmbeddingTable> tables, WeightFormat denseWeights) {
        this(config, tables, null, denseWeights);
    }

    private Network(ModelConfig config, List<EmbeddingTable> tables, TableStorage storage, WeightFormat denseWeights) {
        this.config = config;
        this.storage = storage;
        this.denseWeights = denseWeights;
        this.tables = List.copyOf(tables);
        NetworkBuilder built = null;
        try {
            checkTables();
            built = new NetworkBuilder(config, this.tables, denseWeights, storage != null);
            Architectures.wire(config.architecture(), built);
        } catch (RuntimeException | OutOfMemoryError e) {
            this.tables.forEach(EmbeddingTable::close);
            if (built != null) {
                built.close();
            }
            throw e;
        }
        derived = built.derived().toArray(DerivedFeature[]::new);
        layers = built.layers();
        parameters = built.parameters();
        lookups = built.lookups();
        mlps = built.mlps();
        values = built.values();
        gradients = built.gradients();
        output = built.output();
    }

    private void checkTables() {
        final List<TableSpec> specs = config.tables();
        if (tables.size() != specs.size()) {
            throw new IllegalArgumentException(tables.size() + " tables, the configuration says " + specs.size());
        }
        for (int i = 0; i < specs.size(); i++) {
            final EmbeddingTable table = tables.get(i);
            final TableSpec spec = specs.get(i);
            if (table.rows() != spec.rows() || table.dim() != spec.dim()) {
                throw new IllegalArgumentException("table " + table.name() + " is " + table.rows() + " x " + table.dim()
                        + ", the configuration says " + spec.rows() + " x " + spec.dim());
            }
            if (storage != null && !TableRows.trainable(table.rowFormat(), spec.group())) {
                throw new IllegalArgumentException("table " + table.name() + " is in row format " + table.rowFormat()
                        + ", expected f32" + (spec.group() == ParameterGroup.EMBEDDING ? " or bf16" : "")
                        + ": no other can be trained");
            }
        }
    }

    /**
     * Creates a trainable network with tables in anonymous memory and random initial parameters.
     *
     * @param config the model
     * @param random the stream to draw from
     * @return the network
     */
    public static Network create(ModelConfig config, NumpyRandom random) {
        return create(config, random, TableStorage.anonymous());
    }

    /**
     * Creates a trainable network with random initial parameters, as the reference draws them: tables in order, within the
     * range of their {@link TableSpec}, then the layers in order, from one stream.
     *
     * @param config the model
     * @param random the stream to draw from
     * @param storage where tables and optimizer state go
     * @return the network
     */
    public static Network create(ModelConfig config, NumpyRandom random, TableStorage storage) {
        return create(config, random, storage, RowFormat.F32);
    }

    /**
     * Creates a trainable network with random initial parameters, as {@link #create(ModelConfig, NumpyRandom, TableStorage)} does,
     * and chooses how embeddings are stored.
     *
     * @param config the model
     * @param random the stream to draw from
     * @param storage where tables and optimizer state go
     * @param format of tables of embeddings, {@link RowFormat#F32} or {@link RowFormat#BF16}, in which initial numbers are rounded
     *     to the nearest; single weights are float32
     * @return the network
     * @throws IllegalArgumentException if a table cannot be trained in this format, naming it
     */
    public static Network create(ModelConfig config, NumpyRandom random, TableStorage storage, RowFormat format) {
        final Network network = new Network(config, allocate(config, storage, format), storage);
        final List<TableSpec> specs = config.tables();
        for (int i = 0; i < specs.size(); i++) {
            initialize(network.tables.get(i), specs.get(i), random);
        }
        network.layers.forEach(layer -> layer.initialize(random));
        return network;
    }

    /**
     * Creates a trainable network whose layers have random initial parameters and whose tables are zeros that nothing has
     * touched: no page of them takes memory or disk space yet. For measurements with tables larger than either.
     *
     * @param config the model
     * @param random the stream that layers draw from, in order
     * @param storage where tables and optimizer state go
     * @param format of tables of embeddings, {@link RowFormat#F32} or {@link RowFormat#BF16}; single weights are float32
     * @return the network
     */
    public static Network createWithEmptyTables(ModelConfig config, NumpyRandom random, TableStorage storage,
            RowFormat format) {
        return createWithEmptyTables(config, random, storage, format, WeightFormat.F32);
    }

    /**
     * Creates a network with empty tables, as {@link #createWithEmptyTables(ModelConfig, NumpyRandom, TableStorage, RowFormat)} does,
     * and chooses what layers multiply with.
     *
     * @param config the model
     * @param random the stream that layers draw from, in order
     * @param storage where tables and optimizer state go
     * @param format of tables of embeddings, {@link RowFormat#F32} or {@link RowFormat#BF16}; single weights are float32
     * @param denseWeights what layers multiply with; with any but {@link WeightFormat#F32} the network only scores
     * @return the network
     */
    public static Network createWithEmptyTables(ModelConfig config, NumpyRandom random, TableStorage storage,
            RowFormat format, WeightFormat denseWeights) {
        final Network network = new Network(config, allocate(config, storage, format),
                denseWeights == WeightFormat.F32 ? storage : null, denseWeights);
        network.layers.forEach(layer -> layer.initialize(random));
        return network;
    }

    private static List<EmbeddingTable> allocate(ModelConfig config, TableStorage storage, RowFormat format) {
        final List<EmbeddingTable> tables = new ArrayList<>();
        try {
            for (TableSpec spec : config.tables()) {
                tables.add(storage.create(spec.name(), spec.rows(), spec.dim(), spec.storedAs(format)));
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            tables.forEach(EmbeddingTable::close);
            throw e;
        }
        return tables;
    }

    private static void initialize(EmbeddingTable table, TableSpec spec, NumpyRandom random) {
        final double from = spec.initialFrom();
        final double to = spec.initialTo();
        if (from == 0 && to == 0) {
            // Pages that nothing was written to stay without memory.
            return;
        }
        TableRows.write(table, 0, table.rows(), (row, floats, offset) -> {
            for (int i = 0; i < table.dim(); i++) {
                floats.set(ValueLayout.JAVA_FLOAT, offset + (long) i * Float.BYTES,
                        (float) (from == to ? from : random.uniform(from, to)));
            }
        });
    }

    /**
     * Returns what the network is.
     *
     * @return the configuration
     */
    public ModelConfig config() {
        return config;
    }

    /**
     * Returns the tables.
     *
     * @return in the order of {@link ModelConfig#tables}, unmodifiable
     */
    public List<EmbeddingTable> tables() {
        return tables;
    }

    /**
     * Returns the tables in their places.
     *
     * @return one a table, in the order of the forward pass, unmodifiable
     */
    public List<Lookup> lookups() {
        return lookups;
    }

    /**
     * Returns the trained tensors outside the tables.
     *
     * @return in the order of the forward pass, unmodifiable
     */
    public List<Parameter> parameters() {
        return parameters;
    }

    /**
     * Returns a stack of fully connected layers.
     *
     * @param name prefix of its parameters' names, such as {@code top_l}
     * @return its layers
     * @throws IllegalArgumentException if the network has no such stack
     */
    public Mlp mlp(String name) {
        final Mlp mlp = mlps.get(name);
        if (mlp == null) {
            throw new IllegalArgumentException("no MLP " + name + ", expected one of " + mlps.keySet());
        }
        return mlp;
    }

    /**
     * Returns how many features the model derives from a batch's own.
     *
     * @return number of derived features
     */
    public int derivedFeatures() {
        return derived.length;
    }

    /**
     * Derives all features that the model makes of the batch's own, behind them. Whoever fills a batch calls this before the
     * forward pass, unless {@link #derivedFeatures} is 0, and again before one after parameters changed: weights of indices are
     * copies of parameters.
     *
     * @param batch a complete batch
     */
    public void derive(Batch batch) {
        batch.beginDerived(derived.length);
        for (int feature = 0; feature < derived.length; feature++) {
            derive(feature, batch);
        }
    }

    /**
     * Derives one feature of a batch after {@link Batch#beginDerived}. Threads may derive different ones at once.
     *
     * @param feature its number, below {@link #derivedFeatures}
     * @param batch a complete batch
     */
    public void derive(int feature, Batch batch) {
        derived[feature].fill(batch, batch.sparseFeatures() + feature);
    }

    /**
     * Returns where state that is trained along goes.
     *
     * @return the storage, or null if the network is only for scoring
     */
    public TableStorage storage() {
        return storage;
    }

    /**
     * Returns what layers multiply with.
     *
     * @return the format that {@link #parameters} are rounded to in forward passes
     */
    public WeightFormat denseWeights() {
        return denseWeights;
    }

    /**
     * Returns the layers as reports see them.
     *
     * @return in the order of the forward pass
     */
    public List<Operator> operators() {
        return layers.stream().map(Operator::new).toList();
    }

    List<Layer> layers() {
        return layers;
    }

    List<BufferSpec> values() {
        return values;
    }

    List<BufferSpec> gradients() {
        return gradients;
    }

    Signal output() {
        return output;
    }

    @Override
    public void close() {
        layers.forEach(Layer::close);
        tables.forEach(EmbeddingTable::close);
    }
}
