package org.dlrm4j.model;

/** Copies the batch's dense features into the columns of a wider vector. */
final class DenseFeaturesLayer implements Layer {
    private final Signal input;
    private final Signal output;

    DenseFeaturesLayer(Signal input, Signal output) {
        this.input = input;
        this.output = output;
    }

    @Override
    public void forward(Slots slots) {
        slots.copyValues(input, output);
    }

    @Override
    public void backward(Slots slots) {
        // Data have no gradient.
    }

    @Override
    public String name() {
        return "copy of the dense features";
    }

    @Override
    public OperatorKind kind() {
        return OperatorKind.COPY;
    }

    @Override
    public Cost forwardCost(BatchShape shape) {
        return Cost.streamed(0, shape.samples() * 2 * input.width());
    }

    @Override
    public Cost backwardCost(BatchShape shape) {
        return Cost.NONE;
    }
}
