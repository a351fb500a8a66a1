package org.dlrm4j.bench.report;

import java.util.List;

/**
 * A scenario that was run.
 *
 * @param scenario what was run
 * @param work what it had to do
 * @param nanos time of each of the work's items in one step, of one thread
 * @param stepNanos time of a step, without making the batch
 */
record Measurement(Scenario scenario, StepWork work, double[] nanos, double stepNanos) {
    Measurement {
        nanos = nanos.clone();
    }

    /** Returns the one with the shorter step. */
    static Measurement faster(Measurement one, Measurement other) {
        return other.stepNanos < one.stepNanos ? other : one;
    }

    /** Returns the time of all items of a stage. */
    double nanos(WorkItem.Stage stage) {
        double sum = 0;
        final List<WorkItem> items = work.items();
        for (int i = 0; i < nanos.length; i++) {
            sum += items.get(i).stage() == stage ? nanos[i] : 0;
        }
        return sum;
    }
}
