package org.dlrm4j.model;

import org.dlrm4j.kernels.CrossLayer;

/**
 * The element-wise half of a cross layer of DCNv2: {@code y = x_0 ⊙ z + x}. The other half, {@code z = W·x + b}, is one
 * {@link LinearLayer} before it or two; they add to the gradients that this one leaves.
 */
final class CrossCombineLayer implements Layer {
    private final CrossInput input;
    private final Signal z;
    private final Signal output;

    CrossCombineLayer(CrossInput input, Signal z, Signal output) {
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
}
