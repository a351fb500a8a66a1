package org.dlrm4j.model;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlrm4j.kernels.LossFunction;
import org.dlrm4j.kernels.Pooling;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.store.EmbeddingTable;

/**
 * A model's features, architecture and loss. Immutable and checked on construction.
 *
 * @param denseFeatures number of dense features, 1 or more
 * @param rows number of values of each sparse feature, the rows of its tables
 * @param dim width of embedding rows; 1 for an architecture without embeddings
 * @param architecture how features are combined
 * @param pooling how the rows of one bag are combined
 * @param loss the loss to train
 * @param lossThreshold {@code t} in (0, 0.5): predictions are clamped to {@code [t, 1 - t]}; 0 for none
 * @param lossWeights weights of targets 0 and 1 under {@link LossFunction#WBCE}
 */
public record ModelConfig(int denseFeatures, long[] rows, int dim, Architecture architecture, Pooling pooling,
        LossFunction loss, float lossThreshold, float[] lossWeights) {

    /**
     * Checks the configuration.
     *
     * @throws IllegalArgumentException naming what does not fit together
     */
    public ModelConfig {
        rows = rows.clone();
        lossWeights = lossWeights.clone();
        Requirement.that(denseFeatures > 0, "%d dense features, expected 1 or more", denseFeatures);
        Requirement.that(dim > 0, "embedding dimension is %d, expected 1 or more", dim);
        Requirement.that(architecture.hasEmbeddings() || dim == 1,
                "embedding dimension is %d, but %s has no embeddings; make it 1", dim, architecture.name());
        for (int f = 0; f < rows.length; f++) {
            Requirement.that(rows[f] > 0, "embedding table %d has %d rows, expected 1 or more", f, rows[f]);
        }
        architecture.check(denseFeatures, rows.length, dim);
        for (FeatureCross cross : architecture.crosses()) {
            cross.check(rows.length);
        }
        Requirement.that(lossThreshold >= 0 && lossThreshold < 0.5f,
                "loss threshold is %s, expected 0 (none) or a value below 0.5", lossThreshold);
        Requirement.that(lossWeights.length == 2, "%d loss weights, expected 2", lossWeights.length);
    }

    /**
     * Returns a configuration with sum pooling and binary cross-entropy.
     *
     * @param denseFeatures number of dense features
     * @param rows number of values of each sparse feature
     * @param dim width of embedding rows
     * @param architecture how features are combined
     * @return the configuration
     */
    public static ModelConfig of(int denseFeatures, long[] rows, int dim, Architecture architecture) {
        return new ModelConfig(denseFeatures, rows, dim, architecture, Pooling.SUM, LossFunction.BCE, 0f,
                new float[]{1f, 1f});
    }

    /**
     * Returns the number of values of each sparse feature.
     *
     * @return a copy
     */
    @Override
    public long[] rows() {
        return rows.clone();
    }

    /**
     * Returns the weights of targets 0 and 1.
     *
     * @return a copy
     */
    @Override
    public float[] lossWeights() {
        return lossWeights.clone();
    }

    /**
     * Returns the number of sparse features.
     *
     * @return the number of {@link #rows}
     */
    public int sparseFeatures() {
        return rows.length;
    }

    /**
     * Returns the tables of the model: those of embeddings first, then the single weights of
     * features and of crosses; each group in order.
     *
     * @return what each table is
     */
    public List<TableSpec> tables() {
        final List<TableSpec> tables = new ArrayList<>();
        EmbeddingSchemes.plan(this).forEach(embedding -> tables.addAll(embedding.tables()));
        tables.addAll(wideTables());
        return tables;
    }

    /** The tables of the linear part: those of features, then those of crosses. */
    List<TableSpec> wideTables() {
        final List<TableSpec> tables = new ArrayList<>();
        for (int f = 0; f < rows.length && architecture.hasWideTables(); f++) {
            tables.add(TableSpec.wide(f, rows[f]));
        }
        for (int c = 0; c < architecture.crosses().size(); c++) {
            tables.add(TableSpec.cross(c, rows.length + c, architecture.crosses().get(c).rows()));
        }
        return tables;
    }

    /**
     * Returns the number of weights and biases that every sample uses.
     *
     * @return parameters outside the tables
     */
    public long denseParameters() {
        return architecture.denseParameters(denseFeatures, rows.length, dim)
                + EmbeddingSchemes.plan(this).stream().mapToLong(FeatureEmbedding::denseParameters).sum();
    }

    /**
     * Returns the number of parameters in the tables.
     *
     * @return rows times dimension, summed over tables
     */
    public long sparseParameters() {
        return tables().stream().mapToLong(t -> t.rows() * t.dim()).sum();
    }

    /**
     * Returns the memory of the tables with float32 rows.
     *
     * @return bytes including row padding
     */
    public long tableBytes() {
        return tableBytes(RowFormat.F32);
    }

    /**
     * Returns the memory of the tables.
     *
     * @param format how rows of embeddings are stored; tables of single weights stay float32
     * @return bytes including row padding
     * @throws IllegalArgumentException if a table's width cannot be stored so
     */
    public long tableBytes(RowFormat format) {
        return tables().stream().mapToLong(t -> EmbeddingTable.bytes(t.rows(), t.dim(), t.storedAs(format))).sum();
    }

    /**
     * Returns the configuration as it stands in {@code model.json}.
     *
     * @return a map of JSON values
     */
    public Map<String, Object> toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("model", architecture.name());
        json.put("denseFeatures", (long) denseFeatures);
        json.put("dim", (long) dim);
        json.put("rows", Arrays.stream(rows).boxed().toList());
        json.putAll(architecture.toJson());
        json.put("pooling", pooling.name());
        json.put("loss", loss.name());
        json.put("lossThreshold", (double) lossThreshold);
        json.put("lossWeights", List.of((double) lossWeights[0], (double) lossWeights[1]));
        return json;
    }

    /**
     * Reads what {@link #toJson} wrote.
     *
     * @param json the map
     * @param source the file, for messages
     * @return the configuration
     * @throws org.dlrm4j.store.ModelFormatException naming the field that is missing or wrong
     */
    public static ModelConfig fromJson(Map<String, Object> json, Path source) {
        final JsonFields fields = new JsonFields(source, "configuration", json);
        final List<Double> weights = new ArrayList<>();
        fields.list("lossWeights").forEach(w -> weights.add(((Number) w).doubleValue()));
        try {
            final Architecture architecture = Architectures.fromJson(fields);
            return new ModelConfig(denseFeatures(fields, architecture), fields.wholes("rows"),
                    Math.toIntExact(fields.whole("dim")), architecture, fields.constant("pooling", Pooling.class),
                    fields.constant("loss", LossFunction.class), (float) fields.number("lossThreshold"),
                    new float[]{weights.get(0).floatValue(), weights.get(1).floatValue()});
        } catch (IllegalArgumentException | IndexOutOfBoundsException | ArithmeticException e) {
            throw fields.wrong("configuration", e.getMessage(), "a consistent architecture");
        }
    }

    /** The first models were DLRMs only, whose bottom MLP tells the number. */
    private static int denseFeatures(JsonFields fields, Architecture architecture) {
        return architecture instanceof Dlrm dlrm && !fields.has("denseFeatures")
                ? dlrm.bottom()[0]
                : Math.toIntExact(fields.whole("denseFeatures"));
    }
}
