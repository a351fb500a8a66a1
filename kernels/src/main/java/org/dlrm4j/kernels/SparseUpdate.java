package org.dlrm4j.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.dlrm4j.kernels.internal.BagChecks;
import org.dlrm4j.kernels.internal.Checks;
import org.dlrm4j.kernels.internal.Kernels;
import org.dlrm4j.kernels.internal.OptimizerKernel;
import org.dlrm4j.kernels.internal.ReductionKernel;
import org.dlrm4j.kernels.internal.RowCoalescer;
import org.dlrm4j.kernels.internal.SparseUpdateKernel;

/**
 * The backward of {@link SparseLengthsSum} fused with the optimizer: the gradient of a row never exists in memory of
 * its own. Each position {@code p} of bag {@code b} contributes
 *
 * <pre>{@code g(p) = grad[b] · weights[p] · (MEAN: 1 / (offsets[b+1] - offsets[b]))}</pre>
 *
 * to row {@code indices[p]}. SGD without decay applies the contributions one after the other; the other methods first
 * sum those of each distinct row, in the order of their positions.
 *
 * <p>Rows in {@link RowFormat#BF16} are widened, updated as float32, and rounded at random, once a step, as
 * {@link RowConversion#encodeBf16Stochastic} does; methods that do not name a format take float32. State is float32 always.
 *
 * <p>Threads share one update by <em>part</em>: a call touches only rows with {@code row % parts == part}, so that
 * parts run at the same time without a race, and the result has the same bits for any number of parts. It also has
 * the same bits for any vector width and kernel implementation.
 *
 * <p>Does not allocate and keeps no state. Until the arguments are checked nothing is written. The table and its optimizer
 * state must stay open during a call: their bounds are checked once, and rows are then reached by address.
 */
public final class SparseUpdate {
    private static final SparseUpdateKernel KERNEL = Kernels.provider().sparseUpdate();
    private static final OptimizerKernel OPTIMIZER = Kernels.provider().optimizer();
    private static final ReductionKernel REDUCTION = Kernels.provider().reduction();

    /** Rows of 64 floats and their state take 32 KiB. */
    private static final int TOUCH_ROWS = 64;

    private SparseUpdate() {}

    /**
     * Returns the scratch memory that one call of a method that sums needs; concurrent parts need one each.
     *
     * @param indexCount the most indices that the bags of one call hold
     * @param dim floats in a row
     * @return bytes, any alignment; 64 is best
     * @throws IllegalArgumentException if {@code indexCount} is negative or above 2^31 - 1 or {@code dim} is not
     *     positive
     */
    public static long scratchBytes(long indexCount, int dim) {
        Checks.inRange("indexCount", indexCount, 0, Integer.MAX_VALUE);
        Checks.positive("dim", dim);
        return RowCoalescer.scratchBytes(indexCount, dim);
    }

    /**
     * Subtracts {@code learningRate · g(p)} from row {@code indices[p]} for each position in order; duplicates are not
     * summed first. One fused multiply-add per element, by {@code -learningRate · weights[p] · (1 / length)}.
     *
     * @param name the table's name, for messages
     * @param table {@code rows × dim} float32, updated in place
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
     * @param pooling how the forward pass pooled
     * @param weights one float32 an index, or {@code null} for none
     * @param weightsOffset byte of weight 0
     * @param grad {@code bags × dim} float32: gradient of each pooled vector; must not overlap {@code table}
     * @param gradOffset byte of bag 0's gradient
     * @param gradStrideBytes bytes from one gradient to the next, at least {@code 4·dim}
     * @param learningRate the step
     * @param part which rows to update: those with {@code row % parts == part}
     * @param parts number of parts, 1 or more
     * @throws IllegalArgumentException if a segment is on the heap, read-only where written, or too short, if a
     *     stride is too small, if the offsets decrease or pass {@code indexCount}, or if {@code part} is not in {@code [0, parts)}
     * @throws IndexOutOfBoundsException if an index is not in {@code [0, rows)}; names table, bag, position and value
     */
    public static void sgd(String name, MemorySegment table, long tableOffset, long rowStrideBytes, long rows, int dim,
            MemorySegment indices, long indicesOffset, long indexCount, MemorySegment offsets, long offsetsOffset,
            int bags, Pooling pooling, MemorySegment weights, long weightsOffset, MemorySegment grad, long gradOffset,
            long gradStrideBytes, float learningRate, int part, int parts) {
        check(name, RowFormat.F32, table, tableOffset, rowStrideBytes, rows, dim, indices, indicesOffset, indexCount,
                offsets,
                offsetsOffset, bags, weights, weightsOffset, grad, gradOffset, gradStrideBytes, part, parts);
        KERNEL.sgd(table, tableOffset, rowStrideBytes, rows, dim, indices, indicesOffset, offsets, offsetsOffset, bags,
                pooling, weights, weightsOffset, grad, gradOffset, gradStrideBytes, learningRate, part, parts);
    }

