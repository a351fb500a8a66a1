package org.dlrm4j.cli;

import java.util.Arrays;
import org.dlrm4j.kernels.LossFunction;
import org.dlrm4j.kernels.Pooling;
import org.dlrm4j.model.Dlrm;
import org.dlrm4j.model.Interaction;
import org.dlrm4j.model.ModelConfig;
import picocli.CommandLine.Option;

/** Architecture and loss, under the reference's names. */
final class ArchitectureOptions {
    // @formatter:off
    @Option(names = "--arch-sparse-feature-size", paramLabel = "N",
            description = "Width of every embedding row (16; random data: 2).")
    private Integer dim;

    @Option(names = "--arch-mlp-bot", paramLabel = "N-N-..", converter = Widths.Converter.class,
            description = "Bottom MLP from dense features to embedding width (13-512-256-64-16; random data: 4-3-2).")
    private Widths bottom;

    @Option(names = "--arch-mlp-top", paramLabel = "N-..-1", converter = Widths.Converter.class,
            description = "Top MLP without its input width, which follows from the rest (512-256-1; random data: "
                    + "4-2-1).")
    private Widths top;

    @Option(names = "--arch-interaction-op", paramLabel = "dot|cat", defaultValue = "dot",
            description = "Dot products of all pairs of vectors, or all vectors side by side (${DEFAULT-VALUE}).")
    private Interaction interaction;

    @Option(names = "--arch-interaction-itself", description = "Include each vector's product with itself.")
    private boolean itself;

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

    /** Puts the architecture together; what was not given is the reference's for random data, or Criteo Kaggle's. */
    ModelConfig config(long[] rows, boolean randomData) {
        final Widths bottomWidths = bottom != null
                ? bottom
                : randomData ? Widths.of(4, 3, 2) : Widths.of(13, 512, 256, 64, 16);
        final Widths topWidths = top != null ? top : randomData ? Widths.of(4, 2, 1) : Widths.of(512, 256, 1);
        final int width = dim != null ? dim : randomData ? 2 : 16;
        final LossFunction function = loss != null ? loss : randomData ? LossFunction.MSE : LossFunction.BCE;
        final Dlrm dlrm = new Dlrm(bottomWidths.toInts(), topWidths.toInts(), interaction, itself);
        return new ModelConfig(dlrm.bottom()[0], rows, width, dlrm, Pooling.SUM, function, lossThreshold, weights());
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
