package org.dlrm4j.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.function.Supplier;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;

/**
 * Shows how far a task is: as a bar if standard output is a terminal, else as a line every few seconds.
 * Used by one thread.
 */
public final class ProgressReporter implements AutoCloseable {
    private static final long LINE_INTERVAL_NANOS = 5_000_000_000L;
    private static final long STATUS_INTERVAL_NANOS = 500_000_000L;
    private static final int BAR_INTERVAL_MILLIS = 250;
    private static final int DEFAULT_COLUMNS = 80;
    /** Moves to the line's start and clears it. */
    private static final String CLEAR_LINE = "\r\033[K";

    private final PrintWriter out;
    private final String task;
    private final Unit unit;
    private final long total;
    private final long start;
    private final ProgressBar bar;
    private final long startNanos = System.nanoTime();
    private long lastNanos = startNanos;
    private long lastDone;
    private boolean closed;

    /** What is counted. */
    public record Unit(String name, long size) {
        public static final Unit MEGABYTES = new Unit("MB", 1_000_000);
        public static final Unit SAMPLES = new Unit("samples", 1);
        public static final Unit ROWS = new Unit("rows", 1);
    }

    /**
     * Begins.
     *
     * @param out where lines go
     * @param asBar whether to draw a bar
     * @param task the name of the task
     * @param unit what is counted
     * @param total where the task ends
     * @param start where it begins, more than 0 if it goes on
     */
    public ProgressReporter(PrintWriter out, boolean asBar, String task, Unit unit, long total, long start) {
        this.out = out;
        this.task = task;
        this.unit = unit;
        this.total = total;
        this.start = start;
        lastDone = start;
        bar = asBar
                ? new ProgressBarBuilder().setTaskName(task).setInitialMax(total).startsFrom(start, Duration.ZERO)
                        .setRenderer(new BarRenderer(unit)).setUpdateIntervalMillis(BAR_INTERVAL_MILLIS)
                        .setConsumer(new ConsoleProgressBarConsumer(System.out, columns())).build()
                : null;
    }

    /**
     * Returns the terminal's width as the launcher found it. The progress bar's library would ask JLine, which replaces
     * the handlers of SIGINT.
     */
    private static int columns() {
        final String columns = System.getenv("COLUMNS");
        return columns != null && columns.matches("[1-9][0-9]{0,3}") ? Integer.parseInt(columns) : DEFAULT_COLUMNS;
    }

    /** Tells whether someone watches. */
    public static boolean isTerminal() {
        return System.console() != null && System.console().isTerminal();
    }

    /** Takes note of progress; asks for the status text only when it is shown. */
    public void update(long done, Supplier<String> status) {
        final long now = System.nanoTime();
        if (bar != null) {
            bar.stepTo(done);
            if (now - lastNanos >= STATUS_INTERVAL_NANOS) {
                lastNanos = now;
                bar.setExtraMessage(status.get());
            }
        } else if (now - lastNanos >= LINE_INTERVAL_NANOS) {
            line(done, status.get());
        }
    }

    /** Prints a line now, with the speed since the last one. */
    void line(long done, String status) {
        final long now = System.nanoTime();
        final double rate = (done - lastDone) / (double) unit.size() / Math.max(1e-9, (now - lastNanos) * 1e-9);
        final double meanRate = Math.max(1e-9, (done - start) / Math.max(1e-9, (now - startNanos) * 1e-9));
        message(task + ": " + Sizes.count(done / unit.size()) + " of " + Sizes.count(total / unit.size()) + " "
                + unit.name() + ", " + status + ", " + Sizes.count(Math.round(rate)) + " " + unit.name() + "/s, "
                + (done < total ? Sizes.seconds((total - done) / meanRate) + " left" : "done"));
        lastNanos = now;
        lastDone = done;
    }

    /** Prints a line without disturbing the bar, which goes on below it. */
    public void message(String line) {
        if (bar != null && !closed) {
            // In one piece, as another thread draws the bar.
            System.out.print(CLEAR_LINE + line + System.lineSeparator());
        } else {
            out.println(line);
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            if (bar != null) {
                bar.close();
            }
        }
    }
}
