package org.dlrm4j.train;

import java.util.LinkedHashMap;
import java.util.Map;
import org.dlrm4j.model.JsonFields;
import org.dlrm4j.model.ParameterGroup;

/**
 * How the parameters of a network are updated, group by group. Immutable and checked on construction.
 *
 * @param dense of parameters outside the tables
 * @param embedding of embedding tables
 * @param wide of tables of single weights
 * @param maxGradientNorm gradients are scaled down to this norm over all parameters, as PyTorch's {@code clip_grad_norm_}
 *     does with dense gradients; 0 for no limit
 */
public record OptimizerSettings(GroupSettings dense, GroupSettings embedding, GroupSettings wide,
        float maxGradientNorm) {

    /**
     * Checks the settings.
     *
     * @throws IllegalArgumentException naming the setting that is wrong
     */
    public OptimizerSettings {
        if (dense.kind() == OptimizerKind.ROW_WISE_ADAGRAD) {
            throw new IllegalArgumentException(
                    "ROW_WISE_ADAGRAD updates tables only; use ADAGRAD for dense parameters");
        }
        if (!(maxGradientNorm >= 0) || Float.isInfinite(maxGradientNorm)) {
            throw new IllegalArgumentException(
                    "the gradient norm's limit is " + maxGradientNorm + ", expected a positive number, or 0 for none");
        }
    }

    /**
     * Returns one method for all parameters, with its usual settings; where that is row-wise Adagrad, dense parameters get
     * Adagrad.
     *
     * @param kind the method
     * @return the settings
     */
    public static OptimizerSettings of(OptimizerKind kind) {
        return of(GroupSettings.of(kind));
    }

    /**
     * Returns the same settings for all parameters; where they are row-wise Adagrad's, dense parameters get Adagrad.
     *
     * @param settings the settings
     * @return the settings
     */
    public static OptimizerSettings of(GroupSettings settings) {
        final GroupSettings dense = settings.kind() == OptimizerKind.ROW_WISE_ADAGRAD
                ? GroupSettings.of(OptimizerKind.ADAGRAD).withLearningRateFactor(settings.learningRateFactor())
                        .withEpsilon(settings.epsilon()).withInitialAccumulator(settings.initialAccumulator())
                        .withWeightDecay(settings.weightDecay())
                : settings;
        return new OptimizerSettings(dense, settings, settings, 0f);
    }

    /**
     * Returns the recipe of Wide &amp; Deep (Cheng et al., arXiv 1606.07792): FTRL with L1 for the wide part, Adagrad for the rest.
     *
     * @param l1 FTRL's weight of absolute values
     * @return the settings
     */
    public static OptimizerSettings wideAndDeep(float l1) {
        final GroupSettings adagrad = GroupSettings.of(OptimizerKind.ADAGRAD);
        return new OptimizerSettings(adagrad, adagrad,
                GroupSettings.of(OptimizerKind.FTRL).withRegularization(l1, 0f), 0f);
    }

    /**
     * Returns settings with a limit of the gradient's norm.
     *
     * @param norm {@link #maxGradientNorm}
     * @return the settings
     */
    public OptimizerSettings withMaxGradientNorm(float norm) {
        return new OptimizerSettings(dense, embedding, wide, norm);
    }

    /**
     * Returns the settings of a group.
     *
     * @param group the group
     * @return its settings
     */
    public GroupSettings of(ParameterGroup group) {
        return switch (group) {
            case DENSE -> dense;
            case EMBEDDING -> embedding;
            case WIDE -> wide;
        };
    }

    /**
     * Returns whether a group's method takes parameters from sums that assume one learning rate, as FTRL does.
     *
     * @return whether only a constant schedule goes with it
     */
    public boolean needsConstantRate() {
        return dense.kind() == OptimizerKind.FTRL || embedding.kind() == OptimizerKind.FTRL
                || wide.kind() == OptimizerKind.FTRL;
    }

    Map<String, Object> toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("dense", dense.toJson());
        json.put("embedding", embedding.toJson());
        json.put("wide", wide.toJson());
        json.put("maxGradientNorm", (double) maxGradientNorm);
        return json;
    }

    static OptimizerSettings fromJson(JsonFields fields) {
        return new OptimizerSettings(GroupSettings.fromJson(fields.object("dense")),
                GroupSettings.fromJson(fields.object("embedding")), GroupSettings.fromJson(fields.object("wide")),
                (float) fields.number("maxGradientNorm"));
    }
}
