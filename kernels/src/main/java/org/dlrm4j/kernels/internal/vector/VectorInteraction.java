package org.dlrm4j.kernels.internal.vector;

import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOAT;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOATS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.INT;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LANES;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LE;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LONG;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.VECTOR_BYTES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import org.dlrm4j.kernels.internal.InteractionKernel;

/**
 * Pairwise dot products on vectors, without a horizontal sum. The forward pass transposes a sample to
 * {@code Tt[dim][paddedFeatures]}, so that lanes are columns {@code j} of {@code Z = T·Tᵀ}; tiles of 4 rows and 1 or 2
 * vectors of Z then stay in registers while {@code k} runs, and tiles above the diagonal are never computed. The
 * triangle is copied out of Z row by row in whole vectors, each of which the next row's first one cuts to size.
 */
final class VectorInteraction implements InteractionKernel {
    private static final int TILE_ROWS = 4;

    @Override
    public long scratchBytes(int features, int dim) {
        return ((long) dim + features) * paddedFeatures(features) * Float.BYTES + VectorTranspose.QUADS_BYTES;
    }

    @Override
    public void forward(MemorySegment t, long tOffset, long tSampleStrideBytes, int features, int dim, boolean itself,
            int batch, MemorySegment out, long outOffset, long outSampleStrideBytes, MemorySegment scratch,
            long scratchOffset) {
        final int padded = paddedFeatures(features);
        final long z = scratchOffset + ((long) dim * padded << 2);
        final long quads = z + ((long) features * padded << 2);
        for (int b = 0; b < batch; b++) {
            final long sample = tOffset + b * tSampleStrideBytes;
            final long to = outOffset + b * outSampleStrideBytes;
            transpose(t, sample, features, dim, scratch, scratchOffset, padded, quads);
            gram(t, sample, features, dim, scratch, scratchOffset, padded, z);
            MemorySegment.copy(t, sample, out, to, (long) dim << 2);
            copyTriangle(scratch, z, padded, features, itself, out, to + ((long) dim << 2));
        }
    }

    @Override
    public void backward(MemorySegment t, long tOffset, long tSampleStrideBytes, int features, int dim, boolean itself,
            int batch, MemorySegment dOut, long dOutOffset, long dOutSampleStrideBytes, MemorySegment dT, long dTOffset,
            long dTSampleStrideBytes, MemorySegment scratch, long scratchOffset) {
        final int padded = paddedFeatures(features);
        for (int b = 0; b < batch; b++) {
            final long direct = dOutOffset + b * dOutSampleStrideBytes;
            final long from = tOffset + b * tSampleStrideBytes;
            final long to = dTOffset + b * dTSampleStrideBytes;
            expandGradient(dOut, direct + ((long) dim << 2), features, itself, scratch, scratchOffset, padded);
            multiply(scratch, scratchOffset, (long) padded << 2, t, from, features, dim, dT, to);
            VectorElementwise.addScaledRow(dT, to, dOut, direct, dim, 1f);
        }
    }

    private static int paddedFeatures(int features) {
        return (features + LANES - 1) / LANES * LANES;
    }

    /**
     * Writes {@code Tt}, four rows at a time. Columns past the last feature hold copies of it: what comes of them is never
     * copied out.
     */
    private static void transpose(MemorySegment t, long sample, int features, int dim, MemorySegment scratch, long tt,
            int padded, long quads) {
        final long rowBytes = (long) dim << 2;
        final long columnBytes = (long) padded << 2;
        final long last = sample + (features - 1) * rowBytes;
        for (int i = 0; i < features; i += 4) {
            final long row0 = sample + i * rowBytes;
            final long row1 = Math.min(row0 + rowBytes, last);
            final long row2 = Math.min(row1 + rowBytes, last);
            final long row3 = Math.min(row2 + rowBytes, last);
            final long to = tt + ((long) i << 2);
            if (dim < LANES) {
                transposeTwo(t, row0, row1, dim, scratch, to, columnBytes);
                transposeTwo(t, row2, row3, dim, scratch, to + 2 * Float.BYTES, columnBytes);
                continue;
            }
            for (int k = 0; k < dim; k += LANES) {
                // The last block may overlap the one before: it writes the same values again.
                final int block = Math.min(k, dim - LANES);
                final long at = (long) block << 2;
                VectorTranspose.interleaveBody(t, row0 + at, row1 + at, row2 + at, row3 + at, scratch, quads);
                VectorTranspose.spreadBody(scratch, quads, scratch, to + block * columnBytes, columnBytes);
            }
        }
    }

