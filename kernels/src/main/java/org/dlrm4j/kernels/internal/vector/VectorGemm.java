package org.dlrm4j.kernels.internal.vector;

import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOAT;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOATS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LANES;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LE;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.VECTOR_BYTES;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import org.dlrm4j.kernels.Activation;
import org.dlrm4j.kernels.internal.GemmKernel;

/**
 * Matrix product as in BLIS: panels of B, blocks of k, register tiles. Loops, outermost first: panel of B, block of
 * {@link #BLOCK_STEPS} steps, rows of C in tiles of 6, 4, 2 and 1. A needs no packing: a tile reads six streams of it. A tile that
 * needs something added, the activation, or does not fill its last vector is finished on its way to C, still in L1.
 */
final class VectorGemm implements GemmKernel {
    /** 24 accumulators and 4 vectors of B fit the 32 registers of AVX-512; AVX2 has 16 for 12, 2 and a broadcast. */
    static final int PANEL_VECTORS = VECTOR_BYTES == 64 ? 4 : 2;

    private static final int TILE_ROWS = 6;

    /** Holds a tile until it is finished, or columns on their way into a panel. */
    static final ThreadLocal<MemorySegment> TILE = ThreadLocal
            .withInitial(() -> Arena.ofAuto().allocate(TILE_ROWS * 4L * VECTOR_BYTES, 64));

    static final MemorySegment ZEROS = Arena.global().allocate(4L * VECTOR_BYTES, 64);

    @Override
    public int lanes() {
        return LANES;
    }

    @Override
    public int panelVectors() {
        return PANEL_VECTORS;
    }

    /** Returns the width of the panel that starts at vector {@code at} when {@code vectors} remain: 4, 2 or 1. */
    static int panelWidth(int vectorsLeft) {
        return vectorsLeft >= PANEL_VECTORS ? PANEL_VECTORS : vectorsLeft >= 2 ? 2 : 1;
    }

    @Override
    public void pack(MemorySegment b, long bOffset, long rowStrideBytes, long columnStrideBytes, int k, int n,
            int kFrom,
            int kTo, int nFrom, int nTo, MemorySegment packed, long packedOffset) {
        final int vectors = (n + LANES - 1) / LANES;
        for (int v = nFrom / LANES; v * LANES < nTo;) {
            // The layout is that of the whole matrix, whichever part is packed now.
            final int panelStart = v / PANEL_VECTORS * PANEL_VECTORS;
            int start = panelStart;
            int width = panelWidth(vectors - start);
            while (v >= start + width) {
                start += width;
                width = panelWidth(vectors - start);
            }
            final long panel = packedOffset + (long) start * VECTOR_BYTES * k;
            final int column = start * LANES;
            final int columns = Math.min(n - column, width * LANES);
            packPanel(b, bOffset + column * columnStrideBytes, rowStrideBytes, columnStrideBytes, kFrom, kTo, columns,
                    width * LANES, packed, panel);
            v = start + width;
        }
    }

    private static void packPanel(MemorySegment b, long bOffset, long rowStrideBytes, long columnStrideBytes, int kFrom,
            int kTo, int columns, int width, MemorySegment packed, long panel) {
        final long rowBytes = (long) width * Float.BYTES;
        if (columnStrideBytes == Float.BYTES) {
            for (int p = kFrom; p < kTo; p++) {
                final long to = panel + p * rowBytes;
                MemorySegment.copy(b, bOffset + p * rowStrideBytes, packed, to, (long) columns * Float.BYTES);
                if (columns < width) {
                    packed.asSlice(to + (long) columns * Float.BYTES, (long) (width - columns) * Float.BYTES)
                            .fill((byte) 0);
                }
            }
            return;
        }
        int j = 0;
        if (rowStrideBytes == Float.BYTES && kTo - kFrom >= LANES) {
            final MemorySegment quads = TILE.get();
            for (; LANES == 16 && j <= columns - 16; j += 16) {
                packSixteenColumns(b, bOffset + j * columnStrideBytes, columnStrideBytes, kFrom, kTo, packed,
                        panel + ((long) j << 2), rowBytes, quads);
            }
            for (; j <= columns - 4; j += 4) {
                packFourColumns(b, bOffset + j * columnStrideBytes, columnStrideBytes, kFrom, kTo, packed,
                        panel + ((long) j << 2), rowBytes, quads);
            }
        }
        for (; j < width; j++) {
            final long from = bOffset + j * columnStrideBytes;
            final long to = panel + (long) j * Float.BYTES;
            if (j < columns) {
                for (int p = kFrom; p < kTo; p++) {
                    packed.set(FLOAT, to + p * rowBytes, b.get(FLOAT, from + p * rowStrideBytes));
                }
            } else {
                for (int p = kFrom; p < kTo; p++) {
                    packed.set(FLOAT, to + p * rowBytes, 0f);
                }
            }
        }
    }

