package org.dlrm4j.kernels;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.internal.Checks;
import org.dlrm4j.kernels.internal.CrossKernel;
import org.dlrm4j.kernels.internal.Kernels;

/**
 * Layers of a cross network over rows of {@code d} floats in native memory: {@code x0} is the network's input,
 * {@code x} the layer's input and {@code y} its output.
 *
 * <pre>{@code
 * DCN:    y[i] = x0[i] · (x[i]·w) + b + x[i]          forward, backward, weightGradient
 * DCNv2:  y[i] = x0[i] ⊙ z[i] + x[i], z = x·Wᵀ + b    combine, combineBackward; z is a matrix product
 * }</pre>
 *
 * <p>(Wang, Fu, Fu, Wang, <em>Deep &amp; Cross Network for Ad Click Predictions</em>, ADKDD 2017; Wang et al., <em>DCN
 * V2</em>, WWW 2021.) In the first layer {@code x} is {@code x0}, and the gradient of the input is {@code dx + dx0}:
 * {@link #add}.
 *
 * <p>Threads share a batch by rows and the parameters' gradients by columns. Every sum has one fixed order, so that
 * results have the same bits for any number of threads, vector width and kernel implementation. Stateless, does not
 * allocate; safe for concurrent use on separate outputs. Inputs may overlap each other, an output may overlap nothing.
 */
public final class CrossLayer {
    private static final CrossKernel KERNEL = Kernels.provider().cross();

    private CrossLayer() {}

    /**
     * Computes a layer of DCN: {@code s[i] = Σ_j x[i][j]·w[j]; y[i][j] = x0[i][j]·s[i] + b[j] + x[i][j]}. The product
     * {@code s} has 16 interleaved partial sums over the whole groups of 16 columns, added as a tree, then the
     * remaining columns one by one.
     *
     * @param x0 {@code m × d} float32: the network's input
     * @param x0Offset byte of element (0, 0) of {@code x0}
     * @param x0StrideBytes bytes from one row of {@code x0} to the next, at least {@code 4·d}
     * @param x {@code m × d} float32: the layer's input, in the first layer {@code x0}
     * @param xOffset byte of element (0, 0) of {@code x}
     * @param xStrideBytes bytes from one row of {@code x} to the next, at least {@code 4·d}
     * @param w {@code d} float32 weights
     * @param wOffset byte of weight 0
     * @param b {@code d} float32 biases
     * @param bOffset byte of bias 0
     * @param y {@code m × d} float32: the output, overwritten
     * @param yOffset byte of element (0, 0) of {@code y}
     * @param yStrideBytes bytes from one row of {@code y} to the next, at least {@code 4·d}
     * @param s {@code m} float32: each row's product with {@code w}, overwritten; the backward pass needs them
     * @param sOffset byte of row 0's product
     * @param m rows
     * @param d floats in a row
     * @throws IllegalArgumentException if a size is negative, a stride too small, or a segment on the heap, read-only
     *     where written, too short or an output that overlaps another
     */
    public static void forward(MemorySegment x0, long x0Offset, long x0StrideBytes, MemorySegment x, long xOffset,
            long xStrideBytes, MemorySegment w, long wOffset, MemorySegment b, long bOffset, MemorySegment y,
            long yOffset, long yStrideBytes, MemorySegment s, long sOffset, int m, int d) {
        final long x0Bytes = readable("x0", x0, x0Offset, x0StrideBytes, m, d);
        final long xBytes = readable("x", x, xOffset, xStrideBytes, m, d);
        final long rowBytes = (long) d << 2;
        Checks.readable("w", w, wOffset, rowBytes);
        Checks.readable("b", b, bOffset, rowBytes);
        final long yBytes = writable("y", y, yOffset, yStrideBytes, m, d);
        final long sBytes = (long) m << 2;
        Checks.writable("s", s, sOffset, sBytes);
        Checks.disjoint("y", y, yOffset, yBytes, "x0", x0, x0Offset, x0Bytes);
        Checks.disjoint("y", y, yOffset, yBytes, "x", x, xOffset, xBytes);
        Checks.disjoint("y", y, yOffset, yBytes, "w", w, wOffset, rowBytes);
        Checks.disjoint("y", y, yOffset, yBytes, "b", b, bOffset, rowBytes);
        Checks.disjoint("s", s, sOffset, sBytes, "x0", x0, x0Offset, x0Bytes);
        Checks.disjoint("s", s, sOffset, sBytes, "x", x, xOffset, xBytes);
        Checks.disjoint("s", s, sOffset, sBytes, "w", w, wOffset, rowBytes);
        Checks.disjoint("s", s, sOffset, sBytes, "b", b, bOffset, rowBytes);
        Checks.disjoint("s", s, sOffset, sBytes, "y", y, yOffset, yBytes);
        KERNEL.forward(x0, x0Offset, x0StrideBytes, x, xOffset, xStrideBytes, w, wOffset, b, bOffset, y, yOffset,
                yStrideBytes, s, sOffset, m, d);
    }

