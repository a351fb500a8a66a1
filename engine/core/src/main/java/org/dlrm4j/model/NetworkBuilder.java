package org.dlrm4j.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.dlrm4j.kernels.Activation;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.kernels.WeightFormat;
import org.dlrm4j.store.EmbeddingTable;

/**
 * Puts layers together, in the order of the forward pass. A layer that reads a signal comes after all that write it. Owns the
 * layers until they are handed to a {@link Network}.
 */
final class NetworkBuilder {
    private final ModelConfig config;
    private final Map<String, EmbeddingTable> tables = new HashMap<>();
    private final SortedMap<Integer, DerivedFeature> derived = new TreeMap<>();
    private final WeightFormat denseWeights;
    private final boolean trainable;
    private final List<BufferSpec> values = new ArrayList<>();
    private final List<BufferSpec> gradients = new ArrayList<>();
    private final List<Layer> layers = new ArrayList<>();
    private final List<Parameter> parameters = new ArrayList<>();
    private final List<Lookup> lookups = new ArrayList<>();
    private final Map<String, Mlp> mlps = new HashMap<>();
    private final Signal output;
    private int indexGradients;

    NetworkBuilder(ModelConfig config, List<EmbeddingTable> tables, WeightFormat denseWeights, boolean trainable) {
        this.config = config;
        final List<TableSpec> specs = config.tables();
        for (int i = 0; i < specs.size(); i++) {
            this.tables.put(specs.get(i).name(), tables.get(i));
        }
        this.denseWeights = denseWeights;
        this.trainable = trainable;
        output = scalar();
        final List<FeatureCross> crosses = config.architecture().crosses();
        for (int c = 0; c < crosses.size(); c++) {
            derive(config.sparseFeatures() + c, crosses.get(c)::fill);
        }
    }

    ModelConfig config() {
        return config;
    }

    private Signal signal(int width, boolean packed, boolean wholeBatch) {
        values.add(new BufferSpec(width, packed, false));
        gradients.add(new BufferSpec(width, packed, wholeBatch));
        return new Signal(values.size() - 1, gradients.size() - 1, 0, width);
    }

    /** Makes room for a vector a slot. */
    Signal signal(int width) {
        return signal(width, false, false);
    }

    /** Makes room for a vector a slot that lookups write to: its gradient is kept for the whole batch. */
    Signal lookupSignal(int width) {
        return signal(width, false, true);
    }

    /** Makes room for one number a slot, without padding. */
    Signal scalar() {
        return signal(1, true, false);
    }

    /** Returns a signal of the same values with a gradient of its own. */
    Signal shadow(Signal signal) {
        gradients.add(new BufferSpec(signal.column() + signal.width(), false, false));
        return new Signal(signal.values(), gradients.size() - 1, signal.column(), signal.width());
    }

    /** Returns the batch's dense features. */
    Signal denseFeatures() {
        return new Signal(Signal.DENSE_FEATURES, Signal.NO_GRADIENT, 0, config.denseFeatures());
    }

    /** Returns where the click probability goes; its gradient is that of the logit. */
    Signal output() {
        return output;
    }

    /** Appends a layer. */
    void add(Layer layer) {
        layers.add(layer);
        parameters.addAll(layer.parameters());
    }

    /** Returns the number of the next layer's first parameter. */
    int nextParameter() {
        return parameters.size();
    }

    /** Makes a feature of the batch's own; features count from the batch's sparse features on, without gaps. */
    void derive(int feature, DerivedFeature derivation) {
        derived.put(feature, derivation);
    }

    /** Appends the vectors of all sparse features, each in its own columns. */
    void embeddings(Signal out) {
        final int width = config.architecture().embeddings().width(config.dim());
        final List<FeatureEmbedding> plan = EmbeddingSchemes.plan(config);
        final List<Signal> pooled = new ArrayList<>();
        final int first = lookups.size();
        for (int f = 0; f < plan.size(); f++) {
            pooled.add(plan.get(f).lookUp(this, out.columns(f * width, width)));
        }
        addLookups("embedding lookups", first);
        for (int f = 0; f < plan.size(); f++) {
            plan.get(f).combine(this, pooled.get(f), out.columns(f * width, width));
        }
    }

