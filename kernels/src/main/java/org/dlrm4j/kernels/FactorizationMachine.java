package org.dlrm4j.kernels;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.internal.Checks;
import org.dlrm4j.kernels.internal.FactorizationKernel;
import org.dlrm4j.kernels.internal.Kernels;

/**
 * The pairwise term of a factorization machine: for each sample the sum of the dot products of all pairs of its feature
 * vectors, in time linear in their number:
 *
 * <pre>{@code
 * out[i] = Σ_{f<g} v[i][f]·v[i][g] = 0.5 · Σ_j ((Σ_f v[i][f][j])² - Σ_f v[i][f][j]²)
 * }</pre>
 *
 * <p>(Rendle, <em>Factorization Machines</em>, ICDM 2010, lemma 3.1; DeepFM and Wide &amp; Deep variants use it with
 * field embeddings.) Results have the same bits whatever the vector width, the kernel implementation and the number
 * of threads that share the samples. Stateless, does not allocate; safe for concurrent use on separate outputs.
 */
public final class FactorizationMachine {
    private static final FactorizationKernel KERNEL = Kernels.provider().factorization();

    private FactorizationMachine() {}

    /**
     * Computes one value a sample. Features are added in order; the columns of each whole group of 16 as a tree, groups
     * and the remaining columns one after the other.
     *
     * @param v {@code m × features × d} float32
     * @param vOffset byte of sample 0's first vector
     * @param sampleStrideBytes bytes from one sample to the next, at least one sample's vectors
     * @param vectorStrideBytes bytes from one feature's vector to the next, at least {@code 4·d}
     * @param features vectors in a sample
     * @param d floats in a vector
     * @param m samples
     * @param out {@code m} float32, overwritten; must not overlap {@code v}
     * @param outOffset byte of sample 0's value
     * @param outStrideBytes bytes from one value to the next, at least 4
     * @throws IllegalArgumentException if a size is negative, a stride too small, or a segment on the heap, read-only
     *     where written, too short or overlapping the other
     */
    public static void forward(MemorySegment v, long vOffset, long sampleStrideBytes, long vectorStrideBytes,
            int features, int d, int m, MemorySegment out, long outOffset, long outStrideBytes) {
        final long vBytes = span("v", m, features, d, sampleStrideBytes, vectorStrideBytes);
        Checks.readable("v", v, vOffset, vBytes);
        final long outBytes = Checks.spanBytes("out", m, Float.BYTES, outStrideBytes);
        Checks.writable("out", out, outOffset, outBytes);
        Checks.disjoint("out", out, outOffset, outBytes, "v", v, vOffset, vBytes);
        KERNEL.forward(v, vOffset, sampleStrideBytes, vectorStrideBytes, features, d, m, out, outOffset,
                outStrideBytes);
    }

    /**
     * Computes the gradients of the vectors:
     * {@code dv[i][f] = (accumulate ? dv[i][f] : 0) + dOut[i] · (Σ_g v[i][g] - v[i][f])}.
     *
     * @param v {@code m × features × d} float32: the input of the forward pass
     * @param vOffset byte of sample 0's first vector
     * @param sampleStrideBytes bytes from one sample to the next, at least one sample's vectors
     * @param vectorStrideBytes bytes from one feature's vector to the next, at least {@code 4·d}
     * @param features vectors in a sample
     * @param d floats in a vector
     * @param m samples
     * @param dOut {@code m} float32: gradients of the values
     * @param dOutOffset byte of sample 0's gradient
     * @param dOutStrideBytes bytes from one gradient to the next, at least 4
     * @param accumulate whether gradients are added to what {@code dv} holds
     * @param dv {@code m × features × d} float32; must not overlap an input
     * @param dvOffset byte of sample 0's first gradient
     * @param dvSampleStrideBytes bytes from one sample of {@code dv} to the next
     * @param dvVectorStrideBytes bytes from one vector of {@code dv} to the next, at least {@code 4·d}
     * @throws IllegalArgumentException if a size is negative, a stride too small, or a segment on the heap, read-only
     *     where written, too short or an output that overlaps another
     */
    public static void backward(MemorySegment v, long vOffset, long sampleStrideBytes, long vectorStrideBytes,
            int features, int d, int m, MemorySegment dOut, long dOutOffset, long dOutStrideBytes, boolean accumulate,
            MemorySegment dv, long dvOffset, long dvSampleStrideBytes, long dvVectorStrideBytes) {
        final long vBytes = span("v", m, features, d, sampleStrideBytes, vectorStrideBytes);
        final long dvBytes = span("dv", m, features, d, dvSampleStrideBytes, dvVectorStrideBytes);
        final long dOutBytes = Checks.spanBytes("dOut", m, Float.BYTES, dOutStrideBytes);
        Checks.readable("v", v, vOffset, vBytes);
        Checks.readable("dOut", dOut, dOutOffset, dOutBytes);
        Checks.writable("dv", dv, dvOffset, dvBytes);
        Checks.disjoint("dv", dv, dvOffset, dvBytes, "v", v, vOffset, vBytes);
        Checks.disjoint("dv", dv, dvOffset, dvBytes, "dOut", dOut, dOutOffset, dOutBytes);
        KERNEL.backward(v, vOffset, sampleStrideBytes, vectorStrideBytes, features, d, m, dOut, dOutOffset,
                dOutStrideBytes, accumulate, dv, dvOffset, dvSampleStrideBytes, dvVectorStrideBytes);
    }

    private static long span(String name, int m, int features, int d, long sampleStrideBytes, long vectorStrideBytes) {
        Checks.nonNegative("m", m);
        Checks.nonNegative("features", features);
        Checks.nonNegative("d", d);
        final long sampleBytes = Checks.spanBytes(name, features, (long) d << 2, vectorStrideBytes);
        return Checks.spanBytes(name, m, sampleBytes, sampleStrideBytes);
    }
}
