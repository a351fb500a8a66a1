package org.dlrm4j.model;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.dlrm4j.kernels.DotInteraction;

/**
 * DLRM (Naumov et al., arXiv 1906.00091): {@code p = σ(top([x; interactions of x, e_0, …]))} with {@code x = bottom(dense)}.
 * {@link Interaction#PROJECTION} is TorchRec's: {@code Y = branch1([x; e_0; …])} as {@code f1 × d} and
 * {@code Z = branch2([x; e_0; …])} as {@code d × f2}, with ReLU after each layer, give the products {@code Y·Z}.
 *
 * @param bottom widths of the bottom MLP, first the number of dense features, last the width of the sparse features' vectors
 * @param top widths of the top MLP without its input width, last 1
 * @param interaction how vectors are combined
 * @param itself whether {@link Interaction#DOT} includes each vector's product with itself
 * @param branch1 under {@link Interaction#PROJECTION}, widths of the first branch without its input width, last a multiple of the
 *     vectors' width; else empty
 * @param branch2 the same of the second branch
 * @param embeddings how the values of sparse features become vectors
 */
public record Dlrm(int[] bottom, int[] top, Interaction interaction, boolean itself, int[] branch1,
        int[] branch2, EmbeddingScheme embeddings) implements Architecture {
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
        branch1 = branch1.clone();
        branch2 = branch2.clone();
        Requirement.that(bottom.length >= 2, "bottom MLP %s needs at least an input and an output width",
                Arrays.toString(bottom));
        Widths.check("bottom MLP", bottom);
        Widths.checkTop("top MLP", top);
        Requirement.that(!itself || interaction != Interaction.PROJECTION,
                "interaction projection has no products of a vector with itself; use dot, or leave them out");
        checkBranch("interaction branch 1", branch1, interaction, bottom[bottom.length - 1]);
        checkBranch("interaction branch 2", branch2, interaction, bottom[bottom.length - 1]);
    }

    private static void checkBranch(String name, int[] branch, Interaction interaction, int width) {
        if (interaction != Interaction.PROJECTION) {
            Requirement.that(branch.length == 0, "%s is %s, but only interaction projection has branches; drop one",
                    name, Arrays.toString(branch));
            return;
        }
        Requirement.that(branch.length > 0, "%s has no layer, but interaction projection needs two branches", name);
        Widths.check(name, branch);
        Requirement.that(branch[branch.length - 1] % width == 0,
                "%s %s ends with %d, expected a multiple of %d, the width of the bottom MLP's output", name,
                Arrays.toString(branch), branch[branch.length - 1], width);
    }

    /**
     * Combines the features' vectors from plain tables by {@link Interaction#DOT} or {@link Interaction#CAT}.
     *
     * @param bottom widths of the bottom MLP
     * @param top widths of the top MLP without its input
     * @param interaction how vectors are combined
     * @param itself whether {@link Interaction#DOT} includes each vector's product with itself
     */
    public Dlrm(int[] bottom, int[] top, Interaction interaction, boolean itself) {
        this(bottom, top, interaction, itself, new int[0], new int[0], new PlainEmbeddings());
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
     * Returns the architecture with projection interaction.
     *
     * @param bottom widths of the bottom MLP
     * @param top widths of the top MLP without its input
     * @param branch1 widths of the first branch without its input
     * @param branch2 widths of the second branch without its input
     * @return the architecture
     */
    public static Dlrm projection(int[] bottom, int[] top, int[] branch1, int[] branch2) {
        return new Dlrm(bottom, top, Interaction.PROJECTION, false, branch1, branch2, new PlainEmbeddings());
    }

    /**
     * Returns the architecture with other embeddings.
     *
     * @param scheme how the values of sparse features become vectors
     * @return the architecture
     */
    public Dlrm withEmbeddings(EmbeddingScheme scheme) {
        return new Dlrm(bottom, top, interaction, itself, branch1, branch2, scheme);
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
     * Returns the widths of the first branch without its input.
     *
     * @return a copy, empty unless the interaction has branches
     */
    @Override
    public int[] branch1() {
        return branch1.clone();
    }

    /**
     * Returns the widths of the second branch without its input.
     *
     * @return a copy, empty unless the interaction has branches
     */
    @Override
    public int[] branch2() {
        return branch2.clone();
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
        return switch (interaction) {
            case DOT -> DotInteraction.outputWidth(vectors(sparseFeatures), dim, itself);
            case CAT -> vectors(sparseFeatures) * dim;
            case PROJECTION -> dim + branch1[branch1.length - 1] / dim * (branch2[branch2.length - 1] / dim);
        };
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
        final int input = vectors(sparseFeatures) * bottom[bottom.length - 1];
        return Widths.parameters(bottom) + Widths.parameters(Widths.prepend(input, branch1))
                + Widths.parameters(Widths.prepend(input, branch2)) + Widths.parameters(topWithInput(sparseFeatures));
    }

    @Override
    public Map<String, Object> toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("bottom", Widths.toJson(bottom));
        json.put("top", Widths.toJson(top));
        json.put("interaction", interaction.name());
        json.put("itself", itself);
        if (interaction == Interaction.PROJECTION) {
            json.put("branch1", Widths.toJson(branch1));
            json.put("branch2", Widths.toJson(branch2));
        }
        if (!(embeddings instanceof PlainEmbeddings)) {
            json.put("embeddings", embeddings.toJson());
        }
        return json;
    }

    static Dlrm fromJson(JsonFields fields) {
        return new Dlrm(Widths.fromJson(fields, "bottom"), Widths.fromJson(fields, "top"),
                fields.constant("interaction", Interaction.class), fields.flag("itself"),
                branchFromJson(fields, "branch1"), branchFromJson(fields, "branch2"),
                fields.has("embeddings")
                        ? EmbeddingSchemes.fromJson(fields.object("embeddings"))
                        : new PlainEmbeddings());
    }

    private static int[] branchFromJson(JsonFields fields, String name) {
        return fields.has(name) ? Widths.fromJson(fields, name) : new int[0];
    }

    void wire(NetworkBuilder network) {
        final int dim = embeddings.width(network.config().dim());
        final int sparseFeatures = network.config().sparseFeatures();
        final Signal vectors = network.lookupSignal(vectors(sparseFeatures) * dim);
        network.mlp("bot_l", "bottom MLP", bottom, network.denseFeatures(), InputGradient.NONE,
                vectors.columns(0, dim));
        network.embeddings(vectors.columns(dim, sparseFeatures * dim));
        final Signal interacted = interact(network, vectors, dim, interactionWidth(sparseFeatures));
        network.outputMlp("top_l", "top MLP", topWithInput(sparseFeatures), interacted, InputGradient.OVERWRITE);
    }

    private Signal interact(NetworkBuilder network, Signal vectors, int dim, int width) {
        if (interaction == Interaction.CAT) {
            // The interaction's input is its output.
            return vectors;
        }
        final Signal interacted = network.signal(width);
        if (interaction == Interaction.DOT) {
            network.add(new DotInteractionLayer(vectors, dim, itself, interacted));
        } else {
            network.add(new ProjectionInteractionLayer(vectors, dim,
                    branch(network, "branch1", "interaction branch 1", branch1, vectors),
                    branch(network, "branch2", "interaction branch 2", branch2, vectors), interacted));
        }
        return interacted;
    }

    private static Signal branch(NetworkBuilder network, String name, String place, int[] widths, Signal vectors) {
        final Signal out = network.signal(widths[widths.length - 1]);
        network.mlp(name, place, Widths.prepend(vectors.width(), widths), vectors, InputGradient.ADD, out);
        return out;
    }
}
