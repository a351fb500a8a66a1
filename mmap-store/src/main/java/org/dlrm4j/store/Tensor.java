package org.dlrm4j.store;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A dense row-major tensor in little-endian native memory. Does not own the memory.
 */
public final class Tensor {
    private final TensorType type;
    private final long[] shape;
    private final MemorySegment segment;

    /**
     * Describes a tensor.
     *
     * @param type element type
     * @param segment exactly the elements, native
     * @param shape size of each dimension, outermost first; none for a scalar
     * @throws IllegalArgumentException if the segment is on the heap, or its size is not that of the shape
     */
    public Tensor(TensorType type, MemorySegment segment, long... shape) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException("segment: on the heap, expected native memory");
        }
        this.type = type;
        this.shape = shape.clone();
        this.segment = segment;
        long bytes = bytes(type, this.shape);
        if (segment.byteSize() != bytes) {
            throw new IllegalArgumentException("segment: " + segment.byteSize() + " bytes, expected " + bytes + " for "
                    + type + " " + Arrays.toString(shape));
        }
    }

    /** Returns the size of a tensor; refuses negative dimensions and sizes beyond 64 bits. */
    static long bytes(TensorType type, long[] shape) {
        long bytes = type.elementBytes();
        for (long size : shape) {
            if (size < 0) {
                throw new IllegalArgumentException("shape: found dimension " + size + ", expected at least 0");
            }
            try {
                bytes = Math.multiplyExact(bytes, size);
            } catch (ArithmeticException e) {
                throw new IllegalArgumentException("shape: " + Arrays.toString(shape) + " needs more than 2^63 bytes");
            }
        }
        return bytes;
    }

    /**
     * Returns the element type.
     *
     * @return the type
     */
    public TensorType type() {
        return type;
    }

    /**
     * Returns the size of each dimension.
     *
     * @return a new array, outermost first, empty for a scalar
     */
    public long[] shape() {
        return shape.clone();
    }

    /**
     * Returns the elements.
     *
     * @return a segment of exactly the tensor's size
     */
    public MemorySegment segment() {
        return segment;
    }
}
