package org.dlrm4j.bench.report;

/**
 * The time of an operator by the model, in parts.
 *
 * @param item the operator
 * @param overheadNanos what neither arithmetic nor memory explains: calls, loops, bookkeeping
 * @param rooflineNanos arithmetic or streams at the family's efficiency
 * @param rowNanos random rows at the family's efficiency
 * @param bound the limits
 */
record Prediction(WorkItem item, double overheadNanos, double rooflineNanos, double rowNanos, Bound bound) {
    private static final double LEAST_EXPLAINED = 0.2;

    double nanos() {
        return overheadNanos + rooflineNanos + rowNanos;
    }

    /**
     * Names what binds: the limit that most of the time goes to, or overhead where calls and loops take more, or where all
     * limits together explain less than {@value #LEAST_EXPLAINED} of the time.
     */
    String bindsBy() {
        if (bound.nanos() < LEAST_EXPLAINED * nanos() || overheadNanos >= rooflineNanos && overheadNanos >= rowNanos) {
            return item.stage() == WorkItem.Stage.BETWEEN ? "waiting" : "overhead";
        }
        if (rooflineNanos >= rowNanos) {
            return bound.computeNanos() >= bound.streamNanos() ? "compute" : bound.streamTier() + " bandwidth";
        }
        if (bound.walkNanos() >= bound.startNanos() && bound.walkNanos() >= bound.lineNanos()) {
            return "page walks";
        }
        return bound.rowTier() + (bound.startNanos() >= bound.lineNanos() ? " latency" : " bandwidth");
    }
}