    /** Rows shorter than a vector; two at a time, because a store of 8 bytes costs as much as one of 4. */
    private static void transposeTwo(MemorySegment t, long row0, long row1, int dim, MemorySegment scratch, long to,
            long columnBytes) {
        for (int k = 0; k < dim; k++) {
            final long at = (long) k << 2;
            final long pair = Integer.toUnsignedLong(t.get(INT, row0 + at)) | (long) t.get(INT, row1 + at) << 32;
            scratch.set(LONG, to + k * columnBytes, pair);
        }
    }

    /** Fills Z, rows of {@code padded} floats, up to the vector that holds the diagonal. */
    private static void gram(MemorySegment t, long sample, int features, int dim, MemorySegment scratch, long tt,
            int padded, long z) {
        final long rowBytes = (long) dim << 2;
        final long zRowBytes = (long) padded << 2;
        final int tileRows = features < TILE_ROWS ? 1 : TILE_ROWS;
        for (int tile = 0; tile < features; tile += tileRows) {
            // The last tile may overlap the one before: it computes the same values again.
            final int i = Math.min(tile, features - tileRows);
            final long row = sample + i * rowBytes;
            final long to = z + i * zRowBytes;
            // With fewer rows than a tile, all four rows of the tile are the same one.
            final long step = tileRows == 1 ? 0 : rowBytes;
            final long zStep = tileRows == 1 ? 0 : zRowBytes;
            int j = 0;
            for (; j + LANES < i + tileRows; j += 2 * LANES) {
                final long at = (long) j << 2;
                tile4x2(t, row, step, scratch, tt + at, zRowBytes, dim, scratch, to + at, zStep);
            }
            if (j < i + tileRows) {
                final long at = (long) j << 2;
                tile4x1Body(t, row, step, scratch, tt + at, zRowBytes, dim, scratch, to + at, zStep);
            }
        }
    }

    private static void copyTriangle(MemorySegment scratch, long z, int padded, int features, boolean itself,
            MemorySegment out, long outOffset) {
        final long end = outOffset + ((long) (features * (itself ? features + 1 : features - 1) / 2) << 2);
        final long zRowBytes = (long) padded << 2;
        final int diagonal = itself ? 1 : 0;
        long to = outOffset;
        int i = 1 - diagonal;
        // Whole vectors reach at most one vector past a row: safe while that much output follows the row.
        for (; i < features && to + ((long) (i + diagonal) << 2) + VECTOR_BYTES <= end; i++) {
            copyRowBody(scratch, z + i * zRowBytes, i + diagonal, out, to);
            to += (long) (i + diagonal) << 2;
        }
        for (; i < features; i++) {
            copyRowExactly(scratch, z + i * zRowBytes, i + diagonal, out, to);
            to += (long) (i + diagonal) << 2;
        }
    }

    private static void copyRowBody(MemorySegment scratch, long from, int columns, MemorySegment out, long to) {
        for (int j = 0; j < columns; j += LANES) {
            final long at = (long) j << 2;
            FloatVector.fromMemorySegment(FLOATS, scratch, from + at, LE).intoMemorySegment(out, to + at, LE);
        }
    }

    private static void copyRowExactly(MemorySegment scratch, long from, int columns, MemorySegment out, long to) {
        for (int j = 0; j < columns && columns >= LANES; j += LANES) {
            final long at = (long) Math.min(j, columns - LANES) << 2;
            FloatVector.fromMemorySegment(FLOATS, scratch, from + at, LE).intoMemorySegment(out, to + at, LE);
        }
        for (int j = 0; j < columns && columns < LANES; j++) {
            final long at = (long) j << 2;
            out.set(FLOAT, to + at, scratch.get(FLOAT, from + at));
        }
    }

