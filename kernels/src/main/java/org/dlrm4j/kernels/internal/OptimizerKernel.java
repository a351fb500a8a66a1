package org.dlrm4j.kernels.internal;

import java.lang.foreign.MemorySegment;

/**
 * Optimizer steps over vectors of independent parameters: dense parameters, or one row of a table. Arguments were
 * checked by {@link org.dlrm4j.kernels.DenseOptimizer} and the sparse updates, whose javadoc states the contracts. In
 * all of them {@code weightDecay} is that of L2, {@code g += weightDecay · p}, and 0 changes nothing.
 */
public interface OptimizerKernel {
    /** {@code p -= lr · g}. */
    void sgd(MemorySegment p, long pOffset, MemorySegment g, long gOffset, long count, float learningRate,
            float weightDecay);

    /** {@code state += g²; p -= lr · g / (sqrt(state) + eps)}. */
    void adagrad(MemorySegment p, long pOffset, MemorySegment g, long gOffset, MemorySegment state, long stateOffset,
            long count, float learningRate, float epsilon, float weightDecay);

    /** {@code buffer = momentum · buffer + g; p -= lr · (nesterov ? g + momentum · buffer : buffer)}. */
    void momentum(MemorySegment p, long pOffset, MemorySegment g, long gOffset, MemorySegment buffer, long bufferOffset,
            long count, float learningRate, float momentum, boolean nesterov, float weightDecay);

    /**
     * {@code mean += rate1 · (g - mean); square = (1 - rate2) · square + rate2 · g²;
     * p = shrink · p - stepSize · mean / (rootScale · sqrt(square) + eps)}.
     */
    void adam(MemorySegment p, long pOffset, MemorySegment g, long gOffset, MemorySegment mean, long meanOffset,
            MemorySegment square, long squareOffset, long count, float rate1, float rate2, float stepSize,
            float rootScale, float epsilon, float weightDecay, float shrink);

    /**
     * {@code n += g²; z += g - (sqrt(n) - sqrt(n before)) / lr · p; p = (clamp(z, -l1, l1) - z) / (sqrt(n) / lr + ridge)}.
     */
    void ftrl(MemorySegment p, long pOffset, MemorySegment g, long gOffset, MemorySegment n, long nOffset,
            MemorySegment z, long zOffset, long count, float inverseLearningRate, float l1, float ridge);
}