    /**
     * Gradient descent with L2 weight decay of the rows that the batch touches; without decay, too, for rows in BF16, which are
     * rounded once a step. For each distinct row, with {@code g} the sum of its contributions:
     * {@code row -= learningRate · (g + weightDecay·row)}.
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
     * @param weightDecay share of the row that is added to its gradient, 0 or more
     * @param part which rows to update: those with {@code row % parts == part}
     * @param parts number of parts, 1 or more
     * @param scratch {@link #scratchBytes} bytes that no other call uses meanwhile; contents do not matter
     * @param scratchOffset first byte of the scratch memory
     * @throws IllegalArgumentException if a segment is on the heap, read-only where written, or too short, if a
     *     stride is too small, if the offsets decrease or pass {@code indexCount}, if {@code part} is not in {@code [0, parts)}, or if
     *     a number is out of its range
     * @throws IndexOutOfBoundsException if an index is not in {@code [0, rows)}; names table, bag, position and value
     */
    public static void sgd(String name, RowFormat format, MemorySegment table, long tableOffset, long rowStrideBytes,
            long rows, int dim, long roundingKey, MemorySegment indices, long indicesOffset, long indexCount,
            MemorySegment offsets, long offsetsOffset, int bags, Pooling pooling, MemorySegment weights,
            long weightsOffset, MemorySegment grad, long gradOffset, long gradStrideBytes, float learningRate,
            float weightDecay, int part, int parts, MemorySegment scratch, long scratchOffset) {
        Checks.nonNegative("weightDecay", weightDecay);
        final int distinct = coalesce(name, format, table, tableOffset, rowStrideBytes, rows, dim, indices,
                indicesOffset,
                indexCount, offsets, offsetsOffset, bags, pooling, weights, weightsOffset, grad, gradOffset,
                gradStrideBytes, part, parts, scratch, scratchOffset);
        final int positions = RowCoalescer.occurrences(offsets, offsetsOffset, bags);
        final MemorySegment memory = UpdatedRow.memory(format, table, scratch);
        for (int entry = 0; entry < distinct; entry++) {
            touch(entry, distinct, table, tableOffset, rowStrideBytes, rows, format.rowBytes(dim), dim, scratch,
                    scratchOffset);
            final long row = sumRow(entry, positions, dim, grad, scratch, scratchOffset);
            final long at = tableOffset + row * rowStrideBytes;
            final long updated = UpdatedRow.begin(format, table, at, dim, scratch, scratchOffset);
            OPTIMIZER.sgd(memory, updated, scratch, scratchOffset, dim, learningRate,
                    weightDecay);
            UpdatedRow.end(format, table, at, dim, scratch, scratchOffset, roundingKey, row);
        }
    }

