package org.dlrm4j.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlrm4j.kernels.Activation;

/**
 * Wide &amp; Deep (Cheng et al., DLRS 2016): a linear model that remembers beside an MLP that generalises, trained together,
 * {@code p = σ(b + Σ_i w_i·x_i + Σ_f w_f[value] + Σ_c w_c[combination] + v·deep([dense; e_0; …]) + a)}. The linear model has a
 * weight for each value of a sparse feature, for each row of a {@link FeatureCross}, and, if asked for, for each dense feature.
 *
 * @param deep widths of the MLP without its input width, ReLU after each layer; at least one
 * @param wideDense whether the linear part has the dense features (with {@code b}) beside the sparse ones
 * @param crosses crosses of sparse features in the linear part
 */
public record WideDeep(int[] deep, boolean wideDense, List<FeatureCross> crosses) implements Architecture {
    /** The name in {@code model.json}. */
    static final String NAME = "wdl";

    /**
     * Checks the widths.
     *
     * @throws IllegalArgumentException naming what is out of range
     */
    public WideDeep {
        deep = deep.clone();
        crosses = List.copyOf(crosses);
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
    public boolean hasWideTables() {
        return true;
    }

    @Override
    public long denseParameters(int denseFeatures, int sparseFeatures, int dim) {
        return (wideDense ? Widths.parameters(denseFeatures, 1) : 0)
                + Widths.parameters(Widths.prepend(denseFeatures + sparseFeatures * dim, deep))
                + Widths.parameters(deep[deep.length - 1], 1);
    }

    @Override
    public Map<String, Object> toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("deep", Widths.toJson(deep));
        json.put("wideDense", wideDense);
        json.put("crosses", crosses.stream().map(cross -> Widths.toJson(cross.features())).toList());
        json.put("crossRows", crosses.stream().map(FeatureCross::rows).toList());
        return json;
    }

    static WideDeep fromJson(JsonFields fields) {
        final List<int[]> features = fields.lists("crosses").stream().map(Widths::toInts).toList();
        final long[] rows = fields.wholes("crossRows");
        if (rows.length != features.size()) {
            throw fields.wrong("crossRows", rows.length + " numbers", features.size() + ", one a cross");
        }
        final List<FeatureCross> crosses = new ArrayList<>();
        for (int c = 0; c < rows.length; c++) {
            crosses.add(new FeatureCross(features.get(c), rows[c]));
        }
        return new WideDeep(Widths.fromJson(fields, "deep"), fields.flag("wideDense"), crosses);
    }

    void wire(NetworkBuilder network) {
        final int denseFeatures = network.config().denseFeatures();
        final int sparseFeatures = network.config().sparseFeatures();
        final int embeddingWidth = sparseFeatures * network.config().dim();
        final int denseTerms = wideDense ? 1 : 0;
        final int sparseTerms = sparseFeatures + crosses.size();
        final Signal terms = network.lookupSignal(denseTerms + sparseTerms + 1);
        if (wideDense) {
            network.linear("linear", "linear part", Activation.NONE, true, network.denseFeatures(), InputGradient.NONE,
                    terms.columns(0, 1));
        }
        network.wideLookups(terms.columns(denseTerms, sparseTerms));
        final Signal x = network.lookupSignal(denseFeatures + embeddingWidth);
        network.add(new DenseFeaturesLayer(network.denseFeatures(), x.columns(0, denseFeatures)));
        network.embeddings(x.columns(denseFeatures, embeddingWidth));
        final Signal hidden = network.signal(deep[deep.length - 1]);
        network.mlp("deep", "deep MLP", Widths.prepend(x.width(), deep), x, InputGradient.OVERWRITE, hidden);
        network.linear("final", "final layer", Activation.NONE, true, hidden, InputGradient.OVERWRITE,
                terms.columns(denseTerms + sparseTerms, 1));
        network.logit(terms);
    }
}
