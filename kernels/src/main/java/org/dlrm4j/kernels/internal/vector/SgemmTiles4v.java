package org.dlrm4j.kernels.internal.vector;

import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOAT;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOATS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LE;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.VECTOR_BYTES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * Register tiles of C that are four vectors wide. Each computes
 * {@code C = init + sum over p of A[:, p] · B[p, :]} for its rows, one fused multiply-add per element and step, p
 * ascending: the sum of an element does not depend on the tile that held it, the block sizes or the vector width.
 *
 * <p>{@code A} is read with any two strides (transposed operands need no copy), {@code B} is one packed panel,
 * {@code init} is C itself, or a bias or zeros with row stride 0.
 * Every accumulator is a named local with an initial value of its own: C2 keeps them in registers only so. B's offset is
 * linear in the int loop variable, so that its range checks leave the loop. Tiles are
 * at most four rows high and do not apply the activation: a larger method exceeds C1's virtual registers ("COMPILE
 * SKIPPED" in -XX:+PrintCompilation), and if C1 had compiled it without profiling before, C2 never gets it: 6x4 ran at
 * 94 % of peak in four runs of five, and boxed, 100 times slower, in the fifth.
 */
final class SgemmTiles4v {
    private static final long PANEL_BYTES = 4L * VECTOR_BYTES;

    private SgemmTiles4v() {}

