package org.dlrm4j.model;

/** Alignment of buffers: rows of activations start on cache lines. */
final class Layout {
    static final int LINE_BYTES = 64;

    private Layout() {}

    static long align(long bytes) {
        return (bytes + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
    }

    /**
     * Returns the stride of a row of floats. Never a multiple of 1 KiB: the weights' gradients read down columns, whose lines would
     * all fall into a few sets of the caches.
     */
    static long strideBytes(int floats) {
        final long bytes = align((long) floats * Float.BYTES);
        return bytes % 1024 == 0 ? bytes + LINE_BYTES : bytes;
    }
}
