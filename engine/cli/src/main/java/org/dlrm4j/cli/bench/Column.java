package org.dlrm4j.cli.bench;

import org.dlrm4j.cli.Sizes;

/** What a measurement can say, in the order of the columns. */
enum Column {
    MODE("mode", "mode", -1), BATCH("batch", "batch", 0), THREADS("threads", "threads", 0), ROWS("rows", "rows",
            0), TABLE_BYTES("tableBytes", "tables", -2), ITERATIONS("iterations", "it", 0), QUERIES("queries",
                    "queries", 0), UNSERVED("unserved", "unserved", 0), SECONDS("seconds", "s", 1), MEAN_MILLIS(
                            "meanMillisPerIteration", "ms/it",
                            3), MEDIAN_MILLIS("medianMillisPerIteration", "median ms/it", 3), SAMPLES_PER_SECOND(
                                    "samplesPerSecond", "samples/s",
                                    0), LOSS("loss", "loss", 6), TARGET_QPS("targetQueriesPerSecond", "target QPS",
                                            1), QPS("queriesPerSecond", "QPS", 1), P50("latencyMicrosP50", "p50 us",
                                                    1), P90("latencyMicrosP90", "p90 us", 1), P95("latencyMicrosP95",
                                                            "p95 us", 1), P99("latencyMicrosP99", "p99 us", 1), P999(
                                                                    "latencyMicrosP999", "p99.9 us",
                                                                    1), MAX("latencyMicrosMax", "max us", 1), BOUND(
                                                                            "latencyBoundMicros", "bound us",
                                                                            1), VERDICT("verdict", "verdict", -1);

    /** The name in JSON and CSV. */
    final String key;
    /** The name in the terminal's table. */
    final String heading;
    private final int decimals;

    Column(String key, String heading, int decimals) {
        this.key = key;
        this.heading = heading;
        this.decimals = decimals;
    }

    /** Writes a value for people. */
    String text(Object value) {
        return switch (value) {
            case null -> "";
            case Number n when decimals == -2 -> Sizes.bytes(n.longValue());
            case Number n when decimals == 0 -> Sizes.count(Math.round(n.doubleValue()));
            case Number n when decimals > 0 -> Sizes.decimal(n.doubleValue(), decimals);
            default -> value.toString();
        };
    }
}
