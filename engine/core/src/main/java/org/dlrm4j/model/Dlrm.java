package org.dlrm4j.model;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.dlrm4j.kernels.DotInteraction;

/**
 * DLRM (Naumov et al., arXiv 1906.00091): {@code p = σ(top([x; interactions of x, e_0, …]))} with {@code x = bottom(dense)}.
 *
 * @param bottom widths of the bottom MLP, first the number of dense features, last the width of the sparse features' vectors
 * @param top widths of the top MLP without its input width, last 1
 * @param interaction how vectors are combined
 * @param itself whether {@link Interaction#DOT} includes each vector's product with itself
 * @param embeddings how the values of sparse features become vectors
 */
public record Dlrm(int[] bottom, int[] top, Interaction interaction, boolean itself,
        EmbeddingScheme embeddings) implements Architecture {
    /** The name in {@code model.json}. */
    static final String NAME = "dlrm";

    /**
     * Checks the widths.
     *
     * @throws IllegalArgumentException naming the widths that do not fit together
     */
    public Dlrm {
        bottom = bottom.clone();
        top = top.clone();
        Requirement.that(bottom.length >= 2, "bottom MLP %s needs at least an input and an output width",
                Arrays.toString(bottom));
        Widths.check("bottom MLP", bottom);
        Widths.checkTop("top MLP", top);
    }

    /**
     * Combines the features' vectors from plain tables.
     *
     * @param bottom widths of the bottom MLP
     * @param top widths of the top MLP without its input
     * @param interaction how vectors are combined
     * @param itself whether {@link Interaction#DOT} includes each vector's product with itself
     */
    public Dlrm(int[] bottom, int[] top, Interaction interaction, boolean itself) {
        this(bottom, top, interaction, itself, new PlainEmbeddings());
    }

    /**
     * Returns the architecture with dot interaction.
     *
     * @param bottom widths of the bottom MLP
     * @param top widths of the top MLP without its input
     * @return the architecture
     */
    public static Dlrm of(int[] bottom, int[] top) {
        return new Dlrm(bottom, top, Interaction.DOT, false);
    }

    /**
     * Returns the architecture with other embeddings.
     *
     * @param scheme how the values of sparse features become vectors
     * @return the architecture
     */
    public Dlrm withEmbeddings(EmbeddingScheme scheme) {
        return new Dlrm(bottom, top, interaction, itself, scheme);
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

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void check(int denseFeatures, int sparseFeatures, int dim) {
        Requirement.that(bottom[0] == denseFeatures,
                "bottom MLP %s begins with %d, but there are %d dense features; make them equal",
                Arrays.toString(bottom), bottom[0], denseFeatures);
        final int width = embeddings.width(dim);
        Requirement.that(bottom[bottom.length - 1] == width,
                "bottom MLP %s ends with %d, but the embedding dimension is %d%s; make them equal",
                Arrays.toString(bottom), bottom[bottom.length - 1], dim,
                width == dim ? "" : " and a feature's vector has " + width + " floats");
        Requirement.that(sparseFeatures < DotInteraction.MAX_FEATURES, "%d sparse features, at most %d are supported",
                sparseFeatures, DotInteraction.MAX_FEATURES - 1);
    }

    /**
     * Returns the number of vectors that interact.
     *
     * @param sparseFeatures number of sparse features
     * @return sparse features plus the dense vector
     */
    public int vectors(int sparseFeatures) {
        return sparseFeatures + 1;
    }

    /**
     * Returns the width of the interaction's output.
     *
     * @param sparseFeatures number of sparse features
     * @return floats a sample
     */
    public int interactionWidth(int sparseFeatures) {
        final int dim = bottom[bottom.length - 1];
        return interaction == Interaction.CAT
                ? vectors(sparseFeatures) * dim
                : DotInteraction.outputWidth(vectors(sparseFeatures), dim, itself);
    }

    /**
     * Returns the widths of the top MLP including its input.
     *
     * @param sparseFeatures number of sparse features
     * @return interaction width followed by {@link #top}
     */
    public int[] topWithInput(int sparseFeatures) {
        return Widths.prepend(interactionWidth(sparseFeatures), top);
    }

    @Override
    public long denseParameters(int denseFeatures, int sparseFeatures, int dim) {
        return Widths.parameters(bottom) + Widths.parameters(topWithInput(sparseFeatures));
    }

    @Override
    public Map<String, Object> toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("bottom", Widths.toJson(bottom));
        json.put("top", Widths.toJson(top));
        json.put("interaction", interaction.name());
        json.put("itself", itself);
        if (!(embeddings instanceof PlainEmbeddings)) {
            json.put("embeddings", embeddings.toJson());
        }
        return json;
    }

    static Dlrm fromJson(JsonFields fields) {
        return new Dlrm(Widths.fromJson(fields, "bottom"), Widths.fromJson(fields, "top"),
                fields.constant("interaction", Interaction.class), fields.flag("itself"),
                fields.has("embeddings")
                        ? EmbeddingSchemes.fromJson(fields.object("embeddings"))
                        : new PlainEmbeddings());
    }

    void wire(NetworkBuilder network) {
        final int dim = embeddings.width(network.config().dim());
        final int sparseFeatures = network.config().sparseFeatures();
        final Signal vectors = network.lookupSignal(vectors(sparseFeatures) * dim);
        network.mlp("bot_l", "bottom MLP", bottom, network.denseFeatures(), InputGradient.NONE,
                vectors.columns(0, dim));
        network.embeddings(vectors.columns(dim, sparseFeatures * dim));
        final Signal interacted;
        if (interaction == Interaction.CAT) {
            // The interaction's input is its output.
            interacted = vectors;
        } else {
            interacted = network.signal(interactionWidth(sparseFeatures));
            network.add(new DotInteractionLayer(vectors, dim, itself, interacted));
        }
        network.outputMlp("top_l", "top MLP", topWithInput(sparseFeatures), interacted, InputGradient.OVERWRITE);
    }
}
