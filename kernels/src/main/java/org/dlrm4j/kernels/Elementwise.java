package org.dlrm4j.kernels;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.internal.Checks;
import org.dlrm4j.kernels.internal.ElementwiseKernel;
import org.dlrm4j.kernels.internal.Kernels;

/**
 * Sums and products of two matrices, element by element: rows of {@code n} floats in native memory.
 *
 * <p>Every element is one operation, so that results have the same bits for any vector width and kernel implementation.
 * Stateless, does not allocate; safe for concurrent use on separate outputs. Operands may overlap each other, the output may
 * overlap nothing.
 */
public final class Elementwise {
    private static final ElementwiseKernel KERNEL = Kernels.provider().elementwise();

    private Elementwise() {}

    /**
     * Computes {@code out[i][j] = a[i][j] + b[i][j]}.
     *
     * @param a {@code m × n} float32
     * @param aOffset byte of element (0, 0) of {@code a}
     * @param aStrideBytes bytes from one row of {@code a} to the next, at least {@code 4·n}
     * @param b {@code m × n} float32
     * @param bOffset byte of element (0, 0) of {@code b}
     * @param bStrideBytes bytes from one row of {@code b} to the next, at least {@code 4·n}
     * @param out {@code m × n} float32, overwritten
     * @param outOffset byte of element (0, 0) of {@code out}
     * @param outStrideBytes bytes from one row of {@code out} to the next, at least {@code 4·n}
     * @param m rows
     * @param n columns
     * @throws IllegalArgumentException if a size is negative, a stride too small, or a segment on the heap, read-only
     *     where written, too short or an output that overlaps an operand
     */
    public static void add(MemorySegment a, long aOffset, long aStrideBytes, MemorySegment b, long bOffset,
            long bStrideBytes, MemorySegment out, long outOffset, long outStrideBytes, int m, int n) {
        check(a, aOffset, aStrideBytes, b, bOffset, bStrideBytes, out, outOffset, outStrideBytes, m, n);
        KERNEL.add(a, aOffset, aStrideBytes, b, bOffset, bStrideBytes, out, outOffset, outStrideBytes, m, n);
    }

    /**
     * Computes {@code out[i][j] = a[i][j] · b[i][j]}. Its gradients are products, too: {@code da = dout ⊙ b}, {@code db = dout ⊙ a}.
     *
     * @param a {@code m × n} float32
     * @param aOffset byte of element (0, 0) of {@code a}
     * @param aStrideBytes bytes from one row of {@code a} to the next, at least {@code 4·n}
     * @param b {@code m × n} float32
     * @param bOffset byte of element (0, 0) of {@code b}
     * @param bStrideBytes bytes from one row of {@code b} to the next, at least {@code 4·n}
     * @param out {@code m × n} float32, overwritten
     * @param outOffset byte of element (0, 0) of {@code out}
     * @param outStrideBytes bytes from one row of {@code out} to the next, at least {@code 4·n}
     * @param m rows
     * @param n columns
     * @throws IllegalArgumentException if a size is negative, a stride too small, or a segment on the heap, read-only
     *     where written, too short or an output that overlaps an operand
     */
    public static void multiply(MemorySegment a, long aOffset, long aStrideBytes, MemorySegment b, long bOffset,
            long bStrideBytes, MemorySegment out, long outOffset, long outStrideBytes, int m, int n) {
        check(a, aOffset, aStrideBytes, b, bOffset, bStrideBytes, out, outOffset, outStrideBytes, m, n);
        KERNEL.multiply(a, aOffset, aStrideBytes, b, bOffset, bStrideBytes, out, outOffset, outStrideBytes, m, n);
    }

    private static void check(MemorySegment a, long aOffset, long aStrideBytes, MemorySegment b, long bOffset,
            long bStrideBytes, MemorySegment out, long outOffset, long outStrideBytes, int m, int n) {
        Checks.nonNegative("m", m);
        Checks.nonNegative("n", n);
        final long rowBytes = (long) n << 2;
        final long aBytes = Checks.spanBytes("a", m, rowBytes, aStrideBytes);
        final long bBytes = Checks.spanBytes("b", m, rowBytes, bStrideBytes);
        final long outBytes = Checks.spanBytes("out", m, rowBytes, outStrideBytes);
        Checks.readable("a", a, aOffset, aBytes);
        Checks.readable("b", b, bOffset, bBytes);
        Checks.writable("out", out, outOffset, outBytes);
        Checks.disjoint("out", out, outOffset, outBytes, "a", a, aOffset, aBytes);
        Checks.disjoint("out", out, outOffset, outBytes, "b", b, bOffset, bBytes);
    }
}
