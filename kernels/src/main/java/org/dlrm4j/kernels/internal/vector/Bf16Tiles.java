package org.dlrm4j.kernels.internal.vector;

import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.S2I;
import static org.dlrm4j.kernels.internal.vector.CompactVectors.BF16_ODD;
import static org.dlrm4j.kernels.internal.vector.CompactVectors.SHORTS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOAT;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOATS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.INTS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LE;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.VECTOR_BYTES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;

/**
 * Register tiles over bfloat16 weights: the sums of {@link SgemmTiles4v}, {@link SgemmTiles2v} and {@link SgemmTiles1v}, step by step,
 * with {@code B} widened in registers. In a panel of two or four vectors each int holds an element of two neighbouring vectors, so that
 * one shift or mask widens a vector; a panel of one vector widens lane by lane.
 */
final class Bf16Tiles {
    private static final long STEP4_BYTES = 2L * VECTOR_BYTES;
    private static final long STEP2_BYTES = VECTOR_BYTES;
    private static final long STEP1_BYTES = VECTOR_BYTES / 2;

    private Bf16Tiles() {}

    static void tile4x4(MemorySegment a, long aOffset, long aRow, MemorySegment b, long bOffset, int k,
            MemorySegment tile) {
        FloatVector c00 = FloatVector.zero(FLOATS);
        FloatVector c01 = FloatVector.zero(FLOATS);
        FloatVector c02 = FloatVector.zero(FLOATS);
        FloatVector c03 = FloatVector.zero(FLOATS);
        FloatVector c10 = FloatVector.zero(FLOATS);
        FloatVector c11 = FloatVector.zero(FLOATS);
        FloatVector c12 = FloatVector.zero(FLOATS);
        FloatVector c13 = FloatVector.zero(FLOATS);
        FloatVector c20 = FloatVector.zero(FLOATS);
        FloatVector c21 = FloatVector.zero(FLOATS);
        FloatVector c22 = FloatVector.zero(FLOATS);
        FloatVector c23 = FloatVector.zero(FLOATS);
        FloatVector c30 = FloatVector.zero(FLOATS);
        FloatVector c31 = FloatVector.zero(FLOATS);
        FloatVector c32 = FloatVector.zero(FLOATS);
        FloatVector c33 = FloatVector.zero(FLOATS);
        long aAt = aOffset;
        for (int p = 0; p < k; p++) {
            final IntVector pairs0 = IntVector.fromMemorySegment(INTS, b, bOffset + p * STEP4_BYTES, LE);
            final IntVector pairs1 = IntVector.fromMemorySegment(INTS, b, bOffset + VECTOR_BYTES + p * STEP4_BYTES,
                    LE);
            final FloatVector b0 = pairs0.lanewise(LSHL, 16).reinterpretAsFloats();
            final FloatVector b1 = pairs0.and(BF16_ODD).reinterpretAsFloats();
            final FloatVector b2 = pairs1.lanewise(LSHL, 16).reinterpretAsFloats();
            final FloatVector b3 = pairs1.and(BF16_ODD).reinterpretAsFloats();
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
            aAt += Float.BYTES;
        }
        c00.intoMemorySegment(tile, 0, LE);
        c01.intoMemorySegment(tile, VECTOR_BYTES, LE);
        c02.intoMemorySegment(tile, 2L * VECTOR_BYTES, LE);
        c03.intoMemorySegment(tile, 3L * VECTOR_BYTES, LE);
        c10.intoMemorySegment(tile, 4L * VECTOR_BYTES, LE);
        c11.intoMemorySegment(tile, 5L * VECTOR_BYTES, LE);
        c12.intoMemorySegment(tile, 6L * VECTOR_BYTES, LE);
        c13.intoMemorySegment(tile, 7L * VECTOR_BYTES, LE);
        c20.intoMemorySegment(tile, 8L * VECTOR_BYTES, LE);
        c21.intoMemorySegment(tile, 9L * VECTOR_BYTES, LE);
        c22.intoMemorySegment(tile, 10L * VECTOR_BYTES, LE);
        c23.intoMemorySegment(tile, 11L * VECTOR_BYTES, LE);
        c30.intoMemorySegment(tile, 12L * VECTOR_BYTES, LE);
        c31.intoMemorySegment(tile, 13L * VECTOR_BYTES, LE);
        c32.intoMemorySegment(tile, 14L * VECTOR_BYTES, LE);
        c33.intoMemorySegment(tile, 15L * VECTOR_BYTES, LE);
    }

