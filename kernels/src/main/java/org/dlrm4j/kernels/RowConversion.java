package org.dlrm4j.kernels;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.internal.Bf16Kernel;
import org.dlrm4j.kernels.internal.Checks;
import org.dlrm4j.kernels.internal.CounterRandom;
import org.dlrm4j.kernels.internal.Kernels;
import org.dlrm4j.kernels.internal.RowCodec;

/**
 * Converts rows of float32 into the formats of {@link RowFormat} and back.
 *
 * <p>F16 and BF16 round to the nearest, of two equally near values to the even one; subnormal numbers, infinities and NaN are
 * kept. Rows with scale and bias are computed as in FBGEMM ({@code FloatOrHalfToFused8BitRowwiseQuantizedSBFloat},
 * {@code FloatOrHalfToFusedNBitRowwiseQuantizedSBHalf}), {@code rint} rounding to even and {@code half} being binary16:
 *
 * <pre>{@code
 * I8: bias = min(x)          scale = (max(x) - bias) / 255          u[j] = rint((x[j] - bias) · (255 / (max(x) - bias + 1e-8)))
 * I4: bias = half(min(x))    scale = half((max(x) - bias) / 15)     u[j] = clamp(rint((x[j] - bias) · (1 / scale)), 0, 15)
 *                            1 in place of a scale of 0
 * }</pre>
 *
 * <p>Stateless, does not allocate; safe for concurrent use on separate targets.
 */
public final class RowConversion {
    private static final Bf16Kernel BF16 = Kernels.provider().bf16();

    private RowConversion() {}

    /**
     * Writes rows in a format. Bytes between rows are left as they are.
     *
     * @param name the table's name, for messages
     * @param format the format of {@code target}
     * @param firstRow number of the first of the rows, for messages
     * @param rows number of rows
     * @param dim elements in a row; even for {@link RowFormat#I4}
     * @param source float32 rows
     * @param sourceOffset byte of the first row in {@code source}
     * @param sourceStrideBytes bytes from one row to the next, at least {@code 4·dim}
     * @param target receives the rows; must not overlap {@code source}
     * @param targetOffset byte of the first row in {@code target}
     * @param targetStrideBytes bytes from one row to the next, at least {@link RowFormat#rowBytes}
     * @throws IllegalArgumentException if a segment is on the heap, read-only where written, or too short, or a stride is too
     *     small; if a row with scale and bias has no place for a number, naming table, row and column
     */
    public static void encode(String name, RowFormat format, long firstRow, long rows, int dim, MemorySegment source,
            long sourceOffset, long sourceStrideBytes, MemorySegment target, long targetOffset,
            long targetStrideBytes) {
        check(RowFormat.F32, format, rows, dim, source, sourceOffset, sourceStrideBytes, target, targetOffset,
                targetStrideBytes);
        for (long r = 0; r < rows; r++) {
            final long from = sourceOffset + r * sourceStrideBytes;
            final long to = targetOffset + r * targetStrideBytes;
            if (format == RowFormat.I8 || format == RowFormat.I4) {
                checkFinite(name, format, firstRow + r, dim, source, from);
            }
            RowCodec.encode(format, source, from, dim, target, to);
            if (format == RowFormat.I8 || format == RowFormat.I4) {
                checkScale(name, format, firstRow + r, dim, target, to);
            }
        }
    }

    /**
     * Returns what chooses the random numbers of one table in one step of a training run.
     *
     * @param seed the run's seed
     * @param step number of the training step
     * @param table number of the table, 0 or more
     * @return a hash of the three, whose numbers are not those that {@link Dropout} takes for the same seed
     */
    public static long roundingKey(long seed, long step, int table) {
        return CounterRandom.key(seed, step, ~table);
    }

