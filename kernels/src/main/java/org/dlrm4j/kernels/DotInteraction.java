package org.dlrm4j.kernels;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.internal.Checks;
import org.dlrm4j.kernels.internal.InteractionKernel;
import org.dlrm4j.kernels.internal.Kernels;

/**
 * DLRM's pairwise feature interaction (Naumov et al., 2019). A sample's input {@code T} is {@code features} contiguous
 * vectors of {@code dim} floats, the dense one first; its output is
 *
 * <pre>{@code [ T[0][0..dim),  T[i]·T[j] for i in [0, features), for j in [0, i) ]}</pre>
 *
 * that is the dense vector, then the strictly lower triangle of {@code T·Tᵀ} row by row; with <em>itself</em> the
 * diagonal belongs to the triangle.
 *
 * <p>Each dot product adds over ascending {@code k} with fused multiply-adds, each gradient over ascending {@code j}, so
 * that results have the same bits whatever the vector width, the kernel implementation and the split of the batch among
 * threads. Stateless, does not allocate; concurrent calls need separate outputs and scratch memory.
 */
public final class DotInteraction {
    /** The most feature vectors a sample may have. */
    public static final int MAX_FEATURES = 4096;

    private static final InteractionKernel KERNEL = Kernels.provider().interaction();

    private DotInteraction() {}

    /**
     * Returns the floats of one sample's output: {@code dim + features·(features ∓ 1)/2}.
     *
     * @param features vectors a sample, 1 to {@link #MAX_FEATURES}
     * @param dim floats a vector, 1 or more
     * @param itself whether a feature's product with itself is included
     * @return the width in floats
     * @throws IllegalArgumentException if a size is out of range
     */
    public static int outputWidth(int features, int dim, boolean itself) {
        checkShape(features, dim);
        return dim + features * (itself ? features + 1 : features - 1) / 2;
    }

    /**
     * Returns the scratch memory that one call of {@link #forward} or {@link #backward} needs, whatever the batch.
     *
     * @param features vectors a sample, 1 to {@link #MAX_FEATURES}
     * @param dim floats a vector, 1 or more
     * @return bytes, any alignment; 64 is best
     * @throws IllegalArgumentException if a size is out of range
     */
    public static long scratchBytes(int features, int dim) {
        checkShape(features, dim);
        return KERNEL.scratchBytes(features, dim);
    }

    /**
     * Computes the interaction of each sample.
     *
     * @param t the inputs, {@code batch × features × dim} float32
     * @param tOffset byte of sample 0
     * @param tSampleStrideBytes bytes from one sample to the next, at least {@code 4·features·dim}
     * @param features vectors a sample, 1 to {@link #MAX_FEATURES}
     * @param dim floats a vector, 1 or more
     * @param itself whether a feature's product with itself is included
     * @param batch number of samples
     * @param out {@code batch ×} {@link #outputWidth} float32, overwritten; must not overlap {@code t}; nothing after a
     *     sample's width is touched
     * @param outOffset byte of sample 0's output
     * @param outSampleStrideBytes bytes from one output to the next
     * @param scratch {@link #scratchBytes} bytes that no other call uses meanwhile; contents do not matter
     * @param scratchOffset first byte of the scratch memory
     * @throws IllegalArgumentException if a size or stride is out of range, or a segment is on the heap, read-only where
     *     written, too short or overlaps one it must not
     */
    public static void forward(MemorySegment t, long tOffset, long tSampleStrideBytes, int features, int dim,
            boolean itself, int batch, MemorySegment out, long outOffset, long outSampleStrideBytes,
            MemorySegment scratch, long scratchOffset) {
        final int width = outputWidth(features, dim, itself);
        final long tBytes = spanBytes("t", t, tOffset, tSampleStrideBytes, batch, (long) features * dim);
        final long outBytes = Checks.spanBytes("out", batch, (long) width << 2, outSampleStrideBytes);
        Checks.writable("out", out, outOffset, outBytes);
        Checks.disjoint("out", out, outOffset, outBytes, "t", t, tOffset, tBytes);
        Checks.writable("scratch", scratch, scratchOffset, KERNEL.scratchBytes(features, dim));
        KERNEL.forward(t, tOffset, tSampleStrideBytes, features, dim, itself, batch, out, outOffset,
                outSampleStrideBytes, scratch, scratchOffset);
    }