    static void tile4x4(MemorySegment a, long aOffset, long aRow, long aColumn, MemorySegment b, long bOffset, int k,
            MemorySegment init, long initOffset, long initRow, MemorySegment c, long cOffset, long cRow) {
        FloatVector c00 = FloatVector.fromMemorySegment(FLOATS, init, initOffset, LE);
        FloatVector c01 = FloatVector.fromMemorySegment(FLOATS, init, initOffset + VECTOR_BYTES, LE);
        FloatVector c02 = FloatVector.fromMemorySegment(FLOATS, init, initOffset + 2 * VECTOR_BYTES, LE);
        FloatVector c03 = FloatVector.fromMemorySegment(FLOATS, init, initOffset + 3 * VECTOR_BYTES, LE);
        FloatVector c10 = FloatVector.fromMemorySegment(FLOATS, init, initOffset + initRow, LE);
        FloatVector c11 = FloatVector.fromMemorySegment(FLOATS, init, initOffset + initRow + VECTOR_BYTES, LE);
        FloatVector c12 = FloatVector.fromMemorySegment(FLOATS, init, initOffset + initRow + 2 * VECTOR_BYTES, LE);
        FloatVector c13 = FloatVector.fromMemorySegment(FLOATS, init, initOffset + initRow + 3 * VECTOR_BYTES, LE);
        FloatVector c20 = FloatVector.fromMemorySegment(FLOATS, init, initOffset + 2 * initRow, LE);
        FloatVector c21 = FloatVector.fromMemorySegment(FLOATS, init, initOffset + 2 * initRow + VECTOR_BYTES, LE);
        FloatVector c22 = FloatVector.fromMemorySegment(FLOATS, init, initOffset + 2 * initRow + 2 * VECTOR_BYTES, LE);
        FloatVector c23 = FloatVector.fromMemorySegment(FLOATS, init, initOffset + 2 * initRow + 3 * VECTOR_BYTES, LE);
        FloatVector c30 = FloatVector.fromMemorySegment(FLOATS, init, initOffset + 3 * initRow, LE);
        FloatVector c31 = FloatVector.fromMemorySegment(FLOATS, init, initOffset + 3 * initRow + VECTOR_BYTES, LE);
        FloatVector c32 = FloatVector.fromMemorySegment(FLOATS, init, initOffset + 3 * initRow + 2 * VECTOR_BYTES, LE);
        FloatVector c33 = FloatVector.fromMemorySegment(FLOATS, init, initOffset + 3 * initRow + 3 * VECTOR_BYTES, LE);
        long aAt = aOffset;
        for (int p = 0; p < k; p++) {
            final FloatVector b0 = FloatVector.fromMemorySegment(FLOATS, b, bOffset + p * PANEL_BYTES, LE);
            final FloatVector b1 = FloatVector.fromMemorySegment(FLOATS, b, bOffset + VECTOR_BYTES + p * PANEL_BYTES,
                    LE);
            final FloatVector b2 = FloatVector.fromMemorySegment(FLOATS, b,
                    bOffset + 2 * VECTOR_BYTES + p * PANEL_BYTES, LE);
            final FloatVector b3 = FloatVector.fromMemorySegment(FLOATS, b,
                    bOffset + 3 * VECTOR_BYTES + p * PANEL_BYTES, LE);
            final FloatVector a0 = FloatVector.broadcast(FLOATS, a.get(FLOAT, aAt));
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            c02 = a0.fma(b2, c02);
            c03 = a0.fma(b3, c03);
            final FloatVector a1 = FloatVector.broadcast(FLOATS, a.get(FLOAT, aAt + aRow));
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            c12 = a1.fma(b2, c12);
            c13 = a1.fma(b3, c13);
            final FloatVector a2 = FloatVector.broadcast(FLOATS, a.get(FLOAT, aAt + 2 * aRow));
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            c22 = a2.fma(b2, c22);
            c23 = a2.fma(b3, c23);
            final FloatVector a3 = FloatVector.broadcast(FLOATS, a.get(FLOAT, aAt + 3 * aRow));
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
            c32 = a3.fma(b2, c32);
            c33 = a3.fma(b3, c33);
            aAt += aColumn;
        }
        c00.intoMemorySegment(c, cOffset, LE);
        c01.intoMemorySegment(c, cOffset + VECTOR_BYTES, LE);
        c02.intoMemorySegment(c, cOffset + 2 * VECTOR_BYTES, LE);
        c03.intoMemorySegment(c, cOffset + 3 * VECTOR_BYTES, LE);
        c10.intoMemorySegment(c, cOffset + cRow, LE);
        c11.intoMemorySegment(c, cOffset + cRow + VECTOR_BYTES, LE);
        c12.intoMemorySegment(c, cOffset + cRow + 2 * VECTOR_BYTES, LE);
        c13.intoMemorySegment(c, cOffset + cRow + 3 * VECTOR_BYTES, LE);
        c20.intoMemorySegment(c, cOffset + 2 * cRow, LE);
        c21.intoMemorySegment(c, cOffset + 2 * cRow + VECTOR_BYTES, LE);
        c22.intoMemorySegment(c, cOffset + 2 * cRow + 2 * VECTOR_BYTES, LE);
        c23.intoMemorySegment(c, cOffset + 2 * cRow + 3 * VECTOR_BYTES, LE);
        c30.intoMemorySegment(c, cOffset + 3 * cRow, LE);
        c31.intoMemorySegment(c, cOffset + 3 * cRow + VECTOR_BYTES, LE);
        c32.intoMemorySegment(c, cOffset + 3 * cRow + 2 * VECTOR_BYTES, LE);
        c33.intoMemorySegment(c, cOffset + 3 * cRow + 3 * VECTOR_BYTES, LE);
    }

