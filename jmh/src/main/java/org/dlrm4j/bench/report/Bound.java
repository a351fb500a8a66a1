package org.dlrm4j.bench.report;

/**
 * The least time an operator can take by a machine's limits, in parts, of one thread.
 *
 * @param computeNanos arithmetic at the peak
 * @param streamNanos bytes in order at the bandwidth of the level that holds them
 * @param streamTier that level
 * @param startNanos reaching random rows: latency as far as other rows under way do not hide it
 * @param lineNanos cache lines of random rows
 * @param walkNanos page walks of random rows
 * @param rowTier the level that most of the rows' time goes to; empty without rows
 */
record Bound(double computeNanos, double streamNanos, String streamTier, double startNanos, double lineNanos,
        double walkNanos, String rowTier) {
    /** Returns the bound of an operator on a machine. */
    static Bound of(WorkItem item, Machine machine, Residence residence, int threads) {
        final MemoryTier tier = machine.holding(item.workingSetBytes());
        double start = 0;
        double lines = 0;
        double walks = 0;
        String rowTier = "";
        double most = 0;
        final int caches = machine.caches().size() - 1;
        for (int level = 0; level < residence.tiers().size(); level++) {
            final MemoryTier place = residence.tiers().get(level);
            double here = 0;
            for (WorkItem.TableRows table : item.tables()) {
                final double rows = table.rows() * residence.share(table.table(), level);
                start += rows * place.rowStartNanos();
                lines += rows * place.linesNanos(table.rowBytes(), threads);
                walks += level >= caches && !machine.hugePages() ? rows * machine.walkNanos() : 0;
                here += rows * (place.rowStartNanos() + place.linesNanos(table.rowBytes(), threads));
            }
            if (here > most) {
                most = here;
                rowTier = place.name();
            }
        }
        return new Bound(item.cost().flops() / machine.coreGflops(), item.cost().bytes() / tier.gigabytes(threads),
                tier.name(), start, lines, walks, rowTier);
    }

    /** Returns the roofline's time: arithmetic and streams overlap. */
    double rooflineNanos() {
        return Math.max(computeNanos, streamNanos);
    }

    /** Returns the time of random rows. */
    double rowNanos() {
        return startNanos + lineNanos + walkNanos;
    }

    /** Returns the time by all limits. Rows come before what is done with them, so that both add up. */
    double nanos() {
        return rooflineNanos() + rowNanos();
    }
}
