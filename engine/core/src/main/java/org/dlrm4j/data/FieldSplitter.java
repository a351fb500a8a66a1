package org.dlrm4j.data;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Finds the fields of a row. Reused; does not allocate once it has seen the longest row. */
final class FieldSplitter {
    private final byte[] delimiter;
    private final byte[] comment;
    private final int quote;
    private final boolean trim;
    private byte[] unquoted = new byte[256];
    private int[] starts = new int[64];
    private int[] ends = new int[64];
    private byte[] bytes;
    private int count;

    FieldSplitter(TextFormat format) {
        delimiter = format.delimiterBytes();
        comment = format.comment().getBytes(StandardCharsets.UTF_8);
        quote = format.quoteByte();
        trim = format.trim();
    }

    /** Finds the end of the line that begins at {@code from}, its line feed excluded. */
    static int endOfLine(byte[] text, int from, int end) {
        int p = from;
        while (p < end && text[p] != '\n') {
            p++;
        }
        return p;
    }

    /** Tells whether a line is no row: empty, or a comment. */
    boolean isSkipped(byte[] text, int from, int end) {
        return from == end || end == from + 1 && text[from] == '\r'
                || comment.length > 0 && startsWith(comment, text, from, end);
    }

    private static boolean startsWith(byte[] prefix, byte[] text, int from, int end) {
        return end - from >= prefix.length && Arrays.equals(prefix, 0, prefix.length, text, from, from + prefix.length);
    }

    /** Splits a line; returns false, at the offending field, if a quote is not closed or does not end its field. */
    boolean split(byte[] text, int from, int end) {
        int stop = end > from && text[end - 1] == '\r' ? end - 1 : end;
        count = 0;
        if (quote >= 0 && contains(text, from, stop)) {
            return splitQuoted(text, from, stop);
        }
        bytes = text;
        int start = from;
        for (int p = from; p < stop;) {
            if (text[p] == delimiter[0] && startsWith(delimiter, text, p, stop)) {
                add(start, p);
                p += delimiter.length;
                start = p;
            } else {
                p++;
            }
        }
        add(start, stop);
        return true;
    }

    private boolean contains(byte[] text, int from, int end) {
        for (int p = from; p < end; p++) {
            if (text[p] == quote) {
                return true;
            }
        }
        return false;
    }

    /** Copies the row and takes its quotes out in place: what is written never overtakes what is read. */
    private boolean splitQuoted(byte[] text, int from, int end) {
        int length = end - from;
        if (unquoted.length < length) {
            unquoted = new byte[2 * length];
        }
        System.arraycopy(text, from, unquoted, 0, length);
        bytes = unquoted;
        int p = 0;
        while (true) {
            int start = trim ? skipBlanks(p, length) : p;
            if (start < length && unquoted[start] == quote) {
                p = unquote(start, length);
                if (p < 0) {
                    return false;
                }
            } else {
                p = nextDelimiter(p, length, start);
            }
            if (p == length) {
                return true;
            }
            p += delimiter.length;
        }
    }

    private int skipBlanks(int from, int end) {
        int p = from;
        while (p < end && isBlank(unquoted[p])) {
            p++;
        }
        return p;
    }

    private int nextDelimiter(int from, int end, int start) {
        int p = from;
        while (p < end && !startsWith(delimiter, unquoted, p, end)) {
            p++;
        }
        add(Math.min(start, p), p);
        return p;
    }

    /** Adds the quoted field that begins at {@code start}; returns where the delimiter stands, or -1. */
    private int unquote(int start, int end) {
        int to = start;
        int p = start + 1;
        while (p < end && (unquoted[p] != quote || p + 1 < end && unquoted[p + 1] == quote)) {
            p += unquoted[p] == quote ? 1 : 0;
            unquoted[to++] = unquoted[p++];
        }
        if (p == end) {
            return -1;
        }
        append(start, to);
        p = trim ? skipBlanks(p + 1, end) : p + 1;
        return p == end || startsWith(delimiter, unquoted, p, end) ? p : -1;
    }

    private void add(int start, int end) {
        int from = start;
        int to = end;
        if (trim) {
            while (from < to && isBlank(bytes[from])) {
                from++;
            }
            while (to > from && isBlank(bytes[to - 1])) {
                to--;
            }
        }
        append(from, to);
    }

    private void append(int start, int end) {
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, 2 * count);
            ends = Arrays.copyOf(ends, 2 * count);
        }
        starts[count] = start;
        ends[count++] = end;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }

    /** Number of fields found. */
    int count() {
        return count;
    }

    /** The bytes in which fields lie. */
    byte[] bytes() {
        return bytes;
    }

    int start(int field) {
        return starts[field];
    }

    int end(int field) {
        return ends[field];
    }

    String text(int field) {
        return new String(bytes, starts[field], ends[field] - starts[field], StandardCharsets.UTF_8);
    }
}
