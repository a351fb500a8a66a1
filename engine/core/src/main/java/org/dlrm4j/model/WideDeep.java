package org.dlrm4j.model;

import java.util.Map;
import org.dlrm4j.kernels.Activation;

/**
 * Wide &amp; Deep (Cheng et al., DLRS 2016): a linear model that remembers beside an MLP that generalises, trained together,
 * {@code p = σ(b + Σ_i w_i·x_i + Σ_f w_f[value] + v·deep([dense; e_0; …]) + c)}. Crosses of features, if any, are sparse features
 * of the data.
 *
 * @param deep widths of the MLP without its input width, ReLU after each layer; at least one
 */
public record WideDeep(int[] deep) implements Architecture {
    /** The name in {@code model.json}. */
    static final String NAME = "widedeep";

    /**
     * Checks the widths.
     *
     * @throws IllegalArgumentException naming what is out of range
     */
    public WideDeep {
        deep = deep.clone();
        Requirement.that(deep.length >= 1, "deep MLP has no layer");
        Widths.check("deep MLP", deep);
    }

    /**
     * Returns the widths of the MLP without its input.
     *
     * @return a copy
     */
    @Override
    public int[] deep() {
        return deep.clone();
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean hasEmbeddings() {
        return true;
    }

    @Override
    public boolean hasWideTables() {
        return true;
    }

    @Override
    public void check(int denseFeatures, int sparseFeatures, int dim) {
        // Any features fit.
    }

    @Override
    public long denseParameters(int denseFeatures, int sparseFeatures, int dim) {
        return Widths.parameters(denseFeatures, 1)
                + Widths.parameters(Widths.prepend(denseFeatures + sparseFeatures * dim, deep))
                + Widths.parameters(deep[deep.length - 1], 1);
    }

    @Override
    public Map<String, Object> toJson() {
        return Map.of("deep", Widths.toJson(deep));
    }

    static WideDeep fromJson(JsonFields fields) {
        return new WideDeep(Widths.fromJson(fields, "deep"));
    }

    void wire(NetworkBuilder network) {
        final int denseFeatures = network.config().denseFeatures();
        final int sparseFeatures = network.config().sparseFeatures();
        final int embeddingWidth = sparseFeatures * network.config().dim();
        final Signal terms = network.lookupSignal(2 + sparseFeatures);
        network.linear("linear", "linear part", Activation.NONE, true, network.denseFeatures(), InputGradient.NONE,
                terms.columns(0, 1));
        network.lookups(ParameterGroup.WIDE, terms.columns(1, sparseFeatures));
        final Signal x = network.lookupSignal(denseFeatures + embeddingWidth);
        network.add(new DenseFeaturesLayer(network.denseFeatures(), x.columns(0, denseFeatures)));
        network.lookups(ParameterGroup.EMBEDDING, x.columns(denseFeatures, embeddingWidth));
        final Signal hidden = network.signal(deep[deep.length - 1]);
        network.mlp("deep", "deep MLP", Widths.prepend(x.width(), deep), x, InputGradient.OVERWRITE, hidden);
        network.linear("final", "final layer", Activation.NONE, true, hidden, InputGradient.OVERWRITE,
                terms.columns(1 + sparseFeatures, 1));
        network.logit(terms);
    }
}
