package org.dlrm4j.kernels.internal.vector;

import static org.dlrm4j.kernels.internal.GemmKernel.BLOCK_STEPS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOATS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LANES;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LE;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.VECTOR_BYTES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import org.dlrm4j.kernels.Activation;
import org.dlrm4j.kernels.WeightFormat;
import org.dlrm4j.kernels.internal.CompactGemmKernel;

/**
 * Matrix product over compact weights in the panels and blocks of {@link VectorGemm}. A few rows of C take the time to read {@code B}: they
 * read the compact panels, and their tiles widen in registers. More rows would pay for widening again and again: they read the same
 * weights as floats.
 */
final class VectorCompactGemm implements CompactGemmKernel {
    /** Rows up to which the compact panels are as fast as floats that are read from L3; measured, see docs/performance.md. */
    private static final int COMPACT_ROWS = 8;

    @Override
    public int lanes() {
        return LANES;
    }

    @Override
    public long columnOffset(WeightFormat format, int k, int n, int j) {
        final int first = panelStart(n, j);
        final int vector = j / LANES - first;
        final int lane = j % LANES;
        final long panel = (long) first * LANES * format.elementBytes() * k;
        return format == WeightFormat.BF16 && panelWidth(n, first) > 1
                ? panel + (long) vector / 2 * VECTOR_BYTES + 2L * Short.BYTES * lane + (long) vector % 2 * Short.BYTES
                : panel + ((long) vector * LANES + lane) * format.elementBytes();
    }

    @Override
    public long stepBytes(WeightFormat format, int n, int j) {
        return (long) panelWidth(n, panelStart(n, j)) * LANES * format.elementBytes();
    }

    /** Returns the first vector of the panel that holds a column. */
    private static int panelStart(int n, int j) {
        int start = 0;
        while (j / LANES >= start + panelWidth(n, start)) {
            start += panelWidth(n, start);
        }
        return start;
    }

    private static int panelWidth(int n, int start) {
        return VectorGemm.panelWidth((n + LANES - 1) / LANES - start);
    }

    @Override
    public void multiply(WeightFormat format, MemorySegment a, long aOffset, long aRowStrideBytes,
            MemorySegment packed, long panels, long floats, long scales, int m, int k, int n, MemorySegment c,
            long cOffset, long cRowStrideBytes, MemorySegment bias, long biasOffset, Activation activation) {
        final WeightFormat read = m > COMPACT_ROWS ? WeightFormat.F32 : format;
        final long b = m > COMPACT_ROWS ? floats : panels;
        final MemorySegment tile = VectorGemm.TILE.get();
        for (int v = 0; v * LANES < n;) {
            final int width = panelWidth(n, v);
            final long stepBytes = (long) width * LANES * read.elementBytes();
            final long panel = b + (long) v * LANES * read.elementBytes() * k;
            final int columns = Math.min(n - v * LANES, width * LANES);
            final long cPanel = cOffset + (long) v * VECTOR_BYTES;
            for (int p = 0; p < k || p == 0; p += BLOCK_STEPS) {
                final int steps = Math.min(BLOCK_STEPS, k - p);
                final float floor = activation == Activation.RELU && p + steps == k ? 0f : Float.NEGATIVE_INFINITY;
                final MemorySegment init = p > 0 ? c : bias == null ? VectorGemm.ZEROS : bias;
                final long initOffset = p > 0 ? cPanel : bias == null ? 0 : biasOffset + (long) v * VECTOR_BYTES;
                final long initRow = p > 0 ? cRowStrideBytes : 0;
                final long aBlock = aOffset + (long) p * Float.BYTES;
                final long bBlock = panel + p * stepBytes;
                for (int i = 0; i < m;) {
                    final int height = read == WeightFormat.F32
                            ? VectorGemm.tileRows(m - i)
                            : compactTileRows(width, m - i);
                    tile(read, width, height, a, aBlock + i * aRowStrideBytes, aRowStrideBytes, packed, bBlock, steps,
                            tile);
                    if (format == WeightFormat.I8) {
                        scale(tile, width, height, packed, scales + (long) v * VECTOR_BYTES);
                    }
                    VectorGemm.finish(tile, width, height, columns, init, initOffset + i * initRow, initRow, floor, c,
                            cPanel + i * cRowStrideBytes, cRowStrideBytes);
                    i += height;
                }
            }
            v += width;
        }
    }

    /** Returns the height of the next tile: narrow panels, of which a product has two at most, have tiles of one row. */
    private static int compactTileRows(int width, int rowsLeft) {
        return width < 4 || rowsLeft == 1 ? 1 : rowsLeft < 4 ? 2 : 4;
    }

    private static void tile(WeightFormat format, int width, int height, MemorySegment a, long aOffset, long aRow,
            MemorySegment b, long bOffset, int k, MemorySegment out) {
        switch (format) {
            case F32 -> VectorGemm.tile(width, height, a, aOffset, aRow, Float.BYTES, b, bOffset, k, out, 0,
                    (long) width * VECTOR_BYTES);
            case BF16 -> {
                switch (width * 8 + height) {
                    case 4 * 8 + 4 -> Bf16Tiles.tile4x4(a, aOffset, aRow, b, bOffset, k, out);
                    case 4 * 8 + 2 -> Bf16Tiles.tile2x4(a, aOffset, aRow, b, bOffset, k, out);
                    case 4 * 8 + 1 -> Bf16Tiles.tile1x4(a, aOffset, b, bOffset, k, out);
                    case 2 * 8 + 1 -> Bf16Tiles.tile1x2(a, aOffset, b, bOffset, k, out);
                    default -> Bf16Tiles.tile1x1(a, aOffset, b, bOffset, k, out);
                }
            }
            case I8 -> {
                switch (width * 8 + height) {
                    case 4 * 8 + 4 -> I8Tiles.tile4x4(a, aOffset, aRow, b, bOffset, k, out);
                    case 4 * 8 + 2 -> I8Tiles.tile2x4(a, aOffset, aRow, b, bOffset, k, out);
                    case 4 * 8 + 1 -> I8Tiles.tile1x4(a, aOffset, b, bOffset, k, out);
                    case 2 * 8 + 1 -> I8Tiles.tile1x2(a, aOffset, b, bOffset, k, out);
                    default -> I8Tiles.tile1x1(a, aOffset, b, bOffset, k, out);
                }
            }
        }
    }

    /** Multiplies the columns of a tile by their scales. */
    private static void scale(MemorySegment tile, int width, int rows, MemorySegment scales, long scalesOffset) {
        for (int v = 0; v < width; v++) {
            final FloatVector factors = FloatVector.fromMemorySegment(FLOATS, scales,
                    scalesOffset + (long) v * VECTOR_BYTES, LE);
            for (int i = 0; i < rows; i++) {
                final long at = ((long) i * width + v) * VECTOR_BYTES;
                FloatVector.fromMemorySegment(FLOATS, tile, at, LE).mul(factors).intoMemorySegment(tile, at, LE);
            }
        }
    }
}
