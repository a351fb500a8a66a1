package org.dlrm4j.cli.bench;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** What one measurement found: values by column. */
final class Measurement {
    private static final long MAX_LATENCY_NANOS = 3_600_000_000_000L;
    private static final int HISTOGRAM_DIGITS = 3;

    private final Map<Column, Object> values = new EnumMap<>(Column.class);

    /** Makes a histogram of nanoseconds, to three digits. */
    static Histogram histogram() {
        return new Histogram(MAX_LATENCY_NANOS, HISTOGRAM_DIGITS);
    }

    /** Sets a value; numbers that are not finite are left out. */
    Measurement with(Column column, Object value) {
        if (!(value instanceof Double number) || Double.isFinite(number)) {
            values.put(column, value);
        }
        return this;
    }

    /** Sets the columns of latencies. */
    Measurement withLatencies(Histogram nanos) {
        return with(Column.P50, micros(nanos.getValueAtPercentile(50)))
                .with(Column.P90, micros(nanos.getValueAtPercentile(90)))
                .with(Column.P95, micros(nanos.getValueAtPercentile(95)))
                .with(Column.P99, micros(nanos.getValueAtPercentile(99)))
                .with(Column.P999, micros(nanos.getValueAtPercentile(99.9)))
                .with(Column.MAX, micros(nanos.getMaxValue()));
    }

    /** Sets the columns of a throughput. */
    Measurement withSteps(Histogram nanos, double seconds, long samples) {
        return with(Column.ITERATIONS, nanos.getTotalCount()).with(Column.SECONDS, seconds)
                .with(Column.MEAN_MILLIS, 1e3 * seconds / nanos.getTotalCount())
                .with(Column.MEDIAN_MILLIS, nanos.getValueAtPercentile(50) * 1e-6)
                .with(Column.SAMPLES_PER_SECOND, samples / seconds);
    }

    private static double micros(long nanos) {
        return nanos * 1e-3;
    }

    Object value(Column column) {
        return values.get(column);
    }

    /** Returns the values under their names in JSON. */
    Map<String, Object> toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        values.forEach((column, value) -> json.put(column.key, value));
        return json;
    }
}
