package org.dlrm4j.bench.report;

/** Runs code until it is compiled: a busy machine takes long for it, and interpreted kernels box every vector. */
final class WarmUp {
    private static final int MAX_PATIENCES = 20;
    private static final double GAIN = 0.98;

    private WarmUp() {}

    /**
     * Runs until calls got no faster for a while, or for {@value #MAX_PATIENCES} times as long.
     *
     * @param call what is to be compiled
     * @param patienceNanos the while
     */
    static void run(Runnable call, long patienceNanos) {
        long now = System.nanoTime();
        final long last = now + MAX_PATIENCES * patienceNanos;
        long better = now;
        long best = Long.MAX_VALUE;
        while (now < last && now - better < patienceNanos) {
            final long start = System.nanoTime();
            call.run();
            now = System.nanoTime();
            if (now - start < GAIN * best) {
                better = now;
            }
            best = Math.min(best, now - start);
        }
    }
}
