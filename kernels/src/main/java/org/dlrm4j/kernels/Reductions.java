package org.dlrm4j.kernels;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.internal.Checks;
import org.dlrm4j.kernels.internal.ElementwiseKernel;
import org.dlrm4j.kernels.internal.Kernels;

/**
 * Reductions over float32 matrices and vectors in native memory. Stateless, does not allocate; safe for concurrent use
 * on separate outputs.
 */
public final class Reductions {
    private static final ElementwiseKernel KERNEL = Kernels.provider().elementwise();

    private Reductions() {}

    /**
     * Sums each column: {@code out[j] = (accumulate ? out[j] : 0) + Σ_i x[i][j]}, rows in ascending order. The gradient
     * of a layer's bias. Results have the same bits whatever the vector width and kernel implementation.
     *
     * @param x {@code m × n} float32
     * @param xOffset byte of element (0, 0)
     * @param rowStrideBytes bytes from one row to the next, at least {@code 4·n}
     * @param m rows
     * @param n columns
     * @param accumulate whether the sums are added to what {@code out} holds
     * @param out {@code n} float32; must not overlap {@code x}
     * @param outOffset byte of column 0's sum
     * @throws IllegalArgumentException if a size is negative, the stride too small, or a segment on the heap, read-only
     *     where written, too short or overlapping the other
     */
    public static void columnSums(MemorySegment x, long xOffset, long rowStrideBytes, int m, int n, boolean accumulate,
            MemorySegment out, long outOffset) {
        Checks.nonNegative("m", m);
        Checks.nonNegative("n", n);
        final long xBytes = Checks.spanBytes("x", m, (long) n << 2, rowStrideBytes);
        Checks.readable("x", x, xOffset, xBytes);
        Checks.writable("out", out, outOffset, (long) n << 2);
        Checks.disjoint("out", out, outOffset, (long) n << 2, "x", x, xOffset, xBytes);
        KERNEL.columnSums(x, xOffset, rowStrideBytes, m, n, accumulate, out, outOffset);
    }

    /**
     * Finds the first value that is NaN or infinite.
     *
     * @param x {@code count} float32
     * @param xOffset byte of value 0
     * @param count number of values
     * @return its index, or -1 if all values are finite
     * @throws IllegalArgumentException if {@code count} is negative, or the segment on the heap or too short
     */
    public static long firstNonFinite(MemorySegment x, long xOffset, long count) {
        Checks.readable("x", x, xOffset, Checks.vectorBytes("count", count));
        return KERNEL.firstNonFinite(x, xOffset, count);
    }
}
