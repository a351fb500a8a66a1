package org.dlrm4j.model;

import org.dlrm4j.kernels.CrossLayer;

/**
 * The element-wise half of a cross layer of DCNv2: {@code y = x_0 ⊙ z + x}. The other half, {@code z = W·x + b}, is one
 * {@link LinearLayer} before it or two; they add to the gradients that this one leaves.
 */
final class CrossCombineLayer implements Layer {
    private final String place;
    private final CrossInput input;
    private final Signal z;
    private final Signal output;

    CrossCombineLayer(String place, CrossInput input, Signal z, Signal output) {
        this.place = place;
        this.input = input;
        this.z = z;
        this.output = output;
    }

    @Override
    public void forward(Slots slots) {
        final Signal x0 = input.x0();
        final Signal x = input.x();
        CrossLayer.combine(slots.values(x0), slots.valuesOffset(x0), slots.valuesStrideBytes(x0), slots.values(z),
                slots.valuesOffset(z), slots.valuesStrideBytes(z), slots.values(x), slots.valuesOffset(x),
                slots.valuesStrideBytes(x), slots.values(output), slots.valuesOffset(output),
                slots.valuesStrideBytes(output), slots.count(), output.width());
    }

    @Override
    public void backward(Slots slots) {
        final Signal x0 = input.x0();
        final Signal x = input.x();
        input.beginBackward(slots);
        slots.clearGradient(x);
        CrossLayer.combineBackward(slots.values(x0), slots.valuesOffset(x0), slots.valuesStrideBytes(x0),
                slots.values(z), slots.valuesOffset(z), slots.valuesStrideBytes(z), slots.gradient(output),
                slots.gradientOffset(output), slots.gradientStrideBytes(output), slots.gradient(z),
                slots.gradientOffset(z), slots.gradientStrideBytes(z), slots.gradient(x0), slots.gradientOffset(x0),
                slots.gradientStrideBytes(x0), slots.gradient(x), slots.gradientOffset(x),
                slots.gradientStrideBytes(x), slots.count(), output.width());
        input.endBackward(slots);
    }

    @Override
    public String name() {
        return place;
    }

    @Override
    public OperatorKind kind() {
        return OperatorKind.CROSS;
    }

    /** One multiply-add of three vectors into a fourth. */
    @Override
    public Cost forwardCost(BatchShape shape) {
        final double elements = shape.samples() * output.width();
        return Cost.streamed(2 * elements, 4 * elements);
    }

    /** {@code dz = x_0·dy}, {@code dx_0 += z·dy}, {@code dx += dy}; sums are read and written. */
    @Override
    public Cost backwardCost(BatchShape shape) {
        final double elements = shape.samples() * output.width();
        return Cost.streamed(4 * elements, 8 * elements);
    }
}
