package org.dlrm4j.cli;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.dlrm4j.model.Dcn;
import org.dlrm4j.model.DcnV2;
import org.dlrm4j.model.Dlrm;
import org.dlrm4j.model.EmbeddingScheme;
import org.dlrm4j.model.FactorizationMachine;
import org.dlrm4j.model.FeatureCross;
import org.dlrm4j.model.Interaction;
import org.dlrm4j.model.LogisticRegression;
import org.dlrm4j.model.MixedDimensions;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.PlainEmbeddings;
import org.dlrm4j.model.QuotientRemainder;
import org.dlrm4j.model.WeightedPooling;
import org.dlrm4j.model.WideDeep;

/** Architectures in words. */
final class ArchitectureText {
    private ArchitectureText() {}

    /** Appends what the architecture is made of. */
    static void describe(ModelConfig config, TextTable table) {
        table.row("architecture", config.architecture().name());
        if (config.architecture().hasEmbeddings()) {
            table.row("embedding width", String.valueOf(config.dim()));
        }
        switch (config.architecture()) {
            case Dlrm dlrm -> table.row("embeddings", embeddings(dlrm.embeddings()))
                    .row("bottom MLP", dashes(dlrm.bottom()))
                    .row("interaction",
                            dlrm.interaction().name().toLowerCase(Locale.ROOT)
                                    + (dlrm.itself() ? " with itself" : "")
                                    + (dlrm.interaction() == Interaction.PROJECTION
                                            ? ", branches " + dashes(dlrm.branch1()) + " and " + dashes(dlrm.branch2())
                                            : ""))
                    .row("top MLP", dashes(dlrm.topWithInput(config.sparseFeatures())));
            case Dcn dcn -> table.row("cross layers", String.valueOf(dcn.crossLayers()))
                    .row("deep MLP", dashes(dcn.deep()));
            case DcnV2 dcn -> table
                    .row("bottom MLP", dcn.bottom().length == 0 ? "none" : dashes(dcn.bottom()))
                    .row("cross layers", dcn.crossLayers() + (dcn.rank() == 0 ? ", full rank" : ", rank " + dcn.rank()))
                    .row("deep MLP", dashes(dcn.deep()) + ", " + dcn.structure().name().toLowerCase(Locale.ROOT));
            case WideDeep wideDeep -> table
                    .row("linear part", wideDeep.wideDense() ? "dense and sparse features" : "sparse features")
                    .row("crosses", wideDeep.crosses().isEmpty()
                            ? "none"
                            : wideDeep.crosses().stream().map(FeatureCross::name).collect(Collectors.joining(", ")))
                    .row("deep MLP", dashes(wideDeep.deep()));
            case LogisticRegression _ -> table.row("linear part", "dense and sparse features");
            case FactorizationMachine _ -> table.row("linear part", "dense and sparse features")
                    .row("interaction", "pairs with a sparse feature");
        }
    }

    private static String embeddings(EmbeddingScheme scheme) {
        return switch (scheme) {
            case PlainEmbeddings _ -> "a table a feature";
            case QuotientRemainder split -> "quotient and remainder by " + split.collisions() + " above "
                    + split.threshold() + " values, " + split.operation().name().toLowerCase(Locale.ROOT);
            case MixedDimensions mixed -> "mixed dimensions above " + mixed.threshold() + " values, temperature "
                    + mixed.temperature() + (mixed.roundDims() ? ", powers of two" : "");
            case WeightedPooling _ -> "a table a feature, and learned weights of its rows";
        };
    }

    private static String dashes(int[] widths) {
        return Arrays.stream(widths).mapToObj(String::valueOf).collect(Collectors.joining("-"));
    }
}