    /** Writes {@code G + Gᵀ}, rows of {@code padded} floats. */
    private static void expandGradient(MemorySegment dOut, long triangle, int features, boolean itself,
            MemorySegment scratch, long g, int padded) {
        final long rowBytes = (long) padded << 2;
        long from = triangle;
        for (int i = 0; i < features; i++) {
            final long row = g + i * rowBytes;
            final long column = g + ((long) i << 2);
            for (int j = 0; j < i; j++) {
                final float value = dOut.get(FLOAT, from + ((long) j << 2));
                scratch.set(FLOAT, row + ((long) j << 2), value);
                scratch.set(FLOAT, column + j * rowBytes, value);
            }
            from += (long) i << 2;
            final float diagonal = itself ? 2 * dOut.get(FLOAT, from) : 0f;
            scratch.set(FLOAT, row + ((long) i << 2), diagonal);
            from += itself ? Float.BYTES : 0;
        }
    }

    /** {@code dT = Gs·T} for one sample. */
    private static void multiply(MemorySegment gs, long gOffset, long gRowBytes, MemorySegment t, long from,
            int features, int dim, MemorySegment dT, long to) {
        final long rowBytes = (long) dim << 2;
        final int tileRows = features < TILE_ROWS ? 1 : TILE_ROWS;
        final long step = tileRows == 1 ? 0 : rowBytes;
        final long gStep = tileRows == 1 ? 0 : gRowBytes;
        for (int tile = 0; tile < features; tile += tileRows) {
            final int i = Math.min(tile, features - tileRows);
            final long g = gOffset + i * gRowBytes;
            final long toRow = to + i * rowBytes;
            int k = 0;
            for (; k <= dim - 2 * LANES; k += 2 * LANES) {
                final long at = (long) k << 2;
                tile4x2(gs, g, gStep, t, from + at, rowBytes, features, dT, toRow + at, step);
            }
            for (; k < dim && dim >= LANES; k += LANES) {
                final long at = (long) Math.min(k, dim - LANES) << 2;
                tile4x1Body(gs, g, gStep, t, from + at, rowBytes, features, dT, toRow + at, step);
            }
            for (; k < dim; k++) {
                multiplyColumn(gs, g, gRowBytes, tileRows, t, from, rowBytes, (long) k << 2, features, dT, toRow);
            }
        }
    }

    /**
     * {@code c[r] = Σ_s a[r][s] · b[s]} for 4 rows of two vectors, {@code s} ascending. Stands alone: it is called once a
     * tile and is too long to be inlined.
     */
    private static void tile4x2(MemorySegment a, long aOffset, long aStepBytes, MemorySegment b, long bOffset,
            long bRowBytes, int steps, MemorySegment c, long cOffset, long cStepBytes) {
        final long a1 = aOffset + aStepBytes;
        final long a2 = a1 + aStepBytes;
        final long a3 = a2 + aStepBytes;
        FloatVector c00 = FloatVector.zero(FLOATS);
        FloatVector c01 = FloatVector.zero(FLOATS);
        FloatVector c10 = FloatVector.zero(FLOATS);
        FloatVector c11 = FloatVector.zero(FLOATS);
        FloatVector c20 = FloatVector.zero(FLOATS);
        FloatVector c21 = FloatVector.zero(FLOATS);
        FloatVector c30 = FloatVector.zero(FLOATS);
        FloatVector c31 = FloatVector.zero(FLOATS);
        for (int s = 0; s < steps; s++) {
            final long at = (long) s << 2;
            final long bRow = bOffset + s * bRowBytes;
            final FloatVector b0 = FloatVector.fromMemorySegment(FLOATS, b, bRow, LE);
            final FloatVector b1 = FloatVector.fromMemorySegment(FLOATS, b, bRow + VECTOR_BYTES, LE);
            final FloatVector x0 = FloatVector.broadcast(FLOATS, a.get(FLOAT, aOffset + at));
            c00 = b0.fma(x0, c00);
            c01 = b1.fma(x0, c01);
            final FloatVector x1 = FloatVector.broadcast(FLOATS, a.get(FLOAT, a1 + at));
            c10 = b0.fma(x1, c10);
            c11 = b1.fma(x1, c11);
            final FloatVector x2 = FloatVector.broadcast(FLOATS, a.get(FLOAT, a2 + at));
            c20 = b0.fma(x2, c20);
            c21 = b1.fma(x2, c21);
            final FloatVector x3 = FloatVector.broadcast(FLOATS, a.get(FLOAT, a3 + at));
            c30 = b0.fma(x3, c30);
            c31 = b1.fma(x3, c31);
        }
        final long to1 = cOffset + cStepBytes;
        final long to2 = to1 + cStepBytes;
        final long to3 = to2 + cStepBytes;
        c00.intoMemorySegment(c, cOffset, LE);
        c01.intoMemorySegment(c, cOffset + VECTOR_BYTES, LE);
        c10.intoMemorySegment(c, to1, LE);
        c11.intoMemorySegment(c, to1 + VECTOR_BYTES, LE);
        c20.intoMemorySegment(c, to2, LE);
        c21.intoMemorySegment(c, to2 + VECTOR_BYTES, LE);
        c30.intoMemorySegment(c, to3, LE);
        c31.intoMemorySegment(c, to3 + VECTOR_BYTES, LE);
    }

