package org.dlrm4j.model;

import java.util.Map;
import org.dlrm4j.kernels.Activation;

/**
 * Logistic regression: {@code p = σ(b + Σ_i w_i · x_i + Σ_f w_f[value])}, with a weight for each dense feature and one for each
 * value of a sparse feature, in tables of dimension 1.
 */
public record LogisticRegression() implements Architecture {
    /** The name in {@code model.json}. */
    static final String NAME = "lr";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean hasEmbeddings() {
        return false;
    }

    @Override
    public boolean hasWideTables() {
        return true;
    }

    @Override
    public long denseParameters(int denseFeatures, int sparseFeatures, int dim) {
        return Widths.parameters(denseFeatures, 1);
    }

    @Override
    public Map<String, Object> toJson() {
        return Map.of();
    }

    void wire(NetworkBuilder network) {
        final int sparseFeatures = network.config().sparseFeatures();
        final Signal terms = network.lookupSignal(1 + sparseFeatures);
        network.linear("linear", "linear part", Activation.NONE, true, network.denseFeatures(), InputGradient.NONE,
                terms.columns(0, 1));
        network.wideLookups(terms.columns(1, sparseFeatures));
        network.logit(terms);
    }
}
