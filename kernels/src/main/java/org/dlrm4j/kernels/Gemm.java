package org.dlrm4j.kernels;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.internal.Checks;
import org.dlrm4j.kernels.internal.GemmKernel;
import org.dlrm4j.kernels.internal.Kernels;

/**
 * Matrix product with a packed right operand: {@code C[i][j] = f(init + Σ_p A[i][p] · B[p][j])}.
 *
 * <p>{@code A} is {@code m × k} and read with any two strides, so that a transposed operand needs no copy; {@code B} is
 * {@code k × n} and packed once by {@link #pack}, also with any two strides; {@code C} is {@code m × n}, rows contiguous.
 * Blocks of 1024 steps are summed from zero, over {@code p} ascending with one fused multiply-add a step, and added to
 * {@code init} ({@code C} itself, the bias or zero) one after the other: results do not depend on how the work was divided or
 * on the vector width. The layering (pack, block, register tile, epilogue) is that of BLIS (Van Zee and van de Geijn, ACM TOMS
 * 41(3), 2015).
 *
 * <p>All methods are thread-safe for disjoint outputs, allocate nothing, and throw {@link IllegalArgumentException} for a
 * heap segment, a negative size, a bad stride, or an operand that would leave its segment.
 */
public final class Gemm {
    private static final GemmKernel KERNEL = Kernels.provider().gemm();

    private Gemm() {}

    /**
     * Returns the size of a packed matrix; columns are padded with zeros to whole vectors.
     *
     * @param k rows of {@code B}
     * @param n columns of {@code B}
     * @return bytes
     */
    public static long packedBytes(int k, int n) {
        Checks.nonNegative("k", k);
        Checks.nonNegative("n", n);
        final long lanes = KERNEL.lanes();
        return (n + lanes - 1) / lanes * lanes * k * Float.BYTES;
    }

    /**
     * Returns the width of a panel: a product can be split between threads at multiples of it.
     *
     * @return columns
     */
    public static int panelColumns() {
        return KERNEL.lanes() * KERNEL.panelVectors();
    }

    /**
     * Packs a whole matrix {@code B[k × n]}.
     *
     * @param b the segment of {@code B}
     * @param bOffset byte offset of {@code B[0][0]}
     * @param rowStrideBytes distance from {@code B[p][j]} to {@code B[p + 1][j]}
     * @param columnStrideBytes distance from {@code B[p][j]} to {@code B[p][j + 1]}
     * @param k rows
     * @param n columns
     * @param packed the destination, at least {@link #packedBytes} from its offset
     * @param packedOffset byte offset of the destination
     */
    public static void pack(MemorySegment b, long bOffset, long rowStrideBytes, long columnStrideBytes, int k, int n,
            MemorySegment packed, long packedOffset) {
        packPart(b, bOffset, rowStrideBytes, columnStrideBytes, k, n, 0, k, 0, n, packed, packedOffset);
    }

    /**
     * Packs the part {@code [kFrom, kTo) × [nFrom, nTo)} of a matrix into its place in the packed whole.
     *
     * @param b the segment of {@code B}
     * @param bOffset byte offset of {@code B[0][0]}
     * @param rowStrideBytes distance from {@code B[p][j]} to {@code B[p + 1][j]}
     * @param columnStrideBytes distance from {@code B[p][j]} to {@code B[p][j + 1]}
     * @param k rows of the whole
     * @param n columns of the whole
     * @param kFrom first row of the part
     * @param kTo end of the part's rows
     * @param nFrom first column of the part, a multiple of {@link #panelColumns}
     * @param nTo end of the part's columns, a multiple of {@link #panelColumns} or {@code n}
     * @param packed the destination of the whole
     * @param packedOffset byte offset of the destination
     */
    public static void packPart(MemorySegment b, long bOffset, long rowStrideBytes, long columnStrideBytes, int k,
            int n,
            int kFrom, int kTo, int nFrom, int nTo, MemorySegment packed, long packedOffset) {
        checkPart(n, nFrom, nTo);
        if (kFrom < 0 || kFrom > kTo || kTo > k) {
            throw new IllegalArgumentException("rows [" + kFrom + ", " + kTo + ") are not a part of " + k + " rows");
        }
        checkOperand("B", b, bOffset, rowStrideBytes, columnStrideBytes, k, n);
        Checks.writable("packed", packed, packedOffset, packedBytes(k, n));
        if (kFrom < kTo && nFrom < nTo) {
            KERNEL.pack(b, bOffset, rowStrideBytes, columnStrideBytes, k, n, kFrom, kTo, nFrom, nTo, packed,
                    packedOffset);
        }
    }

