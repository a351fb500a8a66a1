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
 * {@link #K_BLOCK} steps, rows of C in tiles of 4, then 2, then 1. A needs no packing: a tile reads four streams of it.
 */
final class VectorGemm implements GemmKernel {
    /** 256 steps of a four-vector panel are 64 KiB: streamed from L2, while four rows of A stay in L1. */
    private static final int K_BLOCK = 256;

    /** 16 accumulators and 4 vectors of B fit the 32 registers of AVX-512; AVX2 has 16 for 8, 2 and a broadcast. */
    private static final int PANEL_VECTORS = VECTOR_BYTES == 64 ? 4 : 2;

    private static final int TILE_ROWS = 4;

    /**
     * A tile of C for columns that do not fill a vector. Masked loads and stores would do without it, but on JDK 25 their
     * checks are not always inlined, and then every accumulator of the tile is boxed: 100 times slower.
     */
    private static final ThreadLocal<MemorySegment> EDGE = ThreadLocal
            .withInitial(() -> Arena.ofAuto().allocate(TILE_ROWS * 4L * VECTOR_BYTES, 64));

    private static final MemorySegment ZEROS = Arena.global().allocate(4L * VECTOR_BYTES, 64);

    @Override
    public int lanes() {
        return LANES;
    }

    @Override
    public int panelVectors() {
        return PANEL_VECTORS;
    }

    /** Returns the width of the panel that starts at vector {@code at} when {@code vectors} remain: 4, 2 or 1. */
    private static int panelWidth(int vectorsLeft) {
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
        for (int j = 0; j < width; j++) {
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

    @Override
    public void multiply(MemorySegment a, long aOffset, long aRowStrideBytes, long aColumnStrideBytes,
            MemorySegment packed, long packedOffset, int m, int k, int nFrom, int nTo, MemorySegment c, long cOffset,
            long cRowStrideBytes, boolean accumulate, MemorySegment bias, long biasOffset, Activation activation) {
        final boolean relu = activation == Activation.RELU;
        int v = nFrom / LANES;
        final int vEnd = (nTo + LANES - 1) / LANES;
        while (v < vEnd) {
            final int width = panelWidth(vEnd - v);
            final long panel = packedOffset + (long) v * VECTOR_BYTES * k;
            final int columns = Math.min(nTo - v * LANES, width * LANES);
            final long cPanel = cOffset + (long) v * VECTOR_BYTES;
            for (int p = 0; p < k || p == 0; p += K_BLOCK) {
                final int steps = Math.min(K_BLOCK, k - p);
                MemorySegment init = c;
                long initOffset = cPanel;
                long initRow = cRowStrideBytes;
                if (p == 0 && !accumulate) {
                    init = bias == null ? ZEROS : bias;
                    initOffset = bias == null ? 0 : biasOffset + (long) v * VECTOR_BYTES;
                    initRow = 0;
                }
                final long aBlock = aOffset + p * aColumnStrideBytes;
                final long bBlock = panel + (long) p * width * VECTOR_BYTES;
                if (columns == width * LANES) {
                    rows(width, a, aBlock, aRowStrideBytes, aColumnStrideBytes, packed, bBlock, m, steps, init,
                            initOffset, initRow, c, cPanel, cRowStrideBytes);
                } else {
                    edgeRows(width, a, aBlock, aRowStrideBytes, aColumnStrideBytes, packed, bBlock, m, steps, init,
                            initOffset, initRow, c, cPanel, cRowStrideBytes, columns);
                }
            }
            if (relu) {
                relu(c, cPanel, cRowStrideBytes, m, columns);
            }
            v += width;
        }
    }

    private static void relu(MemorySegment c, long cOffset, long cRow, int m, int n) {
        final int bound = FLOATS.loopBound(n);
        for (int i = 0; i < m; i++) {
            final long row = cOffset + i * cRow;
            int j = 0;
            for (; j < bound; j += LANES) {
                final long at = row + ((long) j << 2);
                FloatVector.fromMemorySegment(FLOATS, c, at, LE).max(0f).intoMemorySegment(c, at, LE);
            }
            for (; j < n; j++) {
                final long at = row + ((long) j << 2);
                c.set(FLOAT, at, Math.max(c.get(FLOAT, at), 0f));
            }
        }
    }

    /** Runs tiles whose last vector overhangs C through a copy as wide as the panel. */
    private static void edgeRows(int width, MemorySegment a, long aOffset, long aRow, long aColumn, MemorySegment b,
            long bOffset, int m, int k, MemorySegment init, long initOffset, long initRow, MemorySegment c,
            long cOffset,
            long cRow, int columns) {
        final MemorySegment edge = EDGE.get();
        final long edgeRow = (long) width * VECTOR_BYTES;
        final long columnBytes = (long) columns * Float.BYTES;
        for (int i = 0; i < m; i += TILE_ROWS) {
            final int height = Math.min(TILE_ROWS, m - i);
            for (int r = 0; r < height; r++) {
                MemorySegment.copy(init, initOffset + (i + r) * initRow, edge, r * edgeRow, columnBytes);
            }
            rows(width, a, aOffset + i * aRow, aRow, aColumn, b, bOffset, height, k, edge, 0, edgeRow, edge, 0,
                    edgeRow);
            for (int r = 0; r < height; r++) {
                MemorySegment.copy(edge, r * edgeRow, c, cOffset + (i + r) * cRow, columnBytes);
            }
        }
    }

    private static void rows(int width, MemorySegment a, long aOffset, long aRow, long aColumn, MemorySegment b,
            long bOffset, int m, int k, MemorySegment init, long initOffset, long initRow, MemorySegment c,
            long cOffset,
            long cRow) {
        int i = 0;
        while (i < m) {
            final int height = m - i >= TILE_ROWS ? TILE_ROWS : m - i >= 2 ? 2 : 1;
            final long aAt = aOffset + i * aRow;
            final long initAt = initOffset + i * initRow;
            final long cAt = cOffset + i * cRow;
            switch (width * 8 + height) {
                case 4 * 8 + 4 -> SgemmTiles4v.tile4x4(a, aAt, aRow, aColumn, b, bOffset, k, init, initAt, initRow, c,
                        cAt, cRow);
                case 4 * 8 + 2 -> SgemmTiles4v.tile2x4(a, aAt, aRow, aColumn, b, bOffset, k, init, initAt, initRow, c,
                        cAt, cRow);
                case 4 * 8 + 1 -> SgemmTiles4v.tile1x4(a, aAt, aRow, aColumn, b, bOffset, k, init, initAt, initRow, c,
                        cAt, cRow);
                case 2 * 8 + 4 -> SgemmTiles2v.tile4x2(a, aAt, aRow, aColumn, b, bOffset, k, init, initAt, initRow, c,
                        cAt, cRow);
                case 2 * 8 + 2 -> SgemmTiles2v.tile2x2(a, aAt, aRow, aColumn, b, bOffset, k, init, initAt, initRow, c,
                        cAt, cRow);
                case 2 * 8 + 1 -> SgemmTiles2v.tile1x2(a, aAt, aRow, aColumn, b, bOffset, k, init, initAt, initRow, c,
                        cAt, cRow);
                case 8 + 4 -> SgemmTiles1v.tile4x1(a, aAt, aRow, aColumn, b, bOffset, k, init, initAt, initRow, c, cAt,
                        cRow);
                case 8 + 2 -> SgemmTiles1v.tile2x1(a, aAt, aRow, aColumn, b, bOffset, k, init, initAt, initRow, c, cAt,
                        cRow);
                default -> SgemmTiles1v.tile1x1(a, aAt, aRow, aColumn, b, bOffset, k, init, initAt, initRow, c, cAt,
                        cRow);
            }
            i += height;
        }
    }
}
