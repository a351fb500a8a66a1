package org.dlrm4j.data;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Parses Criteo click text: a row a line, 40 tab-separated fields. Field 1 is the label, 0 or 1; fields 2 to 14
 * ({@code I1} to {@code I13}) are signed 32-bit decimal integers or empty; fields 15 to 40 ({@code C1} to {@code C26})
 * are hashes of one to eight hexadecimal digits or empty. Empty fields and negative integers become 0, as in the
 * reference; a missing hash thereby is the ordinary value 0. A label may not be empty. A carriage return before the line
 * feed is tolerated, and the last line needs no line feed.
 *
 * <p>A parsed row is a record of the click log, 40 ints: label, 13 integers, 26 hashes (as signed ints). Immutable and
 * thread-safe; does not allocate unless a row is malformed.
 */
public final class CriteoTextParser {
    /** Ints of a parsed row: label, integers, hashes. */
    public static final int RECORD_INTS = 1 + ClickLog.DENSE_FEATURES + ClickLog.SPARSE_FEATURES;

    private static final int FIRST_HASH = 1 + ClickLog.DENSE_FEATURES;
    private static final byte[] HEX_DIGIT = hexDigits();

    private final int maxIndexRange;

    /**
     * Makes a parser.
     *
     * @param maxIndexRange hashes are reduced to their unsigned remainder by this; 0 keeps them whole
     * @throws IllegalArgumentException if the range is negative
     */
    public CriteoTextParser(int maxIndexRange) {
        if (maxIndexRange < 0) {
            throw new IllegalArgumentException(
                    "maxIndexRange is " + maxIndexRange + ", expected a positive number, or 0 for none");
        }
        this.maxIndexRange = maxIndexRange;
    }

    private static byte[] hexDigits() {
        byte[] digits = new byte[256];
        Arrays.fill(digits, (byte) -1);
        for (int i = 0; i < 16; i++) {
            digits["0123456789abcdef".charAt(i)] = (byte) i;
            digits["0123456789ABCDEF".charAt(i)] = (byte) i;
        }
        return digits;
    }

    /**
     * Parses one row.
     *
     * @param text   bytes that hold the row
     * @param from   first byte of the row
     * @param end    end of the text, exclusive; the row ends at its line feed or here
     * @param record receives the {@link #RECORD_INTS} values
     * @param at     where in {@code record}
     * @param file   name of the input for error messages
     * @param line   line for error messages, 1-based
     * @return position after the row's line feed, or {@code end}
     * @throws MalformedRowException     if the row is not as described above
     * @throws IndexOutOfBoundsException if the text or the record is too short
     */
    public int parseRow(byte[] text, int from, int end, int[] record, int at, String file, long line) {
        int next = tryParseRow(text, from, end, record, at);
        if (next < 0) {
            throw malformed(text, from, end, ~next, file, line);
        }
        return next;
    }

    /** Parses one row; returns the position after it, or the complement of the offending field (0-based). */
    int tryParseRow(byte[] text, int from, int end, int[] record, int at) {
        int p = from;
        if (end - p < 2 || text[p + 1] != '\t' || (text[p] != '0' && text[p] != '1')) {
            return ~0;
        }
        record[at] = text[p] - '0';
        p += 2;
        for (int field = 1; field < FIRST_HASH; field++) {
            boolean negative = p < end && text[p] == '-';
            int digits = negative ? p + 1 : p;
            long value = 0;
            int q = digits;
            for (; q < end; q++) {
                int digit = text[q] - '0';
                if (digit < 0 || digit > 9) {
                    break;
                }
                value = value * 10 + digit;
                if (value > (negative ? 1L << 31 : Integer.MAX_VALUE)) {
                    return ~field;
                }
            }
            if (q == end || text[q] != '\t' || (negative && q == digits)) {
                return ~field;
            }
            record[at + field] = negative ? 0 : (int) value;
            p = q + 1;
        }
        for (int field = FIRST_HASH; field < RECORD_INTS - 1; field++) {
            int hash = 0;
            int q = p;
            for (; q < end; q++) {
                int digit = HEX_DIGIT[text[q] & 0xff];
                if (digit < 0) {
                    break;
                }
                hash = hash << 4 | digit;
            }
            if (q == end || text[q] != '\t' || q - p > 8) {
                return ~field;
            }
            record[at + field] = reduce(hash);
            p = q + 1;
        }
        return parseLastField(text, p, end, record, at + RECORD_INTS - 1);
    }

    private int parseLastField(byte[] text, int from, int end, int[] record, int at) {
        int hash = 0;
        int q = from;
        while (q < end && HEX_DIGIT[text[q] & 0xff] >= 0) {
            hash = hash << 4 | HEX_DIGIT[text[q++] & 0xff];
        }
        if (q - from > 8) {
            return ~(RECORD_INTS - 1);
        }
        record[at] = reduce(hash);
        if (q < end && text[q] == '\r') {
            q++;
        }
        if (q == end) {
            return q;
        }
        return text[q] == '\n' ? q + 1 : ~(RECORD_INTS - 1);
    }

