package org.dlrm4j.model;

import java.lang.foreign.ValueLayout;
import org.dlrm4j.kernels.Activation;
import org.dlrm4j.kernels.WeightFormat;

/** Adds the terms of a logit, and gives its sigmoid: {@code p = σ(Σ_j t_j)}. A {@link Linear} whose weights stay 1. */
final class LogitLayer implements Layer {
    private final Linear ones;
    private final Signal terms;
    private final Signal output;

    LogitLayer(Signal terms, Signal output, boolean trainable) {
        this.terms = terms;
        this.output = output;
        ones = new Linear(terms.width(), 1, Activation.SIGMOID, false, WeightFormat.F32, trainable);
        for (int i = 0; i < terms.width(); i++) {
            ones.weights().setAtIndex(ValueLayout.JAVA_FLOAT, i, 1f);
        }
        ones.repack(0, 1);
    }

    @Override
    public void forward(Slots slots) {
        ones.forward(slots.values(terms), slots.valuesOffset(terms), slots.valuesStrideBytes(terms), slots.count(),
                slots.values(output), slots.valuesOffset(output), slots.valuesStrideBytes(output));
    }

    @Override
    public void backward(Slots slots) {
        ones.backwardData(slots.gradient(output), slots.gradientOffset(output), slots.gradientStrideBytes(output),
                slots.count(), slots.gradient(terms), slots.gradientOffset(terms), slots.gradientStrideBytes(terms),
                false);
    }

    @Override
    public void close() {
        ones.close();
    }

    @Override
    public String name() {
        return "sum of the logit";
    }

    @Override
    public OperatorKind kind() {
        return OperatorKind.LOGIT;
    }

    @Override
    public Cost forwardCost(BatchShape shape) {
        return Cost.streamed(shape.samples() * terms.width(), shape.samples() * (terms.width() + 1));
    }

    @Override
    public Cost backwardCost(BatchShape shape) {
        return forwardCost(shape);
    }
}
