package org.dlrm4j.kernels.internal;

/** A set of kernels, all scalar or all vector. */
public interface KernelProvider {
    /** System property that caps the vector width in bits: 128, 256 or 512. */
    String VECTOR_BITS_PROPERTY = "dlrm4j.vectorBits";

    /** Returns the width in bits, 0 for scalar. */
    int vectorBits();

    GemmKernel gemm();

    CompactGemmKernel compactGemm();

    SlsKernel sls();

    CompactSlsKernel compactSls();

    Bf16Kernel bf16();

    SparseUpdateKernel sparseUpdate();

    InteractionKernel interaction();

    ElementwiseKernel elementwise();

    ReductionKernel reduction();

    CrossKernel cross();

    FactorizationKernel factorization();

    OptimizerKernel optimizer();

    ScalingKernel scaling();
}
