package org.dlrm4j.bench.peers;

/**
 * What one call does.
 *
 * @param amount how much of the unit's numerator a call does
 * @param unit unit of {@code amount} per nanosecond, or for samples per second
 * @param limit the most that the machine was measured to do, in {@code unit}, or 0 if no single limit applies
 */
record Work(double amount, String unit, double limit) {
    static Work flops(double flops, double limit) {
        return new Work(flops, "GFLOP/s", limit);
    }

    static Work bytes(double bytes, double limit) {
        return new Work(bytes, "GB/s", limit);
    }

    static Work samples(int samples) {
        return new Work(samples * 1e9, "samples/s", 0);
    }

    double rate(double nanos) {
        return amount / nanos;
    }
}