    /**
     * Writes rows in BF16, rounded at random to one of the two neighbours so that the expected value is the number itself: what
     * many small updates need, which would each be lost by rounding to the nearest. With 16 random bits {@code u} and {@code bits}
     * the number in binary32, an element is the upper half of {@code bits + u}; a NaN is kept and made quiet. The random bits of an
     * element follow from key, row and column alone, so that rows may be converted in any order and parts.
     *
     * @param firstRow number of the first of the rows
     * @param rows number of rows
     * @param dim elements in a row
     * @param source float32 rows
     * @param sourceOffset byte of the first row in {@code source}
     * @param sourceStrideBytes bytes from one row to the next, at least {@code 4·dim}
     * @param target receives the rows; must not overlap {@code source}
     * @param targetOffset byte of the first row in {@code target}
     * @param targetStrideBytes bytes from one row to the next, at least {@code 2·dim}
     * @param roundingKey chooses the random bits: another one for each pass over the same rows, see {@link #roundingKey}
     * @throws IllegalArgumentException if a segment is on the heap, read-only where written, or too short, or a stride is too
     *     small
     */
    public static void encodeBf16Stochastic(long firstRow, long rows, int dim, MemorySegment source,
            long sourceOffset, long sourceStrideBytes, MemorySegment target, long targetOffset, long targetStrideBytes,
            long roundingKey) {
        check(RowFormat.F32, RowFormat.BF16, rows, dim, source, sourceOffset, sourceStrideBytes, target, targetOffset,
                targetStrideBytes);
        for (long r = 0; r < rows; r++) {
            BF16.roundAtRandom(source, sourceOffset + r * sourceStrideBytes, dim, target,
                    targetOffset + r * targetStrideBytes, CounterRandom.rowKey(roundingKey, firstRow + r));
        }
    }

    /**
     * Reads rows of a format. Bytes between rows are left as they are.
     *
     * @param format the format of {@code source}
     * @param rows number of rows
     * @param dim elements in a row; even for {@link RowFormat#I4}
     * @param source rows in that format
     * @param sourceOffset byte of the first row in {@code source}
     * @param sourceStrideBytes bytes from one row to the next, at least {@link RowFormat#rowBytes}
     * @param target receives float32 rows; must not overlap {@code source}
     * @param targetOffset byte of the first row in {@code target}
     * @param targetStrideBytes bytes from one row to the next, at least {@code 4·dim}
     * @throws IllegalArgumentException if a segment is on the heap, read-only where written, or too short, or a stride is too
     *     small
     */
    public static void decode(RowFormat format, long rows, int dim, MemorySegment source, long sourceOffset,
            long sourceStrideBytes, MemorySegment target, long targetOffset, long targetStrideBytes) {
        check(format, RowFormat.F32, rows, dim, source, sourceOffset, sourceStrideBytes, target, targetOffset,
                targetStrideBytes);
        for (long r = 0; r < rows; r++) {
            RowCodec.decode(format, source, sourceOffset + r * sourceStrideBytes, dim, target,
                    targetOffset + r * targetStrideBytes);
        }
    }

    private static void check(RowFormat sourceFormat, RowFormat targetFormat, long rows, int dim, MemorySegment source,
            long sourceOffset, long sourceStrideBytes, MemorySegment target, long targetOffset,
            long targetStrideBytes) {
        Checks.nonNegative("rows", rows);
        final long sourceBytes = Checks.spanBytes("source", rows, sourceFormat.rowBytes(dim), sourceStrideBytes);
        final long targetBytes = Checks.spanBytes("target", rows, targetFormat.rowBytes(dim), targetStrideBytes);
        Checks.readable("source", source, sourceOffset, sourceBytes);
        Checks.writable("target", target, targetOffset, targetBytes);
        Checks.disjoint("target", target, targetOffset, targetBytes, "source", source, sourceOffset, sourceBytes);
    }

    private static void checkFinite(String name, RowFormat format, long row, int dim, MemorySegment source, long from) {
        final int column = RowCodec.firstNonFinite(source, from, dim);
        if (column >= 0) {
            throw new IllegalArgumentException("table " + name + ", row " + row + ", column " + column + ": "
                    + RowCodec.number(source, from, column) + ", expected a finite number, as rows in format "
                    + format + " have no other; use bf16, or train the model again");
        }
    }

    private static void checkScale(String name, RowFormat format, long row, int dim, MemorySegment target, long to) {
        if (!RowCodec.hasFiniteScale(format, target, to, dim)) {
            throw new IllegalArgumentException("table " + name + ", row " + row
                    + ": its numbers are too large or too far apart for the scale and bias of format " + format
                    + ", expected at most " + (format == RowFormat.I4 ? "65504" : Float.toString(Float.MAX_VALUE))
                    + "; use bf16");
        }
    }
}
