package org.dlrm4j.bench;

import java.util.function.DoubleSupplier;
import org.dlrm4j.kernels.KernelInfo;

/** Runs {@link MachineLimits} in this JVM, for reports that are not JMH's. Figures are the best of several rounds. */
public final class MeasuredLimits {
    private static final int ROUNDS = 15;
    private static final long ROUND_NANOS = 20_000_000;
    private static final long WARM_UP_NANOS = 500_000_000;

    private static volatile double sink;

    private MeasuredLimits() {}

    /**
     * Measures multiply-adds in registers of the kernels' width.
     *
     * @return GFLOP/s of one core
     */
    public static double multiplyAddGflops() {
        final MachineLimits limits = new MachineLimits();
        final MachineLimits.Registers registers = new MachineLimits.Registers();
        registers.setUp();
        try {
            final int bits = KernelInfo.vectorBits();
            final double flops = 2.0 * bits / Float.SIZE * MachineLimits.FMA_ACCUMULATORS * MachineLimits.FMA_STEPS;
            return flops / bestNanos(() -> switch (bits) {
                case 512 -> limits.fma512(registers);
                case 256 -> limits.fma256(registers);
                default -> limits.fma128(registers);
            });
        } finally {
            registers.tearDown();
        }
    }

    /**
     * Measures reading memory in order, which no lookup of rows in that memory can beat.
     *
     * @param bytes size of the memory: it decides which cache holds it
     * @return GB/s of one core
     */
    public static double sequentialGigabytes(long bytes) {
        final MachineLimits limits = new MachineLimits();
        final MachineLimits.Sequence sequence = new MachineLimits.Sequence();
        sequence.sizeBytes = bytes;
        sequence.setUp();
        try {
            return (double) bytes * sequence.passes() / bestNanos(() -> limits.sequentialRead(sequence));
        } finally {
            sequence.tearDown();
        }
    }

    private static double bestNanos(DoubleSupplier call) {
        double nanos = round(call, WARM_UP_NANOS);
        for (int i = 0; i < ROUNDS; i++) {
            nanos = Math.min(nanos, round(call, ROUND_NANOS));
        }
        return nanos;
    }

    private static double round(DoubleSupplier call, long budgetNanos) {
        final long start = System.nanoTime();
        long calls = 0;
        do {
            sink = call.getAsDouble();
            calls++;
        } while (System.nanoTime() - start < budgetNanos);
        return (double) (System.nanoTime() - start) / calls;
    }
}
