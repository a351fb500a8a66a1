package org.dlrm4j.model;

import org.dlrm4j.kernels.DotInteraction;

/** DLRM's dot products of all pairs of vectors. */
final class DotInteractionLayer implements Layer {
    private final Signal vectors;
    private final int dim;
    private final boolean itself;
    private final Signal output;

    DotInteractionLayer(Signal vectors, int dim, boolean itself, Signal output) {
        this.vectors = vectors;
        this.dim = dim;
        this.itself = itself;
        this.output = output;
    }

    @Override
    public void forward(Slots slots) {
        DotInteraction.forward(slots.values(vectors), slots.valuesOffset(vectors), slots.valuesStrideBytes(vectors),
                vectors.width() / dim, dim, itself, slots.count(), slots.values(output), slots.valuesOffset(output),
                slots.valuesStrideBytes(output), slots.scratch(), 0);
    }

    @Override
    public void backward(Slots slots) {
        DotInteraction.backward(slots.values(vectors), slots.valuesOffset(vectors), slots.valuesStrideBytes(vectors),
                vectors.width() / dim, dim, itself, slots.count(), slots.gradient(output),
                slots.gradientOffset(output), slots.gradientStrideBytes(output), slots.gradient(vectors),
                slots.gradientOffset(vectors), slots.gradientStrideBytes(vectors), slots.scratch(), 0);
    }

    @Override
    public long scratchBytes() {
        return DotInteraction.scratchBytes(vectors.width() / dim, dim);
    }

    @Override
    public String name() {
        return "dot interaction";
    }

    @Override
    public OperatorKind kind() {
        return OperatorKind.INTERACTION;
    }

    private double pairs() {
        final double vectorCount = vectors.width() / dim;
        return vectorCount * (vectorCount + (itself ? 1 : -1)) / 2;
    }

    /** Each pair is {@code dim} multiply-adds. */
    @Override
    public Cost forwardCost(BatchShape shape) {
        return Cost.streamed(shape.samples() * 2 * dim * pairs(), shape.samples() * (vectors.width() + output.width()));
    }

    /** Each pair's gradient goes to both vectors. */
    @Override
    public Cost backwardCost(BatchShape shape) {
        return Cost.streamed(shape.samples() * 4 * dim * pairs(),
                shape.samples() * (2 * vectors.width() + output.width()));
    }
}
