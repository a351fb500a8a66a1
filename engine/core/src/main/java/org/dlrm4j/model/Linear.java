package org.dlrm4j.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.kernels.Activation;
import org.dlrm4j.kernels.Activations;
import org.dlrm4j.kernels.CompactGemm;
import org.dlrm4j.kernels.Gemm;
import org.dlrm4j.kernels.Reductions;
import org.dlrm4j.kernels.WeightFormat;
import org.dlrm4j.os.NativeMemory;

/**
 * A fully connected layer {@code Y = f(X·Wᵀ + b)}, with or without {@code b}. {@code W} is {@code out × in}, row-major, as PyTorch stores it; beside it
 * stand a copy packed for the forward product, rounded if the layer is to score with compact weights, and, for training, one packed for the
 * gradient of {@code X}. Whoever changes {@code W} calls {@link #repack}. Methods are thread-safe for disjoint outputs.
 */
public final class Linear implements AutoCloseable {
    private final int in;
    private final int out;
    private final Activation activation;
    private final WeightFormat format;
    private final NativeMemory memory;
    private final MemorySegment weights;
    private final MemorySegment bias;
    private final MemorySegment packedForward;
    private final MemorySegment packedBackward;

    /**
     * Creates a layer of zeros.
     *
     * @param in input width
     * @param out output width
     * @param activation applied to the output
     * @param biased whether it has a bias
     * @param format what the forward product multiplies with
     * @param trainable whether gradients will be computed; only with {@link WeightFormat#F32}
     */
    public Linear(int in, int out, Activation activation, boolean biased, WeightFormat format, boolean trainable) {
        if (trainable && format != WeightFormat.F32) {
            throw new IllegalArgumentException("a layer that is trained has weights in f32, not " + format);
        }
        this.in = in;
        this.out = out;
        this.activation = activation;
        this.format = format;
        final long weightBytes = Layout.align((long) in * out * Float.BYTES);
        final long biasBytes = biased ? Layout.align((long) out * Float.BYTES) : 0;
        final long forwardBytes = Layout.align(format == WeightFormat.F32
                ? Gemm.packedBytes(in, out)
                : CompactGemm.packedBytes(format, in, out));
        final long backwardBytes = trainable ? Gemm.packedBytes(out, in) : 0;
        memory = NativeMemory.allocate(weightBytes + biasBytes + forwardBytes + backwardBytes);
        final MemorySegment all = memory.segment();
        weights = all.asSlice(0, (long) in * out * Float.BYTES);
        bias = biased ? all.asSlice(weightBytes, (long) out * Float.BYTES) : null;
        packedForward = all.asSlice(weightBytes + biasBytes, forwardBytes);
        packedBackward = trainable ? all.asSlice(weightBytes + biasBytes + forwardBytes, backwardBytes) : null;
    }

