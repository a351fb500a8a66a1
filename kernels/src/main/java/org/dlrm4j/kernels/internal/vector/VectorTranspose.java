package org.dlrm4j.kernels.internal.vector;

import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOATS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LANES;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LE;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LONG;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.VECTOR_BYTES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/** Turns four rows, a vector of each, into columns: interleaved in registers, then spread from a scratch buffer. */
final class VectorTranspose {
    /** What {@link #interleaveBody} writes. */
    static final long QUADS_BYTES = 4L * VECTOR_BYTES;

    private static final VectorShuffle<Float> TWICE_LOW = VectorShuffle.fromOp(FLOATS, lane -> lane / 2);
    private static final VectorShuffle<Float> TWICE_HIGH = VectorShuffle.fromOp(FLOATS, lane -> (LANES + lane) / 2);
    private static final VectorMask<Float> ODD = VectorMask.fromLong(FLOATS, 0xaaaaL);

    private static final VectorShuffle<Float> QUADS_TWICE_LOW = VectorShuffle.fromOp(FLOATS,
            lane -> lane / 8 * 4 + lane % 4);
    private static final VectorShuffle<Float> QUADS_TWICE_HIGH = VectorShuffle.fromOp(FLOATS,
            lane -> (LANES + lane) / 8 * 4 + lane % 4);
    private static final VectorMask<Float> ODD_QUADS = VectorMask.fromLong(FLOATS, 0xf0f0L);

    private VectorTranspose() {}

    /** Writes one vector of each row as {@code a0 b0 c0 d0 a1 b1 c1 d1 ...}. */
    static void interleaveBody(MemorySegment t, long row0, long row1, long row2, long row3,
            MemorySegment scratch, long quads) {
        final FloatVector a = FloatVector.fromMemorySegment(FLOATS, t, row0, LE);
        final FloatVector b = FloatVector.fromMemorySegment(FLOATS, t, row1, LE);
        final FloatVector c = FloatVector.fromMemorySegment(FLOATS, t, row2, LE);
        final FloatVector d = FloatVector.fromMemorySegment(FLOATS, t, row3, LE);
        final FloatVector acLow = a.rearrange(TWICE_LOW).blend(c.rearrange(TWICE_LOW), ODD);
        final FloatVector acHigh = a.rearrange(TWICE_HIGH).blend(c.rearrange(TWICE_HIGH), ODD);
        final FloatVector bdLow = b.rearrange(TWICE_LOW).blend(d.rearrange(TWICE_LOW), ODD);
        final FloatVector bdHigh = b.rearrange(TWICE_HIGH).blend(d.rearrange(TWICE_HIGH), ODD);
        acLow.rearrange(TWICE_LOW).blend(bdLow.rearrange(TWICE_LOW), ODD).intoMemorySegment(scratch, quads, LE);
        acLow.rearrange(TWICE_HIGH).blend(bdLow.rearrange(TWICE_HIGH), ODD)
                .intoMemorySegment(scratch, quads + VECTOR_BYTES, LE);
        acHigh.rearrange(TWICE_LOW).blend(bdHigh.rearrange(TWICE_LOW), ODD)
                .intoMemorySegment(scratch, quads + 2 * VECTOR_BYTES, LE);
        acHigh.rearrange(TWICE_HIGH).blend(bdHigh.rearrange(TWICE_HIGH), ODD)
                .intoMemorySegment(scratch, quads + 3 * VECTOR_BYTES, LE);
    }

    /**
     * Copies each quad to a column of its own, as two longs: a second vector species in the same code makes C2 lose the
     * class of vectors, and then it allocates them. Two quads a turn, because loops of few turns are mostly overhead.
     */
    static void spreadBody(MemorySegment scratch, long quads, MemorySegment out, long to, long columnBytes) {
        for (int q = 0; q < LANES; q += 2) {
            final long from = quads + ((long) q << 4);
            final long column = to + q * columnBytes;
            final long next = column + columnBytes;
            out.set(LONG, column, scratch.get(LONG, from));
            out.set(LONG, column + 8, scratch.get(LONG, from + 8));
            out.set(LONG, next, scratch.get(LONG, from + 16));
            out.set(LONG, next + 8, scratch.get(LONG, from + 24));
        }
    }

    /**
     * Turns quads of four rows, vector {@code v} of four results of {@link #interleaveBody} a distance of {@link #QUADS_BYTES} apart,
     * into four columns of 16. Vectors have 16 lanes.
     */
    static void columnsBody(MemorySegment quads, long v, MemorySegment out, long to, long columnBytes) {
        final FloatVector a = FloatVector.fromMemorySegment(FLOATS, quads, v, LE);
        final FloatVector b = FloatVector.fromMemorySegment(FLOATS, quads, v + QUADS_BYTES, LE);
        final FloatVector c = FloatVector.fromMemorySegment(FLOATS, quads, v + 2 * QUADS_BYTES, LE);
        final FloatVector d = FloatVector.fromMemorySegment(FLOATS, quads, v + 3 * QUADS_BYTES, LE);
        final FloatVector acLow = a.rearrange(QUADS_TWICE_LOW).blend(c.rearrange(QUADS_TWICE_LOW), ODD_QUADS);
        final FloatVector acHigh = a.rearrange(QUADS_TWICE_HIGH).blend(c.rearrange(QUADS_TWICE_HIGH), ODD_QUADS);
        final FloatVector bdLow = b.rearrange(QUADS_TWICE_LOW).blend(d.rearrange(QUADS_TWICE_LOW), ODD_QUADS);
        final FloatVector bdHigh = b.rearrange(QUADS_TWICE_HIGH).blend(d.rearrange(QUADS_TWICE_HIGH), ODD_QUADS);
        acLow.rearrange(QUADS_TWICE_LOW).blend(bdLow.rearrange(QUADS_TWICE_LOW), ODD_QUADS)
                .intoMemorySegment(out, to, LE);
        acLow.rearrange(QUADS_TWICE_HIGH).blend(bdLow.rearrange(QUADS_TWICE_HIGH), ODD_QUADS)
                .intoMemorySegment(out, to + columnBytes, LE);
        acHigh.rearrange(QUADS_TWICE_LOW).blend(bdHigh.rearrange(QUADS_TWICE_LOW), ODD_QUADS)
                .intoMemorySegment(out, to + 2 * columnBytes, LE);
        acHigh.rearrange(QUADS_TWICE_HIGH).blend(bdHigh.rearrange(QUADS_TWICE_HIGH), ODD_QUADS)
                .intoMemorySegment(out, to + 3 * columnBytes, LE);
    }
}
