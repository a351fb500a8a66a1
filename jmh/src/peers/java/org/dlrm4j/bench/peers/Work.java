package org.dlrm4j.bench.peers;

import java.io.Serializable;

/**
 * What one call does.
 *
 * @param amount how much of the unit's numerator a call does
 * @param unit unit of {@code amount} per nanosecond, or for samples per second
 * @param limit the most that the machine was measured to do, in {@code unit}, or 0 if no single limit applies
 */
record Work(double amount, String unit, double limit) implements Serializable {
    static Work flops(double flops, double limit) {
        return new Work(flops, "GFLOP/s", limit);
    }

    static Work bytes(double bytes, double limit) {
        return new Work(bytes, "GB/s", limit);
    }

    /**
     * Scoring or training of samples, which the peak of multiply-adds bounds.
     *
     * @param samples samples of a call
     * @param flops floating-point operations of one of them, counting nothing but products of matrices
     * @param peak GFLOP/s of all threads
     */
    static Work samples(int samples, double flops, double peak) {
        return new Work(samples * 1e9, "samples/s", peak * 1e9 / flops);
    }

    double rate(double nanos) {
        return amount / nanos;
    }
}
