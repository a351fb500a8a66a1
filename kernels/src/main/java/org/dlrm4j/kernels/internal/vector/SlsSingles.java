package org.dlrm4j.kernels.internal.vector;

import static org.dlrm4j.kernels.internal.vector.RawMemory.ALL;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOATS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.INT;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LE;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LONG;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.VECTOR_BYTES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * Bags of exactly one row, as in click logs: without a loop over the bag three times as many rows are in flight. Zero is added, as
 * to any sum.
 */
final class SlsSingles {
    private SlsSingles() {}

    /** Whether every bag holds one row. */
    static boolean areAll(MemorySegment offsets, long offsetsOffset, int bags) {
        final int first = offsets.get(INT, offsetsOffset);
        int differences = offsets.get(INT, offsetsOffset + ((long) bags << 2)) - first - bags;
        for (int b = 1; b < bags && differences == 0; b++) {
            differences = offsets.get(INT, offsetsOffset + ((long) b << 2)) - first - b;
        }
        return differences == 0;
    }

    /** Columns of 4 vectors. */
    static void rows4v(MemorySegment table, long tableOffset, long rowStrideBytes, long rows, MemorySegment indices,
            long indicesOffset, int bags, MemorySegment out, long outOffset, long outStrideBytes) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        final long toBase = RawMemory.address(out, outOffset);
        final long toStride = RawMemory.stride(outStrideBytes);
        for (int b = 0; b < bags; b++) {
            final long row = base + RawMemory.row(indices.get(LONG, indicesOffset + ((long) b << 3)), last) * stride;
            final long to = toBase + b * toStride;
            FloatVector.fromMemorySegment(FLOATS, ALL, row, LE).add(0f).intoMemorySegment(ALL, to, LE);
            FloatVector.fromMemorySegment(FLOATS, ALL, row + VECTOR_BYTES, LE).add(0f).intoMemorySegment(ALL,
                    to + VECTOR_BYTES, LE);
            FloatVector.fromMemorySegment(FLOATS, ALL, row + 2 * VECTOR_BYTES, LE).add(0f).intoMemorySegment(ALL,
                    to + 2 * VECTOR_BYTES, LE);
            FloatVector.fromMemorySegment(FLOATS, ALL, row + 3 * VECTOR_BYTES, LE).add(0f).intoMemorySegment(ALL,
                    to + 3 * VECTOR_BYTES, LE);
        }
    }

    /** Columns of 2 vectors. */
    static void rows2v(MemorySegment table, long tableOffset, long rowStrideBytes, long rows, MemorySegment indices,
            long indicesOffset, int bags, MemorySegment out, long outOffset, long outStrideBytes) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        final long toBase = RawMemory.address(out, outOffset);
        final long toStride = RawMemory.stride(outStrideBytes);
        for (int b = 0; b < bags; b++) {
            final long row = base + RawMemory.row(indices.get(LONG, indicesOffset + ((long) b << 3)), last) * stride;
            final long to = toBase + b * toStride;
            FloatVector.fromMemorySegment(FLOATS, ALL, row, LE).add(0f).intoMemorySegment(ALL, to, LE);
            FloatVector.fromMemorySegment(FLOATS, ALL, row + VECTOR_BYTES, LE).add(0f).intoMemorySegment(ALL,
                    to + VECTOR_BYTES, LE);
        }
    }

    /** Columns of 1 vector. */
    static void rows1v(MemorySegment table, long tableOffset, long rowStrideBytes, long rows, MemorySegment indices,
            long indicesOffset, int bags, MemorySegment out, long outOffset, long outStrideBytes) {
        final long base = RawMemory.address(table, tableOffset);
        final long stride = RawMemory.stride(rowStrideBytes);
        final long last = RawMemory.lastRow(rows);
        final long toBase = RawMemory.address(out, outOffset);
        final long toStride = RawMemory.stride(outStrideBytes);
        for (int b = 0; b < bags; b++) {
            final long row = base + RawMemory.row(indices.get(LONG, indicesOffset + ((long) b << 3)), last) * stride;
            final long to = toBase + b * toStride;
            FloatVector.fromMemorySegment(FLOATS, ALL, row, LE).add(0f).intoMemorySegment(ALL, to, LE);
        }
    }
}
