package org.dlrm4j.kernels.internal;

import java.lang.foreign.MemorySegment;

/**
 * Second-order factorization machines. Arguments were checked by {@link org.dlrm4j.kernels.FactorizationMachine}, whose
 * javadoc states the contract.
 */
public interface FactorizationKernel {
    /** {@code out[i] = 0.5 · Σ_j ((Σ_f v[i][f][j])² - Σ_f v[i][f][j]²)}. */
    void forward(MemorySegment v, long vOffset, long sampleStrideBytes, long vectorStrideBytes, int features, int d,
            int m,
            MemorySegment out, long outOffset, long outStrideBytes);

    /** {@code dv[i][f] = (accumulate ? dv[i][f] : 0) + dOut[i] · (Σ_g v[i][g] - v[i][f])}. */
    void backward(MemorySegment v, long vOffset, long sampleStrideBytes, long vectorStrideBytes, int features, int d,
            int m, MemorySegment dOut, long dOutOffset, long dOutStrideBytes, boolean accumulate, MemorySegment dv,
            long dvOffset, long dvSampleStrideBytes, long dvVectorStrideBytes);
}
