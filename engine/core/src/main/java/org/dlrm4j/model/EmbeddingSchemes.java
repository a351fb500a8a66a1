package org.dlrm4j.model;

import java.util.ArrayList;
import java.util.List;

/** The list of all schemes of embeddings: how each is read from a file, and what it means for each feature of a model. */
final class EmbeddingSchemes {
    private static final String NAMES = String.join(", ", PlainEmbeddings.NAME, QuotientRemainder.NAME,
            MixedDimensions.NAME, WeightedPooling.NAME);

    private EmbeddingSchemes() {}

    static EmbeddingScheme fromJson(JsonFields fields) {
        final String name = fields.text("scheme");
        return switch (name) {
            case PlainEmbeddings.NAME -> new PlainEmbeddings();
            case QuotientRemainder.NAME -> QuotientRemainder.fromJson(fields);
            case MixedDimensions.NAME -> MixedDimensions.fromJson(fields);
            case WeightedPooling.NAME -> new WeightedPooling();
            default -> throw fields.wrong("scheme", name, "one of " + NAMES + "; a newer dlrm4j may know it");
        };
    }

    /** Returns what stands behind each sparse feature of a model, in order; nothing if it has no embeddings. */
    static List<FeatureEmbedding> plan(ModelConfig config) {
        final List<FeatureEmbedding> plan = new ArrayList<>();
        final Architecture architecture = config.architecture();
        final Plan next = new Plan(config, config.sparseFeatures() + architecture.crosses().size());
        for (int f = 0; architecture.hasEmbeddings() && f < config.sparseFeatures(); f++) {
            plan.add(switch (architecture.embeddings()) {
                case PlainEmbeddings _ -> next.plain(f, config.dim());
                case QuotientRemainder scheme -> next.split(f, scheme);
                case MixedDimensions scheme -> next.projected(f, scheme);
                case WeightedPooling _ -> next.weighted(f);
            });
        }
        return plan;
    }

    /** Makes the parts of a plan, numbering derived features as they come. */
    private static final class Plan {
        private final ModelConfig config;
        private final long[] values;
        private int derived;

        Plan(ModelConfig config, int firstDerived) {
            this.config = config;
            values = config.rows();
            derived = firstDerived;
        }

        private static String name(int feature) {
            return String.format("table-%02d", feature);
        }

        FeatureEmbedding plain(int feature, int dim) {
            return new PlainEmbedding(table(feature, dim));
        }

        private TableSpec table(int feature, int dim) {
            return TableSpec.embedding(name(feature), feature, values[feature], dim,
                    config.architecture().embeddingBound(values[feature]));
        }

        FeatureEmbedding projected(int feature, MixedDimensions scheme) {
            final int width = scheme.widths(values, config.dim())[feature];
            return width == config.dim()
                    ? plain(feature, width)
                    : new ProjectedEmbedding(feature, table(feature, width), config.dim());
        }

        FeatureEmbedding weighted(int feature) {
            final int indices = derived++;
            return new WeightedEmbedding(feature,
                    TableSpec.embedding(name(feature), indices, values[feature], config.dim(),
                            config.architecture().embeddingBound(values[feature])),
                    TableSpec.constant(name(feature) + "-weights", indices, values[feature],
                            ParameterGroup.WIDE, 1));
        }

        FeatureEmbedding split(int feature, QuotientRemainder scheme) {
            final long n = values[feature];
            if (n <= scheme.threshold()) {
                return plain(feature, scheme.width(config.dim()));
            }
            final long divisor = scheme.collisions();
            final double bound = scheme.bound(n);
            return new SplitEmbedding(feature, n, divisor, scheme.operation(),
                    TableSpec.embedding(name(feature) + "-quotient", derived++, Math.ceilDiv(n, divisor), config.dim(),
                            bound),
                    TableSpec.embedding(name(feature) + "-remainder", derived++, divisor, config.dim(), bound));
        }
    }
}