    /** As {@link #tile4x2} for one vector. */
    private static void tile4x1Body(MemorySegment a, long aOffset, long aStepBytes, MemorySegment b, long bOffset,
            long bRowBytes, int steps, MemorySegment c, long cOffset, long cStepBytes) {
        final long a1 = aOffset + aStepBytes;
        final long a2 = a1 + aStepBytes;
        final long a3 = a2 + aStepBytes;
        FloatVector c00 = FloatVector.zero(FLOATS);
        FloatVector c10 = FloatVector.zero(FLOATS);
        FloatVector c20 = FloatVector.zero(FLOATS);
        FloatVector c30 = FloatVector.zero(FLOATS);
        for (int s = 0; s < steps; s++) {
            final long at = (long) s << 2;
            final long bRow = bOffset + s * bRowBytes;
            final FloatVector b0 = FloatVector.fromMemorySegment(FLOATS, b, bRow, LE);
            final FloatVector x0 = FloatVector.broadcast(FLOATS, a.get(FLOAT, aOffset + at));
            c00 = b0.fma(x0, c00);
            final FloatVector x1 = FloatVector.broadcast(FLOATS, a.get(FLOAT, a1 + at));
            c10 = b0.fma(x1, c10);
            final FloatVector x2 = FloatVector.broadcast(FLOATS, a.get(FLOAT, a2 + at));
            c20 = b0.fma(x2, c20);
            final FloatVector x3 = FloatVector.broadcast(FLOATS, a.get(FLOAT, a3 + at));
            c30 = b0.fma(x3, c30);
        }
        final long to1 = cOffset + cStepBytes;
        final long to2 = to1 + cStepBytes;
        final long to3 = to2 + cStepBytes;
        c00.intoMemorySegment(c, cOffset, LE);
        c10.intoMemorySegment(c, to1, LE);
        c20.intoMemorySegment(c, to2, LE);
        c30.intoMemorySegment(c, to3, LE);
    }

    private static void multiplyColumn(MemorySegment gs, long g, long gRowBytes, int rows, MemorySegment t, long from,
            long rowBytes, long columnBytes, int features, MemorySegment dT, long to) {
        for (int i = 0; i < rows; i++) {
            float sum = 0;
            for (int j = 0; j < features; j++) {
                sum = Math.fma(gs.get(FLOAT, g + i * gRowBytes + ((long) j << 2)),
                        t.get(FLOAT, from + j * rowBytes + columnBytes), sum);
            }
            dT.set(FLOAT, to + i * rowBytes + columnBytes, sum);
        }
    }
}
