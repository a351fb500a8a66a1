package org.dlrm4j.bench;

import java.util.HashMap;
import java.util.Map;

/** What the machine was measured to do at best, by {@link Work#limitKey}. */
final class Limits {
    private final Map<String, Double> ratesPerMicro = new HashMap<>();

    /** Keeps a measured limit. */
    void put(String key, Work work, double micros) {
        ratesPerMicro.put(key, (work.flops() + work.bytes()) / micros);
    }

    /**
     * Returns the least time that the work can take.
     *
     * @return microseconds; NaN if it has no limit, or one that was not measured
     */
    double leastMicros(Work work) {
        return work.peak() == null && work.bandwidth() == null
                ? Double.NaN
                : Math.max(micros(work.flops(), work.peak()), micros(work.bytes(), work.bandwidth()));
    }

    private double micros(double amount, String key) {
        return key == null ? 0 : amount / ratesPerMicro.getOrDefault(key, Double.NaN);
    }
}