    /**
     * Computes the gradients of a DCN layer's inputs:
     * {@code ds[i] = Σ_j dy[i][j]·x0[i][j]; dx[i][j] = dy[i][j] + ds[i]·w[j]; dx0[i][j] += dy[i][j]·s[i]}. Those of the
     * parameters follow: {@code w}'s from {@link #weightGradient}, {@code b}'s as {@link Reductions#columnSums} of
     * {@code dy}.
     *
     * @param x0 {@code m × d} float32: the network's input
     * @param x0Offset byte of element (0, 0) of {@code x0}
     * @param x0StrideBytes bytes from one row of {@code x0} to the next, at least {@code 4·d}
     * @param w {@code d} float32 weights
     * @param wOffset byte of weight 0
     * @param s {@code m} float32: each row's product with {@code w}, from the forward pass
     * @param sOffset byte of row 0's product
     * @param dy {@code m × d} float32: gradient of the output
     * @param dyOffset byte of element (0, 0) of {@code dy}
     * @param dyStrideBytes bytes from one row of {@code dy} to the next, at least {@code 4·d}
     * @param dx {@code m × d} float32: gradient of the layer's input, overwritten
     * @param dxOffset byte of element (0, 0) of {@code dx}
     * @param dxStrideBytes bytes from one row of {@code dx} to the next, at least {@code 4·d}
     * @param dx0 {@code m × d} float32: gradient of the network's input, added to
     * @param dx0Offset byte of element (0, 0) of {@code dx0}
     * @param dx0StrideBytes bytes from one row of {@code dx0} to the next, at least {@code 4·d}
     * @param ds {@code m} float32: gradient of each row's product, overwritten
     * @param dsOffset byte of row 0's gradient
     * @param m rows
     * @param d floats in a row
     * @throws IllegalArgumentException if a size is negative, a stride too small, or a segment on the heap, read-only
     *     where written, too short or an output that overlaps another
     */
    public static void backward(MemorySegment x0, long x0Offset, long x0StrideBytes, MemorySegment w, long wOffset,
            MemorySegment s, long sOffset, MemorySegment dy, long dyOffset, long dyStrideBytes, MemorySegment dx,
            long dxOffset, long dxStrideBytes, MemorySegment dx0, long dx0Offset, long dx0StrideBytes,
            MemorySegment ds, long dsOffset, int m, int d) {
        final long x0Bytes = readable("x0", x0, x0Offset, x0StrideBytes, m, d);
        final long rowBytes = (long) d << 2;
        final long sBytes = (long) m << 2;
        Checks.readable("w", w, wOffset, rowBytes);
        Checks.readable("s", s, sOffset, sBytes);
        final long dyBytes = readable("dy", dy, dyOffset, dyStrideBytes, m, d);
        final long dxBytes = writable("dx", dx, dxOffset, dxStrideBytes, m, d);
        final long dx0Bytes = writable("dx0", dx0, dx0Offset, dx0StrideBytes, m, d);
        Checks.writable("ds", ds, dsOffset, sBytes);
        Checks.disjoint("dx", dx, dxOffset, dxBytes, "x0", x0, x0Offset, x0Bytes);
        Checks.disjoint("dx", dx, dxOffset, dxBytes, "w", w, wOffset, rowBytes);
        Checks.disjoint("dx", dx, dxOffset, dxBytes, "s", s, sOffset, sBytes);
        Checks.disjoint("dx", dx, dxOffset, dxBytes, "dy", dy, dyOffset, dyBytes);
        Checks.disjoint("dx0", dx0, dx0Offset, dx0Bytes, "x0", x0, x0Offset, x0Bytes);
        Checks.disjoint("dx0", dx0, dx0Offset, dx0Bytes, "w", w, wOffset, rowBytes);
        Checks.disjoint("dx0", dx0, dx0Offset, dx0Bytes, "s", s, sOffset, sBytes);
        Checks.disjoint("dx0", dx0, dx0Offset, dx0Bytes, "dy", dy, dyOffset, dyBytes);
        Checks.disjoint("dx0", dx0, dx0Offset, dx0Bytes, "dx", dx, dxOffset, dxBytes);
        Checks.disjoint("ds", ds, dsOffset, sBytes, "x0", x0, x0Offset, x0Bytes);
        Checks.disjoint("ds", ds, dsOffset, sBytes, "w", w, wOffset, rowBytes);
        Checks.disjoint("ds", ds, dsOffset, sBytes, "s", s, sOffset, sBytes);
        Checks.disjoint("ds", ds, dsOffset, sBytes, "dy", dy, dyOffset, dyBytes);
        Checks.disjoint("ds", ds, dsOffset, sBytes, "dx", dx, dxOffset, dxBytes);
        Checks.disjoint("ds", ds, dsOffset, sBytes, "dx0", dx0, dx0Offset, dx0Bytes);
        KERNEL.backward(x0, x0Offset, x0StrideBytes, w, wOffset, s, sOffset, dy, dyOffset, dyStrideBytes, dx, dxOffset,
                dxStrideBytes, dx0, dx0Offset, dx0StrideBytes, ds, dsOffset, m, d);
    }

