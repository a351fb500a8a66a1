package org.dlrm4j.kernels;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.internal.AdamRates;
import org.dlrm4j.kernels.internal.Checks;
import org.dlrm4j.kernels.internal.Kernels;
import org.dlrm4j.kernels.internal.OptimizerKernel;
import org.dlrm4j.kernels.internal.RowCoalescer;

/**
 * Lazy updates of tables by optimizers whose state would change without a gradient too: moments fade and weights
 * decay only in the rows that a batch touches, so that a step costs the batch, not the table. As in
 * {@link SparseUpdate}, the contributions of each distinct row are first summed, in the order of their positions, to
 * its gradient {@code g}; threads share one update by <em>part</em>, the rows with {@code row % parts == part}; and
 * the result has the same bits for any number of parts, vector width and kernel implementation. Rows in
 * {@link RowFormat#BF16} are widened, updated as float32, and rounded at random once; state is float32.
 *
 * <p>Scratch memory is that of {@link SparseUpdate#scratchBytes}. Does not allocate and keeps no state. Until the
 * arguments are checked nothing is written.
 */
public final class LazySparseUpdate {
    private static final OptimizerKernel OPTIMIZER = Kernels.provider().optimizer();

    private LazySparseUpdate() {}

    /**
     * Gradient descent with momentum, {@link DenseOptimizer#momentum} of each distinct row:
     * {@code g' = g + weightDecay·row; buffer = momentum·buffer + g';
     * row -= learningRate · (nesterov ? g' + momentum·buffer : buffer)}.
     *
     * @param name the table's name, for messages
     * @param format how rows are stored: {@link RowFormat#F32} or {@link RowFormat#BF16}
     * @param table {@code rows} rows in that format, updated in place
     * @param tableOffset byte of row 0 in {@code table}
     * @param rowStrideBytes bytes from one row to the next, at least {@link RowFormat#rowBytes}
     * @param rows number of rows
     * @param dim elements in a row, 1 or more
     * @param roundingKey chooses the random bits by which BF16 rows are rounded: another one for each step, see
     *     {@link RowConversion#roundingKey}; of no effect on F32
     * @param buffer {@code rows × dim} float32: state, updated in place; must not overlap {@code table}
     * @param bufferOffset byte of row 0's values
     * @param bufferStrideBytes bytes from one row's values to the next, at least {@code 4·dim}
     * @param indices {@code indexCount} int64 row numbers
     * @param indicesOffset byte of index 0 in {@code indices}
     * @param indexCount number of indices, and of weights if there are any
     * @param offsets {@code bags + 1} int32: the position of each bag's first index, and the end of the last bag
     * @param offsetsOffset byte of {@code offsets[0]}
     * @param bags number of bags
     * @param pooling how the forward pass pooled
     * @param weights one float32 an index, or {@code null} for none
     * @param weightsOffset byte of weight 0
     * @param grad {@code bags × dim} float32: gradient of each pooled vector; must not overlap {@code table}
     * @param gradOffset byte of bag 0's gradient
     * @param gradStrideBytes bytes from one gradient to the next, at least {@code 4·dim}
     * @param learningRate the step
     * @param momentum share of the buffer that stays, 0 or more
     * @param nesterov whether to look ahead along the buffer
     * @param weightDecay share of the row that is added to its gradient (L2), 0 or more
     * @param part which rows to update: those with {@code row % parts == part}
     * @param parts number of parts, 1 or more
     * @param scratch {@link SparseUpdate#scratchBytes} bytes that no other call uses meanwhile; contents do not matter
     * @param scratchOffset first byte of the scratch memory
     * @throws IllegalArgumentException if a segment is on the heap, read-only where written, or too short, if a
     *     stride is too small, if the offsets decrease or pass {@code indexCount}, if {@code part} is not in {@code [0, parts)}, or if
     *     a number is out of its range
     * @throws IndexOutOfBoundsException if an index is not in {@code [0, rows)}; names table, bag, position and value
     */
    public static void momentum(String name, RowFormat format, MemorySegment table, long tableOffset,
            long rowStrideBytes, long rows, int dim, long roundingKey, MemorySegment buffer, long bufferOffset,
            long bufferStrideBytes, MemorySegment indices, long indicesOffset, long indexCount, MemorySegment offsets,
            long offsetsOffset, int bags, Pooling pooling, MemorySegment weights, long weightsOffset,
            MemorySegment grad,
            long gradOffset, long gradStrideBytes, float learningRate, float momentum, boolean nesterov,
            float weightDecay, int part, int parts, MemorySegment scratch, long scratchOffset) {
        Checks.nonNegative("momentum", momentum);
        Checks.nonNegative("weightDecay", weightDecay);
        SparseUpdate.checkState("buffer", buffer, bufferOffset, dim, bufferStrideBytes, format, table, tableOffset,
                rowStrideBytes, rows, dim);
        final int distinct = SparseUpdate.coalesce(name, format, table, tableOffset, rowStrideBytes, rows, dim, indices,
                indicesOffset, indexCount, offsets, offsetsOffset, bags, pooling, weights, weightsOffset, grad,
                gradOffset, gradStrideBytes, part, parts, scratch, scratchOffset);
        final int positions = RowCoalescer.occurrences(offsets, offsetsOffset, bags);
        final MemorySegment memory = UpdatedRow.memory(format, table, scratch);
        for (int entry = 0; entry < distinct; entry++) {
            SparseUpdate.touch(entry, distinct, table, tableOffset, rowStrideBytes, rows, format.rowBytes(dim), dim,
                    scratch,
                    scratchOffset);
            SparseUpdate.touch(entry, distinct, buffer, bufferOffset, bufferStrideBytes, rows, dim << 2, dim, scratch,
                    scratchOffset);
            final long row = SparseUpdate.sumRow(entry, positions, dim, grad, scratch, scratchOffset);
            final long at = tableOffset + row * rowStrideBytes;
            final long updated = UpdatedRow.begin(format, table, at, dim, scratch, scratchOffset);
            OPTIMIZER.momentum(memory, updated, scratch, scratchOffset, buffer,
                    bufferOffset + row * bufferStrideBytes, dim, learningRate, momentum, nesterov, weightDecay);
            UpdatedRow.end(format, table, at, dim, scratch, scratchOffset, roundingKey, row);
        }
    }