    /**
     * Adagrad with one state value per element. For each distinct row, with {@code g} the sum of its contributions:
     * {@code state += g²; row -= learningRate·g / (sqrt(state) + epsilon)}. (Duchi, Hazan, Singer, JMLR 2011; the
     * epsilon is added after the root, as PyTorch does.)
     *
     * @param name the table's name, for messages
     * @param table {@code rows × dim} float32, updated in place
     * @param tableOffset byte of row 0 in {@code table}
     * @param rowStrideBytes bytes from one row to the next, at least {@code 4·dim}
     * @param rows number of rows
     * @param dim floats in a row, 1 or more
     * @param state {@code rows × dim} float32, updated in place; must not overlap {@code table}
     * @param stateOffset byte of row 0's state
     * @param stateStrideBytes bytes from one row's state to the next, at least {@code 4·dim}
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
     * @param epsilon added to the root of the state
     * @param part which rows to update: those with {@code row % parts == part}
     * @param parts number of parts, 1 or more
     * @param scratch {@link #scratchBytes} bytes that no other call uses meanwhile; contents do not matter
     * @param scratchOffset first byte of the scratch memory
     * @throws IllegalArgumentException if a segment is on the heap, read-only where written, or too short, if a
     *     stride is too small, if the offsets decrease or pass {@code indexCount}, or if {@code part} is not in {@code [0, parts)}
     * @throws IndexOutOfBoundsException if an index is not in {@code [0, rows)}; names table, bag, position and value
     */
    public static void adagrad(String name, MemorySegment table, long tableOffset, long rowStrideBytes, long rows,
            int dim, MemorySegment state, long stateOffset, long stateStrideBytes, MemorySegment indices,
            long indicesOffset, long indexCount, MemorySegment offsets, long offsetsOffset, int bags, Pooling pooling,
            MemorySegment weights, long weightsOffset, MemorySegment grad, long gradOffset, long gradStrideBytes,
            float learningRate, float epsilon, int part, int parts, MemorySegment scratch, long scratchOffset) {
        adagrad(name, RowFormat.F32, table, tableOffset, rowStrideBytes, rows, dim, 0, state, stateOffset,
                stateStrideBytes, indices,
                indicesOffset, indexCount, offsets, offsetsOffset, bags, pooling, weights, weightsOffset, grad,
                gradOffset, gradStrideBytes, learningRate, epsilon, 0f, part, parts, scratch, scratchOffset);
    }

    /**
     * Adagrad as above, with L2 weight decay of the rows that the batch touches: {@code g += weightDecay·row} first.
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
     * @param state {@code rows × dim} float32, updated in place; must not overlap {@code table}
     * @param stateOffset byte of row 0's state
     * @param stateStrideBytes bytes from one row's state to the next, at least {@code 4·dim}
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
     * @param epsilon added to the root of the state
     * @param weightDecay share of the row that is added to its gradient, 0 or more
     * @param part which rows to update: those with {@code row % parts == part}
     * @param parts number of parts, 1 or more
     * @param scratch {@link #scratchBytes} bytes that no other call uses meanwhile; contents do not matter
     * @param scratchOffset first byte of the scratch memory
     * @throws IllegalArgumentException if a segment is on the heap, read-only where written, or too short, if a
     *     stride is too small, if the offsets decrease or pass {@code indexCount}, if {@code part} is not in {@code [0, parts)}, or if
     *     a number is out of its range
     * @throws IndexOutOfBoundsException if an index is not in {@code [0, rows)}; names table, bag, position and value
     */
    public static void adagrad(String name, RowFormat format, MemorySegment table, long tableOffset,
            long rowStrideBytes, long rows, int dim, long roundingKey, MemorySegment state, long stateOffset,
            long stateStrideBytes, MemorySegment indices, long indicesOffset, long indexCount, MemorySegment offsets,
            long offsetsOffset, int bags, Pooling pooling, MemorySegment weights, long weightsOffset,
            MemorySegment grad,
            long gradOffset, long gradStrideBytes, float learningRate, float epsilon, float weightDecay, int part,
            int parts, MemorySegment scratch, long scratchOffset) {
        Checks.nonNegative("weightDecay", weightDecay);
        checkState("state", state, stateOffset, dim, stateStrideBytes, format, table, tableOffset, rowStrideBytes, rows,
                dim);
        final int distinct = coalesce(name, format, table, tableOffset, rowStrideBytes, rows, dim, indices,
                indicesOffset,
                indexCount, offsets, offsetsOffset, bags, pooling, weights, weightsOffset, grad, gradOffset,
                gradStrideBytes, part, parts, scratch, scratchOffset);
        final int positions = RowCoalescer.occurrences(offsets, offsetsOffset, bags);
        final MemorySegment memory = UpdatedRow.memory(format, table, scratch);
        for (int entry = 0; entry < distinct; entry++) {
            touch(entry, distinct, table, tableOffset, rowStrideBytes, rows, format.rowBytes(dim), dim, scratch,
                    scratchOffset);
            touch(entry, distinct, state, stateOffset, stateStrideBytes, rows, dim << 2, dim, scratch, scratchOffset);
            final long row = sumRow(entry, positions, dim, grad, scratch, scratchOffset);
            final long at = tableOffset + row * rowStrideBytes;
            final long updated = UpdatedRow.begin(format, table, at, dim, scratch, scratchOffset);
            OPTIMIZER.adagrad(memory, updated, scratch, scratchOffset, state,
                    stateOffset + row * stateStrideBytes, dim, learningRate, epsilon, weightDecay);
            UpdatedRow.end(format, table, at, dim, scratch, scratchOffset, roundingKey, row);
        }
    }