    /**
     * Computes the gradient of a DCN layer's weights: {@code dw[j] = (accumulate ? dw[j] : 0) + Σ_i ds[i]·x[i][j]},
     * rows in ascending order with one fused multiply-add each. A thread computes columns {@code [from, from + n)} by
     * passing {@code xOffset + 4·from} and {@code dwOffset + 4·from}.
     *
     * @param x {@code m × n} float32: the layer's input
     * @param xOffset byte of element (0, 0) of {@code x}
     * @param xStrideBytes bytes from one row of {@code x} to the next, at least {@code 4·n}
     * @param ds {@code m} float32 from {@link #backward}
     * @param dsOffset byte of row 0's value
     * @param m rows
     * @param n columns
     * @param accumulate whether the sums are added to what {@code dw} holds
     * @param dw {@code n} float32
     * @param dwOffset byte of column 0's gradient
     * @throws IllegalArgumentException if a size is negative, the stride too small, or a segment on the heap, read-only
     *     where written, too short or an output that overlaps another
     */
    public static void weightGradient(MemorySegment x, long xOffset, long xStrideBytes, MemorySegment ds, long dsOffset,
            int m, int n, boolean accumulate, MemorySegment dw, long dwOffset) {
        Checks.nonNegative("m", m);
        Checks.nonNegative("n", n);
        final long xBytes = Checks.spanBytes("x", m, (long) n << 2, xStrideBytes);
        Checks.readable("x", x, xOffset, xBytes);
        Checks.readable("ds", ds, dsOffset, (long) m << 2);
        Checks.writable("dw", dw, dwOffset, (long) n << 2);
        Checks.disjoint("dw", dw, dwOffset, (long) n << 2, "x", x, xOffset, xBytes);
        Checks.disjoint("dw", dw, dwOffset, (long) n << 2, "ds", ds, dsOffset, (long) m << 2);
        KERNEL.weightGradient(x, xOffset, xStrideBytes, ds, dsOffset, m, n, accumulate, dw, dwOffset);
    }

