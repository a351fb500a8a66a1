package org.dlrm4j.bench.peers;

import java.io.Serializable;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Times engines in turn, A B A B ..., so that a change of the machine's speed hits all of them. A round times every engine
 * once, over as many calls as fill {@code roundNanos}. Times are medians over rounds; a ratio is the median of the rounds'
 * ratios, which is steadier than the ratio of medians.
 *
 * @param rounds rounds to time, odd
 * @param roundNanos what one engine's turn should take
 * @param warmUpNanos what the first engine runs before that, at least: ours needs the compiler; peers get a quarter
 */
record Contest(int rounds, long roundNanos, long warmUpNanos) {
    private static final int SLICES = 4;

    /** On a busy machine the compiler gets late to its work; warming up waits for it. */
    private static final int MAX_SLICES = 16;
    private static final long QUIET_COMPILE_MILLIS = 5;
    private static final CompilationMXBean COMPILATION = ManagementFactory.getCompilationMXBean();

    /**
     * What was measured of one engine.
     *
     * @param engine its name
     * @param nanos median time of a call
     * @param spread distance of the quartiles of the times, as a fraction of the median
     * @param ratio median of its time over the first engine's in the same round
     * @param ratioSpread distance of the quartiles of that ratio, as a fraction of the median
     */
    record Outcome(String engine, double nanos, double spread, double ratio, double ratioSpread)
            implements
                Serializable {}

    /** Times the engines; the first is the one that ratios refer to. */
    List<Outcome> run(List<Contestant> contestants) {
        final int count = contestants.size();
        final double[] callNanos = new double[count];
        long compileMillis = 0;
        for (int slice = 0; slice < SLICES || slice < MAX_SLICES
                && COMPILATION.getTotalCompilationTime() - compileMillis > QUIET_COMPILE_MILLIS; slice++) {
            compileMillis = COMPILATION.getTotalCompilationTime();
            for (int c = 0; c < count; c++) {
                final long budget = warmUpNanos / SLICES / (c == 0 ? 1 : 4);
                callNanos[c] = callNanosWithin(contestants.get(c).call(), budget);
            }
        }
        final double[][] nanos = new double[count][rounds];
        for (int round = 0; round < rounds; round++) {
            for (int c = 0; c < count; c++) {
                nanos[c][round] = time(contestants.get(c).call(), Math.max(1, (int) (roundNanos / callNanos[c])));
            }
        }
        final List<Outcome> outcomes = new ArrayList<>();
        for (int c = 0; c < count; c++) {
            final double[] ratios = new double[rounds];
            for (int round = 0; round < rounds; round++) {
                ratios[round] = nanos[c][round] / nanos[0][round];
            }
            outcomes.add(new Outcome(contestants.get(c).engine(), quantile(nanos[c], 2), spread(nanos[c]),
                    quantile(ratios, 2), spread(ratios)));
        }
        return outcomes;
    }

    private static double callNanosWithin(Runnable call, long budgetNanos) {
        final long start = System.nanoTime();
        long calls = 0;
        do {
            call.run();
            calls++;
        } while (System.nanoTime() - start < budgetNanos);
        return (double) (System.nanoTime() - start) / calls;
    }

    private static double time(Runnable call, int calls) {
        final long start = System.nanoTime();
        for (int i = 0; i < calls; i++) {
            call.run();
        }
        return (double) (System.nanoTime() - start) / calls;
    }

    private static double spread(double[] values) {
        return (quantile(values, 3) - quantile(values, 1)) / quantile(values, 2);
    }

    /** Returns a quartile: 1, 2 (the median) or 3. */
    private static double quantile(double[] values, int quarter) {
        final double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[Math.round((sorted.length - 1) * quarter / 4f)];
    }
}