    static void tile2x4(MemorySegment a, long aOffset, long aRow, MemorySegment b, long bOffset, int k,
            MemorySegment tile) {
        FloatVector c00 = FloatVector.zero(FLOATS);
        FloatVector c01 = FloatVector.zero(FLOATS);
        FloatVector c02 = FloatVector.zero(FLOATS);
        FloatVector c03 = FloatVector.zero(FLOATS);
        FloatVector c10 = FloatVector.zero(FLOATS);
        FloatVector c11 = FloatVector.zero(FLOATS);
        FloatVector c12 = FloatVector.zero(FLOATS);
        FloatVector c13 = FloatVector.zero(FLOATS);
        long aAt = aOffset;
        for (int p = 0; p < k; p++) {
            final IntVector pairs0 = IntVector.fromMemorySegment(INTS, b, bOffset + p * STEP4_BYTES, LE);
            final IntVector pairs1 = IntVector.fromMemorySegment(INTS, b, bOffset + VECTOR_BYTES + p * STEP4_BYTES,
                    LE);
            final FloatVector b0 = pairs0.lanewise(LSHL, 16).reinterpretAsFloats();
            final FloatVector b1 = pairs0.and(BF16_ODD).reinterpretAsFloats();
            final FloatVector b2 = pairs1.lanewise(LSHL, 16).reinterpretAsFloats();
            final FloatVector b3 = pairs1.and(BF16_ODD).reinterpretAsFloats();
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
            aAt += Float.BYTES;
        }
        c00.intoMemorySegment(tile, 0, LE);
        c01.intoMemorySegment(tile, VECTOR_BYTES, LE);
        c02.intoMemorySegment(tile, 2L * VECTOR_BYTES, LE);
        c03.intoMemorySegment(tile, 3L * VECTOR_BYTES, LE);
        c10.intoMemorySegment(tile, 4L * VECTOR_BYTES, LE);
        c11.intoMemorySegment(tile, 5L * VECTOR_BYTES, LE);
        c12.intoMemorySegment(tile, 6L * VECTOR_BYTES, LE);
        c13.intoMemorySegment(tile, 7L * VECTOR_BYTES, LE);
    }

    static void tile1x4(MemorySegment a, long aOffset, MemorySegment b, long bOffset, int k, MemorySegment tile) {
        FloatVector c00 = FloatVector.zero(FLOATS);
        FloatVector c01 = FloatVector.zero(FLOATS);
        FloatVector c02 = FloatVector.zero(FLOATS);
        FloatVector c03 = FloatVector.zero(FLOATS);
        long aAt = aOffset;
        for (int p = 0; p < k; p++) {
            final IntVector pairs0 = IntVector.fromMemorySegment(INTS, b, bOffset + p * STEP4_BYTES, LE);
            final IntVector pairs1 = IntVector.fromMemorySegment(INTS, b, bOffset + VECTOR_BYTES + p * STEP4_BYTES,
                    LE);
            final FloatVector a0 = FloatVector.broadcast(FLOATS, a.get(FLOAT, aAt));
            c00 = a0.fma(pairs0.lanewise(LSHL, 16).reinterpretAsFloats(), c00);
            c01 = a0.fma(pairs0.and(BF16_ODD).reinterpretAsFloats(), c01);
            c02 = a0.fma(pairs1.lanewise(LSHL, 16).reinterpretAsFloats(), c02);
            c03 = a0.fma(pairs1.and(BF16_ODD).reinterpretAsFloats(), c03);
            aAt += Float.BYTES;
        }
        c00.intoMemorySegment(tile, 0, LE);
        c01.intoMemorySegment(tile, VECTOR_BYTES, LE);
        c02.intoMemorySegment(tile, 2L * VECTOR_BYTES, LE);
        c03.intoMemorySegment(tile, 3L * VECTOR_BYTES, LE);
    }

    static void tile1x2(MemorySegment a, long aOffset, MemorySegment b, long bOffset, int k, MemorySegment tile) {
        FloatVector c00 = FloatVector.zero(FLOATS);
        FloatVector c01 = FloatVector.zero(FLOATS);
        long aAt = aOffset;
        for (int p = 0; p < k; p++) {
            final IntVector pairs = IntVector.fromMemorySegment(INTS, b, bOffset + p * STEP2_BYTES, LE);
            final FloatVector a0 = FloatVector.broadcast(FLOATS, a.get(FLOAT, aAt));
            c00 = a0.fma(pairs.lanewise(LSHL, 16).reinterpretAsFloats(), c00);
            c01 = a0.fma(pairs.and(BF16_ODD).reinterpretAsFloats(), c01);
            aAt += Float.BYTES;
        }
        c00.intoMemorySegment(tile, 0, LE);
        c01.intoMemorySegment(tile, VECTOR_BYTES, LE);
    }

    static void tile1x1(MemorySegment a, long aOffset, MemorySegment b, long bOffset, int k, MemorySegment tile) {
        FloatVector c00 = FloatVector.zero(FLOATS);
        long aAt = aOffset;
        for (int p = 0; p < k; p++) {
            final FloatVector b0 = ShortVector.fromMemorySegment(SHORTS, b, bOffset + p * STEP1_BYTES, LE)
                    .convertShape(S2I, INTS, 0).reinterpretAsInts().lanewise(LSHL, 16).reinterpretAsFloats();
            c00 = FloatVector.broadcast(FLOATS, a.get(FLOAT, aAt)).fma(b0, c00);
            aAt += Float.BYTES;
        }
        c00.intoMemorySegment(tile, 0, LE);
    }
}
