package org.dlrm4j.model;

import java.util.Map;
import org.dlrm4j.kernels.Activation;

/**
 * Second-order factorization machine (Rendle, ICDM 2010):
 *
 * <pre>{@code
 * p = σ(b + Σ_i w_i·x_i + Σ_f w_f[value] + Σ_{f<g} e_f·e_g + Σ_i Σ_f x_i·(v_i·e_f))
 * }</pre>
 *
 * <p>Each value of a sparse feature has a weight and a latent vector {@code e}, and so has each dense feature. The latent vectors
 * of dense features enter as their sum {@code Σ_i x_i·v_i}, one more vector among the {@code e_f}: all products of a dense and
 * a sparse feature are there, those of two dense features are left out, since powers of counts explain little and overflow soon.
 */
public record FactorizationMachine() implements Architecture {
    /** The name in {@code model.json}. */
    static final String NAME = "fm";

    private static final double INITIAL_SCALE = 0.01;

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
        return Widths.parameters(denseFeatures, 1) + (long) denseFeatures * dim;
    }

    /**
     * {@inheritDoc}
     *
     * <p>Latent vectors start near zero, so that the model starts as its linear part: hundreds of pairs of larger vectors would
     * drown it in noise, which training then takes long to remove.
     */
    @Override
    public double embeddingBound(long rows) {
        return INITIAL_SCALE;
    }

    @Override
    public Map<String, Object> toJson() {
        return Map.of();
    }

    void wire(NetworkBuilder network) {
        final int dim = network.config().dim();
        final int sparseFeatures = network.config().sparseFeatures();
        final Signal terms = network.lookupSignal(2 + sparseFeatures);
        network.linear("linear", "linear part", Activation.NONE, true, network.denseFeatures(), InputGradient.NONE,
                terms.columns(0, 1));
        network.wideLookups(terms.columns(1, sparseFeatures));
        final Signal vectors = network.lookupSignal((1 + sparseFeatures) * dim);
        network.linear("latent", "latent vectors of dense features", Activation.NONE, false, network.denseFeatures(),
                InputGradient.NONE, vectors.columns(0, dim), INITIAL_SCALE);
        network.embeddings(vectors.columns(dim, sparseFeatures * dim));
        network.add(new PairwiseLayer(vectors, dim, terms.columns(1 + sparseFeatures, 1)));
        network.logit(terms);
    }
}
