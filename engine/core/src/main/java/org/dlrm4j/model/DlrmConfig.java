package org.dlrm4j.model;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlrm4j.kernels.DotInteraction;
import org.dlrm4j.kernels.LossFunction;
import org.dlrm4j.kernels.Pooling;
import org.dlrm4j.store.EmbeddingTable;

/**
 * The architecture and loss of a DLRM (Naumov et al., arXiv 1906.00091). Immutable and checked on construction.
 *
 * @param dim width of every embedding row and of the bottom MLP's output
 * @param rows rows of each embedding table, one table per sparse feature
 * @param bottom widths of the bottom MLP, first the number of dense features, last {@code dim}
 * @param top widths of the top MLP without its input width, last 1
 * @param interaction how vectors are combined
 * @param itself whether {@link Interaction#DOT} includes each vector's product with itself
 * @param pooling how the rows of one bag are combined
 * @param loss the loss to train
 * @param lossThreshold {@code t} in (0, 0.5): predictions are clamped to {@code [t, 1 - t]}; 0 for none
 * @param lossWeights weights of targets 0 and 1 under {@link LossFunction#WBCE}
 */
public record DlrmConfig(int dim, long[] rows, int[] bottom, int[] top, Interaction interaction, boolean itself,
        Pooling pooling,
        LossFunction loss, float lossThreshold, float[] lossWeights) {

    /**
     * Checks the architecture.
     *
     * @throws IllegalArgumentException naming the widths that do not fit together
     */
    public DlrmConfig {
        rows = rows.clone();
        bottom = bottom.clone();
        top = top.clone();
        lossWeights = lossWeights.clone();
        require(dim > 0, "embedding dimension is %d, expected 1 or more", dim);
        require(bottom.length >= 2, "bottom MLP %s needs at least an input and an output width",
                Arrays.toString(bottom));
        require(top.length >= 1, "top MLP has no layer");
        for (int width : bottom) {
            require(width > 0, "bottom MLP %s has a width below 1", Arrays.toString(bottom));
        }
        for (int width : top) {
            require(width > 0, "top MLP %s has a width below 1", Arrays.toString(top));
        }
        require(bottom[bottom.length - 1] == dim,
                "bottom MLP %s ends with %d, but the embedding dimension is %d; make them equal",
                Arrays.toString(bottom), bottom[bottom.length - 1], dim);
        require(top[top.length - 1] == 1, "top MLP %s must end with 1, the click probability", Arrays.toString(top));
        for (int f = 0; f < rows.length; f++) {
            require(rows[f] > 0, "embedding table %d has %d rows, expected 1 or more", f, rows[f]);
        }
        require(rows.length < DotInteraction.MAX_FEATURES, "%d sparse features, at most %d are supported", rows.length,
                DotInteraction.MAX_FEATURES - 1);
        require(lossThreshold >= 0 && lossThreshold < 0.5f,
                "loss threshold is %s, expected 0 (none) or a value below 0.5",
                lossThreshold);
        require(lossWeights.length == 2, "%d loss weights, expected 2", lossWeights.length);
    }

    /**
     * Returns a configuration with dot interaction, sum pooling and binary cross-entropy.
     *
     * @param dim embedding dimension
     * @param rows rows of each table
     * @param bottom widths of the bottom MLP
     * @param top widths of the top MLP without its input
     * @return the configuration
     */
    public static DlrmConfig of(int dim, long[] rows, int[] bottom, int[] top) {
        return new DlrmConfig(dim, rows, bottom, top, Interaction.DOT, false, Pooling.SUM, LossFunction.BCE, 0f,
                new float[]{1f, 1f});
    }

    private static void require(boolean condition, String message, Object... arguments) {
        if (!condition) {
            throw new IllegalArgumentException(String.format(message, arguments));
        }
    }

    /**
     * Returns the rows of each table.
     *
     * @return a copy
     */
    @Override
    public long[] rows() {
        return rows.clone();
    }

    /**
     * Returns the widths of the bottom MLP.
     *
     * @return a copy
     */
    @Override
    public int[] bottom() {
        return bottom.clone();
    }

    /**
     * Returns the widths of the top MLP without its input.
     *
     * @return a copy
     */
    @Override
    public int[] top() {
        return top.clone();
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
     * Returns the number of dense features.
     *
     * @return the bottom MLP's input width
     */
    public int denseFeatures() {
        return bottom[0];
    }

    /**
     * Returns the number of sparse features.
     *
     * @return the number of tables
     */
    public int sparseFeatures() {
        return rows.length;
    }

    /**
     * Returns the number of vectors that interact.
     *
     * @return sparse features plus the dense vector
     */
    public int vectors() {
        return rows.length + 1;
    }

    /**
     * Returns the width of the interaction's output, the top MLP's input.
     *
     * @return floats a sample
     */
    public int interactionWidth() {
        return interaction == Interaction.CAT ? vectors() * dim : DotInteraction.outputWidth(vectors(), dim, itself);
    }

    /**
     * Returns the widths of the top MLP including its input.
     *
     * @return interaction width followed by {@link #top}
     */
    public int[] topWithInput() {
        final int[] widths = new int[top.length + 1];
        widths[0] = interactionWidth();
        System.arraycopy(top, 0, widths, 1, top.length);
        return widths;
    }

    /**
     * Returns the number of weights and biases in the MLPs.
     *
     * @return parameters outside the tables
     */
    public long denseParameters() {
        return parameters(bottom) + parameters(topWithInput());
    }

    /**
     * Returns the number of parameters in the tables.
     *
     * @return rows times dimension, summed over tables
     */
    public long sparseParameters() {
        return Arrays.stream(rows).sum() * dim;
    }

    /**
     * Returns the memory of the tables.
     *
     * @return bytes including row padding
     */
    public long tableBytes() {
        return Arrays.stream(rows).map(r -> EmbeddingTable.bytes(r, dim)).sum();
    }

    private static long parameters(int[] widths) {
        long sum = 0;
        for (int i = 1; i < widths.length; i++) {
            sum += (widths[i - 1] + 1L) * widths[i];
        }
        return sum;
    }

    /**
     * Returns the configuration as it stands in {@code model.json}.
     *
     * @return a map of JSON values
     */
    public Map<String, Object> toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("model", "dlrm");
        json.put("dim", (long) dim);
        json.put("rows", Arrays.stream(rows).boxed().toList());
        json.put("bottom", Arrays.stream(bottom).mapToObj(w -> (long) w).toList());
        json.put("top", Arrays.stream(top).mapToObj(w -> (long) w).toList());
        json.put("interaction", interaction.name());
        json.put("itself", itself);
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
    public static DlrmConfig fromJson(Map<String, Object> json, Path source) {
        final JsonFields fields = new JsonFields(source, "configuration", json);
        final String model = fields.text("model");
        if (!model.equals("dlrm")) {
            throw fields.wrong("model", model, "dlrm");
        }
        final List<Double> weights = new ArrayList<>();
        fields.list("lossWeights").forEach(w -> weights.add(((Number) w).doubleValue()));
        try {
            return new DlrmConfig((int) fields.whole("dim"), fields.wholes("rows"),
                    Arrays.stream(fields.wholes("bottom")).mapToInt(Math::toIntExact).toArray(),
                    Arrays.stream(fields.wholes("top")).mapToInt(Math::toIntExact).toArray(),
                    fields.constant("interaction", Interaction.class), fields.flag("itself"),
                    fields.constant("pooling", Pooling.class), fields.constant("loss", LossFunction.class),
                    (float) fields.number("lossThreshold"),
                    new float[]{weights.get(0).floatValue(), weights.get(1).floatValue()});
        } catch (IllegalArgumentException | IndexOutOfBoundsException | ArithmeticException e) {
            throw fields.wrong("configuration", e.getMessage(), "a consistent architecture");
        }
    }
}