    /**
     * Adam as {@code torch.optim.SparseAdam}: the bias correction counts all steps, whether they touched the row or
     * not, and epsilon is added to the root of the uncorrected second moment. For each distinct row:
     *
     * <pre>{@code
     * L2:        g' = g + weightDecay·row
     * DECOUPLED: g' = g; row *= 1 - learningRate·weightDecay
     * mean = beta1·mean + (1 - beta1)·g'
     * square = beta2·square + (1 - beta2)·g'²
     * row -= learningRate · sqrt(1 - beta2^step) / (1 - beta1^step) · mean / (sqrt(square) + epsilon)
     * }</pre>
     *
     * <p>(Kingma, Ba, ICLR 2015, the reordered form at the end of section 2. {@code SparseAdam} itself has no decay.)
     *
     * @param name the table's name, for messages
     * @param format how rows are stored: {@link RowFormat#F32} or {@link RowFormat#BF16}
     * @param table {@code rows} rows in that format, updated in place
     * @param tableOffset byte of row 0 in {@code table}
     * @param rowStrideBytes bytes from one row to the next, at least {@link RowFormat#rowBytes}
     * @param rows number of rows
     * @param dim elements in a row, 1 or more
     * @param roundingKey chooses the random bits by which BF16 rows are rounded: another one for each step, see
     *     {@link RowConversion#roundingKey}; of no effect on F32
     * @param mean {@code rows × dim} float32: first moments, updated in place; must not overlap {@code table}
     * @param meanOffset byte of row 0's values
     * @param meanStrideBytes bytes from one row's values to the next, at least {@code 4·dim}
     * @param square {@code rows × dim} float32: second moments, updated in place; must not overlap {@code table} or
     *     {@code mean}
     * @param squareOffset byte of row 0's values
     * @param squareStrideBytes bytes from one row's values to the next, at least {@code 4·dim}
     * @param indices {@code indexCount} int64 row numbers
     * @param indicesOffset byte of index 0 in {@code indices}
     * @param indexCount number of indices, and of weights if there are any
     * @param offsets {@code bags + 1} int32: the position of each bag's first index, and the end of the last bag
     * @param offsetsOffset byte of {@code offsets[0]}
     * @param bags number of bags
     * @param pooling how the forward pass pooled
     * @param weights one float32 an index, or {@code null} for none
     * @param weightsOffset byte of weight 0
     * @param grad {@code bags × dim} float32: gradient of each pooled vector; must not overlap {@code table}
     * @param gradOffset byte of bag 0's gradient
     * @param gradStrideBytes bytes from one gradient to the next, at least {@code 4·dim}
     * @param learningRate the step
     * @param beta1 share of the first moments that stays, in [0, 1)
     * @param beta2 share of the second moments that stays, in [0, 1)
     * @param epsilon added after the root
     * @param weightDecay the decay, 0 or more
     * @param kind where the decay enters
     * @param step number of this update of the table, counted from 1
     * @param part which rows to update: those with {@code row % parts == part}
     * @param parts number of parts, 1 or more
     * @param scratch {@link SparseUpdate#scratchBytes} bytes that no other call uses meanwhile; contents do not matter
     * @param scratchOffset first byte of the scratch memory
     * @throws IllegalArgumentException if a segment is on the heap, read-only where written, or too short, if a
     *     stride is too small, if the offsets decrease or pass {@code indexCount}, if {@code part} is not in {@code [0, parts)}, or if
     *     a number is out of its range
     * @throws IndexOutOfBoundsException if an index is not in {@code [0, rows)}; names table, bag, position and value
     */
    public static void adam(String name, RowFormat format, MemorySegment table, long tableOffset, long rowStrideBytes,
            long rows, int dim, long roundingKey, MemorySegment mean, long meanOffset, long meanStrideBytes,
            MemorySegment square, long squareOffset, long squareStrideBytes, MemorySegment indices, long indicesOffset,
            long indexCount, MemorySegment offsets, long offsetsOffset, int bags, Pooling pooling,
            MemorySegment weights, long weightsOffset, MemorySegment grad, long gradOffset, long gradStrideBytes,
            float learningRate,
            double beta1, double beta2, float epsilon, float weightDecay, WeightDecay kind, long step, int part,
            int parts, MemorySegment scratch, long scratchOffset) {
        Checks.nonNegative("weightDecay", weightDecay);
        final float rate1 = AdamRates.rate("beta1", beta1);
        final float rate2 = AdamRates.rate("beta2", beta2);
        final float stepSize = (float) (learningRate * Math.sqrt(AdamRates.correction(beta2, step))
                / AdamRates.correction(beta1, step));
        final float l2 = AdamRates.l2(kind, weightDecay);
        final float shrink = AdamRates.shrink(kind, learningRate, weightDecay);
        SparseUpdate.checkState("mean", mean, meanOffset, dim, meanStrideBytes, format, table, tableOffset,
                rowStrideBytes,
                rows, dim);
        SparseUpdate.checkState("square", square, squareOffset, dim, squareStrideBytes, format, table, tableOffset,
                rowStrideBytes, rows, dim);
        checkApart("square", square, squareOffset, squareStrideBytes, "mean", mean, meanOffset, meanStrideBytes, rows,
                dim);
        final int distinct = SparseUpdate.coalesce(name, format, table, tableOffset, rowStrideBytes, rows, dim, indices,
                indicesOffset, indexCount, offsets, offsetsOffset, bags, pooling, weights, weightsOffset, grad,
                gradOffset, gradStrideBytes, part, parts, scratch, scratchOffset);
        final int positions = RowCoalescer.occurrences(offsets, offsetsOffset, bags);
        final MemorySegment memory = UpdatedRow.memory(format, table, scratch);
        for (int entry = 0; entry < distinct; entry++) {
            SparseUpdate.touch(entry, distinct, table, tableOffset, rowStrideBytes, rows, format.rowBytes(dim), dim,
                    scratch,
                    scratchOffset);
            SparseUpdate.touch(entry, distinct, mean, meanOffset, meanStrideBytes, rows, dim << 2, dim, scratch,
                    scratchOffset);
            SparseUpdate.touch(entry, distinct, square, squareOffset, squareStrideBytes, rows, dim << 2, dim, scratch,
                    scratchOffset);
            final long row = SparseUpdate.sumRow(entry, positions, dim, grad, scratch, scratchOffset);
            final long at = tableOffset + row * rowStrideBytes;
            final long updated = UpdatedRow.begin(format, table, at, dim, scratch, scratchOffset);
            OPTIMIZER.adam(memory, updated, scratch, scratchOffset, mean,
                    meanOffset + row * meanStrideBytes, square, squareOffset + row * squareStrideBytes, dim, rate1,
                    rate2, stepSize, 1, epsilon, l2, shrink);
            UpdatedRow.end(format, table, at, dim, scratch, scratchOffset, roundingKey, row);
        }
    }

