package org.dlrm4j.model;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.data.Batch;
import org.dlrm4j.kernels.Dropout;
import org.dlrm4j.os.NativeMemory;

/**
 * What a thread works on: a range of a pass's slots, and where their signals lie. Each thread has one for itself, so that
 * handing layers their operands does not allocate.
 */
final class Slots {
    private final Rows[] values;
    private final Rows[] gradients;
    private final boolean[] gradientsOfBatch;
    private final NativeMemory[] parameterGradients;
    private final IndexGradients indexGradients;
    private final MemorySegment zeros;
    private final MemorySegment scratch;
    private final UnitDropout dropout;
    private Batch batch;
    private int batchFrom;
    private int from;
    private int count;

    /** Describes a forward pass's slots. */
    Slots(Rows[] values, MemorySegment scratch, UnitDropout dropout) {
        this(values, null, null, null, null, null, scratch, dropout);
    }

    /** Describes the slots of a pass that has gradients. */
    Slots(Rows[] values, Rows[] gradients, boolean[] gradientsOfBatch, NativeMemory[] parameterGradients,
            IndexGradients indexGradients, MemorySegment zeros, MemorySegment scratch, UnitDropout dropout) {
        this.values = values;
        this.gradients = gradients;
        this.gradientsOfBatch = gradientsOfBatch;
        this.parameterGradients = parameterGradients;
        this.indexGradients = indexGradients;
        this.zeros = zeros;
        this.scratch = scratch;
        this.dropout = dropout;
    }

    /** Takes the slots {@code [from, to)}: slot {@code s} holds the batch's sample {@code batchFrom + s}. */
    Slots set(Batch newBatch, int newBatchFrom, int newFrom, int to) {
        batch = newBatch;
        batchFrom = newBatchFrom;
        from = newFrom;
        count = to - newFrom;
        return this;
    }

    Batch batch() {
        return batch;
    }

    /** The batch's sample that the first of these slots holds. */
    int firstSample() {
        return batchFrom + from;
    }

    int count() {
        return count;
    }

    /** Memory of the thread's own, as large as the hungriest layer asks. */
    MemorySegment scratch() {
        return scratch;
    }

    MemorySegment values(Signal s) {
        return s.values() == Signal.DENSE_FEATURES ? batch.dense() : values[s.values()].segment();
    }

    long valuesOffset(Signal s) {
        return s.columnOffset() + (s.values() == Signal.DENSE_FEATURES
                ? firstSample() * batch.denseStrideBytes()
                : values[s.values()].offset(from));
    }

    long valuesStrideBytes(Signal s) {
        return s.values() == Signal.DENSE_FEATURES ? batch.denseStrideBytes() : values[s.values()].strideBytes();
    }

    MemorySegment gradient(Signal s) {
        return gradients[s.gradients()].segment();
    }

    long gradientOffset(Signal s) {
        final int row = gradientsOfBatch[s.gradients()] ? firstSample() : from;
        return s.columnOffset() + gradients[s.gradients()].offset(row);
    }

    long gradientStrideBytes(Signal s) {
        return gradients[s.gradients()].strideBytes();
    }

    /** Copies a vector of each slot. */
    void copyValues(Signal from, Signal to) {
        copy(values(from), valuesOffset(from), valuesStrideBytes(from), values(to), valuesOffset(to),
                valuesStrideBytes(to), from.width());
    }

    /** Copies the gradient of a vector of each slot. */
    void copyGradient(Signal from, Signal to) {
        copy(gradient(from), gradientOffset(from), gradientStrideBytes(from), gradient(to), gradientOffset(to),
                gradientStrideBytes(to), from.width());
    }

    private void copy(MemorySegment from, long fromOffset, long fromStrideBytes, MemorySegment to, long toOffset,
            long toStrideBytes, int width) {
        for (int i = 0; i < count; i++) {
            MemorySegment.copy(from, fromOffset + i * fromStrideBytes, to, toOffset + i * toStrideBytes,
                    (long) width * Float.BYTES);
        }
    }

    /** Sets a gradient to zero, to be added to. */
    void clearGradient(Signal s) {
        final MemorySegment gradient = gradient(s);
        final long strideBytes = gradientStrideBytes(s);
        long offset = gradientOffset(s);
        for (int i = 0; i < count; i++) {
            // Filling would take a slice, an object a row.
            MemorySegment.copy(zeros, 0, gradient, offset, (long) s.width() * Float.BYTES);
            offset += strideBytes;
        }
    }

    /** Leaves out units of a hidden layer, if this step does. */
    void dropValues(Signal s, int layer) {
        drop(values(s), valuesOffset(s), valuesStrideBytes(s), s.width(), layer);
    }

    /** Leaves out the gradients of the units that {@link #dropValues} left out. */
    void dropGradients(Signal s, int layer) {
        drop(gradient(s), gradientOffset(s), gradientStrideBytes(s), s.width(), layer);
    }

    private void drop(MemorySegment x, long offset, long strideBytes, int width, int layer) {
        if (dropout.share() > 0) {
            Dropout.apply(x, offset, strideBytes, count, width, dropout.share(), dropout.seed(), dropout.step(), layer,
                    firstSample());
        }
    }

    /** The gradients of the weights that a table gives to the batch's indices, a float a position. */
    MemorySegment indexGradient(Lookup weights) {
        return indexGradients.gradient(weights.indexGradient());
    }

    /** The gradient of a parameter, summed over the batch's slots so far. */
    MemorySegment parameterGradient(int parameter) {
        return parameterGradients[parameter].segment();
    }
}
