package org.dlrm4j.kernels;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.internal.BagChecks;
import org.dlrm4j.kernels.internal.Checks;
import org.dlrm4j.kernels.internal.Kernels;
import org.dlrm4j.kernels.internal.SlsKernel;

/**
 * Sums rows of an embedding table per bag (sparse-length-sum, embedding bag):
 *
 * <pre>{@code
 * for b in [0, bags):
 *     out[b] = 0
 *     for p in [offsets[b], offsets[b+1]):
 *         out[b] += weights[p] · table[indices[p]]
 *     if MEAN and the bag is not empty: out[b] *= 1 / (offsets[b+1] - offsets[b])
 * }</pre>
 *
 * <p>Rows are added one after the other in the order of the bag, with a fused multiply-add when there are weights. A result
 * therefore has the same bits whatever the vector width, the kernel implementation and the number of threads that share the
 * bags.
 *
 * <p>Stateless, does not allocate; safe for concurrent use on separate outputs. The table must stay open during a call: its
 * bounds are checked once, and rows are then read by address.
 */
public final class SparseLengthsSum {
    private static final SlsKernel KERNEL = Kernels.provider().sls();

    private SparseLengthsSum() {}

    /**
     * Computes one pooled vector a bag. A thread computes bags {@code [from, to)} of a batch by passing
     * {@code offsetsOffset + 4·from}, {@code to - from} and the output of bag {@code from}; {@code offsets[0]} may be
     * greater than 0.
     *
     * @param name the table's name, for messages
     * @param table {@code rows × dim} float32
     * @param tableOffset byte of row 0 in {@code table}
     * @param rowStrideBytes bytes from one row to the next, at least {@code 4·dim}
     * @param rows number of rows
     * @param dim floats in a row, 1 or more
     * @param indices {@code indexCount} int64 row numbers
     * @param indicesOffset byte of index 0 in {@code indices}
     * @param indexCount number of indices, and of weights if there are any
     * @param offsets {@code bags + 1} int32: the position of each bag's first index, and the end of the last bag
     * @param offsetsOffset byte of {@code offsets[0]}
     * @param bags number of bags
     * @param pooling sum or mean
     * @param weights one float32 an index, or {@code null} for none
     * @param weightsOffset byte of weight 0
     * @param out {@code bags × dim} float32, overwritten; must not overlap {@code table}
     * @param outOffset byte of bag 0's vector
     * @param outStrideBytes bytes from one vector to the next, at least {@code 4·dim}
     * @throws IllegalArgumentException if a segment is on the heap, read-only where written, or too short, if a stride is
     *     too small, or if the offsets decrease or pass {@code indexCount}
     * @throws IndexOutOfBoundsException if an index is not in {@code [0, rows)}; names table, bag, position and value
     */
    public static void forward(String name, MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            int dim, MemorySegment indices, long indicesOffset, long indexCount, MemorySegment offsets,
            long offsetsOffset, int bags, Pooling pooling, MemorySegment weights, long weightsOffset,
            MemorySegment out, long outOffset, long outStrideBytes) {
        Checks.positive("dim", dim);
        BagChecks.check(name, rows, indices, indicesOffset, indexCount, offsets, offsetsOffset, bags, weights,
                weightsOffset);
        final long tableBytes = Checks.spanBytes("table", rows, (long) dim << 2, rowStrideBytes);
        final long outBytes = Checks.spanBytes("out", bags, (long) dim << 2, outStrideBytes);
        Checks.readable("table", table, tableOffset, tableBytes);
        Checks.writable("out", out, outOffset, outBytes);
        Checks.disjoint("out", out, outOffset, outBytes, "table", table, tableOffset, tableBytes);
        KERNEL.forward(table, tableOffset, rowStrideBytes, rows, dim, indices, indicesOffset, offsets, offsetsOffset,
                bags,
                pooling, weights, weightsOffset, out, outOffset, outStrideBytes);
    }
}
