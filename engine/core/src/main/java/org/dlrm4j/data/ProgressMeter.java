package org.dlrm4j.data;

/** Limits how often a listener hears, and computes speed. */
final class ProgressMeter {
    private static final long INTERVAL_NANOS = 200_000_000L;

    private final PreprocessProgress.Listener listener;
    private final long bytesTotal;
    private long firstRow;
    private long startNanos;
    private long lastNanos;

    ProgressMeter(PreprocessProgress.Listener listener, long bytesTotal) {
        this.listener = listener;
        this.bytesTotal = bytesTotal;
        begin(0);
    }

    long bytesTotal() {
        return bytesTotal;
    }

    /** Begins a phase, or goes on with it after so many rows. */
    void begin(long row) {
        firstRow = row;
        startNanos = System.nanoTime();
        lastNanos = startNanos - INTERVAL_NANOS;
    }

    void reportSometimes(PreprocessProgress.Phase phase, long bytesDone, long rows) {
        if (System.nanoTime() - lastNanos >= INTERVAL_NANOS) {
            report(phase, bytesDone, rows);
        }
    }

    void report(PreprocessProgress.Phase phase, long bytesDone, long rows) {
        lastNanos = System.nanoTime();
        double seconds = Math.max(lastNanos - startNanos, 1) * 1e-9;
        listener.onProgress(new PreprocessProgress(phase, bytesDone, bytesTotal, rows, (rows - firstRow) / seconds));
    }
}
