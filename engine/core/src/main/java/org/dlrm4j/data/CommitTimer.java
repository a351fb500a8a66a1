package org.dlrm4j.data;

import java.util.concurrent.TimeUnit;

/** Tells when the state of a run shall be made durable again. */
final class CommitTimer {
    private final long intervalNanos;
    private long lastNanos = System.nanoTime();

    CommitTimer(long intervalMillis) {
        intervalNanos = TimeUnit.MILLISECONDS.toNanos(intervalMillis);
    }

    boolean isDue() {
        return System.nanoTime() - lastNanos >= intervalNanos;
    }

    /** Begins the next interval, after the state has become durable. */
    void restart() {
        lastNanos = System.nanoTime();
    }
}