    /**
     * Adagrad with one state value a row. For each distinct row, with {@code g} the sum of its contributions:
     * {@code state += mean(g²); row -= learningRate·g / (sqrt(state) + epsilon)}. The mean adds the squares in a fixed
     * order (16 interleaved partial sums, then a tree) that does not depend on the vector width.
     *
     * @param name the table's name, for messages
     * @param table {@code rows × dim} float32, updated in place
     * @param tableOffset byte of row 0 in {@code table}
     * @param rowStrideBytes bytes from one row to the next, at least {@code 4·dim}
     * @param rows number of rows
     * @param dim floats in a row, 1 or more
     * @param state {@code rows} float32, contiguous, updated in place; must not overlap {@code table}
     * @param stateOffset byte of row 0's state
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
     * @param epsilon added to the root of the state
     * @param part which rows to update: those with {@code row % parts == part}
     * @param parts number of parts, 1 or more
     * @param scratch {@link #scratchBytes} bytes that no other call uses meanwhile; contents do not matter
     * @param scratchOffset first byte of the scratch memory
     * @throws IllegalArgumentException if a segment is on the heap, read-only where written, or too short, if a
     *     stride is too small, if the offsets decrease or pass {@code indexCount}, or if {@code part} is not in {@code [0, parts)}
     * @throws IndexOutOfBoundsException if an index is not in {@code [0, rows)}; names table, bag, position and value
     */
    public static void rowWiseAdagrad(String name, MemorySegment table, long tableOffset, long rowStrideBytes,
            long rows, int dim, MemorySegment state, long stateOffset, MemorySegment indices, long indicesOffset,
            long indexCount, MemorySegment offsets, long offsetsOffset, int bags, Pooling pooling,
            MemorySegment weights,
            long weightsOffset, MemorySegment grad, long gradOffset, long gradStrideBytes, float learningRate,
            float epsilon, int part, int parts, MemorySegment scratch, long scratchOffset) {
        rowWiseAdagrad(name, RowFormat.F32, table, tableOffset, rowStrideBytes, rows, dim, 0, state, stateOffset,
                indices, indicesOffset,
                indexCount, offsets, offsetsOffset, bags, pooling, weights, weightsOffset, grad, gradOffset,
                gradStrideBytes, learningRate, epsilon, 0f, part, parts, scratch, scratchOffset);
    }

