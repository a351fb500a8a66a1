package org.dlrm4j.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.dlrm4j.bench.MeasuredLimits;
import org.dlrm4j.bench.MemoryLevel;
import org.dlrm4j.bench.PageSize;

/**
 * Measures this machine's limits: multiply-adds in registers, reading in order and random rows at every level of the memory,
 * dependent loads, and all cores at once. Takes about half a minute.
 *
 * @param machine the limits as the operator model takes them
 * @param rowsPerSecond random rows a second of one core, by the size of the table
 */
record ThisMachine(Machine machine, List<RowRate> rowsPerSecond) {
    /** The usual row of a click log's model, and a wide one: two points of a line. */
    private static final int ROW_BYTES = 64;

    private static final int WIDE_ROW_BYTES = 256;
    private static final long LARGE_TABLE_BYTES = 1L << 30;

    /**
     * Random rows a second.
     *
     * @param tableBytes size of the table
     * @param pages size of its pages
     * @param rowBytes size of a row
     * @param millionRows 10⁶ rows a second of one core
     */
    record RowRate(long tableBytes, PageSize pages, int rowBytes, double millionRows) {
        double nanos() {
            return 1e3 / millionRows;
        }
    }

    ThisMachine {
        rowsPerSecond = List.copyOf(rowsPerSecond);
    }

    /**
     * Measures.
     *
     * @param name what the machine is called
     * @param cores cores that will compute
     * @param progress told what is measured next
     */
    static ThisMachine measure(String name, int cores, Consumer<String> progress) throws IOException {
        progress.accept("multiply-adds");
        final double gflops = MeasuredLimits.multiplyAddGflops();
        final long[] cacheBytes = CacheSizes.read(Path.of("/sys/devices/system/cpu/cpu0/cache"));
        final List<RowRate> rates = new ArrayList<>();
        final List<MemoryTier> tiers = new ArrayList<>();
        for (MemoryLevel level : MemoryLevel.values()) {
            progress.accept("memory: " + level);
            final boolean memory = level == MemoryLevel.DRAM;
            final double core = MeasuredLimits.sequentialGigabytes(level);
            final double all = cores == 1 ? core : Math.max(core, MeasuredLimits.sequentialGigabytes(level, cores));
            final RowRate narrow = rate(rates, level.bytes(), PageSize.HUGE, ROW_BYTES);
            final RowRate wide = rate(rates, level.bytes(), PageSize.HUGE, WIDE_ROW_BYTES);
            final double lineNanos = lineNanos(narrow.nanos(), wide.nanos());
            tiers.add(new MemoryTier(level.name(), memory ? memoryBytes() : cacheBytes[level.ordinal()], core, all,
                    MeasuredLimits.latencyNanos(memory ? LARGE_TABLE_BYTES / 4 : level.bytes()),
                    Math.max(0, narrow.nanos() - lineNanos), lineNanos));
        }
        progress.accept("random rows by size of the table");
        for (long bytes = 4 * MemoryLevel.L3.bytes(); bytes < LARGE_TABLE_BYTES; bytes *= 4) {
            rate(rates, bytes, PageSize.HUGE, ROW_BYTES);
        }
        final RowRate small = rate(rates, LARGE_TABLE_BYTES, PageSize.SMALL, ROW_BYTES);
        final double huge = rates.stream().filter(r -> r.tableBytes == LARGE_TABLE_BYTES && r.pages == PageSize.HUGE
                && r.rowBytes == ROW_BYTES).findFirst().orElseThrow().nanos();
        final int last = tiers.size() - 1;
        return new ThisMachine(new Machine(name, cores, gflops, tiers.subList(0, last), tiers.subList(last, last + 1),
                HugePages.granted(), Math.max(0, small.nanos() - huge), null), rates);
    }

    /** A row of {@code l} lines takes {@code start + l · line}: rows of 1 and of 4 lines give both, neither of them negative. */
    static double lineNanos(double narrowNanos, double wideNanos) {
        final double lines = (double) WIDE_ROW_BYTES / ROW_BYTES;
        return Math.clamp((wideNanos - narrowNanos) / (lines - 1), 0, narrowNanos);
    }

    private static RowRate rate(List<RowRate> rates, long bytes, PageSize pages, int rowBytes) {
        final double gigabytes = MeasuredLimits.randomReadGigabytes(rowBytes, bytes, pages);
        rates.add(new RowRate(bytes, pages, rowBytes, 1e3 * gigabytes / rowBytes));
        return rates.getLast();
    }

    private static double memoryBytes() throws IOException {
        final Path info = Path.of("/proc/meminfo");
        if (Files.isReadable(info)) {
            for (String line : Files.readAllLines(info)) {
                if (line.startsWith("MemTotal:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024.0;
                }
            }
        }
        return 16.0 * LARGE_TABLE_BYTES;
    }

    /** Returns how many random rows one core has under way at once: its latency over the time between rows. */
    double rowsInFlight() {
        final MemoryTier dram = machine.memory().getFirst();
        return Math.max(1, dram.latencyNanos() / Math.max(dram.rowStartNanos(), dram.lineNanos()));
    }
}
