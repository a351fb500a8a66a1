package org.dlrm4j.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.function.DoubleSupplier;
import java.util.function.ToDoubleFunction;
import org.dlrm4j.kernels.KernelInfo;

/** Runs {@link MachineLimits} and {@link MemoryLimits} in this JVM, for reports that are not JMH's. Figures are the best of several rounds. */
public final class MeasuredLimits {
    private static final int ROUNDS = 100;
    private static final long ROUND_NANOS = 3_000_000;
    private static final long WARM_UP_NANOS = 300_000_000;
    private static final long MAX_NANOS = 4_000_000_000L;

    /** A round that is better by less than this part is not news. */
    private static final double GAIN = 0.98;

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

    /**
     * Measures reading memory in order by several threads at once, each with memory of its own.
     *
     * @param level where the memory is
     * @param threads how many
     * @return GB/s of all together
     */
    public static double sequentialGigabytes(MemoryLevel level, int threads) {
        final MemoryLimits limits = new MemoryLimits();
        final List<MemoryLimits.Sequence> sequences = new ArrayList<>();
        try {
            for (int t = 0; t < threads; t++) {
                sequences.add(new MemoryLimits.Sequence());
                sequences.getLast().prepare(level.bytes(threads));
            }
            return (double) level.bytes(threads) * sequences.getFirst().passes()
                    * callsPerNano(sequences, limits::sequentialRead);
        } finally {
            sequences.forEach(MemoryLimits.Sequence::tearDown);
        }
    }

    /**
     * Measures reading random rows, each thread from a table with huge pages of its own.
     *
     * @param rowBytes size of a row: 64, 128, 256 or 512
     * @param tableBytes size of each table
     * @param threads how many
     * @return GB/s of all together
     */
    public static double randomReadGigabytes(int rowBytes, long tableBytes, int threads) {
        final MemoryLimits limits = new MemoryLimits();
        final List<MemoryLimits.RandomRows> tables = new ArrayList<>();
        try {
            for (int t = 0; t < threads; t++) {
                tables.add(rows(rowBytes, tableBytes, PageSize.HUGE));
            }
            return (double) rowBytes * MemoryLimits.RandomRows.COUNT * callsPerNano(tables, limits::randomRead);
        } finally {
            tables.forEach(MemoryLimits.RandomRows::tearDown);
        }
    }

    /**
     * Measures loads that wait for each other.
     *
     * @param bytes memory that they are spread over
     * @return nanoseconds a load
     */
    public static double latencyNanos(long bytes) {
        try (DependentLoads loads = new DependentLoads(bytes)) {
            return bestNanos(loads::run) / DependentLoads.STEPS;
        }
    }

    /** Counts calls of all threads while all of them run. */
    private static <T> double callsPerNano(List<T> states, ToDoubleFunction<T> call) {
        final double[] rates = new double[states.size()];
        final CyclicBarrier start = new CyclicBarrier(states.size());
        final List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < rates.length; i++) {
            final int number = i;
            threads.add(Thread.ofPlatform().daemon().start(() -> {
                final DoubleSupplier own = () -> call.applyAsDouble(states.get(number));
                round(own, WARM_UP_NANOS / 2);
                awaitAll(start);
                rates[number] = 1 / round(own, ROUNDS * ROUND_NANOS);
            }));
        }
        double sum = 0;
        for (int i = 0; i < rates.length; i++) {
            join(threads.get(i));
            sum += rates[i];
        }
        return sum;
    }

    private static void awaitAll(CyclicBarrier start) {
        try {
            start.await();
        } catch (InterruptedException | BrokenBarrierException e) {
            throw new IllegalStateException("measurement was interrupted", e);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException("measurement was interrupted", e);
        }
    }

    private static MemoryLimits.RandomRows rows(int rowBytes, long tableBytes, PageSize pages) {
        final MemoryLimits.RandomRows rows = new MemoryLimits.RandomRows();
        rows.rowBytes = rowBytes;
        rows.pages = pages;
        rows.prepare(tableBytes);
        return rows;
    }

    /**
     * Goes on until many rounds in a row were no better than the best one: by then the code is compiled, and some rounds were
     * not interrupted.
     */
    private static double bestNanos(DoubleSupplier call) {
        final long stop = System.nanoTime() + MAX_NANOS;
        round(call, WARM_UP_NANOS);
        double best = Double.POSITIVE_INFINITY;
        int since = 0;
        while (since < ROUNDS && System.nanoTime() < stop) {
            final double nanos = round(call, ROUND_NANOS);
            since = nanos < GAIN * best ? 0 : since + 1;
            best = Math.min(best, nanos);
        }
        return best;
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
