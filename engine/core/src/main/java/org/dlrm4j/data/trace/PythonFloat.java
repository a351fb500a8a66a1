package org.dlrm4j.data.trace;

import java.math.BigDecimal;

/** Writes doubles as Python does, so that files of profiles agree byte for byte. */
final class PythonFloat {
    private static final double LEAST_POSITIONAL = 1e-4;

    private PythonFloat() {}

    /** Writes the shortest decimal that reads back as the value, for a value in (0, 10^7). */
    static String repr(double value) {
        // Both languages choose the shortest digits (Java since JDK-4511638); only the exponent's form differs.
        String shortest = Double.toString(value);
        int exponentAt = shortest.indexOf('E');
        if (exponentAt < 0) {
            return shortest;
        }
        if (value >= LEAST_POSITIONAL) {
            return new BigDecimal(shortest).stripTrailingZeros().toPlainString();
        }
        String digits = shortest.substring(0, exponentAt);
        int exponent = Integer.parseInt(shortest.substring(exponentAt + 1));
        return (digits.endsWith(".0") ? digits.substring(0, digits.length() - 2) : digits) + "e-"
                + (exponent > -10 ? "0" : "") + -exponent;
    }
}