    /**
     * Row-wise Adagrad as above, with L2 weight decay of the rows that the batch touches: {@code g += weightDecay·row}
     * first.
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
     * @param state {@code rows} float32, contiguous, updated in place; must not overlap {@code table}
     * @param stateOffset byte of row 0's state
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
     * @param epsilon added to the root of the state
     * @param weightDecay share of the row that is added to its gradient, 0 or more
     * @param part which rows to update: those with {@code row % parts == part}
     * @param parts number of parts, 1 or more
     * @param scratch {@link #scratchBytes} bytes that no other call uses meanwhile; contents do not matter
     * @param scratchOffset first byte of the scratch memory
     * @throws IllegalArgumentException if a segment is on the heap, read-only where written, or too short, if a
     *     stride is too small, if the offsets decrease or pass {@code indexCount}, if {@code part} is not in {@code [0, parts)}, or if
     *     a number is out of its range
     * @throws IndexOutOfBoundsException if an index is not in {@code [0, rows)}; names table, bag, position and value
     */
    public static void rowWiseAdagrad(String name, RowFormat format, MemorySegment table, long tableOffset,
            long rowStrideBytes, long rows, int dim, long roundingKey, MemorySegment state, long stateOffset,
            MemorySegment indices, long indicesOffset, long indexCount, MemorySegment offsets, long offsetsOffset,
            int bags, Pooling pooling, MemorySegment weights, long weightsOffset, MemorySegment grad, long gradOffset,
            long gradStrideBytes, float learningRate, float epsilon, float weightDecay, int part, int parts,
            MemorySegment scratch, long scratchOffset) {
        Checks.nonNegative("weightDecay", weightDecay);
        checkState("state", state, stateOffset, 1, Float.BYTES, format, table, tableOffset, rowStrideBytes, rows, dim);
        final int distinct = coalesce(name, format, table, tableOffset, rowStrideBytes, rows, dim, indices,
                indicesOffset,
                indexCount, offsets, offsetsOffset, bags, pooling, weights, weightsOffset, grad, gradOffset,
                gradStrideBytes, part, parts, scratch, scratchOffset);
        final int positions = RowCoalescer.occurrences(offsets, offsetsOffset, bags);
        final MemorySegment memory = UpdatedRow.memory(format, table, scratch);
        for (int entry = 0; entry < distinct; entry++) {
            touch(entry, distinct, table, tableOffset, rowStrideBytes, rows, format.rowBytes(dim), dim, scratch,
                    scratchOffset);
            touch(entry, distinct, state, stateOffset, Float.BYTES, rows, Float.BYTES, dim, scratch, scratchOffset);
            final long row = sumRow(entry, positions, dim, grad, scratch, scratchOffset);
            final long at = tableOffset + row * rowStrideBytes;
            final long updated = UpdatedRow.begin(format, table, at, dim, scratch, scratchOffset);
            KERNEL.rowWiseAdagrad(memory, updated, dim, state, stateOffset + (row << 2),
                    scratch, scratchOffset, learningRate, epsilon, weightDecay);
            UpdatedRow.end(format, table, at, dim, scratch, scratchOffset, roundingKey, row);
        }
    }

    /**
     * Returns the sum of the squares of the gradient that the table would have as a dense parameter: {@code Σ_row |g(row)|²}
     * with {@code g(row)} the sum of the row's contributions. Adds in double precision, rows in one fixed order: what clipping
     * by the norm over a whole model needs.
     *
     * @param name the table's name, for messages
     * @param format how rows are stored
     * @param table {@code rows} rows; only the shape matters
     * @param tableOffset byte of row 0 in {@code table}
     * @param rowStrideBytes bytes from one row to the next, at least {@link RowFormat#rowBytes}
     * @param rows number of rows
     * @param dim elements in a row, 1 or more
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
     * @param scratch {@link #scratchBytes} bytes that no other call uses meanwhile; contents do not matter
     * @param scratchOffset first byte of the scratch memory
     * @return the sum; NaN or infinite if a gradient is
     * @throws IllegalArgumentException if a segment is on the heap, read-only where an update would write, or too short, if
     *     a stride is too small, or if the offsets decrease or pass {@code indexCount}
     * @throws IndexOutOfBoundsException if an index is not in {@code [0, rows)}; names table, bag, position and value
     */
    public static double sumOfSquares(String name, RowFormat format, MemorySegment table, long tableOffset,
            long rowStrideBytes, long rows, int dim, MemorySegment indices, long indicesOffset, long indexCount,
            MemorySegment offsets, long offsetsOffset, int bags, Pooling pooling, MemorySegment weights,
            long weightsOffset, MemorySegment grad, long gradOffset, long gradStrideBytes, MemorySegment scratch,
            long scratchOffset) {
        final int distinct = coalesce(name, format, table, tableOffset, rowStrideBytes, rows, dim, indices,
                indicesOffset,
                indexCount, offsets, offsetsOffset, bags, pooling, weights, weightsOffset, grad, gradOffset,
                gradStrideBytes, 0, 1, scratch, scratchOffset);
        final int positions = RowCoalescer.occurrences(offsets, offsetsOffset, bags);
        double sum = 0;
        for (int entry = 0; entry < distinct; entry++) {
            sumRow(entry, positions, dim, grad, scratch, scratchOffset);
            sum += REDUCTION.sumOfSquares(scratch, scratchOffset, dim);
        }
        return sum;
    }

