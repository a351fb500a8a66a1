package org.dlrm4j.model;

import org.dlrm4j.kernels.Elementwise;

/** Adds two vectors: {@code y = a + b}. */
final class VectorSumLayer implements Layer {
    private final String name;
    private final Signal a;
    private final Signal b;
    private final Signal output;

    VectorSumLayer(String name, Signal a, Signal b, Signal output) {
        this.name = name;
        this.a = a;
        this.b = b;
        this.output = output;
    }

    @Override
    public void forward(Slots slots) {
        Elementwise.add(slots.values(a), slots.valuesOffset(a), slots.valuesStrideBytes(a), slots.values(b),
                slots.valuesOffset(b), slots.valuesStrideBytes(b), slots.values(output), slots.valuesOffset(output),
                slots.valuesStrideBytes(output), slots.count(), output.width());
    }

    @Override
    public void backward(Slots slots) {
        slots.copyGradient(output, a);
        slots.copyGradient(output, b);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public OperatorKind kind() {
        return OperatorKind.INTERACTION;
    }

    @Override
    public Cost forwardCost(BatchShape shape) {
        final double elements = shape.samples() * output.width();
        return Cost.streamed(elements, 3 * elements);
    }

    /** The gradient is copied twice. */
    @Override
    public Cost backwardCost(BatchShape shape) {
        return Cost.streamed(0, shape.samples() * 3 * output.width());
    }
}
