package org.dlrm4j.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.dlrm4j.kernels.internal.Bf16;
import org.dlrm4j.kernels.internal.Checks;
import org.dlrm4j.kernels.internal.CompactGemmKernel;
import org.dlrm4j.kernels.internal.Kernels;
import org.dlrm4j.kernels.internal.Layouts;

/**
 * A layer's forward product with weights in 16 or 8 bits: {@code C[i][j] = f(bias[j] + s[j] · Σ_p A[i][p] · Q[j][p])}, where
 * {@code Q} and {@code s} stand for the float32 weights {@code W[j][p]}:
 *
 * <table>
 * <caption>Formats</caption>
 * <tr><th>format</th><th>{@code Q[j][p]}</th><th>{@code s[j]}</th></tr>
 * <tr><td>{@link WeightFormat#BF16}</td><td>{@code W[j][p]}, rounded to the nearest bfloat16</td><td>1</td></tr>
 * <tr><td>{@link WeightFormat#I8}</td><td>{@code rint(127 · W[j][p] / max_p |W[j][p]|)}</td><td>{@code max_p |W[j][p]| / 127}</td></tr>
 * </table>
 *
 * <p>Only the weights are rounded; inputs, sums and results are float32. Blocks of 1024 steps are summed from zero, over {@code p} ascending
 * with one fused multiply-add a step, as in {@link Gemm}; the sum of a block is multiplied by {@code s[j]} and added to what
 * blocks before it, or the bias, have left. So results depend neither on the number of rows in a call nor on the vector width, and those
 * of {@code BF16} are, to the bit, those of {@link Gemm} with the rounded weights.
 *
 * <p>A product of few rows takes the time to read its weights: half or a quarter as many bytes as float32's. One of more rows would pay for
 * widening them again and again, and reads a copy of the rounded weights in float32, which is packed along.
 *
 * <p>All methods are thread-safe for disjoint outputs, allocate nothing, and throw {@link IllegalArgumentException} for
 * {@link WeightFormat#F32}, a heap segment, a negative size, a bad stride, or an operand that would leave its segment.
 */
public final class CompactGemm {
    private static final CompactGemmKernel KERNEL = Kernels.provider().compactGemm();
    private static final int LINE_BYTES = 64;
    private static final float I8_LEVELS = 127;

    private CompactGemm() {}

    /**
     * Returns the size of packed weights.
     *
     * @param format the format
     * @param k inputs
     * @param n outputs
     * @return bytes
     */
    public static long packedBytes(WeightFormat format, int k, int n) {
        checkShape(format, k, n);
        return floatsOffset(format, k, n) + paddedColumns(n) * k * Float.BYTES;
    }

    /** Scales, of {@code I8}, stand first; then the compact panels; then the same as floats. Each begins at a line of its own. */
    private static long panelsOffset(WeightFormat format, int n) {
        return format == WeightFormat.I8 ? lines(paddedColumns(n) * Float.BYTES) : 0;
    }

    private static long floatsOffset(WeightFormat format, int k, int n) {
        return panelsOffset(format, n)
                + lines(paddedColumns(n) * k * format.elementBytes() + CompactGemmKernel.SLACK_BYTES);
    }

