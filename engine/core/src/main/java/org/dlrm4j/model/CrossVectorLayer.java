package org.dlrm4j.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.kernels.CrossLayer;
import org.dlrm4j.kernels.Gemm;
import org.dlrm4j.kernels.Reductions;
import org.dlrm4j.os.NativeMemory;

/** A cross layer of DCN: {@code y = x_0 · (x·w) + b + x}, with vectors {@code w} and {@code b}. */
final class CrossVectorLayer implements Layer {
    private final String place;
    private final CrossInput input;
    private final Signal product;
    private final Signal output;
    private final int width;
    private final int firstParameter;
    private final NativeMemory memory;
    private final MemorySegment weight;
    private final MemorySegment bias;
    private final List<Parameter> parameters;

    /**
     * Creates a layer of zeros.
     *
     * @param name prefix of the parameters' names
     * @param place what it is, for messages
     * @param input what it reads
     * @param product room for {@code x·w}, a scalar
     * @param output where it writes
     * @param firstParameter number of its first parameter in the network
     */
    CrossVectorLayer(String name, String place, CrossInput input, Signal product, Signal output, int firstParameter) {
        this.place = place;
        this.input = input;
        this.product = product;
        this.output = output;
        this.firstParameter = firstParameter;
        width = output.width();
        final long bytes = (long) width * Float.BYTES;
        memory = NativeMemory.allocate(2 * Layout.align(bytes));
        weight = memory.segment().asSlice(0, bytes);
        bias = memory.segment().asSlice(Layout.align(bytes), bytes);
        parameters = List.of(new Parameter(name + ".weight", place, weight, width, Parameter.NO_COPIES, width),
                new Parameter(name + ".bias", place, bias, width, Parameter.NO_COPIES, width));
    }

    @Override
    public void forward(Slots slots) {
        final Signal x0 = input.x0();
        final Signal x = input.x();
        CrossLayer.forward(slots.values(x0), slots.valuesOffset(x0), slots.valuesStrideBytes(x0), slots.values(x),
                slots.valuesOffset(x), slots.valuesStrideBytes(x), weight, 0, bias, 0, slots.values(output),
                slots.valuesOffset(output), slots.valuesStrideBytes(output), slots.values(product),
                slots.valuesOffset(product), slots.count(), width);
    }

    @Override
    public void backward(Slots slots) {
        final Signal x0 = input.x0();
        final Signal x = input.x();
        input.beginBackward(slots);
        CrossLayer.backward(slots.values(x0), slots.valuesOffset(x0), slots.valuesStrideBytes(x0), weight, 0,
                slots.values(product), slots.valuesOffset(product), slots.gradient(output),
                slots.gradientOffset(output), slots.gradientStrideBytes(output), slots.gradient(x),
                slots.gradientOffset(x), slots.gradientStrideBytes(x), slots.gradient(x0), slots.gradientOffset(x0),
                slots.gradientStrideBytes(x0), slots.gradient(product), slots.gradientOffset(product), slots.count(),
                width);
        input.endBackward(slots);
    }

    @Override
    public List<Parameter> parameters() {
        return parameters;
    }

    @Override
    public int weightTasks() {
        return (width + Gemm.panelColumns() - 1) / Gemm.panelColumns();
    }

    @Override
    public void weights(int task, Slots slots, boolean accumulate) {
        final Signal x = input.x();
        final int from = task * Gemm.panelColumns();
        final int columns = Math.min(width - from, Gemm.panelColumns());
        final long offset = (long) from * Float.BYTES;
        CrossLayer.weightGradient(slots.values(x), slots.valuesOffset(x) + offset, slots.valuesStrideBytes(x),
                slots.gradient(product), slots.gradientOffset(product), slots.count(), columns, accumulate,
                slots.parameterGradient(firstParameter), offset);
        Reductions.columnSums(slots.gradient(output), slots.gradientOffset(output) + offset,
                slots.gradientStrideBytes(output), slots.count(), columns, accumulate,
                slots.parameterGradient(firstParameter + 1), offset);
    }

    /** Draws {@code w ~ N(0, sqrt(2 / (width + 1)))}, as for a layer of one output; {@code b} stays 0: the layer begins near x. */
    @Override
    public void initialize(NumpyRandom random) {
        final double deviation = Math.sqrt(2.0 / (width + 1));
        for (int i = 0; i < width; i++) {
            weight.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.normal(0, deviation));
        }
    }

    @Override
    public void close() {
        memory.close();
    }

    @Override
    public String name() {
        return place;
    }

    @Override
    public OperatorKind kind() {
        return OperatorKind.CROSS;
    }

    /** {@code x·w} is 2 operations an element, {@code x_0·s + b + x} 3. */
    @Override
    public Cost forwardCost(BatchShape shape) {
        final double elements = shape.samples() * width;
        return Cost.streamed(5 * elements, 3 * elements + 2 * width);
    }

    /** {@code ds = dy·x_0}, {@code dx = dy + ds·w}, {@code dx_0 += s·dy}, which is read and written. */
    @Override
    public Cost backwardCost(BatchShape shape) {
        final double elements = shape.samples() * width;
        return Cost.streamed(6 * elements, 5 * elements + width);
    }

    /** {@code dw += ds·x} and {@code db += dy}. */
    @Override
    public Cost weightsCost(BatchShape shape) {
        final double elements = shape.samples() * width;
        return Cost.streamed(3 * elements, 2 * elements + 2 * width);
    }
}
