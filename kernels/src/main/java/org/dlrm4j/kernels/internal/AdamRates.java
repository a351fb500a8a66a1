package org.dlrm4j.kernels.internal;

import org.dlrm4j.kernels.WeightDecay;

/** Adam's hyperparameters as the kernels want them; derived in double, because {@code 1 - beta} in float loses digits. */
public final class AdamRates {
    private AdamRates() {}

    /** Checks {@code 0 <= beta < 1} and returns {@code 1 - beta}. */
    public static float rate(String name, double beta) {
        // Written so that a NaN is refused.
        if (!(beta >= 0 && beta < 1)) {
            throw new IllegalArgumentException(name + " is " + beta + ", expected 0 or more and less than 1");
        }
        return (float) (1 - beta);
    }

    /** Returns the bias correction {@code 1 - beta^step}; checks that the step is 1 or more. */
    public static double correction(double beta, long step) {
        if (step < 1) {
            throw new IllegalArgumentException("step is " + step + ", expected 1 or more: the first update is step 1");
        }
        return 1 - Math.pow(beta, step);
    }

    /** Returns the share of the parameters that is added to their gradients. */
    public static float l2(WeightDecay kind, float weightDecay) {
        return switch (kind) {
            case L2 -> weightDecay;
            case DECOUPLED -> 0;
        };
    }

    /** Returns the factor of the parameters beside the step. */
    public static float shrink(WeightDecay kind, float learningRate, float weightDecay) {
        return switch (kind) {
            case L2 -> 1;
            case DECOUPLED -> (float) (1 - (double) learningRate * weightDecay);
        };
    }
}
