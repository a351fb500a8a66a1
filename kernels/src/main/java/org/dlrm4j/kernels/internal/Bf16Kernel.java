package org.dlrm4j.kernels.internal;

import java.lang.foreign.MemorySegment;

/** One row of bfloat16 as float32, and back with random rounding. Arguments were checked by the facades. */
public interface Bf16Kernel {
    /** {@code out[j] = row[j]}, exactly. */
    void widen(MemorySegment row, long rowAt, int dim, MemorySegment out, long outAt);

    /**
     * {@code row[j] = stochastic(in[j], bits(j) >>> 16)}, with the {@link CounterRandom} of {@code rowKey} and the rounding of
     * {@link Bf16#stochastic}.
     */
    void roundAtRandom(MemorySegment in, long inAt, int dim, MemorySegment row, long rowAt, long rowKey);
}
