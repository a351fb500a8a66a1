package org.dlrm4j.kernels;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.internal.BagChecks;
import org.dlrm4j.kernels.internal.Checks;
import org.dlrm4j.kernels.internal.CompactSlsKernel;
import org.dlrm4j.kernels.internal.Kernels;
import org.dlrm4j.kernels.internal.PoolingGradient;
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
 * <p>Rows are added one after the other in the order of the bag, with a fused multiply-add when there are weights. A row with scale
 * and bias adds as in FBGEMM: {@code out[b][j] = fma(u[j], w·scale, out[b][j] + w·bias)}, the products rounded first. A result
 * therefore has the same bits whatever the vector width, the kernel implementation and the number of threads that share the
 * bags.
 *
 * <p>Stateless, does not allocate; safe for concurrent use on separate outputs. Table and output must stay open during a call:
 * their bounds are checked once, and rows are then reached by address.
 */
public final class SparseLengthsSum {
    private static final SlsKernel KERNEL = Kernels.provider().sls();
    private static final CompactSlsKernel COMPACT = Kernels.provider().compactSls();

    private SparseLengthsSum() {}

    /**
     * Computes one pooled vector a bag from a table of float32. A thread computes bags {@code [from, to)} of a batch by passing
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
     * @throws IllegalArgumentException if a segment is on the heap, read-only where written, or too short, if a
     *     stride is too small, or if the offsets decrease or pass {@code indexCount}
     * @throws IndexOutOfBoundsException if an index is not in {@code [0, rows)}; names table, bag, position and value
     */
    public static void forward(String name, MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            int dim, MemorySegment indices, long indicesOffset, long indexCount, MemorySegment offsets,
            long offsetsOffset, int bags, Pooling pooling, MemorySegment weights, long weightsOffset,
            MemorySegment out, long outOffset, long outStrideBytes) {
        forward(name, RowFormat.F32, table, tableOffset, rowStrideBytes, rows, dim, indices, indicesOffset, indexCount,
                offsets, offsetsOffset, bags, pooling, weights, weightsOffset, out, outOffset, outStrideBytes);
    }

