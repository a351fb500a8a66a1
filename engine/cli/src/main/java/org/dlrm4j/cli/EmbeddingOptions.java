package org.dlrm4j.cli;

import java.util.ArrayList;
import java.util.List;
import org.dlrm4j.model.EmbeddingScheme;
import org.dlrm4j.model.MixedDimensions;
import org.dlrm4j.model.PlainEmbeddings;
import org.dlrm4j.model.QuotientRemainder;
import org.dlrm4j.model.WeightedPooling;
import picocli.CommandLine.Option;

/** How DLRM's sparse features become vectors, under the reference's names and with its defaults. */
final class EmbeddingOptions {
    // @formatter:off
    @Option(names = "--qr-flag",
            description = "dlrm: quotient-remainder embeddings: two small tables in place of each large one.")
    private boolean quotientRemainder;

    @Option(names = "--qr-threshold", paramLabel = "N",
            description = "Most values of a feature that keeps a table of its own (200).")
    private Long quotientRemainderThreshold;

    @Option(names = "--qr-operation", paramLabel = "mult|add|concat",
            description = "How the rows of quotient and remainder are combined; concat makes vectors twice as wide (mult).")
    private QuotientRemainder.Operation operation;

    @Option(names = "--qr-collisions", paramLabel = "N",
            description = "Values that share a row of the table of quotients, rows of the table of remainders (4).")
    private Long collisions;

    @Option(names = "--md-flag",
            description = "dlrm: mixed-dimension embeddings: narrower rows for features of more values.")
    private boolean mixedDimensions;

    @Option(names = "--md-threshold", paramLabel = "N",
            description = "Most values of a feature whose rows keep their width (200).")
    private Long mixedDimensionsThreshold;

    @Option(names = "--md-temperature", paramLabel = "T",
            description = "How fast widths fall with the number of values: by its T-th power (0.3).")
    private Double temperature;

    @Option(names = "--md-round-dims", description = "Round widths to powers of two.")
    private boolean roundDims;

    @Option(names = "--weighted-pooling", paramLabel = "fixed|learned",
            description = "dlrm: multiply each embedding by a weight of its value before it is pooled, which is trained along or stays 1, as without this option.")
    private Weights weights;
    // @formatter:on

    /** What becomes of the weights of pooled rows, which begin as ones. */
    enum Weights {
        FIXED, LEARNED
    }

    /**
     * Returns the scheme that was asked for.
     *
     * @throws IllegalArgumentException if two schemes were, or an option of one that was not
     */
    EmbeddingScheme scheme() {
        if (given().size() > 1) {
            throw new IllegalArgumentException(String.join(" and ", given()) + " exclude each other; drop one");
        }
        require("--qr-threshold", quotientRemainderThreshold != null, "--qr-flag", quotientRemainder);
        require("--qr-operation", operation != null, "--qr-flag", quotientRemainder);
        require("--qr-collisions", collisions != null, "--qr-flag", quotientRemainder);
        require("--md-threshold", mixedDimensionsThreshold != null, "--md-flag", mixedDimensions);
        require("--md-temperature", temperature != null, "--md-flag", mixedDimensions);
        require("--md-round-dims", roundDims, "--md-flag", mixedDimensions);
        if (quotientRemainder) {
            return new QuotientRemainder(operation != null ? operation : QuotientRemainder.Operation.MULT,
                    quotientRemainderThreshold != null ? quotientRemainderThreshold : 200,
                    collisions != null ? collisions : 4);
        }
        if (mixedDimensions) {
            return new MixedDimensions(mixedDimensionsThreshold != null ? mixedDimensionsThreshold : 200,
                    temperature != null ? temperature : 0.3, roundDims);
        }
        return weights == Weights.LEARNED ? new WeightedPooling() : new PlainEmbeddings();
    }

    /** Returns the options given that choose a scheme. */
    List<String> given() {
        final List<String> given = new ArrayList<>();
        if (quotientRemainder) {
            given.add("--qr-flag");
        }
        if (mixedDimensions) {
            given.add("--md-flag");
        }
        if (weights != null) {
            given.add("--weighted-pooling");
        }
        return given;
    }

    private static void require(String option, boolean given, String scheme, boolean chosen) {
        if (given && !chosen) {
            throw new IllegalArgumentException(option + " needs " + scheme);
        }
    }
}
