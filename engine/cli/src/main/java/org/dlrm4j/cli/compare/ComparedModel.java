package org.dlrm4j.cli.compare;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.dlrm4j.cli.ArchitectureOptions;
import org.dlrm4j.cli.Crosses;
import org.dlrm4j.cli.Widths;
import org.dlrm4j.model.Architecture;
import org.dlrm4j.model.CrossStructure;
import org.dlrm4j.model.Dcn;
import org.dlrm4j.model.DcnV2;
import org.dlrm4j.model.Dlrm;
import org.dlrm4j.model.FactorizationMachine;
import org.dlrm4j.model.FeatureCross;
import org.dlrm4j.model.Interaction;
import org.dlrm4j.model.LogisticRegression;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.WideDeep;

/**
 * A model that takes part in a comparison: a kind of architecture, in a size that does not drown small data.
 *
 * @param kind the architecture
 */
record ComparedModel(ArchitectureOptions.Kind kind) {
    private static final int CROSS_LAYERS = 2;
    private static final long CROSS_ROWS = 100_000;
    private static final long FEW_SAMPLES = 50_000;
    private static final long MANY_SAMPLES = 200_000;
    private static final Widths HIDDEN = Widths.of(64, 32);

    /** Finds a model by the name of its architecture. */
    static ComparedModel named(String name) {
        final String wanted = name.strip().toUpperCase(Locale.ROOT);
        for (ArchitectureOptions.Kind kind : ArchitectureOptions.Kind.values()) {
            if (kind.name().equals(wanted)) {
                return new ComparedModel(kind);
            }
        }
        throw new IllegalArgumentException("model '" + name + "' is none of " + names());
    }

    /** Lists all models, as the option takes them. */
    static String names() {
        return Arrays.stream(ArchitectureOptions.Kind.values()).map(kind -> new ComparedModel(kind).name())
                .collect(Collectors.joining(","));
    }

    String name() {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    boolean hasEmbeddings() {
        return kind != ArchitectureOptions.Kind.LR;
    }

    boolean hasWideTables() {
        return kind == ArchitectureOptions.Kind.LR || kind == ArchitectureOptions.Kind.FM
                || kind == ArchitectureOptions.Kind.WDL;
    }

    boolean hasMlps() {
        return hasEmbeddings() && kind != ArchitectureOptions.Kind.FM;
    }

    boolean hasCrosses() {
        return kind == ArchitectureOptions.Kind.WDL;
    }

    /**
     * Returns the settings of a model that was given none, chosen by validation log loss on planted data that no reported
     * comparison has seen. Embeddings learn their few samples by heart within a second pass: small data want low rates or
     * strong decay, large data one pass.
     */
    ModelSettings defaults(long trainingSamples) {
        return trainingSamples < FEW_SAMPLES
                ? fewSamples()
                : trainingSamples < MANY_SAMPLES ? someSamples() : manySamples();
    }

    private ModelSettings fewSamples() {
        return switch (kind) {
            case LR -> settings(0.1f, 10, 0.01f, 1, 0);
            case FM -> settings(0.05f, 3, 0.01f, 2, 0);
            case WDL, DCNV2 -> settings(0.01f, 10, 0.01f, 4, 0);
            case DCN -> settings(0.02f, 3, 0.001f, 4, 0);
            case DLRM -> settings(0.01f, 6, 0.003f, 8, 0.1f);
        };
    }

    private ModelSettings someSamples() {
        return switch (kind) {
            case LR -> settings(0.07f, 4, 0, 1, 0);
            case FM, DCN, DCNV2 -> settings(0.1f, 1, 0, 8, 0);
            case WDL -> settings(0.05f, 2, 0.001f, 8, 0.1f);
            case DLRM -> settings(0.05f, 2, 0.0003f, 4, 0);
        };
    }

    private ModelSettings manySamples() {
        return switch (kind) {
            case LR -> someSamples();
            // Every pair of features takes part, whether it tells anything or not.
            case FM -> settings(0.1f, 1, 0.001f, 4, 0);
            case DLRM, DCN, DCNV2, WDL -> settings(0.1f, 1, 0, 8, 0);
        };
    }

    private static ModelSettings settings(float learningRate, int passes, float l2, int dim, float dropout) {
        final ModelSettings.Part tables = new ModelSettings.Part(1, l2);
        return new ModelSettings(learningRate, "adagrad", passes, l2, tables, tables, dim, HIDDEN, dropout, "");
    }

    /** Puts the model together for data of these features. */
    ModelConfig config(ModelSettings settings, int denseFeatures, long[] rows) {
        final int[] hidden = settings.widths().toInts();
        final Architecture architecture = switch (kind) {
            case LR -> new LogisticRegression();
            case FM -> new FactorizationMachine();
            case DCN -> new Dcn(CROSS_LAYERS, hidden);
            case DCNV2 -> new DcnV2(new int[0], CROSS_LAYERS, 0, CrossStructure.PARALLEL, hidden);
            case WDL -> new WideDeep(hidden, true, crosses(settings));
            case DLRM -> new Dlrm(new int[]{denseFeatures, hidden[0], settings.dim()}, top(hidden), Interaction.DOT,
                    false);
        };
        return ModelConfig.of(denseFeatures, rows, hasEmbeddings() ? settings.dim() : 1, architecture);
    }

    private static List<FeatureCross> crosses(ModelSettings settings) {
        return settings.crosses().isEmpty()
                ? List.of()
                : new Crosses.Converter().convert(settings.crosses()).toFeatureCrosses(CROSS_ROWS);
    }

    private static int[] top(int[] hidden) {
        final int[] top = Arrays.copyOf(hidden, hidden.length + 1);
        top[hidden.length] = 1;
        return top;
    }
}
