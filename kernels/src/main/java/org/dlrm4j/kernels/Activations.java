package org.dlrm4j.kernels;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.internal.Checks;
import org.dlrm4j.kernels.internal.ElementwiseKernel;
import org.dlrm4j.kernels.internal.Kernels;

/**
 * Activation functions and their gradients, over {@code m × n} float32 matrices in native memory. Results have the same
 * bits whatever the vector width and kernel implementation. Stateless, does not allocate; safe for concurrent use on
 * separate outputs.
 */
public final class Activations {
    private static final ElementwiseKernel KERNEL = Kernels.provider().elementwise();

    private Activations() {}

    /**
     * Replaces each element by {@code 1 / (1 + exp(-x))}, within 3 units in the last place of the exact value, denormal
     * results included. Infinities give 0 and 1, a NaN stays a NaN.
     *
     * @param x the matrix, updated in place
     * @param xOffset byte of element (0, 0)
     * @param rowStrideBytes bytes from one row to the next, at least {@code 4·n}
     * @param m rows
     * @param n columns
     * @throws IllegalArgumentException if a size is negative, the stride too small, or the segment on the heap, read-only
     *     or too short
     */
    public static void sigmoid(MemorySegment x, long xOffset, long rowStrideBytes, int m, int n) {
        checkSize(m, n);
        Checks.writableRows("x", x, xOffset, rowStrideBytes, m, n);
        KERNEL.sigmoid(x, xOffset, rowStrideBytes, m, n);
    }

    /**
     * Multiplies each gradient by the derivative of ReLU at its output: keeps {@code dy} where {@code y > 0}, else
     * stores 0.
     *
     * @param y output of the activation
     * @param yOffset byte of element (0, 0) of {@code y}
     * @param yRowStrideBytes bytes from one row of {@code y} to the next, at least {@code 4·n}
     * @param dy gradient of the output, becomes the gradient of the input
     * @param dyOffset byte of element (0, 0) of {@code dy}
     * @param dyRowStrideBytes bytes from one row of {@code dy} to the next, at least {@code 4·n}
     * @param m rows
     * @param n columns
     * @throws IllegalArgumentException if a size is negative, a stride too small, or a segment on the heap, read-only
     *     where written or too short
     */
    public static void reluBackward(MemorySegment y, long yOffset, long yRowStrideBytes, MemorySegment dy,
            long dyOffset, long dyRowStrideBytes, int m, int n) {
        checkBackward(y, yOffset, yRowStrideBytes, dy, dyOffset, dyRowStrideBytes, m, n);
        KERNEL.reluBackward(y, yOffset, yRowStrideBytes, dy, dyOffset, dyRowStrideBytes, m, n);
    }

    /**
     * Multiplies each gradient by the derivative of the sigmoid at its output, {@code y·(1 - y)}.
     *
     * @param y output of the activation
     * @param yOffset byte of element (0, 0) of {@code y}
     * @param yRowStrideBytes bytes from one row of {@code y} to the next, at least {@code 4·n}
     * @param dy gradient of the output, becomes the gradient of the input
     * @param dyOffset byte of element (0, 0) of {@code dy}
     * @param dyRowStrideBytes bytes from one row of {@code dy} to the next, at least {@code 4·n}
     * @param m rows
     * @param n columns
     * @throws IllegalArgumentException if a size is negative, a stride too small, or a segment on the heap, read-only
     *     where written or too short
     */
    public static void sigmoidBackward(MemorySegment y, long yOffset, long yRowStrideBytes, MemorySegment dy,
            long dyOffset, long dyRowStrideBytes, int m, int n) {
        checkBackward(y, yOffset, yRowStrideBytes, dy, dyOffset, dyRowStrideBytes, m, n);
        KERNEL.sigmoidBackward(y, yOffset, yRowStrideBytes, dy, dyOffset, dyRowStrideBytes, m, n);
    }

    private static void checkBackward(MemorySegment y, long yOffset, long yRowStrideBytes, MemorySegment dy,
            long dyOffset, long dyRowStrideBytes, int m, int n) {
        checkSize(m, n);
        Checks.readableRows("y", y, yOffset, yRowStrideBytes, m, n);
        Checks.writableRows("dy", dy, dyOffset, dyRowStrideBytes, m, n);
    }

    private static void checkSize(int m, int n) {
        Checks.nonNegative("m", m);
        Checks.nonNegative("n", n);
    }
}
