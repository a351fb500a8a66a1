package org.dlrm4j.model;

/** Alignment of buffers: rows of activations start on cache lines. */
final class Layout {
    static final int LINE_BYTES = 64;

    private Layout() {}

    static long align(long bytes) {
        return (bytes + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
    }

    /** Returns the stride of a row of floats. */
    static long strideBytes(int floats) {
        return align((long) floats * Float.BYTES);
    }
}
