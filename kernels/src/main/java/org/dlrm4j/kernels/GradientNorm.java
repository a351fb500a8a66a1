package org.dlrm4j.kernels;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.internal.Checks;
import org.dlrm4j.kernels.internal.Kernels;
import org.dlrm4j.kernels.internal.ReductionKernel;
import org.dlrm4j.kernels.internal.ScalingKernel;

/**
 * The Euclidean norm of gradients, and what clipping by it needs: sum the squares of each parameter's gradient, add
 * those sums in the order of the parameters, and scale every gradient by {@link #clipFactor} of the root. (Pascanu,
 * Mikolov, Bengio, ICML 2013; {@code torch.nn.utils.clip_grad_norm_}.)
 *
 * <p>Results have the same bits whatever the vector width and kernel implementation. Stateless, does not allocate.
 */
public final class GradientNorm {
    /** PyTorch's: keeps a norm of 0 from dividing. */
    private static final double EPSILON = 1e-6;

    private static final ReductionKernel REDUCTION = Kernels.provider().reduction();
    private static final ScalingKernel SCALING = Kernels.provider().scaling();

    private GradientNorm() {}

    /**
     * Returns {@code Σ x[i]²} in double precision, in one fixed order: 8 interleaved partial sums over the whole groups
     * of 16 elements, their halving tree, then the remaining elements one by one.
     *
     * @param x {@code count} float32
     * @param xOffset byte of value 0
     * @param count number of values
     * @return the sum; NaN or infinite if a value is
     * @throws IllegalArgumentException if {@code count} is negative, or the segment on the heap or too short
     */
    public static double sumOfSquares(MemorySegment x, long xOffset, long count) {
        Checks.readable("x", x, xOffset, Checks.vectorBytes("count", count));
        return REDUCTION.sumOfSquares(x, xOffset, count);
    }

    /**
     * Returns the factor that brings a gradient of this norm down to the largest allowed:
     * {@code min(1, maxNorm / (norm + 1e-6))}.
     *
     * @param norm root of the sum of all squares
     * @param maxNorm the largest norm allowed, above 0
     * @return the factor; NaN if the norm is NaN
     * @throws IllegalArgumentException if {@code maxNorm} is not a finite number above 0
     */
    public static float clipFactor(double norm, float maxNorm) {
        return (float) Math.min(1, Checks.positive("maxNorm", maxNorm) / (norm + EPSILON));
    }

    /**
     * Multiplies a vector by a number: {@code x *= factor}.
     *
     * @param x {@code count} float32, updated in place
     * @param xOffset byte of value 0
     * @param count number of values
     * @param factor the number
     * @throws IllegalArgumentException if {@code count} is negative, or the segment on the heap, read-only or too short
     */
    public static void scale(MemorySegment x, long xOffset, long count, float factor) {
        Checks.writable("x", x, xOffset, Checks.vectorBytes("count", count));
        SCALING.scale(x, xOffset, count, factor);
    }
}
