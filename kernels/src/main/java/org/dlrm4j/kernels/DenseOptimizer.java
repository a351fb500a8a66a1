package org.dlrm4j.kernels;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.internal.AdamRates;
import org.dlrm4j.kernels.internal.Checks;
import org.dlrm4j.kernels.internal.Kernels;
import org.dlrm4j.kernels.internal.OptimizerKernel;

/**
 * Optimizer steps of dense parameters: float32 vectors in native memory, updated in place. Elements are independent, so
 * that threads may split a vector anywhere; results have the same bits whatever the vector width and kernel
 * implementation. State starts as zeros unless a method says otherwise. Stateless, does not allocate.
 */
public final class DenseOptimizer {
    private static final OptimizerKernel KERNEL = Kernels.provider().optimizer();

    private DenseOptimizer() {}

    /**
     * Gradient descent: {@code p -= learningRate · g}, one fused multiply-add an element.
     *
     * @param p {@code count} parameters, updated in place
     * @param pOffset byte of parameter 0
     * @param g {@code count} gradients; must not overlap {@code p}
     * @param gOffset byte of gradient 0
     * @param count number of parameters
     * @param learningRate the step
     * @throws IllegalArgumentException if {@code count} is negative, or a segment is on the heap, read-only where
     *     written, too short or overlapping another
     */
    public static void sgd(MemorySegment p, long pOffset, MemorySegment g, long gOffset, long count,
            float learningRate) {
        sgd(p, pOffset, g, gOffset, count, learningRate, 0f);
    }

    /**
     * Gradient descent with L2 weight decay, as {@code torch.optim.SGD}:
     * {@code g' = g + weightDecay·p; p -= learningRate · g'}.
     *
     * @param p {@code count} parameters, updated in place
     * @param pOffset byte of parameter 0
     * @param g {@code count} gradients; must not overlap {@code p}
     * @param gOffset byte of gradient 0
     * @param count number of parameters
     * @param learningRate the step
     * @param weightDecay share of the parameter that is added to its gradient, 0 or more
     * @throws IllegalArgumentException if {@code count} or {@code weightDecay} is negative, or a segment is on the
     *     heap, read-only where written, too short or overlapping another
     */
    public static void sgd(MemorySegment p, long pOffset, MemorySegment g, long gOffset, long count, float learningRate,
            float weightDecay) {
        Checks.nonNegative("weightDecay", weightDecay);
        check(p, pOffset, g, gOffset, count);
        KERNEL.sgd(p, pOffset, g, gOffset, count, learningRate, weightDecay);
    }

    /**
     * Gradient descent with momentum, as {@code torch.optim.SGD} without dampening:
     *
     * <pre>{@code
     * g' = g + weightDecay·p
     * buffer = momentum·buffer + g'
     * p -= learningRate · (nesterov ? g' + momentum·buffer : buffer)
     * }</pre>
     *
     * <p>(Sutskever et al., ICML 2013; unlike there, the learning rate multiplies the buffer, not what enters it. A
     * buffer of zeros gives PyTorch's first step.)
     *
     * @param p {@code count} parameters, updated in place
     * @param pOffset byte of parameter 0
     * @param g {@code count} gradients; must not overlap {@code p} or the state
     * @param gOffset byte of gradient 0
     * @param buffer {@code count} float32 of state, updated in place; must not overlap {@code p}
     * @param bufferOffset byte of value 0
     * @param count number of parameters
     * @param learningRate the step
     * @param momentum share of the buffer that stays, 0 or more
     * @param nesterov whether to look ahead along the buffer
     * @param weightDecay share of the parameter that is added to its gradient (L2), 0 or more
     * @throws IllegalArgumentException if a number is out of its range, or a segment is on the heap, read-only where
     *     written, too short or overlapping another
     */
    public static void momentum(MemorySegment p, long pOffset, MemorySegment g, long gOffset, MemorySegment buffer,
            long bufferOffset, long count, float learningRate, float momentum, boolean nesterov, float weightDecay) {
        Checks.nonNegative("momentum", momentum);
        Checks.nonNegative("weightDecay", weightDecay);
        check(p, pOffset, g, gOffset, count);
        checkState("buffer", buffer, bufferOffset, p, pOffset, g, gOffset, count);
        KERNEL.momentum(p, pOffset, g, gOffset, buffer, bufferOffset, count, learningRate, momentum, nesterov,
                weightDecay);
    }

