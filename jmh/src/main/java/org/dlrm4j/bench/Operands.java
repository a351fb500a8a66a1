package org.dlrm4j.bench;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.dlrm4j.os.NativeMemory;

/**
 * Native operands with known contents: small integers, so that sums and products are exact in float32 and an answer can be
 * compared with {@code ==}, and no value is subnormal.
 */
final class Operands {
    private static final int LARGEST = 3;

    private Operands() {}

    /** Allocates {@code count} floats, each an integer in [-3, 3]. */
    static NativeMemory floats(long count, long seed) {
        final NativeMemory memory = NativeMemory.allocate(Math.max(1, count) * Float.BYTES);
        fill(memory.segment(), count, seed);
        return memory;
    }

    /** Overwrites the first {@code count} floats with integers in [-3, 3]. */
    static void fill(MemorySegment segment, long count, long seed) {
        final SplittableRandom random = new SplittableRandom(seed);
        for (long i = 0; i < count; i++) {
            segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextInt(-LARGEST, LARGEST + 1));
        }
    }

    /** Rounds a row of floats up to whole cache lines, as the engine lays out its activations. */
    static long strideBytes(int floats) {
        return ((long) floats * Float.BYTES + 63) & -64L;
    }

    static float get(NativeMemory memory, long byteOffset) {
        return memory.segment().get(ValueLayout.JAVA_FLOAT, byteOffset);
    }
}
