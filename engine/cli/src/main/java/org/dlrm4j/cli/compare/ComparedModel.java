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
    private static final long FEW_SAMPLES = 100_000;
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

    boolean hasMlps() {
        return hasEmbeddings() && kind != ArchitectureOptions.Kind.FM;
    }

    boolean hasCrosses() {
        return kind == ArchitectureOptions.Kind.WDL;
    }

    /**
     * Returns the settings of a model that was given none. Embeddings learn their few samples by heart at rates that many
     * samples need: below {@value #FEW_SAMPLES} training samples the rate is low, and early stop does the rest.
     */
    ModelSettings defaults(long trainingSamples) {
        final boolean few = trainingSamples < FEW_SAMPLES;
        return switch (kind) {
            case LR -> settings(0.1f, 1);
            // Values meet each other by chance: wider vectors memorise more than they tell.
            case FM -> settings(few ? 0.02f : 0.1f, 4);
            case DLRM, DCNV2 -> settings(few ? 0.02f : 0.05f, 8);
            case DCN, WDL -> settings(few ? 0.02f : 0.1f, 8);
        };
    }

    private static ModelSettings settings(float learningRate, int dim) {
        return new ModelSettings(learningRate, "adagrad", 3, 0, dim, HIDDEN, 0, "");
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
