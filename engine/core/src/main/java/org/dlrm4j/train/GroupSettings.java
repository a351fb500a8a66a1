package org.dlrm4j.train;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlrm4j.model.JsonFields;

/**
 * How the parameters of one group are updated. Immutable and checked on construction; a setting that the method does not have
 * is 0, {@code false} or, of the learning rate, 1.
 *
 * @param kind the method
 * @param learningRateFactor the group's learning rate is the schedule's times this
 * @param epsilon added to the root of the squares; FTRL's {@code β}
 * @param initialAccumulator what Adagrad's and FTRL's sums of squares begin with
 * @param weightDecay {@code λ}: of AdamW {@code w *= 1 − lr·λ}, else {@code g += λ·w}; of tables only in the rows of a batch
 * @param momentum SGD's momentum, in [0, 1); 0 for none
 * @param nesterov whether SGD looks ahead along its momentum
 * @param beta1 share of Adam's first moments that stays, in [0, 1)
 * @param beta2 share of Adam's second moments that stays, in [0, 1)
 * @param l1 FTRL's weight of absolute values
 * @param l2 FTRL's weight of squares; counts twice, as in TensorFlow
 */
public record GroupSettings(OptimizerKind kind, float learningRateFactor, float epsilon, float initialAccumulator,
        float weightDecay, float momentum, boolean nesterov, double beta1, double beta2, float l1, float l2) {

    /**
     * Checks the settings.
     *
     * @throws IllegalArgumentException naming the setting that is out of range or not the method's
     */
    public GroupSettings {
        require(learningRateFactor > 0 && Float.isFinite(learningRateFactor),
                "learning rate factor is " + learningRateFactor + ", expected a positive number");
        checkNumber("epsilon", epsilon, kind, kind != OptimizerKind.SGD);
        checkNumber("initial accumulator", initialAccumulator, kind, kind.accumulatesSquares());
        // FTRL takes the parameter from its state: a decayed gradient would be counted against it twice.
        checkNumber("weight decay", weightDecay, kind, kind != OptimizerKind.FTRL);
        checkShare("momentum", momentum, kind, kind == OptimizerKind.SGD);
        require(!nesterov || momentum > 0, "Nesterov momentum needs a momentum above 0, such as 0.9");
        checkShare("beta1", beta1, kind, kind.isAdam());
        checkShare("beta2", beta2, kind, kind.isAdam());
        checkNumber("L1", l1, kind, kind == OptimizerKind.FTRL);
        checkNumber("L2", l2, kind, kind == OptimizerKind.FTRL);
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    private static void checkNumber(String name, float value, OptimizerKind kind, boolean allowed) {
        require(value >= 0 && Float.isFinite(value), name + " is " + value + ", expected a number of 0 or more");
        require(allowed || value == 0, name + " is " + value + ", but " + kind + " has none; leave it out");
    }

    private static void checkShare(String name, double value, OptimizerKind kind, boolean allowed) {
        require(value >= 0 && value < 1, name + " is " + value + ", expected 0 or more and less than 1");
        require(allowed || value == 0, name + " is " + value + ", but " + kind + " has none; leave it out");
    }

    /**
     * Returns a method with its usual settings: PyTorch's of SGD, Adam ({@code β = 0.9, 0.999; ε = 1e-8}), AdamW
     * ({@code λ = 0.01}) and Adagrad ({@code ε = 1e-10}); of FTRL {@code β = 1}, the paper's, without L1 and L2.
     *
     * @param kind the method
     * @return the settings
     */
    public static GroupSettings of(OptimizerKind kind) {
        final float epsilon = switch (kind) {
            case SGD -> 0f;
            case ADAGRAD, ROW_WISE_ADAGRAD -> 1e-10f;
            case ADAM, ADAMW -> 1e-8f;
            case FTRL -> 1f;
        };
        return new GroupSettings(kind, 1f, epsilon, 0f, kind == OptimizerKind.ADAMW ? 0.01f : 0f, 0f, false,
                kind.isAdam() ? 0.9 : 0, kind.isAdam() ? 0.999 : 0, 0f, 0f);
    }

    /**
     * Returns settings with another learning rate.
     *
     * @param factor what the schedule's rate is multiplied by
     * @return the settings
     */
    public GroupSettings withLearningRateFactor(float factor) {
        return new GroupSettings(kind, factor, epsilon, initialAccumulator, weightDecay, momentum, nesterov, beta1,
                beta2, l1, l2);
    }

    /**
     * Returns settings with another epsilon.
     *
     * @param value {@link #epsilon}
     * @return the settings
     */
    public GroupSettings withEpsilon(float value) {
        return new GroupSettings(kind, learningRateFactor, value, initialAccumulator, weightDecay, momentum, nesterov,
                beta1, beta2, l1, l2);
    }

    /**
     * Returns settings with another start of the sums of squares.
     *
     * @param value {@link #initialAccumulator}
     * @return the settings
     */
    public GroupSettings withInitialAccumulator(float value) {
        return new GroupSettings(kind, learningRateFactor, epsilon, value, weightDecay, momentum, nesterov, beta1,
                beta2, l1, l2);
    }

    /**
     * Returns settings with another weight decay.
     *
     * @param value {@link #weightDecay}
     * @return the settings
     */
    public GroupSettings withWeightDecay(float value) {
        return new GroupSettings(kind, learningRateFactor, epsilon, initialAccumulator, value, momentum, nesterov,
                beta1, beta2, l1, l2);
    }

    /**
     * Returns settings with momentum.
     *
     * @param value {@link #momentum}
     * @param lookAhead {@link #nesterov}
     * @return the settings
     */
    public GroupSettings withMomentum(float value, boolean lookAhead) {
        return new GroupSettings(kind, learningRateFactor, epsilon, initialAccumulator, weightDecay, value, lookAhead,
                beta1, beta2, l1, l2);
    }

    /**
     * Returns settings with other shares of the moments.
     *
     * @param first {@link #beta1}
     * @param second {@link #beta2}
     * @return the settings
     */
    public GroupSettings withBetas(double first, double second) {
        return new GroupSettings(kind, learningRateFactor, epsilon, initialAccumulator, weightDecay, momentum, nesterov,
                first, second, l1, l2);
    }

    /**
     * Returns settings with FTRL's regularization.
     *
     * @param absolute {@link #l1}
     * @param squared {@link #l2}
     * @return the settings
     */
    public GroupSettings withRegularization(float absolute, float squared) {
        return new GroupSettings(kind, learningRateFactor, epsilon, initialAccumulator, weightDecay, momentum, nesterov,
                beta1, beta2, absolute, squared);
    }

    /** Returns what the state values of a weight are called in files. */
    List<String> states() {
        return momentum > 0 ? List.of("momentum") : kind.states();
    }

    /** Returns the floats of a state's row, of a table whose rows have {@code dim}. */
    int stateDim(int dim) {
        return kind == OptimizerKind.ROW_WISE_ADAGRAD ? 1 : dim;
    }

    /** Returns whether gradients of a table's row that occurs several times in a batch are summed before the update. */
    boolean sumsRows() {
        return kind != OptimizerKind.SGD || momentum > 0 || weightDecay > 0;
    }

    Map<String, Object> toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("kind", kind.name());
        json.put("learningRateFactor", (double) learningRateFactor);
        json.put("epsilon", (double) epsilon);
        json.put("initialAccumulator", (double) initialAccumulator);
        json.put("weightDecay", (double) weightDecay);
        json.put("momentum", (double) momentum);
        json.put("nesterov", nesterov);
        json.put("beta1", beta1);
        json.put("beta2", beta2);
        json.put("l1", (double) l1);
        json.put("l2", (double) l2);
        return json;
    }

    static GroupSettings fromJson(JsonFields fields) {
        try {
            return new GroupSettings(fields.constant("kind", OptimizerKind.class),
                    (float) fields.number("learningRateFactor"), (float) fields.number("epsilon"),
                    (float) fields.number("initialAccumulator"), (float) fields.number("weightDecay"),
                    (float) fields.number("momentum"), fields.flag("nesterov"), fields.number("beta1"),
                    fields.number("beta2"), (float) fields.number("l1"), (float) fields.number("l2"));
        } catch (IllegalArgumentException e) {
            throw fields.wrong("kind", e.getMessage(), "settings that go together");
        }
    }
}
