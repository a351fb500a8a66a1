package org.dlrm4j.cli.bench;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Measurements that differ in one number.
 *
 * @param axis what differs
 * @param values its values, in the order of the measurements
 */
record Sweep(Axis axis, List<Long> values) {
    /** What can differ. */
    enum Axis {
        /** Samples of a step or a query. */
        BATCH,
        /** Threads. */
        THREADS,
        /** Rows of every table. */
        ROWS
    }

    /** Reads {@code rows=1e4,1e6}. */
    static final class Converter implements ITypeConverter<Sweep> {
        @Override
        public Sweep convert(String text) {
            final String[] parts = text.split("=", 2);
            try {
                final Axis axis = Axis.valueOf(parts[0].toUpperCase(Locale.ROOT));
                final List<Long> values = new ArrayList<>();
                for (String value : parts[1].split(",", -1)) {
                    values.add(whole(value));
                }
                return new Sweep(axis, List.copyOf(values));
            } catch (IllegalArgumentException | IndexOutOfBoundsException | ArithmeticException e) {
                throw new TypeConversionException("'" + text
                        + "' is no sweep; write batch=1,16,128, threads=1,2 or rows=1e4,1e6, with whole numbers of 1 or"
                        + " more");
            }
        }

        private static long whole(String text) {
            final long value = new BigDecimal(text).longValueExact();
            if (value < 1) {
                throw new IllegalArgumentException(text);
            }
            return value;
        }
    }
}
