package org.dlrm4j.kernels.internal;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.Activation;

/**
 * {@code C = f(A·B + bias)} with {@code B} packed. Arguments were checked by {@link org.dlrm4j.kernels.Gemm}, whose javadoc
 * states the contract.
 */
public interface GemmKernel {
    /**
     * Steps of {@code p} that are summed from zero before they are added to the result: part of the contract, so that all
     * kernels give the same bits. A packed block of a panel of 64 columns is 256 KiB and stays in L2 for all rows of A.
     */
    int BLOCK_STEPS = 1024;

    /** Returns the float lanes of one packed column group. */
    int lanes();

    /** Returns the lane groups of one full panel. */
    int panelVectors();

    /** Packs rows {@code [kFrom, kTo)} of columns {@code [nFrom, nTo)}; {@code nFrom} is a multiple of {@code lanes()}. */
    void pack(MemorySegment b, long bOffset, long rowStrideBytes, long columnStrideBytes, int k, int n, int kFrom,
            int kTo, int nFrom, int nTo, MemorySegment packed, long packedOffset);

    /** Computes columns {@code [nFrom, nTo)}; {@code nFrom} is a multiple of the panel width; {@code bias} may be null. */
    void multiply(MemorySegment a, long aOffset, long aRowStrideBytes, long aColumnStrideBytes, MemorySegment packed,
            long packedOffset, int m, int k, int nFrom, int nTo, MemorySegment c, long cOffset, long cRowStrideBytes,
            boolean accumulate, MemorySegment bias, long biasOffset, Activation activation);
}
