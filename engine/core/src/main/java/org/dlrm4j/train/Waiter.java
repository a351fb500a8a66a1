package org.dlrm4j.train;

import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.IdleStrategy;

/**
 * A thread that waits until it is {@link #ready ready}: it polls for a while, then parks until another thread makes it ready
 * and calls {@link #wake()}.
 *
 * <p>No wake-up is lost: the waiting thread writes {@code parked} and then reads the condition, the waking one writes the
 * condition and then reads {@code parked}. All of these are volatile, hence in one order for both, so at least one of them
 * sees what the other wrote.
 */
abstract class Waiter {
    private final IdleStrategy polling;
    private final long pollsBeforePark;
    private Thread thread;
    private volatile boolean parked;

    Waiter(IdleMode mode) {
        polling = mode.polling();
        pollsBeforePark = mode.pollsBeforePark();
    }

    /**
     * Reads the condition, which must be volatile.
     *
     * @param lastRound number of the last round that the waiting thread took part in
     */
    abstract boolean ready(int lastRound);

    /**
     * Returns when the condition holds. Called by one thread at a time.
     *
     * @param lastRound passed on to {@link #ready}: a field would be written every round in the cache line of
     *     {@code parked}, which the waking thread reads every round
     */
    final void await(int lastRound) {
        polling.reset();
        for (long polls = 0; polls < pollsBeforePark; polls++) {
            if (ready(lastRound)) {
                return;
            }
            polling.idle();
        }
        thread = Thread.currentThread();
        parked = true;
        while (!ready(lastRound)) {
            LockSupport.park(this);
        }
        parked = false;
    }

    /** Ends the wait of a parked thread. To be called by whoever made the condition hold, afterwards. */
    final void wake() {
        // Unparking a thread that polls would cost a call into the JVM per round and worker for nothing.
        if (parked) {
            LockSupport.unpark(thread);
        }
    }
}
