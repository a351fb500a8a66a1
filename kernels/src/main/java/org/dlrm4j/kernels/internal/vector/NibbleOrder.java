package org.dlrm4j.kernels.internal.vector;

import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOATS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LANES;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LE;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.VECTOR_BYTES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;

/** Puts the elements of sums over nibbles in order: those of the even lanes before those of the odd ones. */
final class NibbleOrder {
    private static final VectorShuffle<Float> EVEN_FIRST = VectorShuffle.fromOp(FLOATS,
            lane -> 2 * lane % LANES + 2 * lane / LANES);

    private NibbleOrder() {}

    /** Orders {@code vectors} of each bag's output. */
    static void restore(MemorySegment out, long outOffset, long outStrideBytes, int bags, int vectors) {
        for (int v = 0; v < vectors; v++) {
            final long first = outOffset + (long) v * VECTOR_BYTES;
            for (int b = 0; b < bags; b++) {
                final long at = first + b * outStrideBytes;
                FloatVector.fromMemorySegment(FLOATS, out, at, LE).rearrange(EVEN_FIRST)
                        .intoMemorySegment(out, at, LE);
            }
        }
    }
}