    /** Packs 16 columns that lie in memory as rows, when vectors are as long. */
    private static void packSixteenColumns(MemorySegment b, long bOffset, long columnStrideBytes, int kFrom, int kTo,
            MemorySegment packed, long panel, long rowBytes, MemorySegment quads) {
        for (int p = kFrom; p < kTo; p += LANES) {
            // The last block may overlap the one before: it writes the same values again.
            final int block = Math.min(p, kTo - LANES);
            final long from = bOffset + ((long) block << 2);
            final long to = panel + block * rowBytes;
            for (int group = 0; group < 4; group++) {
                final long row = from + 4 * group * columnStrideBytes;
                VectorTranspose.interleaveBody(b, row, row + columnStrideBytes, row + 2 * columnStrideBytes,
                        row + 3 * columnStrideBytes, quads, group * VectorTranspose.QUADS_BYTES);
            }
            for (int v = 0; v < 4; v++) {
                VectorTranspose.columnsBody(quads, (long) v * VECTOR_BYTES, packed, to + 4 * v * rowBytes, rowBytes);
            }
        }
    }

    /** Packs four columns that lie in memory as rows. */
    private static void packFourColumns(MemorySegment b, long bOffset, long columnStrideBytes, int kFrom, int kTo,
            MemorySegment packed, long panel, long rowBytes, MemorySegment quads) {
        for (int p = kFrom; p < kTo; p += LANES) {
            // The last block may overlap the one before: it writes the same values again.
            final int block = Math.min(p, kTo - LANES);
            final long from = bOffset + ((long) block << 2);
            VectorTranspose.interleaveBody(b, from, from + columnStrideBytes, from + 2 * columnStrideBytes,
                    from + 3 * columnStrideBytes, quads, 0);
            VectorTranspose.spreadBody(quads, 0, packed, panel + block * rowBytes, rowBytes);
        }
    }

    @Override
    public void multiply(MemorySegment a, long aOffset, long aRowStrideBytes, long aColumnStrideBytes,
            MemorySegment packed, long packedOffset, int m, int k, int nFrom, int nTo, MemorySegment c, long cOffset,
            long cRowStrideBytes, boolean accumulate, MemorySegment bias, long biasOffset, Activation activation) {
        final MemorySegment tile = TILE.get();
        int v = nFrom / LANES;
        final int vEnd = (nTo + LANES - 1) / LANES;
        while (v < vEnd) {
            final int width = panelWidth(vEnd - v);
            final long panel = packedOffset + (long) v * VECTOR_BYTES * k;
            final int columns = Math.min(nTo - v * LANES, width * LANES);
            final long cPanel = cOffset + (long) v * VECTOR_BYTES;
            for (int p = 0; p < k || p == 0; p += BLOCK_STEPS) {
                final int steps = Math.min(BLOCK_STEPS, k - p);
                final float floor = activation == Activation.RELU && p + steps == k ? 0f : Float.NEGATIVE_INFINITY;
                MemorySegment init = c;
                long initOffset = cPanel;
                long initRow = cRowStrideBytes;
                if (p == 0 && !accumulate) {
                    init = bias == null ? ZEROS : bias;
                    initOffset = bias == null ? 0 : biasOffset + (long) v * VECTOR_BYTES;
                    initRow = 0;
                }
                final boolean direct = init == ZEROS && floor != 0f && columns == width * LANES;
                final long aBlock = aOffset + p * aColumnStrideBytes;
                final long bBlock = panel + (long) p * width * VECTOR_BYTES;
                for (int i = 0; i < m;) {
                    final int height = tileRows(m - i);
                    final long aAt = aBlock + i * aRowStrideBytes;
                    final long cAt = cPanel + i * cRowStrideBytes;
                    if (direct) {
                        tile(width, height, a, aAt, aRowStrideBytes, aColumnStrideBytes, packed, bBlock, steps, c, cAt,
                                cRowStrideBytes);
                    } else {
                        tile(width, height, a, aAt, aRowStrideBytes, aColumnStrideBytes, packed, bBlock, steps, tile,
                                0, (long) width * VECTOR_BYTES);
                        finish(tile, width, height, columns, init, initOffset + i * initRow,
                                initRow, floor, c, cAt, cRowStrideBytes);
                    }
                    i += height;
                }
            }
            v += width;
        }
    }

