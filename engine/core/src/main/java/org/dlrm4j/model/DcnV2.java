package org.dlrm4j.model;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.dlrm4j.kernels.Activation;

/**
 * DCN V2 (Wang et al., WWW 2021, arXiv 2008.13535). Over {@code x_0 = [bottom(dense); e_0; …]} with
 * {@code x_(l+1) = x_0 ⊙ (W_l·x_l + b_l) + x_l}:
 *
 * <pre>{@code
 * stacked    p = σ(w·deep(x_L) + b)
 * parallel   p = σ(w·[x_L; deep(x_0)] + b)
 * }</pre>
 *
 * <p>A low-rank {@code W_l = U_l·V_l} has {@code V: rank × width} and {@code U: width × rank}. With a bottom MLP, stacked and
 * low-rank, it is the DLRM-DCNv2 of MLPerf.
 *
 * @param bottom widths of an MLP over the dense features, first their number; empty: they enter {@code x_0} as they are
 * @param crossLayers number of cross layers, 1 or more
 * @param rank rank of the cross layers' matrices; 0 for full
 * @param structure where the deep MLP stands
 * @param deep widths of the deep MLP, ReLU after each layer, without its input width; at least one
 */
public record DcnV2(int[] bottom, int crossLayers, int rank, CrossStructure structure, int[] deep)
        implements
            Architecture {
    /** The name in {@code model.json}. */
    static final String NAME = "dcnv2";

    /**
     * Checks depth and widths.
     *
     * @throws IllegalArgumentException naming what is out of range
     */
    public DcnV2 {
        bottom = bottom.clone();
        deep = deep.clone();
        Requirement.that(bottom.length != 1, "bottom MLP %s needs at least an input and an output width",
                Arrays.toString(bottom));
        Widths.check("bottom MLP", bottom);
        Requirement.that(crossLayers >= 1, "%d cross layers, expected 1 or more", crossLayers);
        Requirement.that(rank >= 0, "rank of the cross layers is %d, expected 0 (full) or more", rank);
        Requirement.that(deep.length >= 1, "deep MLP has no layer");
        Widths.check("deep MLP", deep);
    }

    /**
     * Returns the widths of the MLP over the dense features.
     *
     * @return a copy, empty if there is none
     */
    @Override
    public int[] bottom() {
        return bottom.clone();
    }

    /**
     * Returns the widths of the deep MLP without its input.
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
    public void check(int denseFeatures, int sparseFeatures, int dim) {
        Requirement.that(bottom.length == 0 || bottom[0] == denseFeatures,
                "bottom MLP %s begins with %d, but there are %d dense features; make them equal",
                Arrays.toString(bottom), bottom.length == 0 ? 0 : bottom[0], denseFeatures);
        final int width = width(denseFeatures, sparseFeatures, dim);
        Requirement.that(rank < width,
                "rank of the cross layers is %d, but they are only %d wide; take 0 for full rank",
                rank, width);
    }

    private int denseWidth(int denseFeatures) {
        return bottom.length == 0 ? denseFeatures : bottom[bottom.length - 1];
    }

    private int width(int denseFeatures, int sparseFeatures, int dim) {
        return denseWidth(denseFeatures) + sparseFeatures * dim;
    }

    @Override
    public long denseParameters(int denseFeatures, int sparseFeatures, int dim) {
        final int width = width(denseFeatures, sparseFeatures, dim);
        final int deepOut = deep[deep.length - 1];
        final long cross = rank == 0 ? Widths.parameters(width, width) : (2L * rank + 1) * width;
        return Widths.parameters(bottom) + crossLayers * cross + Widths.parameters(Widths.prepend(width, deep))
                + Widths.parameters(structure == CrossStructure.STACKED ? deepOut : width + deepOut, 1);
    }

    @Override
    public Map<String, Object> toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("bottom", Widths.toJson(bottom));
        json.put("crossLayers", (long) crossLayers);
        json.put("rank", (long) rank);
        json.put("structure", structure.name());
        json.put("deep", Widths.toJson(deep));
        return json;
    }

    static DcnV2 fromJson(JsonFields fields) {
        return new DcnV2(Widths.fromJson(fields, "bottom"), Math.toIntExact(fields.whole("crossLayers")),
                Math.toIntExact(fields.whole("rank")), fields.constant("structure", CrossStructure.class),
                Widths.fromJson(fields, "deep"));
    }

    void wire(NetworkBuilder network) {
        final Signal x0 = input(network);
        final int deepOut = deep[deep.length - 1];
        final Signal last;
        if (structure == CrossStructure.STACKED) {
            final Signal crossed = network.signal(x0.width());
            cross(network, x0, crossed, InputGradient.OVERWRITE);
            last = network.signal(deepOut);
            network.mlp("deep", "deep MLP", Widths.prepend(x0.width(), deep), crossed, InputGradient.OVERWRITE, last);
        } else {
            last = network.signal(x0.width() + deepOut);
            cross(network, x0, last.columns(0, x0.width()), InputGradient.ADD);
            network.mlp("deep", "deep MLP", Widths.prepend(x0.width(), deep), x0, InputGradient.OVERWRITE,
                    last.columns(x0.width(), deepOut));
        }
        network.linear("final", "final layer", Activation.SIGMOID, true, last, InputGradient.OVERWRITE,
                network.output());
    }

    private Signal input(NetworkBuilder network) {
        final ModelConfig config = network.config();
        final int denseWidth = denseWidth(config.denseFeatures());
        final int embeddingWidth = config.sparseFeatures() * config.dim();
        final Signal x0 = network.lookupSignal(denseWidth + embeddingWidth);
        final Signal dense = x0.columns(0, denseWidth);
        if (bottom.length == 0) {
            network.add(new DenseFeaturesLayer(network.denseFeatures(), dense));
        } else {
            network.mlp("bottom", "bottom MLP", bottom, network.denseFeatures(), InputGradient.NONE, dense);
        }
        network.embeddings(x0.columns(denseWidth, embeddingWidth));
        return x0;
    }

    /** Appends the cross network; its last layer runs backward first and does {@code lastMode} with the gradient of x0. */
    private void cross(NetworkBuilder network, Signal x0, Signal out, InputGradient lastMode) {
        Signal x = network.shadow(x0);
        for (int l = 0; l < crossLayers; l++) {
            final boolean first = l == 0;
            final boolean last = l == crossLayers - 1;
            final String name = "cross." + l;
            final String place = "cross layer " + l;
            // The first layer's products read x0 itself: its gradient needs no detour.
            final Signal from = first ? x0 : x;
            final Signal z = network.signal(x0.width());
            if (rank == 0) {
                network.linear(name, place, Activation.NONE, true, from, InputGradient.ADD, z);
            } else {
                final Signal v = network.signal(rank);
                network.linear(name + ".v", place, Activation.NONE, false, from, InputGradient.ADD, v);
                network.linear(name + ".u", place, Activation.NONE, true, v, InputGradient.OVERWRITE, z);
            }
            final Signal y = last ? out : network.signal(x0.width());
            network.add(new CrossCombineLayer("product of cross layer " + l,
                    new CrossInput(x0, x, first, last ? lastMode : InputGradient.ADD), z, y));
            x = y;
        }
    }
}
