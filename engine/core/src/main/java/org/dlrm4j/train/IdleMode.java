package org.dlrm4j.train;

import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.BusySpinIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NoOpIdleStrategy;

/**
 * What the threads of a {@link WorkerPool} do while they wait for the next round. A parked thread costs nothing and is
 * woken at once when a round starts; what the modes trade is the time of that wake-up, some 50 microseconds, against the
 * CPU time of polling.
 */
public enum IdleMode {
    /** Park at once: for pools that are used now and then, and for machines that are shared with others. */
    PARK,
    /**
     * Poll for about a hundred microseconds, which covers the single-threaded stretches of a training step, then park. An
     * idle pool uses no CPU time.
     */
    BACKOFF,
    /**
     * Poll for ever: the shortest latency, at the price of a whole CPU for each thread. Only for pinned threads on CPUs that
     * nobody else uses.
     */
    BUSY_SPIN;

    private static final int SPINS = 1_000;
    private static final int YIELDS = 200;

    /** What a thread does between two polls. */
    IdleStrategy polling() {
        return switch (this) {
            case PARK -> NoOpIdleStrategy.INSTANCE;
            // Its own parking stage is timed and so wakes up again and again: a waiting thread parks before it is reached.
            case BACKOFF -> new BackoffIdleStrategy(SPINS, YIELDS, 1, 1);
            case BUSY_SPIN -> BusySpinIdleStrategy.INSTANCE;
        };
    }

    /** How often a thread polls before it parks. */
    long pollsBeforePark() {
        return switch (this) {
            case PARK -> 0;
            case BACKOFF -> SPINS + YIELDS;
            case BUSY_SPIN -> Long.MAX_VALUE;
        };
    }
}