    /**
     * Computes {@code C = f(init + A·B)} for the columns {@code [nFrom, nTo)}.
     *
     * @param a the segment of {@code A}
     * @param aOffset byte offset of {@code A[0][0]}
     * @param aRowStrideBytes distance from {@code A[i][p]} to {@code A[i + 1][p]}
     * @param aColumnStrideBytes distance from {@code A[i][p]} to {@code A[i][p + 1]}
     * @param packed the packed {@code B}
     * @param packedOffset byte offset of the packed {@code B}
     * @param m rows of {@code A} and {@code C}
     * @param k columns of {@code A}, rows of {@code B}
     * @param n columns of {@code B} and {@code C}
     * @param nFrom first column to compute, a multiple of {@link #panelColumns}
     * @param nTo end of the columns to compute, a multiple of {@link #panelColumns} or {@code n}
     * @param c the segment of {@code C}; must not overlap {@code A} or {@code B}
     * @param cOffset byte offset of {@code C[0][0]}
     * @param cRowStrideBytes distance from {@code C[i][j]} to {@code C[i + 1][j]}, at least {@code n} floats
     * @param accumulate whether sums start from {@code C}; if not, {@code C} is not read
     * @param bias {@code n} floats that the sums start from, or null for zeros; null if {@code accumulate}
     * @param biasOffset byte offset of the bias
     * @param activation the function {@code f}
     */
    public static void multiply(MemorySegment a, long aOffset, long aRowStrideBytes, long aColumnStrideBytes,
            MemorySegment packed, long packedOffset, int m, int k, int n, int nFrom, int nTo, MemorySegment c,
            long cOffset, long cRowStrideBytes, boolean accumulate, MemorySegment bias, long biasOffset,
            Activation activation) {
        checkPart(n, nFrom, nTo);
        checkOperand("A", a, aOffset, aRowStrideBytes, aColumnStrideBytes, m, k);
        Checks.readable("packed", packed, packedOffset, packedBytes(k, n));
        Checks.writableRows("C", c, cOffset, cRowStrideBytes, m, n);
        if (bias != null) {
            if (accumulate) {
                throw new IllegalArgumentException("a product that accumulates takes no bias");
            }
            Checks.readable("bias", bias, biasOffset, (long) n * Float.BYTES);
        }
        if (m == 0 || nFrom == nTo) {
            return;
        }
        KERNEL.multiply(a, aOffset, aRowStrideBytes, aColumnStrideBytes, packed, packedOffset, m, k, nFrom, nTo, c,
                cOffset, cRowStrideBytes, accumulate, bias, biasOffset, activation);
        if (activation == Activation.SIGMOID) {
            Activations.sigmoid(c, cOffset + (long) nFrom * Float.BYTES, cRowStrideBytes, m, nTo - nFrom);
        }
    }

    private static void checkOperand(String name, MemorySegment segment, long offset, long rowStrideBytes,
            long columnStrideBytes, int rows, int columns) {
        if (rowStrideBytes < 0 || columnStrideBytes < 0) {
            throw new IllegalArgumentException(name + " has strides of " + rowStrideBytes + " and " + columnStrideBytes
                    + " bytes, expected 0 or more");
        }
        if (rows > 0 && columns > 0) {
            Checks.readable(name, segment, offset,
                    (rows - 1) * rowStrideBytes + (columns - 1) * columnStrideBytes + Float.BYTES);
        }
    }

    private static void checkPart(int n, int nFrom, int nTo) {
        final int panel = panelColumns();
        if (nFrom < 0 || nFrom > nTo || nTo > n || nFrom % panel != 0 || nTo % panel != 0 && nTo != n) {
            throw new IllegalArgumentException("columns [" + nFrom + ", " + nTo + ") of " + n
                    + " are not whole panels of " + panel + " columns");
        }
    }
}
