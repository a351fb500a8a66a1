package org.dlrm4j.kernels.internal.vector;

import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOAT;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOATS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LE;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.VECTOR_BYTES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * Register tiles of C that are one vector wide. Each computes {@code C = sum over p of A[:, p] · B[p, :]} for its rows, one
 * fused multiply-add per element and step, p ascending from zero: the sum of an element does not depend on the tile that
 * held it or the vector width.
 *
 * <p>{@code A} is read with any two strides (transposed operands need no copy), {@code B} is one packed panel. Bias, what C
 * held before and the activation are {@link VectorGemm}'s: a tile that read its initial values would exceed C1's virtual
 * registers, and what C1 cannot profile C2 may never get. Every accumulator is a named local with a zero of its own: C2 keeps
 * them in registers only so. B's offset is linear in the int loop variable, so that its range checks leave the loop.
 */
final class SgemmTiles1v {
    private static final long PANEL_BYTES = 1L * VECTOR_BYTES;

    private SgemmTiles1v() {}

    static void tile6x1(MemorySegment a, long aOffset, long aRow, long aColumn, MemorySegment b, long bOffset, int k,
            MemorySegment c, long cOffset, long cRow) {
        FloatVector c00 = FloatVector.zero(FLOATS);
        FloatVector c10 = FloatVector.zero(FLOATS);
        FloatVector c20 = FloatVector.zero(FLOATS);
        FloatVector c30 = FloatVector.zero(FLOATS);
        FloatVector c40 = FloatVector.zero(FLOATS);
        FloatVector c50 = FloatVector.zero(FLOATS);
        long aAt = aOffset;
        for (int p = 0; p < k; p++) {
            final FloatVector b0 = FloatVector.fromMemorySegment(FLOATS, b, bOffset + p * PANEL_BYTES, LE);
            final FloatVector a0 = FloatVector.broadcast(FLOATS, a.get(FLOAT, aAt));
            c00 = a0.fma(b0, c00);
            final FloatVector a1 = FloatVector.broadcast(FLOATS, a.get(FLOAT, aAt + aRow));
            c10 = a1.fma(b0, c10);
            final FloatVector a2 = FloatVector.broadcast(FLOATS, a.get(FLOAT, aAt + 2 * aRow));
            c20 = a2.fma(b0, c20);
            final FloatVector a3 = FloatVector.broadcast(FLOATS, a.get(FLOAT, aAt + 3 * aRow));
            c30 = a3.fma(b0, c30);
            final FloatVector a4 = FloatVector.broadcast(FLOATS, a.get(FLOAT, aAt + 4 * aRow));
            c40 = a4.fma(b0, c40);
            final FloatVector a5 = FloatVector.broadcast(FLOATS, a.get(FLOAT, aAt + 5 * aRow));
            c50 = a5.fma(b0, c50);
            aAt += aColumn;
        }
        c00.intoMemorySegment(c, cOffset, LE);
        c10.intoMemorySegment(c, cOffset + cRow, LE);
        c20.intoMemorySegment(c, cOffset + 2 * cRow, LE);
        c30.intoMemorySegment(c, cOffset + 3 * cRow, LE);
        c40.intoMemorySegment(c, cOffset + 4 * cRow, LE);
        c50.intoMemorySegment(c, cOffset + 5 * cRow, LE);
    }

    static void tile4x1(MemorySegment a, long aOffset, long aRow, long aColumn, MemorySegment b, long bOffset, int k,
            MemorySegment c, long cOffset, long cRow) {
        FloatVector c00 = FloatVector.zero(FLOATS);
        FloatVector c10 = FloatVector.zero(FLOATS);
        FloatVector c20 = FloatVector.zero(FLOATS);
        FloatVector c30 = FloatVector.zero(FLOATS);
        long aAt = aOffset;
        for (int p = 0; p < k; p++) {
            final FloatVector b0 = FloatVector.fromMemorySegment(FLOATS, b, bOffset + p * PANEL_BYTES, LE);
            final FloatVector a0 = FloatVector.broadcast(FLOATS, a.get(FLOAT, aAt));
            c00 = a0.fma(b0, c00);
            final FloatVector a1 = FloatVector.broadcast(FLOATS, a.get(FLOAT, aAt + aRow));
            c10 = a1.fma(b0, c10);
            final FloatVector a2 = FloatVector.broadcast(FLOATS, a.get(FLOAT, aAt + 2 * aRow));
            c20 = a2.fma(b0, c20);
            final FloatVector a3 = FloatVector.broadcast(FLOATS, a.get(FLOAT, aAt + 3 * aRow));
            c30 = a3.fma(b0, c30);
            aAt += aColumn;
        }
        c00.intoMemorySegment(c, cOffset, LE);
        c10.intoMemorySegment(c, cOffset + cRow, LE);
        c20.intoMemorySegment(c, cOffset + 2 * cRow, LE);
        c30.intoMemorySegment(c, cOffset + 3 * cRow, LE);
    }

    static void tile2x1(MemorySegment a, long aOffset, long aRow, long aColumn, MemorySegment b, long bOffset, int k,
            MemorySegment c, long cOffset, long cRow) {
        FloatVector c00 = FloatVector.zero(FLOATS);
        FloatVector c10 = FloatVector.zero(FLOATS);
        long aAt = aOffset;
        for (int p = 0; p < k; p++) {
            final FloatVector b0 = FloatVector.fromMemorySegment(FLOATS, b, bOffset + p * PANEL_BYTES, LE);
            final FloatVector a0 = FloatVector.broadcast(FLOATS, a.get(FLOAT, aAt));
            c00 = a0.fma(b0, c00);
            final FloatVector a1 = FloatVector.broadcast(FLOATS, a.get(FLOAT, aAt + aRow));
            c10 = a1.fma(b0, c10);
            aAt += aColumn;
        }
        c00.intoMemorySegment(c, cOffset, LE);
        c10.intoMemorySegment(c, cOffset + cRow, LE);
    }

    static void tile1x1(MemorySegment a, long aOffset, long aRow, long aColumn, MemorySegment b, long bOffset, int k,
            MemorySegment c, long cOffset, long cRow) {
        FloatVector c00 = FloatVector.zero(FLOATS);
        long aAt = aOffset;
        for (int p = 0; p < k; p++) {
            final FloatVector b0 = FloatVector.fromMemorySegment(FLOATS, b, bOffset + p * PANEL_BYTES, LE);
            final FloatVector a0 = FloatVector.broadcast(FLOATS, a.get(FLOAT, aAt));
            c00 = a0.fma(b0, c00);
            aAt += aColumn;
        }
        c00.intoMemorySegment(c, cOffset, LE);
    }

}
