package org.dlrm4j.model;

import org.dlrm4j.kernels.FactorizationMachine;

/** The sum of the dot products of all pairs of vectors: a factorization machine's pairwise term. */
final class PairwiseLayer implements Layer {
    private final Signal vectors;
    private final int dim;
    private final Signal output;

    PairwiseLayer(Signal vectors, int dim, Signal output) {
        this.vectors = vectors;
        this.dim = dim;
        this.output = output;
    }

    @Override
    public void forward(Slots slots) {
        FactorizationMachine.forward(slots.values(vectors), slots.valuesOffset(vectors),
                slots.valuesStrideBytes(vectors), (long) dim * Float.BYTES, vectors.width() / dim, dim, slots.count(),
                slots.values(output), slots.valuesOffset(output), slots.valuesStrideBytes(output));
    }

    @Override
    public void backward(Slots slots) {
        FactorizationMachine.backward(slots.values(vectors), slots.valuesOffset(vectors),
                slots.valuesStrideBytes(vectors), (long) dim * Float.BYTES, vectors.width() / dim, dim, slots.count(),
                slots.gradient(output), slots.gradientOffset(output), slots.gradientStrideBytes(output), false,
                slots.gradient(vectors), slots.gradientOffset(vectors), slots.gradientStrideBytes(vectors),
                (long) dim * Float.BYTES);
    }

    @Override
    public String name() {
        return "pairwise term";
    }

    @Override
    public OperatorKind kind() {
        return OperatorKind.INTERACTION;
    }

    /** The sum of the vectors and that of their squares: {@code ½ Σ_d ((Σ_j v_jd)² − Σ_j v_jd²)}. */
    @Override
    public Cost forwardCost(BatchShape shape) {
        return Cost.streamed(shape.samples() * 3 * (vectors.width() + dim), shape.samples() * (vectors.width() + 1));
    }

    /** {@code dv_j = g·(s − v_j)} after the sum {@code s} of the vectors. */
    @Override
    public Cost backwardCost(BatchShape shape) {
        return Cost.streamed(shape.samples() * 3 * vectors.width(), shape.samples() * (2 * vectors.width() + 1));
    }
}