    /**
     * FTRL-Proximal, {@link DenseOptimizer#ftrl} of each distinct row:
     * {@code n' = n + g²; z += g - (sqrt(n') - sqrt(n)) / learningRate · row;
     * row = |z| <= l1 ? 0 : (sign(z)·l1 - z) / ((beta + sqrt(n')) / learningRate + 2·l2)}. The usual choice for the
     * wide part of a Wide &amp; Deep model, where {@code dim} is 1.
     *
     * @param name the table's name, for messages
     * @param format how rows are stored: {@link RowFormat#F32} or {@link RowFormat#BF16}
     * @param table {@code rows} rows in that format, updated in place
     * @param tableOffset byte of row 0 in {@code table}
     * @param rowStrideBytes bytes from one row to the next, at least {@link RowFormat#rowBytes}
     * @param rows number of rows
     * @param dim elements in a row, 1 or more
     * @param roundingKey chooses the random bits by which BF16 rows are rounded: another one for each step, see
     *     {@link RowConversion#roundingKey}; of no effect on F32
     * @param n {@code rows × dim} float32: sums of squares, updated in place; must not overlap {@code table}
     * @param nOffset byte of row 0's values
     * @param nStrideBytes bytes from one row's values to the next, at least {@code 4·dim}
     * @param z {@code rows × dim} float32: linear terms, updated in place; must not overlap {@code table} or {@code n}
     * @param zOffset byte of row 0's values
     * @param zStrideBytes bytes from one row's values to the next, at least {@code 4·dim}
     * @param indices {@code indexCount} int64 row numbers
     * @param indicesOffset byte of index 0 in {@code indices}
     * @param indexCount number of indices, and of weights if there are any
     * @param offsets {@code bags + 1} int32: the position of each bag's first index, and the end of the last bag
     * @param offsetsOffset byte of {@code offsets[0]}
     * @param bags number of bags
     * @param pooling how the forward pass pooled
     * @param weights one float32 an index, or {@code null} for none
     * @param weightsOffset byte of weight 0
     * @param grad {@code bags × dim} float32: gradient of each pooled vector; must not overlap {@code table}
     * @param gradOffset byte of bag 0's gradient
     * @param gradStrideBytes bytes from one gradient to the next, at least {@code 4·dim}
     * @param learningRate the paper's alpha, above 0
     * @param beta added to the root, 0 or more
     * @param l1 weight of the absolute values, 0 or more: larger makes more parameters exactly 0
     * @param l2 weight of the squares, 0 or more; counts twice as in TensorFlow
     * @param part which rows to update: those with {@code row % parts == part}
     * @param parts number of parts, 1 or more
     * @param scratch {@link SparseUpdate#scratchBytes} bytes that no other call uses meanwhile; contents do not matter
     * @param scratchOffset first byte of the scratch memory
     * @throws IllegalArgumentException if a segment is on the heap, read-only where written, or too short, if a
     *     stride is too small, if the offsets decrease or pass {@code indexCount}, if {@code part} is not in {@code [0, parts)}, or if
     *     a number is out of its range
     * @throws IndexOutOfBoundsException if an index is not in {@code [0, rows)}; names table, bag, position and value
     */
    public static void ftrl(String name, RowFormat format, MemorySegment table, long tableOffset, long rowStrideBytes,
            long rows, int dim, long roundingKey, MemorySegment n, long nOffset, long nStrideBytes, MemorySegment z,
            long zOffset, long zStrideBytes, MemorySegment indices, long indicesOffset, long indexCount,
            MemorySegment offsets, long offsetsOffset, int bags, Pooling pooling, MemorySegment weights,
            long weightsOffset,
            MemorySegment grad, long gradOffset, long gradStrideBytes, float learningRate, float beta, float l1,
            float l2, int part, int parts, MemorySegment scratch, long scratchOffset) {
        Checks.positive("learningRate", learningRate);
        Checks.nonNegative("beta", beta);
        Checks.nonNegative("l1", l1);
        Checks.nonNegative("l2", l2);
        SparseUpdate.checkState("n", n, nOffset, dim, nStrideBytes, format, table, tableOffset, rowStrideBytes, rows,
                dim);
        SparseUpdate.checkState("z", z, zOffset, dim, zStrideBytes, format, table, tableOffset, rowStrideBytes, rows,
                dim);
        checkApart("z", z, zOffset, zStrideBytes, "n", n, nOffset, nStrideBytes, rows, dim);
        final int distinct = SparseUpdate.coalesce(name, format, table, tableOffset, rowStrideBytes, rows, dim, indices,
                indicesOffset, indexCount, offsets, offsetsOffset, bags, pooling, weights, weightsOffset, grad,
                gradOffset, gradStrideBytes, part, parts, scratch, scratchOffset);
        final int positions = RowCoalescer.occurrences(offsets, offsetsOffset, bags);
        final MemorySegment memory = UpdatedRow.memory(format, table, scratch);
        for (int entry = 0; entry < distinct; entry++) {
            SparseUpdate.touch(entry, distinct, table, tableOffset, rowStrideBytes, rows, format.rowBytes(dim), dim,
                    scratch,
                    scratchOffset);
            SparseUpdate.touch(entry, distinct, n, nOffset, nStrideBytes, rows, dim << 2, dim, scratch, scratchOffset);
            SparseUpdate.touch(entry, distinct, z, zOffset, zStrideBytes, rows, dim << 2, dim, scratch, scratchOffset);
            final long row = SparseUpdate.sumRow(entry, positions, dim, grad, scratch, scratchOffset);
            final long at = tableOffset + row * rowStrideBytes;
            final long updated = UpdatedRow.begin(format, table, at, dim, scratch, scratchOffset);
            OPTIMIZER.ftrl(memory, updated, scratch, scratchOffset, n,
                    nOffset + row * nStrideBytes, z, zOffset + row * zStrideBytes, dim, 1 / learningRate, l1,
                    beta / learningRate + 2 * l2);
            UpdatedRow.end(format, table, at, dim, scratch, scratchOffset, roundingKey, row);
        }
    }

    private static void checkApart(String nameA, MemorySegment a, long aOffset, long aStrideBytes, String nameB,
            MemorySegment b, long bOffset, long bStrideBytes, long rows, int dim) {
        Checks.disjoint(nameA, a, aOffset, Checks.spanBytes(nameA, rows, (long) dim << 2, aStrideBytes), nameB, b,
                bOffset, Checks.spanBytes(nameB, rows, (long) dim << 2, bStrideBytes));
    }
}
