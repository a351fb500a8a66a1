package org.dlrm4j.bench.report;

import java.util.Arrays;
import org.dlrm4j.model.PassObserver;
import org.dlrm4j.model.PassPhase;

/** Sums the time between an observer's calls by phase and operator, each thread on its own. */
final class StepClock implements PassObserver {
    private final int numbers;
    private final long[][] nanos;
    private final long[] last;

    /**
     * Makes a clock of zeros.
     *
     * @param threads threads that will be observed
     * @param numbers bound of the numbers of layers, tables and parameters
     */
    StepClock(int threads, int numbers) {
        this.numbers = numbers;
        nanos = new long[threads][PassPhase.values().length * numbers];
        // A cache line each: threads write them all the time.
        last = new long[threads * 16];
    }

    @Override
    public void begin(int thread) {
        last[thread * 16] = System.nanoTime();
    }

    @Override
    public void end(PassPhase phase, int number, int thread) {
        final long now = System.nanoTime();
        nanos[thread][phase.ordinal() * numbers + number] += now - last[thread * 16];
        last[thread * 16] = now;
    }

    /** Begins anew. */
    void reset() {
        for (long[] times : nanos) {
            Arrays.fill(times, 0);
        }
    }

    /** Returns the time of one operator, all threads together. */
    double nanos(PassPhase phase, int number) {
        double sum = 0;
        for (long[] times : nanos) {
            sum += times[phase.ordinal() * numbers + number];
        }
        return sum;
    }

    /** Returns the time of all operators of a phase, all threads together. */
    double nanos(PassPhase phase) {
        double sum = 0;
        for (int number = 0; number < numbers; number++) {
            sum += nanos(phase, number);
        }
        return sum;
    }

    /** Returns how many threads had a part in a phase. */
    int threads(PassPhase phase) {
        int count = 0;
        for (long[] times : nanos) {
            boolean busy = false;
            for (int number = 0; number < numbers; number++) {
                busy |= times[phase.ordinal() * numbers + number] > 0;
            }
            count += busy ? 1 : 0;
        }
        return Math.max(1, count);
    }
}
