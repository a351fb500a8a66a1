package org.dlrm4j.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Rows of floats in guarded memory. What lies in front of and between them is filled with a value that no kernel may read or
 * overwrite: NaN, which would spread into results, for operands, {@link #SENTINEL} for results. Memory ends (or begins) at
 * an inaccessible page.
 */
final class GuardedRows {
    static final float SENTINEL = -12345.5f;
    private static final int FRONT_FLOATS = 3;

    private final int m;
    private final int n;
    private final int stride;
    private final int front;
    private final float gap;
    private final MemorySegment segment;

    private GuardedRows(GuardPages pages, float[] values, int m, int n, int stride, float gap) {
        this.m = m;
        this.n = n;
        this.stride = stride;
        this.gap = gap;
        front = pages.side() == GuardPages.Side.FRONT ? 0 : FRONT_FLOATS;
        segment = pages.allocate((long) Float.BYTES * (front + (m == 0 ? 0 : (m - 1) * stride + n)));
        for (long i = 0; i < segment.byteSize(); i += Float.BYTES) {
            segment.set(ValueLayout.JAVA_FLOAT_UNALIGNED, i, gap);
        }
        for (int i = 0; i < m; i++) {
            MemorySegment.copy(values, i * n, segment, ValueLayout.JAVA_FLOAT_UNALIGNED, offset() + i * strideBytes(),
                    n);
        }
    }

    /** Makes an operand: {@code m × n} values whose rows are {@code stride} floats apart. */
    static GuardedRows operand(GuardPages pages, float[] values, int m, int n, int stride) {
        return new GuardedRows(pages, values, m, n, stride, Float.NaN);
    }

    /** Makes a vector that is only read. */
    static GuardedRows operand(GuardPages pages, float[] values) {
        return operand(pages, values, 1, values.length, values.length);
    }

    /** Makes a result that starts from values. */
    static GuardedRows result(GuardPages pages, float[] values, int m, int n, int stride) {
        return new GuardedRows(pages, values, m, n, stride, SENTINEL);
    }

    /** Makes a vector that is overwritten. */
    static GuardedRows result(GuardPages pages, float[] values) {
        return result(pages, values, 1, values.length, values.length);
    }

    /** Makes random values in (-1, 1), to be read or to be added to, with {@code gap} floats between rows. */
    static GuardedRows random(GuardPages pages, SplittableRandom random, int m, int n, int gap) {
        return result(pages, Seeds.floats(random, m * n), m, n, n + gap);
    }

    /** Makes a result of nothing but sentinels. */
    static GuardedRows output(GuardPages pages, int m, int n, int gap) {
        final float[] sentinels = new float[m * n];
        Arrays.fill(sentinels, SENTINEL);
        return result(pages, sentinels, m, n, n + gap);
    }

    MemorySegment segment() {
        return segment;
    }

    long offset() {
        return (long) front * Float.BYTES;
    }

    long strideBytes() {
        return (long) stride * Float.BYTES;
    }

    /** Returns the values without gaps, having checked that the gaps are as they were. */
    float[] values(String what) {
        final float[] values = new float[m * n];
        final float[] all = GuardPages.toArray(segment);
        for (int i = 0; i < all.length; i++) {
            final int at = i - front;
            if (at >= 0 && at % stride < n) {
                values[at / stride * n + at % stride] = all[i];
            } else {
                assertEquals(gap, all[i], what + ": wrote outside of its rows, at float " + at);
            }
        }
        return values;
    }

    /** Returns the values row by row, having checked the gaps. */
    float[][] rows() {
        final float[] values = values("rows");
        final float[][] rows = new float[m][];
        for (int i = 0; i < m; i++) {
            rows[i] = Arrays.copyOfRange(values, i * n, (i + 1) * n);
        }
        return rows;
    }

    /** Asserts the bits of all values, and that the gaps are as they were. */
    void assertHolds(float[][] expected, String what) {
        final float[] values = values(what);
        for (int at = 0; at < values.length; at++) {
            final int row = at / n;
            final int column = at % n;
            assertEquals(expected[row][column], values[at], () -> what + "[" + row + "][" + column + "]");
        }
    }
}