    private static long lines(long bytes) {
        return (bytes + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
    }

    private static long paddedColumns(int n) {
        return ((long) n + KERNEL.lanes() - 1) / KERNEL.lanes() * KERNEL.lanes();
    }

    private static void checkShape(WeightFormat format, int k, int n) {
        if (format == WeightFormat.F32) {
            throw new IllegalArgumentException("format is f32, expected bf16 or i8: Gemm multiplies float32 weights");
        }
        Checks.nonNegative("k", k);
        Checks.nonNegative("n", n);
    }

    /**
     * Rounds and packs the weights of the outputs {@code [from, to)}. Parts that are disjoint may be packed at once.
     *
     * @param format the format
     * @param w the segment of {@code W}, {@code n × k}, row-major without padding
     * @param wOffset byte offset of {@code W[0][0]}
     * @param k inputs
     * @param n outputs
     * @param from first output
     * @param to end of the outputs
     * @param packed the destination of all outputs, at least {@link #packedBytes} from its offset
     * @param packedOffset byte offset of the destination; vectors are read fastest if its address is a multiple of 64
     * @throws IllegalArgumentException also if a weight is infinite or NaN, which {@code I8} has no place for, naming output and input
     */
    public static void pack(WeightFormat format, MemorySegment w, long wOffset, int k, int n, int from, int to,
            MemorySegment packed, long packedOffset) {
        checkShape(format, k, n);
        if (from < 0 || from > to || to > n) {
            throw new IllegalArgumentException("outputs [" + from + ", " + to + ") are not a part of " + n);
        }
        Checks.readable("W", w, wOffset, (long) n * k * Float.BYTES);
        Checks.writable("packed", packed, packedOffset, packedBytes(format, k, n));
        for (int j = from; j < to; j++) {
            packColumn(format, w, wOffset + (long) j * k * Float.BYTES, k, n, j, packed, packedOffset);
        }
        for (int j = n; from < to && to == n && j < paddedColumns(n); j++) {
            packColumn(format, MemorySegment.NULL, 0, k, n, j, packed, packedOffset);
        }
    }

    /** Packs the weights of an output, or zeros for a column {@code j} that only fills the last vector. */
    private static void packColumn(WeightFormat format, MemorySegment w, long row, int k, int n, int j,
            MemorySegment packed, long packedOffset) {
        final long column = packedOffset + panelsOffset(format, n) + KERNEL.columnOffset(format, k, n, j);
        final long step = KERNEL.stepBytes(format, n, j);
        final long floats = packedOffset + floatsOffset(format, k, n)
                + KERNEL.columnOffset(WeightFormat.F32, k, n, j);
        final long floatStep = KERNEL.stepBytes(WeightFormat.F32, n, j);
        double inverseScale = 0;
        if (format == WeightFormat.I8) {
            final float largest = j < n ? largest(w, row, k, j) : 0;
            packed.set(Layouts.FLOAT, packedOffset + (long) j * Float.BYTES, largest / I8_LEVELS);
            // In double: that of subnormal weights is more than a float holds.
            inverseScale = largest == 0 ? 0 : I8_LEVELS / (double) largest;
        }
        for (int p = 0; p < k; p++) {
            final float weight = j < n ? w.get(Layouts.FLOAT, row + ((long) p << 2)) : 0;
            if (format == WeightFormat.BF16) {
                final short rounded = Bf16.nearest(weight);
                packed.set(Layouts.SHORT, column + p * step, rounded);
                packed.set(Layouts.FLOAT, floats + p * floatStep, Bf16.toFloat(rounded));
            } else {
                final byte rounded = (byte) Math.rint(weight * inverseScale);
                packed.set(ValueLayout.JAVA_BYTE, column + p * step, rounded);
                packed.set(Layouts.FLOAT, floats + p * floatStep, rounded);
            }
        }
    }

    /**
     * Writes packed weights as the numbers that they stand for: {@code W[j][p] = s[j] · Q[j][p]}, rounded to float32.
     *
     * @param format the format
     * @param packed all weights, packed
     * @param packedOffset byte offset of the packed weights
     * @param k inputs
     * @param n outputs
     * @param w the segment of {@code W}, {@code n × k}, row-major without padding
     * @param wOffset byte offset of {@code W[0][0]}
     */
    public static void unpack(WeightFormat format, MemorySegment packed, long packedOffset, int k, int n,
            MemorySegment w, long wOffset) {
        Checks.readable("packed", packed, packedOffset, packedBytes(format, k, n));
        Checks.writable("W", w, wOffset, (long) n * k * Float.BYTES);
        for (int j = 0; j < n; j++) {
            final float scale = format == WeightFormat.I8
                    ? packed.get(Layouts.FLOAT, packedOffset + (long) j * Float.BYTES)
                    : 1;
            final long column = packedOffset + floatsOffset(format, k, n)
                    + KERNEL.columnOffset(WeightFormat.F32, k, n, j);
            final long step = KERNEL.stepBytes(WeightFormat.F32, n, j);
            for (int p = 0; p < k; p++) {
                w.set(Layouts.FLOAT, wOffset + ((long) j * k + p) * Float.BYTES,
                        scale * packed.get(Layouts.FLOAT, column + p * step));
            }
        }
    }

    private static float largest(MemorySegment w, long row, int k, int j) {
        float largest = 0;
        for (int p = 0; p < k; p++) {
            final float weight = w.get(Layouts.FLOAT, row + ((long) p << 2));
            if (!Float.isFinite(weight)) {
                throw new IllegalArgumentException("output " + j + ", input " + p + ": is " + weight
                        + ", expected a finite number, as weights in format i8 are no other; use bf16 or f32, or train "
                        + "the model again");
            }
            largest = Math.max(largest, Math.abs(weight));
        }
        return largest;
    }

    /**
     * Computes {@code C = f(bias + s · (A·Qᵀ))}.
     *
     * @param format the format
     * @param a the segment of {@code A}, {@code m × k}, rows contiguous
     * @param aOffset byte offset of {@code A[0][0]}
     * @param aRowStrideBytes distance from {@code A[i][p]} to {@code A[i + 1][p]}, at least {@code k} floats
     * @param packed all weights, packed
     * @param packedOffset byte offset of the packed weights
     * @param m rows of {@code A} and {@code C}
     * @param k inputs
     * @param n outputs
     * @param c the segment of {@code C}, {@code m × n}, rows contiguous; must not overlap other operands
     * @param cOffset byte offset of {@code C[0][0]}
     * @param cRowStrideBytes distance from {@code C[i][j]} to {@code C[i + 1][j]}, at least {@code n} floats
     * @param bias {@code n} floats, or null for zeros
     * @param biasOffset byte offset of the bias
     * @param activation the function {@code f}
     */
    public static void multiply(WeightFormat format, MemorySegment a, long aOffset, long aRowStrideBytes,
            MemorySegment packed, long packedOffset, int m, int k, int n, MemorySegment c, long cOffset,
            long cRowStrideBytes, MemorySegment bias, long biasOffset, Activation activation) {
        Checks.nonNegative("m", m);
        Checks.readable("packed", packed, packedOffset, packedBytes(format, k, n));
        Checks.readableRows("A", a, aOffset, aRowStrideBytes, m, k);
        Checks.writableRows("C", c, cOffset, cRowStrideBytes, m, n);
        if (bias != null) {
            Checks.readable("bias", bias, biasOffset, (long) n * Float.BYTES);
        }
        if (m == 0 || n == 0) {
            return;
        }
        KERNEL.multiply(format, a, aOffset, aRowStrideBytes, packed, packedOffset + panelsOffset(format, n),
                packedOffset + floatsOffset(format, k, n), packedOffset, m, k, n, c, cOffset, cRowStrideBytes, bias,
                biasOffset, activation);
        if (activation == Activation.SIGMOID) {
            Activations.sigmoid(c, cOffset, cRowStrideBytes, m, n);
        }
    }
}
