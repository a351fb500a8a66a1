package org.dlrm4j.data;

import java.nio.charset.StandardCharsets;

/** Parses decimal numbers, correctly rounded, mostly without allocating. */
final class NumberParser {
    /** Powers of ten that a double holds exactly. */
    private static final double[] EXACT_POWERS = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
            1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    private static final long MAX_EXACT_MANTISSA = 1L << 53;

    private NumberParser() {}

    /** Gives the number that all of the text is, or NaN if it is none or beyond the range of double. */
    static double parse(byte[] text, int from, int end) {
        int p = from;
        boolean negative = p < end && text[p] == '-';
        if (p < end && (text[p] == '-' || text[p] == '+')) {
            p++;
        }
        long mantissa = 0;
        int digits = 0;
        int point = -1;
        for (; p < end; p++) {
            int digit = text[p] - '0';
            if (digit >= 0 && digit <= 9) {
                if (mantissa <= MAX_EXACT_MANTISSA) {
                    mantissa = mantissa * 10 + digit;
                }
                digits++;
            } else if (text[p] == '.' && point < 0) {
                point = digits;
            } else {
                break;
            }
        }
        if (digits == 0) {
            return Double.NaN;
        }
        int decimals = point < 0 ? 0 : digits - point;
        if (p == end && mantissa <= MAX_EXACT_MANTISSA && decimals < EXACT_POWERS.length) {
            // Both operands are exact, so the quotient is correctly rounded (Clinger, 1990).
            double value = mantissa / EXACT_POWERS[decimals];
            return negative ? -value : value;
        }
        return p == end || isExponent(text, p, end) ? slow(text, from, end) : Double.NaN;
    }

    private static boolean isExponent(byte[] text, int from, int end) {
        int p = from;
        if (text[p] != 'e' && text[p] != 'E') {
            return false;
        }
        p++;
        if (p < end && (text[p] == '-' || text[p] == '+')) {
            p++;
        }
        if (p == end) {
            return false;
        }
        for (; p < end; p++) {
            if (text[p] < '0' || text[p] > '9') {
                return false;
            }
        }
        return true;
    }

    private static double slow(byte[] text, int from, int end) {
        double value = Double.parseDouble(new String(text, from, end - from, StandardCharsets.US_ASCII));
        return Double.isInfinite(value) ? Double.NaN : value;
    }
}
