package org.dlrm4j.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.dlrm4j.kernels.LossFunction;
import org.dlrm4j.kernels.Pooling;
import org.dlrm4j.model.Architecture;
import org.dlrm4j.model.Dcn;
import org.dlrm4j.model.Dlrm;
import org.dlrm4j.model.FactorizationMachine;
import org.dlrm4j.model.Interaction;
import org.dlrm4j.model.LogisticRegression;
import org.dlrm4j.model.ModelConfig;
import picocli.CommandLine.Option;

/** Architecture and loss, under the reference's names. */
final class ArchitectureOptions {
    /** Dense features of the reference's random data, where no bottom MLP tells. */
    private static final int RANDOM_DENSE_FEATURES = 4;

    /** The architectures, under their names in {@code model.json}. */
    enum Kind {
        DLRM, DCN, LR, FM
    }

    // @formatter:off
    @Option(names = "--arch", paramLabel = "dlrm|dcn|lr|fm", defaultValue = "dlrm",
            description = "DLRM, deep & cross network, logistic regression or factorization machine "
                    + "(${DEFAULT-VALUE}).")
    private Kind kind;

    @Option(names = "--arch-sparse-feature-size", paramLabel = "N",
            description = "Width of every embedding row (16; random data: 2). Not for lr.")
    private Integer dim;

    @Option(names = "--arch-mlp-bot", paramLabel = "N-N-..", converter = Widths.Converter.class,
            description = "dlrm: bottom MLP from dense features to embedding width (13-512-256-64-16; random data: 4-3-2).")
    private Widths bottom;

    @Option(names = "--arch-mlp-top", paramLabel = "N-..-1", converter = Widths.Converter.class,
            description = "dlrm: top MLP without its input width, which follows from the rest (512-256-1; random data: "
                    + "4-2-1).")
    private Widths top;

    @Option(names = "--arch-interaction-op", paramLabel = "dot|cat", description = "dlrm: dot products of all pairs of vectors, or all vectors side by side (dot).")
    private Interaction interaction;

    @Option(names = "--arch-interaction-itself", description = "dlrm: include each vector's product with itself.")
    private boolean itself;

    @Option(names = "--arch-cross-layers", paramLabel = "N", description = "dcn: cross layers (6; random data: 2).")
    private Integer crossLayers;

    @Option(names = "--arch-mlp-deep", paramLabel = "N-..-N", converter = Widths.Converter.class,
            description = "dcn: deep MLP without its input width (512-256; random data: 4-2).")
    private Widths deep;

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
    ModelConfig config(int denseFeatures, long[] rows, boolean randomData) {
        refuseForeign();
        final Architecture architecture = switch (kind) {
            case DLRM -> dlrm(randomData);
            case DCN -> dcn(randomData);
            case LR -> new LogisticRegression();
            case FM -> new FactorizationMachine();
        };
        final int dense = !randomData
                ? denseFeatures
                : architecture instanceof Dlrm dlrm ? dlrm.bottom()[0] : RANDOM_DENSE_FEATURES;
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
                itself);
    }

    private Dcn dcn(boolean randomData) {
        return new Dcn(crossLayers != null ? crossLayers : randomData ? 2 : 6, deepWidths(randomData));
    }

    private int[] deepWidths(boolean randomData) {
        return (deep != null ? deep : randomData ? Widths.of(4, 2) : Widths.of(512, 256)).toInts();
    }

    /** An option of another architecture would be ignored in silence. */
    private void refuseForeign() {
        refuse("--arch-mlp-bot", bottom != null, Kind.DLRM);
        refuse("--arch-mlp-top", top != null, Kind.DLRM);
        refuse("--arch-interaction-op", interaction != null, Kind.DLRM);
        refuse("--arch-interaction-itself", itself, Kind.DLRM);
        refuse("--arch-sparse-feature-size", dim != null, Kind.DLRM, Kind.DCN, Kind.FM);
        refuse("--arch-cross-layers", crossLayers != null, Kind.DCN);
        refuse("--arch-mlp-deep", deep != null, Kind.DCN);
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
