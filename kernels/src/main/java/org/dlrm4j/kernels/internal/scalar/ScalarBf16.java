package org.dlrm4j.kernels.internal.scalar;

import static org.dlrm4j.kernels.internal.Layouts.FLOAT;
import static org.dlrm4j.kernels.internal.Layouts.SHORT;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.internal.Bf16;
import org.dlrm4j.kernels.internal.Bf16Kernel;
import org.dlrm4j.kernels.internal.CounterRandom;

/** Rows of bfloat16 in plain Java; also the tails of the vector kernels. */
public final class ScalarBf16 implements Bf16Kernel {
    @Override
    public void widen(MemorySegment row, long rowAt, int dim, MemorySegment out, long outAt) {
        widen(row, rowAt, 0, dim, out, outAt);
    }

    @Override
    public void roundAtRandom(MemorySegment in, long inAt, int dim, MemorySegment row, long rowAt, long rowKey) {
        roundAtRandom(in, inAt, 0, dim, row, rowAt, rowKey);
    }

    /** Widens the elements {@code [from, to)} of a row. */
    public static void widen(MemorySegment row, long rowAt, int from, int to, MemorySegment out, long outAt) {
        for (int j = from; j < to; j++) {
            out.set(FLOAT, outAt + ((long) j << 2), Bf16.toFloat(row.get(SHORT, rowAt + ((long) j << 1))));
        }
    }

    /** Rounds the elements {@code [from, to)} of a row. */
    public static void roundAtRandom(MemorySegment in, long inAt, int from, int to, MemorySegment row, long rowAt,
            long rowKey) {
        for (int j = from; j < to; j++) {
            row.set(SHORT, rowAt + ((long) j << 1), Bf16.stochastic(in.get(FLOAT, inAt + ((long) j << 2)),
                    CounterRandom.bits(rowKey, j) >>> 16));
        }
    }
}
