package org.dlrm4j.model;

import org.dlrm4j.kernels.Elementwise;

/** Multiplies two vectors, element by element: {@code y = a ⊙ b}. */
final class VectorProductLayer implements Layer {
    private final String name;
    private final Signal a;
    private final Signal b;
    private final Signal output;

    VectorProductLayer(String name, Signal a, Signal b, Signal output) {
        this.name = name;
        this.a = a;
        this.b = b;
        this.output = output;
    }

    @Override
    public void forward(Slots slots) {
        Elementwise.multiply(slots.values(a), slots.valuesOffset(a), slots.valuesStrideBytes(a), slots.values(b),
                slots.valuesOffset(b), slots.valuesStrideBytes(b), slots.values(output), slots.valuesOffset(output),
                slots.valuesStrideBytes(output), slots.count(), output.width());
    }

    @Override
    public void backward(Slots slots) {
        multiplyGradient(slots, b, a);
        multiplyGradient(slots, a, b);
    }

    /** {@code d to = d y ⊙ factor}. */
    private void multiplyGradient(Slots slots, Signal factor, Signal to) {
        Elementwise.multiply(slots.gradient(output), slots.gradientOffset(output), slots.gradientStrideBytes(output),
                slots.values(factor), slots.valuesOffset(factor), slots.valuesStrideBytes(factor),
                slots.gradient(to), slots.gradientOffset(to), slots.gradientStrideBytes(to), slots.count(),
                output.width());
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

    /** {@code da = dy ⊙ b}, {@code db = dy ⊙ a}. */
    @Override
    public Cost backwardCost(BatchShape shape) {
        final double elements = shape.samples() * output.width();
        return Cost.streamed(2 * elements, 5 * elements);
    }
}