    /**
     * Draws {@code W ~ N(0, sqrt(2 / (in + out)))}, then {@code b ~ N(0, sqrt(1 / out))}, as the reference does.
     *
     * @param random the stream to draw from
     */
    void initialize(NumpyRandom random, double weightScale) {
        final double weightDeviation = weightScale * Math.sqrt(2.0 / (in + out));
        for (long i = 0; i < (long) in * out; i++) {
            weights.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.normal(0, weightDeviation));
        }
        final double biasDeviation = Math.sqrt(1.0 / out);
        for (int i = 0; bias != null && i < out; i++) {
            bias.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.normal(0, biasDeviation));
        }
        repack(0, out);
    }

    /**
     * Brings the packed copies up to date with rows of {@code W}.
     *
     * @param from first row, a multiple of {@link Gemm#panelColumns}
     * @param to end of the rows, a multiple of {@link Gemm#panelColumns} or {@link #out}
     * @throws IllegalArgumentException if a weight is infinite or NaN and the format has no place for it, naming output and input
     */
    public void repack(int from, int to) {
        if (format != WeightFormat.F32) {
            CompactGemm.pack(format, weights, 0, in, out, from, to, packedForward, 0);
            return;
        }
        Gemm.packPart(weights, 0, Float.BYTES, (long) in * Float.BYTES, in, out, 0, in, from, to, packedForward, 0);
        if (packedBackward != null) {
            Gemm.packPart(weights, 0, (long) in * Float.BYTES, Float.BYTES, out, in, from, to, 0, in, packedBackward,
                    0);
        }
    }

    /**
     * Computes the layer for {@code m} samples.
     *
     * @param x input segment
     * @param xOffset byte offset of the first sample
     * @param xStrideBytes distance between samples
     * @param m samples
     * @param y output segment
     * @param yOffset byte offset of the first sample
     * @param yStrideBytes distance between samples
     */
    public void forward(MemorySegment x, long xOffset, long xStrideBytes, int m, MemorySegment y, long yOffset,
            long yStrideBytes) {
        if (format == WeightFormat.F32) {
            Gemm.multiply(x, xOffset, xStrideBytes, Float.BYTES, packedForward, 0, m, in, out, 0, out, y, yOffset,
                    yStrideBytes, false, bias, 0, activation);
        } else {
            CompactGemm.multiply(format, x, xOffset, xStrideBytes, packedForward, 0, m, in, out, y, yOffset,
                    yStrideBytes, bias, 0, activation);
        }
    }

    /**
     * Turns {@code dL/dY} into the gradient of the pre-activation, in place.
     *
     * @param y the layer's output
     * @param yOffset byte offset of the first sample
     * @param yStrideBytes distance between samples
     * @param dy the gradient
     * @param dyOffset byte offset of the first sample
     * @param dyStrideBytes distance between samples
     * @param m samples
     */
    public void backwardActivation(MemorySegment y, long yOffset, long yStrideBytes, MemorySegment dy, long dyOffset,
            long dyStrideBytes, int m) {
        switch (activation) {
            case NONE -> {
                // the identity's gradient is the gradient itself
            }
            case RELU -> Activations.reluBackward(y, yOffset, yStrideBytes, dy, dyOffset, dyStrideBytes, m, out);
            case SIGMOID -> Activations.sigmoidBackward(y, yOffset, yStrideBytes, dy, dyOffset, dyStrideBytes, m, out);
        }
    }

    /**
     * Computes {@code dX = dZ·W}, or adds it.
     *
     * @param dz gradient of the pre-activation
     * @param dzOffset byte offset of the first sample
     * @param dzStrideBytes distance between samples
     * @param m samples
     * @param dx destination
     * @param dxOffset byte offset of the first sample
     * @param dxStrideBytes distance between samples
     * @param accumulate whether to add to what {@code dx} holds
     */
    public void backwardData(MemorySegment dz, long dzOffset, long dzStrideBytes, int m, MemorySegment dx,
            long dxOffset, long dxStrideBytes, boolean accumulate) {
        Gemm.multiply(dz, dzOffset, dzStrideBytes, Float.BYTES, packedBackward, 0, m, out, in, 0, in, dx, dxOffset,
                dxStrideBytes, accumulate, null, 0, Activation.NONE);
    }

    /**
     * Computes a panel of columns of {@code dW = dZᵀ·X}.
     *
     * @param dz gradient of the pre-activation
     * @param dzOffset byte offset of the first sample
     * @param dzStrideBytes distance between samples
     * @param x the layer's input
     * @param xOffset byte offset of the first sample
     * @param xStrideBytes distance between samples
     * @param m samples
     * @param from first input column
     * @param to end of the columns, at most {@link Gemm#panelColumns} further
     * @param accumulate whether to add to what {@code dw} holds
     * @param dw gradient, {@code out × in} like the weights
     * @param scratch at least {@link #weightGradientScratchBytes} bytes
     */
    public void backwardWeights(MemorySegment dz, long dzOffset, long dzStrideBytes, MemorySegment x, long xOffset,
            long xStrideBytes, int m, int from, int to, boolean accumulate, MemorySegment dw, MemorySegment scratch) {
        final long columnOffset = (long) from * Float.BYTES;
        final int columns = to - from;
        Gemm.pack(x, xOffset + columnOffset, xStrideBytes, Float.BYTES, m, columns, scratch, 0);
        Gemm.multiply(dz, dzOffset, Float.BYTES, dzStrideBytes, scratch, 0, out, m, columns, 0, columns, dw,
                columnOffset,
                (long) in * Float.BYTES, accumulate, null, 0, Activation.NONE);
    }

    /**
     * Returns the scratch that {@link #backwardWeights} needs.
     *
     * @param m samples
     * @return bytes
     */
    public static long weightGradientScratchBytes(int m) {
        return Gemm.packedBytes(m, Gemm.panelColumns());
    }

    /**
     * Computes {@code db}, the sums of {@code dZ} over samples.
     *
     * @param dz gradient of the pre-activation
     * @param dzOffset byte offset of the first sample
     * @param dzStrideBytes distance between samples
     * @param m samples
     * @param accumulate whether to add to what {@code db} holds
     * @param db gradient of the bias
     */
    public void backwardBias(MemorySegment dz, long dzOffset, long dzStrideBytes, int m, boolean accumulate,
            MemorySegment db) {
        Reductions.columnSums(dz, dzOffset, dzStrideBytes, m, out, accumulate, db, 0);
    }

    /**
     * Returns the input width.
     *
     * @return floats
     */
    public int in() {
        return in;
    }

    /**
     * Returns the output width.
     *
     * @return floats
     */
    public int out() {
        return out;
    }

    /**
     * Returns the activation.
     *
     * @return what the layer applies last
     */
    public Activation activation() {
        return activation;
    }

    /**
     * Returns the weights, {@code out × in}, row-major, without padding.
     *
     * @return the live segment
     */
    public MemorySegment weights() {
        return weights;
    }

    /**
     * Returns the bias.
     *
     * @return the live segment of {@code out} floats, or null if there is none
     */
    public MemorySegment bias() {
        return bias;
    }

    /** Describes weights and bias, in this order. */
    List<Parameter> parameters(String name, String place) {
        final Parameter weight = new Parameter(name + ".weight", place, weights, Gemm.panelColumns(), this::repack, out,
                in);
        return bias == null
                ? List.of(weight)
                : List.of(weight, new Parameter(name + ".bias", place, bias, out, Parameter.NO_COPIES, out));
    }

    @Override
    public void close() {
        memory.close();
    }
}
