package org.dlrm4j.bench.peers;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * What rows of the report shall reach.
 *
 * @param name what is wanted of which rows
 * @param wanted the least value
 * @param rows the rows that it is wanted of
 * @param measure the value of a row, NaN if it has none
 */
record Target(String name, double wanted, Predicate<Row> rows, ToDoubleFunction<Row> measure) {
    /**
     * What became of a target.
     *
     * @param target the target
     * @param measured the least value of all rows, NaN if no row was measured
     * @param worst the row that has it, {@code null} if there is none
     * @param reached rows that reach the target
     * @param count rows that it is wanted of
     */
    record Result(Target target, double measured, Row worst, long reached, int count) {
        private static final String FORMAT = "%-44s %8s / %-8s %-14s %-8s %s";

        static String header() {
            return String.format(Locale.ROOT, FORMAT, "target", "target", "measured", "", "rows", "least");
        }

        /** Tells whether there are rows and all of them reach the target. */
        boolean isReached() {
            return count > 0 && reached == count;
        }

        /** Formats the result for people: target / measured, both as factors, and where it was measured. */
        String line() {
            final boolean some = !Double.isNaN(measured);
            final String verdict = count == 0 ? "not measured" : isReached() ? "reached" : "MISSED";
            return String.format(Locale.ROOT, FORMAT, target.name, number(target.wanted),
                    some ? number(measured) : "-", verdict, count == 0 ? "" : reached + " of " + count,
                    worst == null ? "" : worst.operation() + ", " + worst.shape()).stripTrailing();
        }

        /** Formats the result as a JSON object on one line. */
        String json() {
            return String.format(Locale.ROOT,
                    "{\"target\":\"%s\",\"wanted\":%s,\"measured\":%s,\"reached\":%s,\"rowsReached\":%d,\"rows\":%d,"
                            + "\"worstRow\":%s}",
                    target.name, target.wanted, Double.isNaN(measured)
                            ? "null"
                            : String.format(Locale.ROOT, "%.4f",
                                    measured),
                    count == 0 ? "null" : isReached(), reached, count,
                    worst == null ? "null" : "\"" + worst.operation() + ", " + worst.shape() + "\"");
        }

        private static String number(double value) {
            return String.format(Locale.ROOT, "%.2f", value);
        }
    }

    /** Holds the rows against the target; a row without a value, its peer being wrong, say, does not reach it. */
    Result check(List<Row> all) {
        final List<Row> wantedOf = all.stream().filter(rows).toList();
        final long reached = wantedOf.stream().filter(row -> measure.applyAsDouble(row) >= wanted).count();
        final Row worst = wantedOf.stream().min(Comparator.comparingDouble(this::valueOrLeast)).orElse(null);
        return new Result(this, worst == null ? Double.NaN : measure.applyAsDouble(worst), worst, reached,
                wantedOf.size());
    }

    private double valueOrLeast(Row row) {
        final double value = measure.applyAsDouble(row);
        return Double.isNaN(value) ? Double.NEGATIVE_INFINITY : value;
    }
}
