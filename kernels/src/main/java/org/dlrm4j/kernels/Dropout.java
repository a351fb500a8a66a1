package org.dlrm4j.kernels;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.internal.Checks;
import org.dlrm4j.kernels.internal.CounterRandom;
import org.dlrm4j.kernels.internal.Kernels;
import org.dlrm4j.kernels.internal.ScalingKernel;

/**
 * Inverted dropout: each unit is 0 with probability {@code p} and multiplied by {@code 1 / (1 - p)} otherwise, so that
 * scoring needs no counterpart. (Srivastava et al., JMLR 2014; {@code torch.nn.Dropout}.)
 *
 * <p>Whether a unit is dropped is a function of seed, step, layer, sample and unit, and of nothing else: no mask is
 * stored, the backward pass is the same call on the gradient, and results have the same bits for any number of
 * threads, chunks, vector width and kernel implementation. Stateless, does not allocate.
 */
public final class Dropout {
    private static final ScalingKernel KERNEL = Kernels.provider().scaling();

    private Dropout() {}

    /**
     * Drops units of a matrix of activations, or of their gradients:
     * {@code x[i][j] = dropped(seed, step, layer, firstSample + i, j) ? 0 : x[i][j] / (1 - p)}.
     *
     * @param x {@code m × n} float32, updated in place
     * @param xOffset byte of element (0, 0)
     * @param rowStrideBytes bytes from one row to the next, at least {@code 4·n}
     * @param m rows, one a sample
     * @param n columns, one a unit
     * @param p probability that a unit is dropped, in [0, 1); resolved to 2^-31
     * @param seed the run's seed
     * @param step number of the training step
     * @param layer number of the layer, so that layers of one width drop different units
     * @param firstSample number of row 0's sample in its batch
     * @throws IllegalArgumentException if {@code p} is not in [0, 1), a size negative, the stride too small, or the
     *     segment on the heap, read-only or too short
     */
    public static void apply(MemorySegment x, long xOffset, long rowStrideBytes, int m, int n, float p, long seed,
            long step, int layer, long firstSample) {
        // Written so that a NaN is refused.
        if (!(p >= 0 && p < 1)) {
            throw new IllegalArgumentException("p is " + p + ", expected 0 or more and less than 1: the share of units "
                    + "that are dropped");
        }
        Checks.nonNegative("m", m);
        Checks.nonNegative("n", n);
        Checks.writableRows("x", x, xOffset, rowStrideBytes, m, n);
        KERNEL.dropout(x, xOffset, rowStrideBytes, m, n, CounterRandom.key(seed, step, layer), firstSample,
                (int) (p * 0x1p31), 1 / (1 - p));
    }
}
