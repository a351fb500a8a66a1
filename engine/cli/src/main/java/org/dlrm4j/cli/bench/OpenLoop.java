package org.dlrm4j.cli.bench;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntConsumer;
import org.HdrHistogram.Histogram;

/**
 * Queries that arrive when a schedule says so, whether or not earlier ones are done, and are served first come, first served, by
 * any number of threads. A latency begins at the scheduled arrival: a query that waits because the threads are busy, or that a
 * stalled thread takes late, counts with its wait, so that no omission is coordinated with the load.
 */
final class OpenLoop {
    private final long[] arrivals;
    private final long giveUpNanos;
    private final Clock clock;
    private final long startNanos;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger served = new AtomicInteger();
    private final AtomicLong lastFinishNanos = new AtomicLong();

    /**
     * Starts the schedule.
     *
     * @param arrivals nanoseconds from now, ascending
     * @param giveUpNanos if a query begins so much after its arrival, it and all later ones stay unserved
     * @param clock the time
     */
    OpenLoop(long[] arrivals, long giveUpNanos, Clock clock) {
        this.arrivals = arrivals;
        this.giveUpNanos = giveUpNanos;
        this.clock = clock;
        startNanos = clock.nanos();
    }

    /**
     * Serves queries in the calling thread until there are no more.
     *
     * @param service does a query, given its number
     * @param latencies takes the latencies in nanoseconds; of this thread only
     */
    void serve(IntConsumer service, Histogram latencies) {
        for (int query = next.getAndIncrement(); query < arrivals.length; query = next.getAndIncrement()) {
            final long arrivalNanos = startNanos + arrivals[query];
            clock.await(arrivalNanos);
            if (clock.nanos() - arrivalNanos > giveUpNanos) {
                next.set(arrivals.length);
                return;
            }
            service.accept(query);
            final long finishNanos = clock.nanos();
            latencies.recordValue(Math.min(finishNanos - arrivalNanos, latencies.getHighestTrackableValue()));
            served.incrementAndGet();
            lastFinishNanos.accumulateAndGet(finishNanos - startNanos, Math::max);
        }
    }

    int served() {
        return served.get();
    }

    int unserved() {
        return arrivals.length - served.get();
    }

    /** Returns the time from the start to the end of the last query that was served. */
    long elapsedNanos() {
        return lastFinishNanos.get();
    }
}