    /**
     * Computes the element-wise half of a DCNv2 layer: {@code y = x0·z + x}, one fused multiply-add an element.
     *
     * @param x0 {@code m × d} float32: the network's input
     * @param x0Offset byte of element (0, 0) of {@code x0}
     * @param x0StrideBytes bytes from one row of {@code x0} to the next, at least {@code 4·d}
     * @param z {@code m × d} float32: the layer's product {@code x·Wᵀ + b}, full or low rank
     * @param zOffset byte of element (0, 0) of {@code z}
     * @param zStrideBytes bytes from one row of {@code z} to the next, at least {@code 4·d}
     * @param x {@code m × d} float32: the layer's input, in the first layer {@code x0}
     * @param xOffset byte of element (0, 0) of {@code x}
     * @param xStrideBytes bytes from one row of {@code x} to the next, at least {@code 4·d}
     * @param y {@code m × d} float32: the output, overwritten
     * @param yOffset byte of element (0, 0) of {@code y}
     * @param yStrideBytes bytes from one row of {@code y} to the next, at least {@code 4·d}
     * @param m rows
     * @param d floats in a row
     * @throws IllegalArgumentException if a size is negative, a stride too small, or a segment on the heap, read-only
     *     where written, too short or an output that overlaps another
     */
    public static void combine(MemorySegment x0, long x0Offset, long x0StrideBytes, MemorySegment z, long zOffset,
            long zStrideBytes, MemorySegment x, long xOffset, long xStrideBytes, MemorySegment y, long yOffset,
            long yStrideBytes, int m, int d) {
        final long x0Bytes = readable("x0", x0, x0Offset, x0StrideBytes, m, d);
        final long zBytes = readable("z", z, zOffset, zStrideBytes, m, d);
        final long xBytes = readable("x", x, xOffset, xStrideBytes, m, d);
        final long yBytes = writable("y", y, yOffset, yStrideBytes, m, d);
        Checks.disjoint("y", y, yOffset, yBytes, "x0", x0, x0Offset, x0Bytes);
        Checks.disjoint("y", y, yOffset, yBytes, "z", z, zOffset, zBytes);
        Checks.disjoint("y", y, yOffset, yBytes, "x", x, xOffset, xBytes);
        KERNEL.combine(x0, x0Offset, x0StrideBytes, z, zOffset, zStrideBytes, x, xOffset, xStrideBytes, y, yOffset,
                yStrideBytes, m, d);
    }

