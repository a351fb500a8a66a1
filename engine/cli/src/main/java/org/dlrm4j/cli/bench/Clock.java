package org.dlrm4j.cli.bench;

import java.util.concurrent.locks.LockSupport;

/** Time as a schedule sees it; tests have one of their own. Used by any number of threads. */
interface Clock {
    /** The JVM's. */
    Clock SYSTEM = new Clock() {
        /** Threads that were parked run again that much later, at worst. */
        private static final long WAKE_UP_NANOS = 100_000;

        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public void await(long timeNanos) {
            for (long left = timeNanos - nanos(); left > 0; left = timeNanos - nanos()) {
                if (left > WAKE_UP_NANOS) {
                    LockSupport.parkNanos(left - WAKE_UP_NANOS);
                } else {
                    Thread.onSpinWait();
                }
            }
        }
    };

    /** Returns the time. */
    long nanos();

    /** Returns as soon as it is that time, at once if it was before. */
    void await(long timeNanos);
}
