package org.dlrm4j.bench;

import java.util.function.DoubleSupplier;
import org.dlrm4j.kernels.KernelInfo;

/** Runs {@link MachineLimits} and {@link MemoryLimits} in this JVM, for reports that are not JMH's. Figures are the best of several rounds. */
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
     * Measures reading memory in order.
     *
     * @param level where the memory is
     * @return GB/s of one core
     */
    public static double sequentialGigabytes(MemoryLevel level) {
        final MemoryLimits limits = new MemoryLimits();
        final MemoryLimits.Sequence sequence = new MemoryLimits.Sequence();
        sequence.prepare(level.bytes());
        try {
            return (double) level.bytes() * sequence.passes() / bestNanos(() -> limits.sequentialRead(sequence));
        } finally {
            sequence.tearDown();
        }
    }

    /**
     * Measures reading random rows of a table.
     *
     * @param rowBytes size of a row: 64, 128, 256 or 512
     * @param tableBytes size of the table, which decides where it is
     * @param pages size of its pages
     * @return GB/s of one core
     */
    public static double randomReadGigabytes(int rowBytes, long tableBytes, PageSize pages) {
        final MemoryLimits limits = new MemoryLimits();
        final MemoryLimits.RandomRows rows = rows(rowBytes, tableBytes, pages);
        try {
            return (double) rowBytes * MemoryLimits.RandomRows.COUNT / bestNanos(() -> limits.randomRead(rows));
        } finally {
            rows.tearDown();
        }
    }

    /**
     * Measures reading and writing random rows of a table with huge pages.
     *
     * @param rowBytes size of a row, a multiple of 64
     * @param tableBytes size of the table, which decides where it is
     * @return GB/s of one core, reads and writes together
     */
    public static double randomUpdateGigabytes(int rowBytes, long tableBytes) {
        final MemoryLimits limits = new MemoryLimits();
        final MemoryLimits.RandomRows rows = rows(rowBytes, tableBytes, PageSize.HUGE);
        try {
            return 2.0 * rowBytes * MemoryLimits.RandomRows.COUNT
                    / bestNanos(() -> limits.randomUpdate(rows).byteSize());
        } finally {
            rows.tearDown();
        }
    }

    private static MemoryLimits.RandomRows rows(int rowBytes, long tableBytes, PageSize pages) {
        final MemoryLimits.RandomRows rows = new MemoryLimits.RandomRows();
        rows.rowBytes = rowBytes;
        rows.pages = pages;
        rows.prepare(tableBytes);
        return rows;
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
