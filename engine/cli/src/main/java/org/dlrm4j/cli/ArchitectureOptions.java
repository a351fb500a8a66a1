package org.dlrm4j.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.dlrm4j.kernels.LossFunction;
import org.dlrm4j.kernels.Pooling;
import org.dlrm4j.model.Architecture;
import org.dlrm4j.model.CrossStructure;
import org.dlrm4j.model.Dcn;
import org.dlrm4j.model.DcnV2;
import org.dlrm4j.model.Dlrm;
import org.dlrm4j.model.FactorizationMachine;
import org.dlrm4j.model.Interaction;
import org.dlrm4j.model.LogisticRegression;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.WideDeep;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Architecture and loss, under the reference's names. */
public final class ArchitectureOptions {
    /** Dense features of the reference's random data, where no bottom MLP tells. */
    private static final int RANDOM_DENSE_FEATURES = 4;

    /** The architectures, under their names in {@code model.json}. */
    public enum Kind {
        DLRM, DCN, DCNV2, WDL, LR, FM
    }

    // @formatter:off
    @Option(names = "--arch", paramLabel = "dlrm|dcn|dcnv2|wdl|lr|fm", defaultValue = "dlrm",
            description = "DLRM, deep & cross network, its second version, wide & deep, logistic "
                    + "regression or factorization machine (${DEFAULT-VALUE}).")
    private Kind kind;

    @Option(names = "--arch-sparse-feature-size", paramLabel = "N",
            description = "Width of every embedding row (16; random data: 2). Not for lr.")
    private Integer dim;

    @Option(names = "--arch-mlp-bot", paramLabel = "N-N-..", converter = Widths.Converter.class,
            description = "dlrm: bottom MLP from dense features to embedding width (13-512-256-64-16; random data: 4-3-2). "
                    + "dcnv2: MLP over the dense features, to any width (none).")
    private Widths bottom;

    @Option(names = "--arch-mlp-top", paramLabel = "N-..-1", converter = Widths.Converter.class,
            description = "dlrm: top MLP without its input width, which follows from the rest (512-256-1; random data: "
                    + "4-2-1).")
    private Widths top;

    @Option(names = "--arch-interaction-op", paramLabel = "dot|cat|projection",
            description = "dlrm: dot products of all pairs of vectors, all vectors side by side, or products of two matrices that MLPs compute (dot).")
    private Interaction interaction;

    @Option(names = "--arch-interaction-branch1", paramLabel = "N-..-N", converter = Widths.Converter.class,
            description = "dlrm, projection: first MLP without its input width, which ends with a multiple of the embedding width.")
    private Widths branch1;

    @Option(names = "--arch-interaction-branch2", paramLabel = "N-..-N", converter = Widths.Converter.class,
            description = "dlrm, projection: the second MLP.")
    private Widths branch2;

    @Option(names = "--arch-interaction-itself", description = "dlrm: include each vector's product with itself.")
    private boolean itself;

    @ArgGroup(validate = false, heading = "%nEmbeddings:%n")
    private final EmbeddingOptions embeddings = new EmbeddingOptions();

    @Option(names = "--arch-cross-layers", paramLabel = "N", description = "dcn, dcnv2: cross layers (dcn: 6, dcnv2: 3).")
    private Integer crossLayers;

    @Option(names = "--arch-cross-rank", paramLabel = "N",
            description = "dcnv2: rank of the cross layers' matrices; 0 for full rank (0).")
    private Integer crossRank;

    @Option(names = "--arch-cross-structure", paramLabel = "stacked|parallel",
            description = "dcnv2: deep MLP behind the cross layers or beside them (stacked).")
    private CrossStructure structure;

    @Option(names = "--arch-mlp-deep", paramLabel = "N-..-N", converter = Widths.Converter.class,
            description = "dcn, dcnv2, wdl: deep MLP without its input width (512-256; random data: 4-2).")
    private Widths deep;

    @Option(names = "--wide-crosses", paramLabel = "FxF,FxFxF,..", converter = Crosses.Converter.class,
            description = "wdl: crosses of sparse features in the linear part; features count from 0 (none).")
    private Crosses wideCrosses;

    @Option(names = "--wide-cross-rows", paramLabel = "N",
            description = "wdl: weights of each cross, which its combinations are hashed to (100000).")
    private Long wideCrossRows;

    @Option(names = "--wide-sparse-only", description = "wdl: leave the dense features out of the linear part.")
    private boolean wideSparseOnly;

    @Option(names = "--loss-function", paramLabel = "bce|wbce|mse",
            description = "Loss to train (bce; random data: mse).")
    private LossFunction loss;

    @Option(names = "--loss-weights", paramLabel = "W-W", defaultValue = "1.0-1.0",
            description = "Weights of labels 0 and 1 under wbce (${DEFAULT-VALUE}).")
    private String lossWeights;

    @Option(names = "--loss-threshold", paramLabel = "T", defaultValue = "0",
            description = "Clamp predictions to [T, 1 - T]; 0 for none (${DEFAULT-VALUE}).")
    private float lossThreshold;
    // @formatter:on

