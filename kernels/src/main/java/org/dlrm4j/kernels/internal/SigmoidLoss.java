package org.dlrm4j.kernels.internal;

import static org.dlrm4j.kernels.internal.Layouts.FLOAT;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.LossFunction;

/**
 * Losses of sigmoid outputs. One plain loop for all implementations: there is one loss a sample, against thousands of
 * multiply-adds in the model before it.
 */
public final class SigmoidLoss {
    private static final double MAX_LOSS = 100;

    private SigmoidLoss() {}

    /** The contract is that of {@link org.dlrm4j.kernels.Loss#sigmoidLoss}. */
    public static void run(LossFunction function, MemorySegment p, long pOffset, MemorySegment t, long tOffset,
            int count, float threshold, float weight0, float weight1, float scale, MemorySegment loss, long lossOffset,
            MemorySegment dz, long dzOffset, long dzStrideBytes) {
        final boolean clamps = threshold > 0 && threshold < 1;
        final float low = clamps ? threshold : 0;
        final float high = clamps ? 1 - threshold : 1;
        for (int i = 0; i < count; i++) {
            final float predicted = p.get(FLOAT, pOffset + ((long) i << 2));
            final float target = t.get(FLOAT, tOffset + ((long) i << 2));
            final float weight = function != LossFunction.WBCE ? 1 : target >= 1 ? weight1 : weight0;
            // Lower bound first, as torch.clamp: a threshold above 1/2 gives the upper bound.
            final float clamped = Math.min(Math.max(predicted, low), high);
            final boolean outside = predicted < low || predicted > high;
            final float value = function == LossFunction.MSE
                    ? (clamped - target) * (clamped - target)
                    : (float) (weight * crossEntropy(clamped, target));
            final float gradient = outside ? 0 : weight * derivative(function, predicted, target);
            loss.set(FLOAT, lossOffset + ((long) i << 2), value);
            dz.set(FLOAT, dzOffset + i * dzStrideBytes, scale * gradient);
        }
    }

    private static double crossEntropy(double p, double t) {
        return t * Math.min(-Math.log(p), MAX_LOSS) + (1 - t) * Math.min(-Math.log(1 - p), MAX_LOSS);
    }

    private static float derivative(LossFunction function, float p, float t) {
        return function == LossFunction.MSE ? 2 * (p - t) * p * (1 - p) : p - t;
    }
}
