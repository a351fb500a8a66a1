package org.dlrm4j.model;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.Activation;
import org.dlrm4j.kernels.Gemm;

/**
 * DLRM's products of two projections: {@code [x; Y·Z]} with the dense vector {@code x} of {@code d} floats and, row-major, {@code Y}
 * of {@code f1 × d} and {@code Z} of {@code d × f2}. All vectors feed the projections, too, whose layers add to the gradients
 * that this one leaves.
 */
final class ProjectionInteractionLayer implements Layer {
    private final Signal vectors;
    private final int dim;
    private final Signal left;
    private final Signal right;
    private final Signal dense;
    private final Signal products;
    private final int leftRows;
    private final int rightColumns;

    /**
     * Puts the layer in its place.
     *
     * @param vectors all vectors, the dense one first
     * @param dim floats of a vector
     * @param left where {@code Y} comes from
     * @param right where {@code Z} comes from
     * @param output where the dense vector and the products go
     */
    ProjectionInteractionLayer(Signal vectors, int dim, Signal left, Signal right, Signal output) {
        this.vectors = vectors;
        this.dim = dim;
        this.left = left;
        this.right = right;
        dense = output.columns(0, dim);
        products = output.columns(dim, output.width() - dim);
        leftRows = left.width() / dim;
        rightColumns = right.width() / dim;
    }

    @Override
    public void forward(Slots slots) {
        slots.copyValues(vectors.columns(0, dim), dense);
        for (int i = 0; i < slots.count(); i++) {
            Gemm.pack(slots.values(right), valuesOf(slots, right, i), rightStrideBytes(), Float.BYTES, dim,
                    rightColumns, slots.scratch(), 0);
            Gemm.multiply(slots.values(left), valuesOf(slots, left, i), leftStrideBytes(), Float.BYTES,
                    slots.scratch(), 0, leftRows, dim, rightColumns, 0, rightColumns, slots.values(products),
                    valuesOf(slots, products, i), rightStrideBytes(), false, null, 0, Activation.NONE);
        }
    }

    @Override
    public void backward(Slots slots) {
        slots.clearGradient(vectors);
        slots.copyGradient(dense, vectors.columns(0, dim));
        final MemorySegment scratch = slots.scratch();
        for (int i = 0; i < slots.count(); i++) {
            final long gradient = gradientOf(slots, products, i);
            // dY = dP·Zᵀ
            Gemm.pack(slots.values(right), valuesOf(slots, right, i), Float.BYTES, rightStrideBytes(), rightColumns,
                    dim, scratch, 0);
            Gemm.multiply(slots.gradient(products), gradient, rightStrideBytes(), Float.BYTES, scratch, 0, leftRows,
                    rightColumns, dim, 0, dim, slots.gradient(left), gradientOf(slots, left, i), leftStrideBytes(),
                    false, null, 0, Activation.NONE);
            // dZ = Yᵀ·dP
            Gemm.pack(slots.gradient(products), gradient, rightStrideBytes(), Float.BYTES, leftRows, rightColumns,
                    scratch, 0);
            Gemm.multiply(slots.values(left), valuesOf(slots, left, i), Float.BYTES, leftStrideBytes(), scratch, 0,
                    dim, leftRows, rightColumns, 0, rightColumns, slots.gradient(right), gradientOf(slots, right, i),
                    rightStrideBytes(), false, null, 0, Activation.NONE);
        }
    }

    /** Distance of the rows of {@code Y}. */
    private long leftStrideBytes() {
        return (long) dim * Float.BYTES;
    }

    /** Distance of the rows of {@code Z} and of the products. */
    private long rightStrideBytes() {
        return (long) rightColumns * Float.BYTES;
    }

    private static long valuesOf(Slots slots, Signal signal, int slot) {
        return slots.valuesOffset(signal) + slot * slots.valuesStrideBytes(signal);
    }

    private static long gradientOf(Slots slots, Signal signal, int slot) {
        return slots.gradientOffset(signal) + slot * slots.gradientStrideBytes(signal);
    }

    @Override
    public long scratchBytes() {
        return Math.max(Gemm.packedBytes(dim, rightColumns),
                Math.max(Gemm.packedBytes(rightColumns, dim), Gemm.packedBytes(leftRows, rightColumns)));
    }

    @Override
    public String name() {
        return "projection interaction";
    }

    @Override
    public OperatorKind kind() {
        return OperatorKind.INTERACTION;
    }

    private double productFlops() {
        return 2.0 * products.width() * dim;
    }

    /** Each product is {@code dim} multiply-adds; the dense vector is copied. */
    @Override
    public Cost forwardCost(BatchShape shape) {
        return Cost.streamed(shape.samples() * productFlops(),
                shape.samples() * (left.width() + right.width() + products.width() + 2.0 * dim));
    }

    /** Each product's gradient goes to both matrices, and zeros to the gradient of the vectors. */
    @Override
    public Cost backwardCost(BatchShape shape) {
        return Cost.streamed(shape.samples() * 2 * productFlops(), shape.samples()
                * (2.0 * (left.width() + right.width()) + products.width() + dim + vectors.width()));
    }
}
