package org.dlrm4j.bench.report;

/**
 * One level of a machine's memory: a cache, or a kind of memory behind them.
 *
 * @param name what it is called
 * @param bytes capacity: of a cache what one core reaches, of memory that of the machine
 * @param coreGigabytes GB/s that one core reads in order
 * @param allGigabytes GB/s that all cores read together
 * @param latencyNanos nanoseconds that a load waits, nothing hiding it
 * @param rowStartNanos nanoseconds of one core for reaching a random row, many of them being under way at once
 * @param lineNanos nanoseconds of one core for each cache line of such a row
 */
record MemoryTier(String name, double bytes, double coreGigabytes, double allGigabytes, double latencyNanos,
        double rowStartNanos, double lineNanos) {
    static final int LINE_BYTES = 64;

    /** Returns GB/s that each of several cores gets. */
    double gigabytes(int cores) {
        return Math.min(coreGigabytes, allGigabytes / cores);
    }

    /** Returns nanoseconds of one of several cores for the cache lines of a random row: those of a core, or its share of the bandwidth. */
    double linesNanos(double rowBytes, int cores) {
        final double lines = Math.ceil(rowBytes / LINE_BYTES);
        return Math.max(lines * lineNanos, lines * LINE_BYTES * cores / allGigabytes);
    }
}