    /**
     * Computes one pooled vector a bag. A thread computes bags {@code [from, to)} of a batch by passing
     * {@code offsetsOffset + 4·from}, {@code to - from} and the output of bag {@code from}; {@code offsets[0]} may be
     * greater than 0.
     *
     * @param name the table's name, for messages
     * @param format how rows are stored
     * @param table {@code rows} rows in that format
     * @param tableOffset byte of row 0 in {@code table}
     * @param rowStrideBytes bytes from one row to the next, at least {@link RowFormat#rowBytes}
     * @param rows number of rows
     * @param dim elements in a row, 1 or more; even for {@link RowFormat#I4}
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
    public static void forward(String name, RowFormat format, MemorySegment table, long tableOffset,
            long rowStrideBytes, long rows, int dim, MemorySegment indices, long indicesOffset, long indexCount,
            MemorySegment offsets, long offsetsOffset, int bags, Pooling pooling, MemorySegment weights,
            long weightsOffset, MemorySegment out, long outOffset, long outStrideBytes) {
        Checks.positive("dim", dim);
        BagChecks.check(name, rows, indices, indicesOffset, indexCount, offsets, offsetsOffset, bags, weights,
                weightsOffset);
        final long tableBytes = Checks.spanBytes("table", rows, format.rowBytes(dim), rowStrideBytes);
        final long outBytes = Checks.spanBytes("out", bags, (long) dim << 2, outStrideBytes);
        Checks.readable("table", table, tableOffset, tableBytes);
        Checks.writable("out", out, outOffset, outBytes);
        Checks.disjoint("out", out, outOffset, outBytes, "table", table, tableOffset, tableBytes);
        if (format == RowFormat.F32) {
            KERNEL.forward(table, tableOffset, rowStrideBytes, rows, dim, indices, indicesOffset, offsets,
                    offsetsOffset, bags, pooling, weights, weightsOffset, out, outOffset, outStrideBytes);
        } else {
            COMPACT.forward(format, table, tableOffset, rowStrideBytes, rows, dim, indices, indicesOffset, offsets,
                    offsetsOffset, bags, pooling == Pooling.MEAN, weights, weightsOffset, out, outOffset,
                    outStrideBytes);
        }
    }

    /**
     * Computes the gradients of the weights: for each position {@code p} of bag {@code b}
     * {@code dWeights[p] = dOut[b]·table[indices[p]] · (MEAN: 1 / (offsets[b+1] - offsets[b]))}. Other positions are
     * not touched, so that threads may share the bags as in the forward pass. The caller sums the gradients of a
     * weight that stands at several positions. A product has 16 interleaved partial sums over the whole groups of 16
     * columns, added as a tree, then the remaining columns one by one.
     *
     * @param name the table's name, for messages
     * @param table {@code rows × dim} float32
     * @param tableOffset byte of row 0 in {@code table}
     * @param rowStrideBytes bytes from one row to the next, at least {@code 4·dim}
     * @param rows number of rows
     * @param dim floats in a row, 1 or more
     * @param indices {@code indexCount} int64 row numbers
     * @param indicesOffset byte of index 0 in {@code indices}
     * @param indexCount number of indices and of gradients
     * @param offsets {@code bags + 1} int32: the position of each bag's first index, and the end of the last bag
     * @param offsetsOffset byte of {@code offsets[0]}
     * @param bags number of bags
     * @param pooling how the forward pass pooled
     * @param dOut {@code bags × dim} float32: gradient of each pooled vector
     * @param dOutOffset byte of bag 0's gradient
     * @param dOutStrideBytes bytes from one gradient to the next, at least {@code 4·dim}
     * @param dWeights one float32 an index, overwritten at the positions of the bags; must overlap nothing else
     * @param dWeightsOffset byte of gradient 0
     * @throws IllegalArgumentException if a segment is on the heap, read-only where written, too short or overlapping
     *     an output, if a stride is too small, or if the offsets decrease or pass {@code indexCount}
     * @throws IndexOutOfBoundsException if an index is not in {@code [0, rows)}; names table, bag, position and value
     */
    public static void weightGradient(String name, MemorySegment table, long tableOffset, long rowStrideBytes,
            long rows, int dim, MemorySegment indices, long indicesOffset, long indexCount, MemorySegment offsets,
            long offsetsOffset, int bags, Pooling pooling, MemorySegment dOut, long dOutOffset, long dOutStrideBytes,
            MemorySegment dWeights, long dWeightsOffset) {
        Checks.positive("dim", dim);
        BagChecks.check(name, rows, indices, indicesOffset, indexCount, offsets, offsetsOffset, bags, null, 0);
        final long tableBytes = Checks.spanBytes("table", rows, (long) dim << 2, rowStrideBytes);
        final long dOutBytes = Checks.spanBytes("dOut", bags, (long) dim << 2, dOutStrideBytes);
        final long dWeightsBytes = indexCount << 2;
        Checks.readable("table", table, tableOffset, tableBytes);
        Checks.readable("dOut", dOut, dOutOffset, dOutBytes);
        Checks.writable("dWeights", dWeights, dWeightsOffset, dWeightsBytes);
        Checks.disjoint("dWeights", dWeights, dWeightsOffset, dWeightsBytes, "table", table, tableOffset, tableBytes);
        Checks.disjoint("dWeights", dWeights, dWeightsOffset, dWeightsBytes, "dOut", dOut, dOutOffset, dOutBytes);
        Checks.disjoint("dWeights", dWeights, dWeightsOffset, dWeightsBytes, "indices", indices, indicesOffset,
                indexCount << 3);
        Checks.disjoint("dWeights", dWeights, dWeightsOffset, dWeightsBytes, "offsets", offsets, offsetsOffset,
                ((long) bags + 1) << 2);
        PoolingGradient.run(table, tableOffset, rowStrideBytes, dim, indices, indicesOffset, offsets, offsetsOffset,
                bags, pooling, dOut, dOutOffset, dOutStrideBytes, dWeights, dWeightsOffset);
    }
}
