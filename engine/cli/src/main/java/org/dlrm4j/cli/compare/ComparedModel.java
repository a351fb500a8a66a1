package org.dlrm4j.cli.compare;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.dlrm4j.cli.ArchitectureOptions;
import org.dlrm4j.cli.Crosses;
import org.dlrm4j.cli.Widths;
import org.dlrm4j.kernels.RowFormat;
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
     * Returns the settings of a model that was given none, chosen on data that no reported comparison has seen. Embeddings learn
     * their few samples by heart within a second pass: small data want low rates or strong decay, large data one pass.
     */
    ModelSettings defaults(long trainingSamples) {
        final ModelSettings.Part same = new ModelSettings.Part(1, 0);
        return new ModelSettings(0.1f, "adagrad", 1, 0, same, same, 8, RowFormat.F32, HIDDEN, 0, "")
                .with(trainingSamples < FEW_SAMPLES
                        ? fewSamples()
                        : trainingSamples < MANY_SAMPLES ? someSamples() : manySamples());
    }

    private String fewSamples() {
        return switch (kind) {
            case LR -> "lr=0.1,passes=10,l2=0.01";
            case FM -> "lr=0.1,passes=10,l2=0.01,dim=4,elr=0.05,el2=1";
            case WDL -> "lr=0.01,passes=10,l2=0.01,wlr=3,dim=4";
            case DCN -> "lr=0.01,passes=3,dim=16,dropout=0.1";
            case DLRM -> "lr=0.015,passes=3,dim=32";
            case DCNV2 -> "lr=0.007,passes=5,dim=16,dropout=0.2";
        };
    }

    private String someSamples() {
        return switch (kind) {
            case LR -> "lr=0.07,passes=4";
            case FM -> "lr=0.07,passes=4,dim=4,elr=0.05,el2=1";
            case DCN, DCNV2 -> "lr=0.1,passes=1";
            case WDL -> "lr=0.05,passes=2,l2=0.001,dropout=0.1";
            case DLRM -> "lr=0.05,passes=2,l2=0.0003,dim=4";
        };
    }

    private String manySamples() {
        return switch (kind) {
            case LR -> someSamples();
            // Every pair of features takes part, whether it tells anything or not: Adagrad's first steps are too long.
            case FM -> "lr=0.002,opt=adam,passes=2,l2=0.0001,dim=16";
            case DLRM, DCN, DCNV2, WDL -> "lr=0.1,passes=1";
        };
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
