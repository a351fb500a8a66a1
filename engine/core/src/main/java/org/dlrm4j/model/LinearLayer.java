package org.dlrm4j.model;

import java.util.List;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.kernels.Activation;
import org.dlrm4j.kernels.Gemm;

/** A {@link Linear} between two signals. */
final class LinearLayer implements Layer {
    private final Linear linear;
    private final String place;
    private final Signal input;
    private final Signal output;
    private final InputGradient mode;
    private final boolean beforeLoss;
    private final int firstParameter;
    private final double initialScale;
    private final List<Parameter> parameters;

    /**
     * Puts a layer in its place.
     *
     * @param linear the parameters, owned by this from now on
     * @param name prefix of the parameters' names
     * @param place what it is, for messages
     * @param input where it reads
     * @param output where it writes
     * @param mode what it does with the input's gradient
     * @param beforeLoss whether the loss gives the gradient of the pre-activation
     * @param firstParameter number of its first parameter in the network
     * @param initialScale factor of the initial weights
     */
    LinearLayer(Linear linear, String name, String place, Signal input, Signal output, InputGradient mode,
            boolean beforeLoss, int firstParameter, double initialScale) {
        this.linear = linear;
        this.place = place;
        this.input = input;
        this.output = output;
        this.mode = mode;
        this.beforeLoss = beforeLoss;
        this.firstParameter = firstParameter;
        this.initialScale = initialScale;
        parameters = linear.parameters(name, place);
    }

    @Override
    public void forward(Slots slots) {
        linear.forward(slots.values(input), slots.valuesOffset(input), slots.valuesStrideBytes(input), slots.count(),
                slots.values(output), slots.valuesOffset(output), slots.valuesStrideBytes(output));
        if (hidden()) {
            slots.dropValues(output, firstParameter);
        }
    }

    /** Of all layers, those of MLPs that do not give the logit have a ReLU. */
    private boolean hidden() {
        return linear.activation() == Activation.RELU;
    }

    @Override
    public void backward(Slots slots) {
        if (hidden()) {
            slots.dropGradients(output, firstParameter);
        }
        if (!beforeLoss && linear.activation() != Activation.NONE) {
            linear.backwardActivation(slots.values(output), slots.valuesOffset(output), slots.valuesStrideBytes(output),
                    slots.gradient(output), slots.gradientOffset(output), slots.gradientStrideBytes(output),
                    slots.count());
        }
        if (mode != InputGradient.NONE) {
            linear.backwardData(slots.gradient(output), slots.gradientOffset(output), slots.gradientStrideBytes(output),
                    slots.count(), slots.gradient(input), slots.gradientOffset(input),
                    slots.gradientStrideBytes(input), mode == InputGradient.ADD);
        }
    }

    @Override
    public List<Parameter> parameters() {
        return parameters;
    }

    @Override
    public int weightTasks() {
        return (linear.in() + Gemm.panelColumns() - 1) / Gemm.panelColumns();
    }

    @Override
    public void weights(int task, Slots slots, boolean accumulate) {
        final int from = task * Gemm.panelColumns();
        linear.backwardWeights(slots.gradient(output), slots.gradientOffset(output), slots.gradientStrideBytes(output),
                slots.values(input), slots.valuesOffset(input), slots.valuesStrideBytes(input), slots.count(), from,
                Math.min(linear.in(), from + Gemm.panelColumns()), accumulate, slots.parameterGradient(firstParameter),
                slots.scratch());
        if (task == 0 && linear.bias() != null) {
            linear.backwardBias(slots.gradient(output), slots.gradientOffset(output),
                    slots.gradientStrideBytes(output), slots.count(), accumulate,
                    slots.parameterGradient(firstParameter + 1));
        }
    }

    @Override
    public void initialize(NumpyRandom random) {
        linear.initialize(random, initialScale);
    }

    @Override
    public long weightScratchBytes(int slots) {
        return Linear.weightGradientScratchBytes(slots);
    }

    @Override
    public void close() {
        linear.close();
    }

    @Override
    public String name() {
        return place;
    }

    @Override
    public OperatorKind kind() {
        return linear.out() == 1 ? OperatorKind.LOGIT : OperatorKind.LINEAR;
    }

    /** {@code 2·n·in·out} operations on {@code W}, {@code X} and {@code Y}. */
    @Override
    public Cost forwardCost(BatchShape shape) {
        final double n = shape.samples();
        final double weights = (double) linear.in() * linear.out();
        return Cost.streamed(2 * n * weights, weights + n * (linear.in() + linear.out()));
    }

    /** The product with {@code W} costs what the forward one does; the activation reads {@code Y} and {@code dY} and writes {@code dZ}. */
    @Override
    public Cost backwardCost(BatchShape shape) {
        final double outputs = shape.samples() * linear.out();
        final Cost activation = beforeLoss || linear.activation() == Activation.NONE
                ? Cost.NONE
                : Cost.streamed(outputs, 3 * outputs);
        return mode == InputGradient.NONE ? activation : activation.plus(forwardCost(shape));
    }

    /** {@code dW = dZᵀ·X}: the same product along another side; {@code db} adds {@code n·out}. */
    @Override
    public Cost weightsCost(BatchShape shape) {
        return linear.bias() == null
                ? forwardCost(shape)
                : forwardCost(shape).plus(Cost.streamed(shape.samples() * linear.out(), linear.out()));
    }
}
