package org.dlrm4j.os;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Counts how often this process had to wait for a device to supply a page. Used by one thread at a time. */
public final class PageFaults implements AutoCloseable {
    private static final long RUSAGE_BYTES = 144;
    private static final long MAJOR_FAULTS_OFFSET = 72;

    private final NativeMemory usage = NativeMemory.allocate(RUSAGE_BYTES);

    /** Makes a counter; the kernel counts from the start of the process. */
    public PageFaults() {}

    /**
     * Returns the number of major faults, of all threads. Does not allocate.
     *
     * @return faults since the process began
     */
    public long major() {
        final MemorySegment segment = usage.segment();
        Libc.usageOfProcess(segment);
        return segment.get(ValueLayout.JAVA_LONG, MAJOR_FAULTS_OFFSET);
    }

    /** Releases the memory of the answer. */
    @Override
    public void close() {
        usage.close();
    }
}