    /**
     * Puts the model together; what was not given is the reference's for random data, or Criteo Kaggle's.
     *
     * @param denseFeatures dense features of the data; of random data as many as the model wants
     * @param rows values of each sparse feature
     * @param randomData whether the data are the reference's random numbers
     */
    public ModelConfig config(int denseFeatures, long[] rows, boolean randomData) {
        refuseForeign();
        final Architecture architecture = switch (kind) {
            case DLRM -> dlrm(randomData);
            case DCN -> dcn(randomData);
            case DCNV2 -> dcnV2(randomData);
            case WDL -> wideDeep(randomData);
            case LR -> new LogisticRegression();
            case FM -> new FactorizationMachine();
        };
        final int dense = !randomData
                ? denseFeatures
                : bottom != null ? bottom.toInts()[0] : RANDOM_DENSE_FEATURES;
        final int width = dim != null ? dim : !architecture.hasEmbeddings() ? 1 : randomData ? 2 : 16;
        final LossFunction function = loss != null ? loss : randomData ? LossFunction.MSE : LossFunction.BCE;
        return new ModelConfig(dense, rows, width, architecture, Pooling.SUM, function, lossThreshold, weights());
    }

    private Dlrm dlrm(boolean randomData) {
        final Widths bottomWidths = bottom != null
                ? bottom
                : randomData ? Widths.of(4, 3, 2) : Widths.of(13, 512, 256, 64, 16);
        final Widths topWidths = top != null ? top : randomData ? Widths.of(4, 2, 1) : Widths.of(512, 256, 1);
        return new Dlrm(bottomWidths.toInts(), topWidths.toInts(), interaction == null ? Interaction.DOT : interaction,
                itself, branch1 == null ? new int[0] : branch1.toInts(),
                branch2 == null ? new int[0] : branch2.toInts(),
                embeddings.scheme());
    }

    private Dcn dcn(boolean randomData) {
        return new Dcn(crossLayers != null ? crossLayers : 6, deepWidths(randomData));
    }

    private DcnV2 dcnV2(boolean randomData) {
        return new DcnV2(bottom == null ? new int[0] : bottom.toInts(), crossLayers != null ? crossLayers : 3,
                crossRank != null ? crossRank : 0, structure != null ? structure : CrossStructure.STACKED,
                deepWidths(randomData));
    }

    private WideDeep wideDeep(boolean randomData) {
        if (wideCrossRows != null && wideCrosses == null) {
            throw new IllegalArgumentException("--wide-cross-rows needs --wide-crosses");
        }
        final long crossRows = wideCrossRows != null ? wideCrossRows : 100_000;
        return new WideDeep(deepWidths(randomData), !wideSparseOnly,
                wideCrosses == null ? List.of() : wideCrosses.toFeatureCrosses(crossRows));
    }

    private int[] deepWidths(boolean randomData) {
        return (deep != null ? deep : randomData ? Widths.of(4, 2) : Widths.of(512, 256)).toInts();
    }

    /** An option of another architecture would be ignored in silence. */
    private void refuseForeign() {
        refuse("--arch-mlp-bot", bottom != null, Kind.DLRM, Kind.DCNV2);
        refuse("--arch-mlp-top", top != null, Kind.DLRM);
        refuse("--arch-interaction-op", interaction != null, Kind.DLRM);
        refuse("--arch-interaction-itself", itself, Kind.DLRM);
        refuse("--arch-interaction-branch1", branch1 != null, Kind.DLRM);
        refuse("--arch-interaction-branch2", branch2 != null, Kind.DLRM);
        embeddings.given().forEach(option -> refuse(option, true, Kind.DLRM));
        refuse("--arch-sparse-feature-size", dim != null, Kind.DLRM, Kind.DCN, Kind.DCNV2,
                Kind.WDL, Kind.FM);
        refuse("--arch-cross-layers", crossLayers != null, Kind.DCN, Kind.DCNV2);
        refuse("--arch-mlp-deep", deep != null, Kind.DCN, Kind.DCNV2, Kind.WDL);
        refuse("--wide-crosses", wideCrosses != null, Kind.WDL);
        refuse("--wide-cross-rows", wideCrossRows != null, Kind.WDL);
        refuse("--wide-sparse-only", wideSparseOnly, Kind.WDL);
        refuse("--arch-cross-rank", crossRank != null, Kind.DCNV2);
        refuse("--arch-cross-structure", structure != null, Kind.DCNV2);
    }

    private void refuse(String option, boolean given, Kind... owners) {
        if (given && !List.of(owners).contains(kind)) {
            throw new IllegalArgumentException(
                    option + " has no meaning with --arch " + kind.name().toLowerCase(Locale.ROOT) + "; drop one");
        }
    }

    private float[] weights() {
        final String[] parts = lossWeights.split("-", -1);
        try {
            final float[] weights = {Float.parseFloat(parts[0]), Float.parseFloat(parts[parts.length - 1])};
            if (parts.length == 2) {
                return weights;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "--loss-weights is " + Arrays.toString(parts) + ", expected two numbers such as 1.0-3.5", e);
        }
        throw new IllegalArgumentException(
                "--loss-weights is " + lossWeights + ", expected two numbers such as 1.0-3.5");
    }
}
