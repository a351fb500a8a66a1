package org.dlrm4j.kernels.internal.vector;

import org.dlrm4j.kernels.internal.Bf16Kernel;
import org.dlrm4j.kernels.internal.CompactGemmKernel;
import org.dlrm4j.kernels.internal.CompactSlsKernel;
import org.dlrm4j.kernels.internal.CrossKernel;
import org.dlrm4j.kernels.internal.ElementwiseKernel;
import org.dlrm4j.kernels.internal.FactorizationKernel;
import org.dlrm4j.kernels.internal.GemmKernel;
import org.dlrm4j.kernels.internal.InteractionKernel;
import org.dlrm4j.kernels.internal.KernelProvider;
import org.dlrm4j.kernels.internal.OptimizerKernel;
import org.dlrm4j.kernels.internal.ReductionKernel;
import org.dlrm4j.kernels.internal.ScalingKernel;
import org.dlrm4j.kernels.internal.SlsKernel;
import org.dlrm4j.kernels.internal.SparseUpdateKernel;

/** The kernels on the Vector API. */
public final class VectorProvider implements KernelProvider {
    private final GemmKernel gemm = new VectorGemm();
    private final CompactGemmKernel compactGemm = new VectorCompactGemm();
    private final SlsKernel sls = new VectorSls();
    private final CompactSlsKernel compactSls = new VectorCompactSls();
    private final Bf16Kernel bf16 = new VectorBf16();
    private final SparseUpdateKernel sparseUpdate = new VectorSparseUpdate();
    private final InteractionKernel interaction = new VectorInteraction();
    private final ElementwiseKernel elementwise = new VectorElementwise();
    private final ReductionKernel reduction = new VectorReduction();
    private final CrossKernel cross = new VectorCross();
    private final FactorizationKernel factorization = new VectorFactorization();
    private final OptimizerKernel optimizer = new VectorOptimizer();
    private final ScalingKernel scaling = new VectorScaling();

    @Override
    public int vectorBits() {
        return VectorConstants.FLOATS.vectorBitSize();
    }

    @Override
    public GemmKernel gemm() {
        return gemm;
    }

    @Override
    public CompactGemmKernel compactGemm() {
        return compactGemm;
    }

    @Override
    public SlsKernel sls() {
        return sls;
    }

    @Override
    public CompactSlsKernel compactSls() {
        return compactSls;
    }

    @Override
    public Bf16Kernel bf16() {
        return bf16;
    }

    @Override
    public SparseUpdateKernel sparseUpdate() {
        return sparseUpdate;
    }

    @Override
    public InteractionKernel interaction() {
        return interaction;
    }

    @Override
    public ElementwiseKernel elementwise() {
        return elementwise;
    }

    @Override
    public ReductionKernel reduction() {
        return reduction;
    }

    @Override
    public CrossKernel cross() {
        return cross;
    }

    @Override
    public FactorizationKernel factorization() {
        return factorization;
    }

    @Override
    public OptimizerKernel optimizer() {
        return optimizer;
    }

    @Override
    public ScalingKernel scaling() {
        return scaling;
    }
}