    /**
     * Computes {@code dT[b] = (G + Gᵀ)·T[b]}, with {@code G} the lower triangle that {@code dOut[b]} holds, and adds the
     * gradient of the copied dense vector to row 0.
     *
     * @param t the inputs of the forward pass
     * @param tOffset byte of sample 0
     * @param tSampleStrideBytes bytes from one sample to the next, at least {@code 4·features·dim}
     * @param features vectors a sample, 1 to {@link #MAX_FEATURES}
     * @param dim floats a vector, 1 or more
     * @param itself whether a feature's product with itself is included
     * @param batch number of samples
     * @param dOut gradient of the output, {@code batch ×} {@link #outputWidth} float32
     * @param dOutOffset byte of sample 0's gradient
     * @param dOutSampleStrideBytes bytes from one gradient to the next
     * @param dT gradient of the inputs, {@code batch × features × dim} float32, overwritten; must overlap neither
     *     {@code t} nor {@code dOut}
     * @param dTOffset byte of sample 0
     * @param dTSampleStrideBytes bytes from one sample to the next, at least {@code 4·features·dim}
     * @param scratch {@link #scratchBytes} bytes that no other call uses meanwhile; contents do not matter
     * @param scratchOffset first byte of the scratch memory
     * @throws IllegalArgumentException if a size or stride is out of range, or a segment is on the heap, read-only where
     *     written, too short or overlaps one it must not
     */
    public static void backward(MemorySegment t, long tOffset, long tSampleStrideBytes, int features, int dim,
            boolean itself, int batch, MemorySegment dOut, long dOutOffset, long dOutSampleStrideBytes,
            MemorySegment dT, long dTOffset, long dTSampleStrideBytes, MemorySegment scratch, long scratchOffset) {
        final int width = outputWidth(features, dim, itself);
        final long tBytes = spanBytes("t", t, tOffset, tSampleStrideBytes, batch, (long) features * dim);
        final long dOutBytes = spanBytes("dOut", dOut, dOutOffset, dOutSampleStrideBytes, batch, width);
        final long dTBytes = Checks.spanBytes("dT", batch, (long) features * dim << 2, dTSampleStrideBytes);
        Checks.writable("dT", dT, dTOffset, dTBytes);
        Checks.disjoint("dT", dT, dTOffset, dTBytes, "t", t, tOffset, tBytes);
        Checks.disjoint("dT", dT, dTOffset, dTBytes, "dOut", dOut, dOutOffset, dOutBytes);
        Checks.writable("scratch", scratch, scratchOffset, KERNEL.scratchBytes(features, dim));
        KERNEL.backward(t, tOffset, tSampleStrideBytes, features, dim, itself, batch, dOut, dOutOffset,
                dOutSampleStrideBytes, dT, dTOffset, dTSampleStrideBytes, scratch, scratchOffset);
    }

    private static void checkShape(int features, int dim) {
        Checks.inRange("features", features, 1, MAX_FEATURES);
        // With the limit on features this keeps every size of a sample an int.
        Checks.inRange("dim", dim, 1, 1 << 16);
    }

    private static long spanBytes(String name, MemorySegment segment, long offset, long sampleStrideBytes, int batch,
            long sampleFloats) {
        Checks.nonNegative("batch", batch);
        final long bytes = Checks.spanBytes(name, batch, sampleFloats << 2, sampleStrideBytes);
        Checks.readable(name, segment, offset, bytes);
        return bytes;
    }
}