    /** Appends the tables of single weights, a column each. */
    void wideLookups(Signal out) {
        final int first = lookups.size();
        int column = 0;
        for (TableSpec spec : config.wideTables()) {
            lookup(spec, out.columns(column++, 1));
        }
        addLookups("wide lookups", first);
    }

    /** Appends a layer of the lookups from a number on. */
    private void addLookups(String name, int first) {
        add(new LookupLayer(name, lookups.subList(first, lookups.size()).toArray(Lookup[]::new), config.pooling()));
    }

    /** Places a table in the layer of lookups that is being put together. */
    void lookup(TableSpec spec, Signal out) {
        lookups.add(Lookup.pooled(table(spec), spec, out));
    }

    /** Places a table whose rows are multiplied by another's weights, and those. */
    void weightedLookup(TableSpec spec, TableSpec weights, Signal out) {
        final Lookup rows = Lookup.pooled(table(spec), spec, out);
        if (trainable && rows.table().rowFormat() != RowFormat.F32) {
            throw new IllegalArgumentException("table " + spec.name() + " is in row format "
                    + rows.table().rowFormat() + ", expected f32: weights of indices take their gradients from float32 "
                    + "rows; train with f32, or with another embedding scheme");
        }
        lookups.add(rows);
        lookups.add(Lookup.weights(table(weights), weights, rows, indexGradients++));
    }

    EmbeddingTable table(TableSpec spec) {
        return tables.get(spec.name());
    }

    /** Appends a fully connected layer. */
    Linear linear(String name, String place, Activation activation, boolean biased, Signal in, InputGradient mode,
            Signal out) {
        return linear(name, place, activation, biased, in, mode, out, 1);
    }

    /** Appends a fully connected layer whose initial weights are the usual ones times a scale. */
    Linear linear(String name, String place, Activation activation, boolean biased, Signal in, InputGradient mode,
            Signal out, double initialScale) {
        final Linear linear = new Linear(in.width(), out.width(), activation, biased, denseWeights, trainable);
        add(new LinearLayer(linear, name, place, in, out, mode, out.equals(output), nextParameter(), initialScale));
        return linear;
    }

    /** Appends the sum of the terms of the logit, which ends in the click probability. */
    void logit(Signal terms) {
        add(new LogitLayer(terms, output, trainable));
    }

    /** Appends a stack of layers, all with ReLU. */
    void mlp(String name, String place, int[] widths, Signal in, InputGradient mode, Signal out) {
        stack(name, place, widths, in, mode, out, Activation.RELU);
    }

    /** Appends a stack of layers that ends in the click probability. */
    void outputMlp(String name, String place, int[] widths, Signal in, InputGradient mode) {
        stack(name, place, widths, in, mode, output, Activation.SIGMOID);
    }

    private void stack(String name, String place, int[] widths, Signal in, InputGradient mode, Signal out,
            Activation last) {
        final List<Linear> stack = new ArrayList<>();
        Signal from = in;
        for (int i = 1; i < widths.length; i++) {
            final boolean end = i == widths.length - 1;
            final Signal to = end ? out : signal(widths[i]);
            // The reference counts activations as layers of their own.
            stack.add(linear(name + "." + 2 * (i - 1), place + " layer " + (i - 1), end ? last : Activation.RELU, true,
                    from, i == 1 ? mode : InputGradient.OVERWRITE, to));
            from = to;
        }
        mlps.put(name, new Mlp(stack));
    }

    List<BufferSpec> values() {
        return List.copyOf(values);
    }

    List<BufferSpec> gradients() {
        return List.copyOf(gradients);
    }

    List<Layer> layers() {
        return List.copyOf(layers);
    }

    List<Parameter> parameters() {
        return List.copyOf(parameters);
    }

    List<DerivedFeature> derived() {
        return List.copyOf(derived.values());
    }

    List<Lookup> lookups() {
        return List.copyOf(lookups);
    }

    Map<String, Mlp> mlps() {
        return Map.copyOf(mlps);
    }

    /** Releases what was built. */
    void close() {
        layers.forEach(Layer::close);
    }
}
