package org.dlrm4j.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Reads lines of text from a stream that may be a pipe. Used by one thread. */
final class RowReader {
    private static final int INITIAL_BYTES = 1 << 16;
    private static final int MAX_LINE_BYTES = 1 << 20;

    private final InputStream in;
    private final String name;
    private byte[] text = new byte[INITIAL_BYTES];
    private int from;
    private int end;
    /** End of the line at {@link #from}, or {@code from} if it is not known. */
    private int lineEnd;
    private int lineFrom;
    private int lineTo;
    private boolean ended;
    private long line;

    /**
     * Prepares to read.
     *
     * @param in the text; owned by the caller
     * @param name its name in messages
     */
    RowReader(InputStream in, String name) {
        this.in = in;
        this.name = name;
    }

    /** Returns the number of the line that {@link #next} read last, from 1. */
    long line() {
        return line;
    }

    /** Tells whether a whole line can be had without waiting for whoever writes it. */
    boolean ready() throws IOException {
        return findLine() || ended || in.available() > 0;
    }

    /** Moves to the next line; returns false at the end. May wait. */
    boolean next() throws IOException {
        while (!findLine()) {
            if (ended) {
                return false;
            }
            fill();
        }
        line++;
        lineFrom = from;
        lineTo = lineEnd;
        from = lineEnd;
        return true;
    }

    private boolean findLine() {
        if (lineEnd > from) {
            return true;
        }
        int p = from;
        while (p < end && text[p] != '\n') {
            p++;
        }
        lineEnd = p < end ? p + 1 : ended ? end : from;
        return lineEnd > from;
    }

    private void fill() throws IOException {
        System.arraycopy(text, from, text, 0, end - from);
        end -= from;
        from = 0;
        lineEnd = 0;
        if (end == text.length) {
            if (end >= MAX_LINE_BYTES) {
                throw new CommandException(name + ", line " + (line + 1) + ": more than " + MAX_LINE_BYTES
                        + " bytes, expected a row a line");
            }
            text = Arrays.copyOf(text, 2 * end);
        }
        final int read = in.read(text, end, text.length - end);
        if (read < 0) {
            ended = true;
        } else {
            end += read;
        }
    }

    /** Returns the bytes in which the line lies, until {@link #next} is called again. */
    byte[] text() {
        return text;
    }

    /** Returns the line's first byte. */
    int lineFrom() {
        return lineFrom;
    }

    /** Returns the line's end, exclusive; a line feed belongs to the line. */
    int lineTo() {
        return lineTo;
    }
}
