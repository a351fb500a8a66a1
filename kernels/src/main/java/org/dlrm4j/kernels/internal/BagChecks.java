package org.dlrm4j.kernels.internal;

import static org.dlrm4j.kernels.internal.Layouts.INT;
import static org.dlrm4j.kernels.internal.Layouts.LONG;

import java.lang.foreign.MemorySegment;

/** Checks of bags of indices: what sparse-length-sum and its update have in common. */
public final class BagChecks {
    private BagChecks() {}

    /**
     * Checks buffers, offsets and every index of the bags; {@code weights} may be null.
     *
     * @throws IllegalArgumentException if a buffer is too short or the offsets do not increase within the indices
     * @throws IndexOutOfBoundsException if an index is not in {@code [0, rows)}
     */
    public static void check(String table, long rows, MemorySegment indices, long indicesOffset, long indexCount,
            MemorySegment offsets, long offsetsOffset, int bags, MemorySegment weights, long weightsOffset) {
        Checks.nonNegative("bags", bags);
        Checks.nonNegative("rows", rows);
        Checks.inRange("indexCount", indexCount, 0, Integer.MAX_VALUE);
        Checks.readable("indices", indices, indicesOffset, indexCount << 3);
        Checks.readable("offsets", offsets, offsetsOffset, ((long) bags + 1) << 2);
        if (weights != null) {
            Checks.readable("weights", weights, weightsOffset, indexCount << 2);
        }
        final int first = offsets.get(INT, offsetsOffset);
        int previous = first;
        // Sign bits collect in one word: a branch per bag would cost as much as a one-row bag's copy.
        int signs = first;
        for (int b = 1; b <= bags; b++) {
            final int next = offsets.get(INT, offsetsOffset + ((long) b << 2));
            signs |= next | (next - previous);
            previous = next;
        }
        if (signs < 0 || previous > indexCount) {
            throw badOffsets(table, indexCount, offsets, offsetsOffset, bags);
        }
        final long bad = Kernels.provider().sls().firstInvalidIndex(indices, indicesOffset + ((long) first << 3),
                previous - first, rows);
        if (bad >= 0) {
            throw badIndex(table, rows, indices, indicesOffset, offsets, offsetsOffset, bags, first + bad);
        }
    }

    private static IllegalArgumentException badOffsets(String table, long indexCount, MemorySegment offsets,
            long offsetsOffset, int bags) {
        int previous = 0;
        int b = 0;
        int value = 0;
        for (; b <= bags; b++) {
            value = offsets.get(INT, offsetsOffset + ((long) b << 2));
            if (value < previous || value > indexCount) {
                break;
            }
            previous = value;
        }
        return new IllegalArgumentException("table " + table + ": offsets[" + b + "] of " + (bags + 1) + " is " + value
                + ", expected " + previous + " to " + indexCount
                + " (offsets never decrease and end within the indices)");
    }

    private static IndexOutOfBoundsException badIndex(String table, long rows, MemorySegment indices,
            long indicesOffset, MemorySegment offsets, long offsetsOffset, int bags, long position) {
        int bag = 0;
        while (bag < bags - 1 && offsets.get(INT, offsetsOffset + ((long) (bag + 1) << 2)) <= position) {
            bag++;
        }
        return new IndexOutOfBoundsException("table " + table + ", bag " + bag + ", position " + position + ": index "
                + indices.get(LONG, indicesOffset + (position << 3)) + ", expected 0 to " + (rows - 1) + " (" + rows
                + " rows); hash the feature into the table's rows or enlarge the table");
    }
}
