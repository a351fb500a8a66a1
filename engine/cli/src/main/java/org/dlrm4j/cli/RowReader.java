package org.dlrm4j.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.dlrm4j.data.CriteoTextParser;
import org.dlrm4j.data.DatasetException;
import org.dlrm4j.data.MalformedRowException;

/** Reads rows of Criteo text, with or without label, from a stream that may be a pipe. Used by one thread. */
final class RowReader {
    private static final int INITIAL_BYTES = 1 << 16;
    private static final int MAX_LINE_BYTES = 1 << 20;
    private static final byte[] NO_LABEL = {'0', '\t'};

    private final InputStream in;
    private final String name;
    private final CriteoTextParser parser = new CriteoTextParser(0);
    private byte[] text = new byte[INITIAL_BYTES];
    private byte[] labelled = new byte[1024];
    private int from;
    private int end;
    /** End of the line at {@link #from}, or {@code from} if it is not known. */
    private int lineEnd;
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
                        + " bytes, expected Criteo text of 39 or 40 fields a line");
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

    /**
     * Parses the line that {@link #next} moved to; it is used up in any case.
     *
     * @param record receives label, integers and hashes
     * @param at where in {@code record}
     * @throws DatasetException if the row is malformed, naming line and field
     */
    void parse(int[] record, int at) {
        final int start = from;
        from = lineEnd;
        int tabs = 0;
        for (int p = start; p < lineEnd; p++) {
            tabs += text[p] == '\t' ? 1 : 0;
        }
        if (tabs != CriteoTextParser.RECORD_INTS - 2) {
            parser.parseRow(text, start, lineEnd, record, at, name, line);
            return;
        }
        final int length = lineEnd - start + NO_LABEL.length;
        if (labelled.length < length) {
            labelled = new byte[2 * length];
        }
        System.arraycopy(NO_LABEL, 0, labelled, 0, NO_LABEL.length);
        System.arraycopy(text, start, labelled, NO_LABEL.length, lineEnd - start);
        try {
            parser.parseRow(labelled, 0, length, record, at, name, line);
        } catch (MalformedRowException e) {
            throw new DatasetException(e.getMessage() + " (fields count from the label, which this row does not have)");
        }
    }
}