    /**
     * Computes the gradients of {@link #combine}: {@code dz = dy·x0; dx0 += dy·z; dx += dy}. The matrix product's
     * backward adds {@code dz·W} to {@code dx}, before or after.
     *
     * @param x0 {@code m × d} float32: the network's input
     * @param x0Offset byte of element (0, 0) of {@code x0}
     * @param x0StrideBytes bytes from one row of {@code x0} to the next, at least {@code 4·d}
     * @param z {@code m × d} float32: the layer's product of the forward pass
     * @param zOffset byte of element (0, 0) of {@code z}
     * @param zStrideBytes bytes from one row of {@code z} to the next, at least {@code 4·d}
     * @param dy {@code m × d} float32: gradient of the output
     * @param dyOffset byte of element (0, 0) of {@code dy}
     * @param dyStrideBytes bytes from one row of {@code dy} to the next, at least {@code 4·d}
     * @param dz {@code m × d} float32: gradient of {@code z}, overwritten
     * @param dzOffset byte of element (0, 0) of {@code dz}
     * @param dzStrideBytes bytes from one row of {@code dz} to the next, at least {@code 4·d}
     * @param dx0 {@code m × d} float32: gradient of the network's input, added to
     * @param dx0Offset byte of element (0, 0) of {@code dx0}
     * @param dx0StrideBytes bytes from one row of {@code dx0} to the next, at least {@code 4·d}
     * @param dx {@code m × d} float32: gradient of the layer's input, added to
     * @param dxOffset byte of element (0, 0) of {@code dx}
     * @param dxStrideBytes bytes from one row of {@code dx} to the next, at least {@code 4·d}
     * @param m rows
     * @param d floats in a row
     * @throws IllegalArgumentException if a size is negative, a stride too small, or a segment on the heap, read-only
     *     where written, too short or an output that overlaps another
     */
    public static void combineBackward(MemorySegment x0, long x0Offset, long x0StrideBytes, MemorySegment z,
            long zOffset, long zStrideBytes, MemorySegment dy, long dyOffset, long dyStrideBytes, MemorySegment dz,
            long dzOffset, long dzStrideBytes, MemorySegment dx0, long dx0Offset, long dx0StrideBytes,
            MemorySegment dx, long dxOffset, long dxStrideBytes, int m, int d) {
        final long x0Bytes = readable("x0", x0, x0Offset, x0StrideBytes, m, d);
        final long zBytes = readable("z", z, zOffset, zStrideBytes, m, d);
        final long dyBytes = readable("dy", dy, dyOffset, dyStrideBytes, m, d);
        final long dzBytes = writable("dz", dz, dzOffset, dzStrideBytes, m, d);
        final long dx0Bytes = writable("dx0", dx0, dx0Offset, dx0StrideBytes, m, d);
        final long dxBytes = writable("dx", dx, dxOffset, dxStrideBytes, m, d);
        Checks.disjoint("dz", dz, dzOffset, dzBytes, "x0", x0, x0Offset, x0Bytes);
        Checks.disjoint("dz", dz, dzOffset, dzBytes, "z", z, zOffset, zBytes);
        Checks.disjoint("dz", dz, dzOffset, dzBytes, "dy", dy, dyOffset, dyBytes);
        Checks.disjoint("dx0", dx0, dx0Offset, dx0Bytes, "x0", x0, x0Offset, x0Bytes);
        Checks.disjoint("dx0", dx0, dx0Offset, dx0Bytes, "z", z, zOffset, zBytes);
        Checks.disjoint("dx0", dx0, dx0Offset, dx0Bytes, "dy", dy, dyOffset, dyBytes);
        Checks.disjoint("dx0", dx0, dx0Offset, dx0Bytes, "dz", dz, dzOffset, dzBytes);
        Checks.disjoint("dx", dx, dxOffset, dxBytes, "x0", x0, x0Offset, x0Bytes);
        Checks.disjoint("dx", dx, dxOffset, dxBytes, "z", z, zOffset, zBytes);
        Checks.disjoint("dx", dx, dxOffset, dxBytes, "dy", dy, dyOffset, dyBytes);
        Checks.disjoint("dx", dx, dxOffset, dxBytes, "dz", dz, dzOffset, dzBytes);
        Checks.disjoint("dx", dx, dxOffset, dxBytes, "dx0", dx0, dx0Offset, dx0Bytes);
        KERNEL.combineBackward(x0, x0Offset, x0StrideBytes, z, zOffset, zStrideBytes, dy, dyOffset, dyStrideBytes, dz,
                dzOffset, dzStrideBytes, dx0, dx0Offset, dx0StrideBytes, dx, dxOffset, dxStrideBytes, m, d);
    }

    /**
     * Adds one matrix to another: {@code to += from}. For gradients of one input that come from two sides.
     *
     * @param from {@code m × d} float32
     * @param fromOffset byte of element (0, 0) of {@code from}
     * @param fromStrideBytes bytes from one row of {@code from} to the next, at least {@code 4·d}
     * @param to {@code m × d} float32, added to
     * @param toOffset byte of element (0, 0) of {@code to}
     * @param toStrideBytes bytes from one row of {@code to} to the next, at least {@code 4·d}
     * @param m rows
     * @param d floats in a row
     * @throws IllegalArgumentException if a size is negative, a stride too small, or a segment on the heap, read-only
     *     where written, too short or overlapping the other
     */
    public static void add(MemorySegment from, long fromOffset, long fromStrideBytes, MemorySegment to, long toOffset,
            long toStrideBytes, int m, int d) {
        final long fromBytes = readable("from", from, fromOffset, fromStrideBytes, m, d);
        final long toBytes = writable("to", to, toOffset, toStrideBytes, m, d);
        Checks.disjoint("to", to, toOffset, toBytes, "from", from, fromOffset, fromBytes);
        KERNEL.add(from, fromOffset, fromStrideBytes, to, toOffset, toStrideBytes, m, d);
    }

    private static long readable(String name, MemorySegment segment, long offset, long strideBytes, int m, int d) {
        Checks.nonNegative("m", m);
        Checks.nonNegative("d", d);
        final long bytes = Checks.spanBytes(name, m, (long) d << 2, strideBytes);
        Checks.readable(name, segment, offset, bytes);
        return bytes;
    }

    private static long writable(String name, MemorySegment segment, long offset, long strideBytes, int m, int d) {
        final long bytes = Checks.spanBytes(name, m, (long) d << 2, strideBytes);
        Checks.writable(name, segment, offset, bytes);
        return bytes;
    }
}