    private int reduce(int hash) {
        return maxIndexRange == 0 ? hash : Integer.remainderUnsigned(hash, maxIndexRange);
    }

    /** Finds the position after the line feed that ends the row at {@code from}, or {@code end}. */
    static int skipRow(byte[] text, int from, int end) {
        int p = from;
        while (p < end && text[p] != '\n') {
            p++;
        }
        return Math.min(p + 1, end);
    }

    /** Describes why a row cannot be parsed, given the field that {@link #tryParseRow} stopped at. */
    static MalformedRowException malformed(byte[] text, int from, int end, int field, String file, long line) {
        int stop = skipRow(text, from, end);
        while (stop > from && (text[stop - 1] == '\n' || text[stop - 1] == '\r')) {
            stop--;
        }
        String row = new String(text, from, stop - from, StandardCharsets.ISO_8859_1);
        String[] fields = row.split("\t", -1);
        if (field >= fields.length
                || (field == fields.length - 1 && field < RECORD_INTS - 1 && isLegal(fields, field))) {
            int missing = Math.min(field + 1, fields.length);
            return new MalformedRowException(file, line, missing + 1, fieldName(missing), "the end of the row",
                    RECORD_INTS + " tab-separated fields");
        }
        if (field == RECORD_INTS - 1 && fields.length > RECORD_INTS && isLegal(fields, field)) {
            return new MalformedRowException(file, line, RECORD_INTS + 1, "surplus", quote(fields[RECORD_INTS]),
                    RECORD_INTS + " tab-separated fields, here are " + fields.length);
        }
        String expected = field == 0
                ? "a label, 0 or 1"
                : field < FIRST_HASH
                        ? "a signed 32-bit decimal integer or nothing"
                        : "one to eight hexadecimal digits or nothing";
        return new MalformedRowException(file, line, field + 1, fieldName(field), quote(fields[field]), expected);
    }

    private static boolean isLegal(String[] fields, int field) {
        String text = fields[field];
        if (field == 0) {
            return text.equals("0") || text.equals("1");
        }
        if (field >= FIRST_HASH) {
            return text.matches("[0-9a-fA-F]{0,8}");
        }
        return text.isEmpty() || (text.matches("-?[0-9]{1,10}") && (int) Long.parseLong(text) == Long.parseLong(text));
    }

    /** Quotes a field for a message, at a bearable length. */
    static String quote(String text) {
        return text.length() <= 40
                ? '"' + text + '"'
                : '"' + text.substring(0, 40) + "\"... (" + text.length() + " bytes)";
    }

    private static String fieldName(int field) {
        return field == 0
                ? "label"
                : field < FIRST_HASH ? "I" + field : field < RECORD_INTS ? "C" + (field - FIRST_HASH + 1) : "surplus";
    }

    /**
     * Parses a hash as the text files write it.
     *
     * @param text zero to eight hexadecimal digits; nothing stands for 0
     * @return the hash as a signed int, before any reduction to an index range
     * @throws IllegalArgumentException if the text is anything else
     */
    public static int parseHash(CharSequence text) {
        int hash = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int digit = c < 256 ? HEX_DIGIT[c] : -1;
            if (digit < 0 || i == 8) {
                throw new IllegalArgumentException("hash \"" + text + "\", character " + (i + 1)
                        + ": expected zero to eight hexadecimal digits");
            }
            hash = hash << 4 | digit;
        }
        return hash;
    }

    /**
     * Parses a hash as the text files write it, from bytes and without allocating.
     *
     * @param text bytes that hold the hash
     * @param from its first byte
     * @param end  its end, exclusive; an empty range stands for 0
     * @return the hash as a signed int, before any reduction to an index range
     * @throws IllegalArgumentException if the range is not zero to eight hexadecimal digits
     */
    public static int parseHash(byte[] text, int from, int end) {
        long hash = tryParseHash(text, from, end);
        if (hash < 0) {
            throw new IllegalArgumentException(
                    "hash \"" + new String(text, from, end - from, StandardCharsets.ISO_8859_1)
                            + "\", character " + -hash + ": expected zero to eight hexadecimal digits");
        }
        return (int) hash;
    }

    /** Parses a hash; returns it, unsigned, or the negative position (from 1) of the character that is wrong. */
    static long tryParseHash(byte[] text, int from, int end) {
        long hash = 0;
        for (int i = from; i < end; i++) {
            int digit = HEX_DIGIT[text[i] & 0xff];
            if (digit < 0 || i == from + 8) {
                return -(i - from + 1L);
            }
            hash = hash << 4 | digit;
        }
        return hash;
    }
}