    /**
     * Adagrad: {@code state += g²; p -= learningRate·g / (sqrt(state) + epsilon)}. (Duchi, Hazan, Singer, JMLR 2011;
     * the epsilon is added after the root, as PyTorch does.)
     *
     * @param p {@code count} parameters, updated in place
     * @param pOffset byte of parameter 0
     * @param g {@code count} gradients; must not overlap {@code p} or {@code state}
     * @param gOffset byte of gradient 0
     * @param state {@code count} sums of squares, updated in place; must not overlap {@code p}
     * @param stateOffset byte of sum 0
     * @param count number of parameters
     * @param learningRate the step
     * @param epsilon added to the root of the state
     * @throws IllegalArgumentException if {@code count} is negative, or a segment is on the heap, read-only where
     *     written, too short or overlapping another
     */
    public static void adagrad(MemorySegment p, long pOffset, MemorySegment g, long gOffset, MemorySegment state,
            long stateOffset, long count, float learningRate, float epsilon) {
        adagrad(p, pOffset, g, gOffset, state, stateOffset, count, learningRate, epsilon, 0f);
    }

    /**
     * Adagrad with L2 weight decay, as {@code torch.optim.Adagrad} without learning-rate decay:
     * {@code g' = g + weightDecay·p; state += g'²; p -= learningRate·g' / (sqrt(state) + epsilon)}.
     *
     * @param p {@code count} parameters, updated in place
     * @param pOffset byte of parameter 0
     * @param g {@code count} gradients; must not overlap {@code p} or {@code state}
     * @param gOffset byte of gradient 0
     * @param state {@code count} sums of squares, updated in place; must not overlap {@code p}
     * @param stateOffset byte of sum 0
     * @param count number of parameters
     * @param learningRate the step
     * @param epsilon added to the root of the state
     * @param weightDecay share of the parameter that is added to its gradient, 0 or more
     * @throws IllegalArgumentException if {@code count} or {@code weightDecay} is negative, or a segment is on the
     *     heap, read-only where written, too short or overlapping another
     */
    public static void adagrad(MemorySegment p, long pOffset, MemorySegment g, long gOffset, MemorySegment state,
            long stateOffset, long count, float learningRate, float epsilon, float weightDecay) {
        Checks.nonNegative("weightDecay", weightDecay);
        check(p, pOffset, g, gOffset, count);
        checkState("state", state, stateOffset, p, pOffset, g, gOffset, count);
        KERNEL.adagrad(p, pOffset, g, gOffset, state, stateOffset, count, learningRate, epsilon, weightDecay);
    }

    /**
     * Adam with bias correction, as {@code torch.optim.Adam} (L2) and {@code torch.optim.AdamW} (decoupled):
     *
     * <pre>{@code
     * L2:        g' = g + weightDecay·p
     * DECOUPLED: g' = g; p *= 1 - learningRate·weightDecay
     * mean = beta1·mean + (1 - beta1)·g'
     * square = beta2·square + (1 - beta2)·g'²
     * p -= learningRate / (1 - beta1^step) · mean / (sqrt(square / (1 - beta2^step)) + epsilon)
     * }</pre>
     *
     * <p>(Kingma, Ba, ICLR 2015, algorithm 1.)
     *
     * @param p {@code count} parameters, updated in place
     * @param pOffset byte of parameter 0
     * @param g {@code count} gradients; must not overlap {@code p} or the state
     * @param gOffset byte of gradient 0
     * @param mean {@code count} float32: first moments, updated in place; must not overlap {@code p}
     * @param meanOffset byte of moment 0
     * @param square {@code count} float32: second moments, updated in place; must not overlap {@code p} or {@code mean}
     * @param squareOffset byte of moment 0
     * @param count number of parameters
     * @param learningRate the step
     * @param beta1 share of the first moments that stays, in [0, 1)
     * @param beta2 share of the second moments that stays, in [0, 1)
     * @param epsilon added after the root
     * @param weightDecay the decay, 0 or more
     * @param kind where the decay enters
     * @param step number of this update, counted from 1
     * @throws IllegalArgumentException if a number is out of its range, or a segment is on the heap, read-only where
     *     written, too short or overlapping another
     */
    public static void adam(MemorySegment p, long pOffset, MemorySegment g, long gOffset, MemorySegment mean,
            long meanOffset, MemorySegment square, long squareOffset, long count, float learningRate, double beta1,
            double beta2, float epsilon, float weightDecay, WeightDecay kind, long step) {
        Checks.nonNegative("weightDecay", weightDecay);
        final float rate1 = AdamRates.rate("beta1", beta1);
        final float rate2 = AdamRates.rate("beta2", beta2);
        final float stepSize = (float) (learningRate / AdamRates.correction(beta1, step));
        final float rootScale = (float) (1 / Math.sqrt(AdamRates.correction(beta2, step)));
        final float l2 = AdamRates.l2(kind, weightDecay);
        final float shrink = AdamRates.shrink(kind, learningRate, weightDecay);
        check(p, pOffset, g, gOffset, count);
        checkState("mean", mean, meanOffset, p, pOffset, g, gOffset, count);
        checkState("square", square, squareOffset, p, pOffset, g, gOffset, count);
        Checks.disjoint("square", square, squareOffset, count << 2, "mean", mean, meanOffset, count << 2);
        KERNEL.adam(p, pOffset, g, gOffset, mean, meanOffset, square, squareOffset, count, rate1, rate2, stepSize,
                rootScale, epsilon, l2, shrink);
    }

