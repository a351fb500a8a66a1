package org.dlrm4j.cli.bench;

import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;

/**
 * How long measurements take.
 *
 * @param warmUpSeconds before it counts
 * @param seconds while it counts
 * @param maxSteps end after so many steps that count at the latest
 */
record RunTime(double warmUpSeconds, double seconds, long maxSteps) {
    /** Something that is repeated. */
    @FunctionalInterface
    interface Action {
        /** Does it, given its number from 0. */
        void run(long number);
    }

    /**
     * Repeats a step, first to warm up, then until the time is over; at least once each.
     *
     * @param prepare is done before each step, beside its time
     * @param step the step
     * @param nanos takes the times of the steps that count
     * @param stopped whether to end early
     * @return the sum of the times that count
     */
    double repeat(Action prepare, Action step, Histogram nanos, BooleanSupplier stopped) {
        long number = 0;
        for (final long end = System.nanoTime() + nanos(warmUpSeconds); number == 0
                || System.nanoTime() < end && !stopped.getAsBoolean(); number++) {
            prepare.run(number);
            step.run(number);
        }
        long sumNanos = 0;
        long counted = 0;
        final long end = System.nanoTime() + nanos(seconds);
        do {
            prepare.run(number);
            final long startNanos = System.nanoTime();
            step.run(number);
            final long stepNanos = System.nanoTime() - startNanos;
            nanos.recordValue(Math.min(stepNanos, nanos.getHighestTrackableValue()));
            sumNanos += stepNanos;
            counted++;
            number++;
        } while (System.nanoTime() < end && counted < maxSteps && !stopped.getAsBoolean());
        return sumNanos * 1e-9;
    }

    static long nanos(double seconds) {
        return (long) (seconds * 1e9);
    }
}
