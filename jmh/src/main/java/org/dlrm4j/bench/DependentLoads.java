package org.dlrm4j.bench;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.dlrm4j.os.NativeMemory;

/**
 * Loads of which each gives the next one's address: the latency of a memory, which nothing hides. The addresses are one cycle
 * through all cache lines in random order (Sattolo's shuffle), so that no prefetcher can follow.
 */
final class DependentLoads implements AutoCloseable {
    static final int STEPS = 1 << 14;
    private static final int LINE_BYTES = 64;

    private final NativeMemory memory;
    private long next;

    DependentLoads(long bytes) {
        memory = NativeMemory.allocate(bytes);
        final int lines = Math.toIntExact(bytes / LINE_BYTES);
        final MemorySegment segment = memory.segment();
        for (int i = 0; i < lines; i++) {
            segment.set(ValueLayout.JAVA_LONG, (long) i * LINE_BYTES, (long) i * LINE_BYTES);
        }
        final SplittableRandom random = new SplittableRandom(5);
        for (int i = lines - 1; i > 0; i--) {
            final long at = (long) i * LINE_BYTES;
            final long other = (long) random.nextInt(i) * LINE_BYTES;
            final long value = segment.get(ValueLayout.JAVA_LONG, at);
            segment.set(ValueLayout.JAVA_LONG, at, segment.get(ValueLayout.JAVA_LONG, other));
            segment.set(ValueLayout.JAVA_LONG, other, value);
        }
    }

    /** Goes on along the cycle and returns where it is. */
    double run() {
        final MemorySegment segment = memory.segment();
        long at = next;
        for (int i = 0; i < STEPS; i++) {
            at = segment.get(ValueLayout.JAVA_LONG, at);
        }
        next = at;
        return at;
    }

    @Override
    public void close() {
        memory.close();
    }
}