    private static void check(String name, RowFormat format, MemorySegment table, long tableOffset, long rowStrideBytes,
            long rows, int dim, MemorySegment indices, long indicesOffset, long indexCount, MemorySegment offsets,
            long offsetsOffset, int bags, MemorySegment weights, long weightsOffset, MemorySegment grad,
            long gradOffset,
            long gradStrideBytes, int part, int parts) {
        UpdatedRow.check(name, format);
        Checks.positive("dim", dim);
        Checks.positive("parts", parts);
        Checks.inRange("part", part, 0, parts - 1);
        BagChecks.check(name, rows, indices, indicesOffset, indexCount, offsets, offsetsOffset, bags, weights,
                weightsOffset);
        final long tableBytes = Checks.spanBytes("table", rows, format.rowBytes(dim), rowStrideBytes);
        final long gradBytes = Checks.spanBytes("grad", bags, (long) dim << 2, gradStrideBytes);
        Checks.writable("table", table, tableOffset, tableBytes);
        Checks.readable("grad", grad, gradOffset, gradBytes);
        Checks.disjoint("grad", grad, gradOffset, gradBytes, "table", table, tableOffset, tableBytes);
    }

    /** Checks state of {@code columns} floats a row. */
    static void checkState(String stateName, MemorySegment state, long stateOffset, int columns, long stateStrideBytes,
            RowFormat format, MemorySegment table, long tableOffset, long rowStrideBytes, long rows, int dim) {
        Checks.positive("dim", dim);
        final long stateBytes = Checks.spanBytes(stateName, Checks.nonNegative("rows", rows), (long) columns << 2,
                stateStrideBytes);
        Checks.writable(stateName, state, stateOffset, stateBytes);
        Checks.disjoint(stateName, state, stateOffset, stateBytes, "table", table, tableOffset,
                Checks.spanBytes("table", rows, format.rowBytes(dim), rowStrideBytes));
    }

    /** Checks all arguments of a coalescing update and groups the positions by row; returns the number of rows. */
    static int coalesce(String name, RowFormat format, MemorySegment table, long tableOffset, long rowStrideBytes,
            long rows, int dim, MemorySegment indices, long indicesOffset, long indexCount, MemorySegment offsets,
            long offsetsOffset, int bags, Pooling pooling, MemorySegment weights, long weightsOffset,
            MemorySegment grad,
            long gradOffset, long gradStrideBytes, int part, int parts, MemorySegment scratch, long scratchOffset) {
        check(name, format, table, tableOffset, rowStrideBytes, rows, dim, indices, indicesOffset, indexCount, offsets,
                offsetsOffset, bags, weights, weightsOffset, grad, gradOffset, gradStrideBytes, part, parts);
        Checks.writable("scratch", scratch, scratchOffset,
                RowCoalescer.scratchBytes(RowCoalescer.occurrences(offsets, offsetsOffset, bags), dim));
        return RowCoalescer.coalesce(indices, indicesOffset, offsets, offsetsOffset, bags, pooling, weights,
                weightsOffset, gradOffset, gradStrideBytes, part, parts, dim, scratch, scratchOffset);
    }

    /**
     * Reads the rows of this and the following entries, if the last ones that were read end here: the work on one row is longer than
     * the processor looks ahead, so that its misses would not overlap the next one's.
     */
    static void touch(int entry, int distinct, MemorySegment memory, long offset, long rowStrideBytes, long rows,
            int rowBytes, int dim, MemorySegment scratch, long scratchOffset) {
        if (entry % TOUCH_ROWS == 0) {
            // Stored, so that the reads are not dropped.
            scratch.set(ValueLayout.JAVA_INT_UNALIGNED, RowCoalescer.partialsOffset(scratchOffset, dim),
                    KERNEL.touch(memory, offset, rowStrideBytes, rows, rowBytes, scratch,
                            RowCoalescer.entriesOffset(scratchOffset, dim), entry,
                            Math.min(entry + TOUCH_ROWS, distinct)));
        }
    }

    /** Sums the gradients of an entry's row into the start of the scratch memory; returns the row. */
    static long sumRow(int entry, int positions, int dim, MemorySegment grad, MemorySegment scratch,
            long scratchOffset) {
        final long entries = RowCoalescer.entriesOffset(scratchOffset, dim);
        KERNEL.sumGradients(grad, dim, RowCoalescer.first(scratch, entries, entry),
                RowCoalescer.occurrencesOffset(entries, positions), scratch, scratchOffset);
        return RowCoalescer.row(scratch, entries, entry);
    }
}