    /**
     * FTRL-Proximal with a learning rate that falls with the root of the summed squares:
     *
     * <pre>{@code
     * n' = n + g²
     * z += g - (sqrt(n') - sqrt(n)) / learningRate · p
     * p = |z| <= l1 ? 0 : (sign(z)·l1 - z) / ((beta + sqrt(n')) / learningRate + 2·l2)
     * }</pre>
     *
     * <p>(McMahan et al., <em>Ad Click Prediction</em>, KDD 2013, algorithm 1. {@code l2} counts twice as in
     * TensorFlow's {@code ApplyFtrl} with a learning-rate power of -0.5, where {@code beta} is 0 and {@code n} starts
     * at 0.1: the paper's λ2 is {@code 2·l2}.) The parameter is a function of its state; what it held before enters
     * {@code z} only.
     *
     * @param p {@code count} parameters, updated in place
     * @param pOffset byte of parameter 0
     * @param g {@code count} gradients; must not overlap {@code p} or the state
     * @param gOffset byte of gradient 0
     * @param n {@code count} sums of squares, updated in place; must not overlap {@code p}
     * @param nOffset byte of sum 0
     * @param z {@code count} linear terms, updated in place; must not overlap {@code p} or {@code n}
     * @param zOffset byte of term 0
     * @param count number of parameters
     * @param learningRate the paper's alpha, above 0
     * @param beta added to the root, 0 or more
     * @param l1 weight of the absolute values, 0 or more: larger makes more parameters exactly 0
     * @param l2 weight of the squares, 0 or more
     * @throws IllegalArgumentException if a number is out of its range, or a segment is on the heap, read-only where
     *     written, too short or overlapping another
     */
    public static void ftrl(MemorySegment p, long pOffset, MemorySegment g, long gOffset, MemorySegment n, long nOffset,
            MemorySegment z, long zOffset, long count, float learningRate, float beta, float l1, float l2) {
        Checks.positive("learningRate", learningRate);
        Checks.nonNegative("beta", beta);
        Checks.nonNegative("l1", l1);
        Checks.nonNegative("l2", l2);
        check(p, pOffset, g, gOffset, count);
        checkState("n", n, nOffset, p, pOffset, g, gOffset, count);
        checkState("z", z, zOffset, p, pOffset, g, gOffset, count);
        Checks.disjoint("z", z, zOffset, count << 2, "n", n, nOffset, count << 2);
        KERNEL.ftrl(p, pOffset, g, gOffset, n, nOffset, z, zOffset, count, 1 / learningRate, l1,
                beta / learningRate + 2 * l2);
    }

    private static void check(MemorySegment p, long pOffset, MemorySegment g, long gOffset, long count) {
        final long bytes = Checks.vectorBytes("count", count);
        Checks.writable("p", p, pOffset, bytes);
        Checks.readable("g", g, gOffset, bytes);
        Checks.disjoint("g", g, gOffset, bytes, "p", p, pOffset, bytes);
    }

    private static void checkState(String name, MemorySegment state, long stateOffset, MemorySegment p, long pOffset,
            MemorySegment g, long gOffset, long count) {
        final long bytes = count << 2;
        Checks.writable(name, state, stateOffset, bytes);
        Checks.disjoint(name, state, stateOffset, bytes, "p", p, pOffset, bytes);
        Checks.disjoint(name, state, stateOffset, bytes, "g", g, gOffset, bytes);
    }
}