    static void tile2x4(MemorySegment a, long aOffset, long aRow, long aColumn, MemorySegment b, long bOffset, int k,
            MemorySegment init, long initOffset, long initRow, MemorySegment c, long cOffset, long cRow) {
        FloatVector c00 = FloatVector.fromMemorySegment(FLOATS, init, initOffset, LE);
        FloatVector c01 = FloatVector.fromMemorySegment(FLOATS, init, initOffset + VECTOR_BYTES, LE);
        FloatVector c02 = FloatVector.fromMemorySegment(FLOATS, init, initOffset + 2 * VECTOR_BYTES, LE);
        FloatVector c03 = FloatVector.fromMemorySegment(FLOATS, init, initOffset + 3 * VECTOR_BYTES, LE);
        FloatVector c10 = FloatVector.fromMemorySegment(FLOATS, init, initOffset + initRow, LE);
        FloatVector c11 = FloatVector.fromMemorySegment(FLOATS, init, initOffset + initRow + VECTOR_BYTES, LE);
        FloatVector c12 = FloatVector.fromMemorySegment(FLOATS, init, initOffset + initRow + 2 * VECTOR_BYTES, LE);
        FloatVector c13 = FloatVector.fromMemorySegment(FLOATS, init, initOffset + initRow + 3 * VECTOR_BYTES, LE);
        long aAt = aOffset;
        for (int p = 0; p < k; p++) {
            final FloatVector b0 = FloatVector.fromMemorySegment(FLOATS, b, bOffset + p * PANEL_BYTES, LE);
            final FloatVector b1 = FloatVector.fromMemorySegment(FLOATS, b, bOffset + VECTOR_BYTES + p * PANEL_BYTES,
                    LE);
            final FloatVector b2 = FloatVector.fromMemorySegment(FLOATS, b,
                    bOffset + 2 * VECTOR_BYTES + p * PANEL_BYTES, LE);
            final FloatVector b3 = FloatVector.fromMemorySegment(FLOATS, b,
                    bOffset + 3 * VECTOR_BYTES + p * PANEL_BYTES, LE);
            final FloatVector a0 = FloatVector.broadcast(FLOATS, a.get(FLOAT, aAt));
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            c02 = a0.fma(b2, c02);
            c03 = a0.fma(b3, c03);
            final FloatVector a1 = FloatVector.broadcast(FLOATS, a.get(FLOAT, aAt + aRow));
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            c12 = a1.fma(b2, c12);
            c13 = a1.fma(b3, c13);
            aAt += aColumn;
        }
        c00.intoMemorySegment(c, cOffset, LE);
        c01.intoMemorySegment(c, cOffset + VECTOR_BYTES, LE);
        c02.intoMemorySegment(c, cOffset + 2 * VECTOR_BYTES, LE);
        c03.intoMemorySegment(c, cOffset + 3 * VECTOR_BYTES, LE);
        c10.intoMemorySegment(c, cOffset + cRow, LE);
        c11.intoMemorySegment(c, cOffset + cRow + VECTOR_BYTES, LE);
        c12.intoMemorySegment(c, cOffset + cRow + 2 * VECTOR_BYTES, LE);
        c13.intoMemorySegment(c, cOffset + cRow + 3 * VECTOR_BYTES, LE);
    }

    static void tile1x4(MemorySegment a, long aOffset, long aRow, long aColumn, MemorySegment b, long bOffset, int k,
            MemorySegment init, long initOffset, long initRow, MemorySegment c, long cOffset, long cRow) {
        FloatVector c00 = FloatVector.fromMemorySegment(FLOATS, init, initOffset, LE);
        FloatVector c01 = FloatVector.fromMemorySegment(FLOATS, init, initOffset + VECTOR_BYTES, LE);
        FloatVector c02 = FloatVector.fromMemorySegment(FLOATS, init, initOffset + 2 * VECTOR_BYTES, LE);
        FloatVector c03 = FloatVector.fromMemorySegment(FLOATS, init, initOffset + 3 * VECTOR_BYTES, LE);
        long aAt = aOffset;
        for (int p = 0; p < k; p++) {
            final FloatVector b0 = FloatVector.fromMemorySegment(FLOATS, b, bOffset + p * PANEL_BYTES, LE);
            final FloatVector b1 = FloatVector.fromMemorySegment(FLOATS, b, bOffset + VECTOR_BYTES + p * PANEL_BYTES,
                    LE);
            final FloatVector b2 = FloatVector.fromMemorySegment(FLOATS, b,
                    bOffset + 2 * VECTOR_BYTES + p * PANEL_BYTES, LE);
            final FloatVector b3 = FloatVector.fromMemorySegment(FLOATS, b,
                    bOffset + 3 * VECTOR_BYTES + p * PANEL_BYTES, LE);
            final FloatVector a0 = FloatVector.broadcast(FLOATS, a.get(FLOAT, aAt));
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            c02 = a0.fma(b2, c02);
            c03 = a0.fma(b3, c03);
            aAt += aColumn;
        }
        c00.intoMemorySegment(c, cOffset, LE);
        c01.intoMemorySegment(c, cOffset + VECTOR_BYTES, LE);
        c02.intoMemorySegment(c, cOffset + 2 * VECTOR_BYTES, LE);
        c03.intoMemorySegment(c, cOffset + 3 * VECTOR_BYTES, LE);
    }

}
