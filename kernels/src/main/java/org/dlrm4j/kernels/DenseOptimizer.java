package org.dlrm4j.kernels;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.internal.Checks;
import org.dlrm4j.kernels.internal.ElementwiseKernel;
import org.dlrm4j.kernels.internal.Kernels;

/**
 * Optimizer steps of dense parameters: float32 vectors in native memory, updated in place. Elements are independent, so
 * that threads may split a vector anywhere; results have the same bits whatever the vector width and kernel
 * implementation. Stateless, does not allocate.
 */
public final class DenseOptimizer {
    private static final ElementwiseKernel KERNEL = Kernels.provider().elementwise();

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
        check(p, pOffset, g, gOffset, count);
        KERNEL.sgd(p, pOffset, g, gOffset, count, learningRate);
    }

    /**
     * Adagrad: {@code state += g²; p -= learningRate·g / (sqrt(state) + epsilon)}. (Duchi, Hazan, Singer, JMLR 2011; the
     * epsilon is added after the root, as PyTorch does.)
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
        check(p, pOffset, g, gOffset, count);
        final long bytes = count << 2;
        Checks.writable("state", state, stateOffset, bytes);
        Checks.disjoint("state", state, stateOffset, bytes, "p", p, pOffset, bytes);
        Checks.disjoint("state", state, stateOffset, bytes, "g", g, gOffset, bytes);
        KERNEL.adagrad(p, pOffset, g, gOffset, state, stateOffset, count, learningRate, epsilon);
    }

    private static void check(MemorySegment p, long pOffset, MemorySegment g, long gOffset, long count) {
        final long bytes = Checks.vectorBytes("count", count);
        Checks.writable("p", p, pOffset, bytes);
        Checks.readable("g", g, gOffset, bytes);
        Checks.disjoint("g", g, gOffset, bytes, "p", p, pOffset, bytes);
    }
}
