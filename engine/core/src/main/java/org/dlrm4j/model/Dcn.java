package org.dlrm4j.model;

import java.util.LinkedHashMap;
import java.util.Map;
import org.dlrm4j.kernels.Activation;

/**
 * Deep &amp; Cross Network (Wang, Fu, Fu, Wang, ADKDD 2017). Over {@code x_0 = [dense; e_0; …]} a cross network
 * {@code x_(l+1) = x_0 · (x_l·w_l) + b_l + x_l} stands beside an MLP {@code h = deep(x_0)}, ReLU after each layer, and
 * {@code p = σ(w·[x_L; h] + b)}.
 *
 * @param crossLayers number of cross layers, 1 or more
 * @param deep widths of the MLP without its input width, at least one
 */
public record Dcn(int crossLayers, int[] deep) implements Architecture {
    /** The name in {@code model.json}. */
    static final String NAME = "dcn";

    /**
     * Checks depth and widths.
     *
     * @throws IllegalArgumentException naming what is out of range
     */
    public Dcn {
        deep = deep.clone();
        Requirement.that(crossLayers >= 1, "%d cross layers, expected 1 or more", crossLayers);
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
    public long denseParameters(int denseFeatures, int sparseFeatures, int dim) {
        final int width = denseFeatures + sparseFeatures * dim;
        return 2L * width * crossLayers + Widths.parameters(Widths.prepend(width, deep))
                + Widths.parameters(width + deep[deep.length - 1], 1);
    }

    @Override
    public Map<String, Object> toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("crossLayers", (long) crossLayers);
        json.put("deep", Widths.toJson(deep));
        return json;
    }

    static Dcn fromJson(JsonFields fields) {
        return new Dcn(Math.toIntExact(fields.whole("crossLayers")), Widths.fromJson(fields, "deep"));
    }

    void wire(NetworkBuilder network) {
        final int denseFeatures = network.config().denseFeatures();
        final int embeddingWidth = network.config().sparseFeatures() * network.config().dim();
        final int width = denseFeatures + embeddingWidth;
        final int deepOut = deep[deep.length - 1];
        final Signal x0 = network.lookupSignal(width);
        network.add(new DenseFeaturesLayer(network.denseFeatures(), x0.columns(0, denseFeatures)));
        network.embeddings(x0.columns(denseFeatures, embeddingWidth));
        final Signal joined = network.signal(width + deepOut);
        Signal x = network.shadow(x0);
        for (int l = 0; l < crossLayers; l++) {
            final Signal y = l == crossLayers - 1 ? joined.columns(0, width) : network.signal(width);
            network.add(new CrossVectorLayer("cross." + l, "cross layer " + l,
                    new CrossInput(x0, x, l == 0, InputGradient.ADD), network.scalar(), y, network.nextParameter()));
            x = y;
        }
        network.mlp("deep", "deep MLP", Widths.prepend(width, deep), x0, InputGradient.OVERWRITE,
                joined.columns(width, deepOut));
        network.linear("final", "final layer", Activation.SIGMOID, true, joined, InputGradient.OVERWRITE,
                network.output());
    }
}