    /** Returns the height of the next tile: eight rows left are two tiles of four rather than six and two. */
    static int tileRows(int rowsLeft) {
        return rowsLeft >= 6 && rowsLeft != 8 ? 6 : rowsLeft >= 4 ? 4 : rowsLeft >= 2 ? 2 : 1;
    }

    /** Computes {@code C = max(init + tile, floor)}. */
    static void finish(MemorySegment tile, int width, int rows, int columns, MemorySegment init,
            long initOffset, long initRow, float floor, MemorySegment c, long cOffset, long cRow) {
        final long tileRow = (long) width * VECTOR_BYTES;
        for (int i = 0; i < rows; i++) {
            final long from = i * tileRow;
            final long initAt = initOffset + i * initRow;
            final long to = cOffset + i * cRow;
            int j = 0;
            if (columns == 4 * LANES) {
                finishVector(tile, from, init, initAt, floor, c, to);
                finishVector(tile, from + VECTOR_BYTES, init, initAt + VECTOR_BYTES, floor, c, to + VECTOR_BYTES);
                finishVector(tile, from + 2 * VECTOR_BYTES, init, initAt + 2 * VECTOR_BYTES, floor, c,
                        to + 2 * VECTOR_BYTES);
                finishVector(tile, from + 3 * VECTOR_BYTES, init, initAt + 3 * VECTOR_BYTES, floor, c,
                        to + 3 * VECTOR_BYTES);
                continue;
            }
            for (; j <= columns - LANES; j += LANES) {
                final long at = (long) j << 2;
                finishVector(tile, from + at, init, initAt + at, floor, c, to + at);
            }
            for (; j < columns; j++) {
                final long at = (long) j << 2;
                c.set(FLOAT, to + at, Math.max(tile.get(FLOAT, from + at) + init.get(FLOAT, initAt + at), floor));
            }
        }
    }

    private static void finishVector(MemorySegment tile, long from, MemorySegment init, long initAt, float floor,
            MemorySegment c, long to) {
        FloatVector.fromMemorySegment(FLOATS, tile, from, LE)
                .add(FloatVector.fromMemorySegment(FLOATS, init, initAt, LE)).max(floor)
                .intoMemorySegment(c, to, LE);
    }

    static void tile(int width, int height, MemorySegment a, long aOffset, long aRow, long aColumn,
            MemorySegment b, long bOffset, int k, MemorySegment c, long cOffset, long cRow) {
        switch (width * 8 + height) {
            case 4 * 8 + 6 -> SgemmTiles4v.tile6x4(a, aOffset, aRow, aColumn, b, bOffset, k, c, cOffset, cRow);
            case 4 * 8 + 4 -> SgemmTiles4v.tile4x4(a, aOffset, aRow, aColumn, b, bOffset, k, c, cOffset, cRow);
            case 4 * 8 + 2 -> SgemmTiles4v.tile2x4(a, aOffset, aRow, aColumn, b, bOffset, k, c, cOffset, cRow);
            case 4 * 8 + 1 -> SgemmTiles4v.tile1x4(a, aOffset, aRow, aColumn, b, bOffset, k, c, cOffset, cRow);
            case 2 * 8 + 6 -> SgemmTiles2v.tile6x2(a, aOffset, aRow, aColumn, b, bOffset, k, c, cOffset, cRow);
            case 2 * 8 + 4 -> SgemmTiles2v.tile4x2(a, aOffset, aRow, aColumn, b, bOffset, k, c, cOffset, cRow);
            case 2 * 8 + 2 -> SgemmTiles2v.tile2x2(a, aOffset, aRow, aColumn, b, bOffset, k, c, cOffset, cRow);
            case 2 * 8 + 1 -> SgemmTiles2v.tile1x2(a, aOffset, aRow, aColumn, b, bOffset, k, c, cOffset, cRow);
            case 8 + 6 -> SgemmTiles1v.tile6x1(a, aOffset, aRow, aColumn, b, bOffset, k, c, cOffset, cRow);
            case 8 + 4 -> SgemmTiles1v.tile4x1(a, aOffset, aRow, aColumn, b, bOffset, k, c, cOffset, cRow);
            case 8 + 2 -> SgemmTiles1v.tile2x1(a, aOffset, aRow, aColumn, b, bOffset, k, c, cOffset, cRow);
            default -> SgemmTiles1v.tile1x1(a, aOffset, aRow, aColumn, b, bOffset, k, c, cOffset, cRow);
        }
    }
}
