package org.dlrm4j.kernels.internal.vector;

import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_I2L;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.INTS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LE;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LONGS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.VECTOR_BYTES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;

/**
 * Puts the elements of sums over 16-bit rows in order. A kernel that reads two elements an int leaves a vector of the even ones before
 * a vector of the odd ones. A pass of its own over the output, which is in L1, so that the kernels stay small enough for C2.
 */
final class PairOrder {
    private static final int UPPER = Integer.SIZE;

    private PairOrder() {}

    /** Orders {@code vectors}, an even number, of each bag's output. */
    static void restore(MemorySegment out, long outOffset, long outStrideBytes, int bags, int vectors) {
        for (int pair = 0; pair < vectors / 2; pair++) {
            final long first = outOffset + 2L * pair * VECTOR_BYTES;
            for (int b = 0; b < bags; b++) {
                final long at = first + b * outStrideBytes;
                final IntVector even = IntVector.fromMemorySegment(INTS, out, at, LE);
                final IntVector odd = IntVector.fromMemorySegment(INTS, out, at + VECTOR_BYTES, LE);
                even.convertShape(ZERO_EXTEND_I2L, LONGS, 0).reinterpretAsLongs()
                        .or(odd.convertShape(ZERO_EXTEND_I2L, LONGS, 0).reinterpretAsLongs().lanewise(LSHL, UPPER))
                        .intoMemorySegment(out, at, LE);
                even.convertShape(ZERO_EXTEND_I2L, LONGS, 1).reinterpretAsLongs()
                        .or(odd.convertShape(ZERO_EXTEND_I2L, LONGS, 1).reinterpretAsLongs().lanewise(LSHL, UPPER))
                        .intoMemorySegment(out, at + VECTOR_BYTES, LE);
            }
        }
    }
}
