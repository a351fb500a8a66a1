package org.dlrm4j.kernels.internal.scalar;

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

/** The kernels in plain Java. */
public final class ScalarProvider implements KernelProvider {
    private final GemmKernel gemm = new ScalarGemm();
    private final CompactGemmKernel compactGemm = new ScalarCompactGemm();
    private final SlsKernel sls = new ScalarSls();
    private final CompactSlsKernel compactSls = new ScalarCompactSls();
    private final Bf16Kernel bf16 = new ScalarBf16();
    private final SparseUpdateKernel sparseUpdate = new ScalarSparseUpdate();
    private final InteractionKernel interaction = new ScalarInteraction();
    private final ElementwiseKernel elementwise = new ScalarElementwise();
    private final ReductionKernel reduction = new ScalarReduction();
    private final CrossKernel cross = new ScalarCross();
    private final FactorizationKernel factorization = new ScalarFactorization();
    private final OptimizerKernel optimizer = new ScalarOptimizer();
    private final ScalingKernel scaling = new ScalarScaling();

    @Override
    public int vectorBits() {
        return 0;
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
