package org.dlrm4j.kernels;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.internal.Checks;
import org.dlrm4j.kernels.internal.SigmoidLoss;

/** Losses of predicted probabilities and their gradients. Stateless, does not allocate. */
public final class Loss {
    private Loss() {}

    /**
     * Computes each sample's loss for {@code p = sigmoid(z)}, and {@code dz = scale · dLoss/dz}, the sigmoid's
     * derivative included:
     *
     * <pre>{@code
     * MSE    loss = (p - t)²                                 dLoss/dz = 2·(p - t)·p·(1 - p)
     * BCE    loss = -(t·ln p + (1 - t)·ln(1 - p))            dLoss/dz = p - t
     * WBCE   loss = w·BCE, w = weight1 if t >= 1 else weight0   dLoss/dz = w·(p - t)
     * }</pre>
     *
     * Logarithms are clamped at -100. With {@code 0 < threshold < 1} the loss takes {@code p} clamped to
     * {@code [threshold, 1 - threshold]}, and the gradient is 0 where {@code p} lies outside. A mean over the batch is
     * had with {@code scale = 1/batch}.
     *
     * @param function the loss
     * @param p {@code count} float32 predictions, outputs of a sigmoid
     * @param pOffset byte of prediction 0
     * @param t {@code count} float32 targets in [0, 1]
     * @param tOffset byte of target 0
     * @param count number of samples
     * @param threshold where to clamp; 0 or any value outside (0, 1) for not at all
     * @param weight0 weight of targets below 1; only for {@link LossFunction#WBCE}
     * @param weight1 weight of targets of 1; only for {@link LossFunction#WBCE}
     * @param scale factor of the gradients, not of the losses
     * @param loss {@code count} float32, overwritten
     * @param lossOffset byte of loss 0
     * @param dz {@code count} float32 gradients, overwritten; may be {@code p} itself when {@code dzStrideBytes} is 4
     * @param dzOffset byte of gradient 0
     * @param dzStrideBytes bytes from one gradient to the next, at least 4
     * @throws IllegalArgumentException if {@code count} is negative, the stride too small, or a segment on the heap,
     *     read-only where written or too short
     */
    public static void sigmoidLoss(LossFunction function, MemorySegment p, long pOffset, MemorySegment t, long tOffset,
            int count, float threshold, float weight0, float weight1, float scale, MemorySegment loss, long lossOffset,
            MemorySegment dz, long dzOffset, long dzStrideBytes) {
        final long bytes = Checks.vectorBytes("count", count);
        Checks.readable("p", p, pOffset, bytes);
        Checks.readable("t", t, tOffset, bytes);
        Checks.writable("loss", loss, lossOffset, bytes);
        Checks.writableRows("dz", dz, dzOffset, dzStrideBytes, count, 1);
        SigmoidLoss.run(function, p, pOffset, t, tOffset, count, threshold, weight0, weight1, scale, loss, lossOffset,
                dz, dzOffset, dzStrideBytes);
    }
}
