package org.dlrm4j.data.trace;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dlrm4j.data.DatasetException;

/**
 * Reads numbers from text, separated by commas or white space, in bounded memory. Knows the line and column of each, and takes
 * {@code np.uint64(7)} for 7.
 */
final class NumberText implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int MAX_TOKEN_BYTES = 64;
    private static final int END = -1;

    private final Path file;
    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private final byte[] token = new byte[MAX_TOKEN_BYTES];
    private int at;
    private int filled;
    private int tokenBytes;
    private long line = 1;
    private long lineStart;
    private long bufferStart;
    private long tokenColumn;

    NumberText(Path file) throws IOException {
        this.file = file;
        this.in = Files.newInputStream(file);
    }

    private int peek() throws IOException {
        if (at == filled) {
            bufferStart += filled;
            at = 0;
            filled = Math.max(0, in.read(buffer));
            if (filled == 0) {
                return END;
            }
        }
        return buffer[at];
    }

    private static boolean isSeparator(int c) {
        return c == ',' || c == ' ' || c == '\t' || c == '\r';
    }

    long positionBytes() {
        return bufferStart + at;
    }

    long line() {
        return line;
    }

    /** Moves to the next number of the line; false at the line's end. */
    boolean nextInLine() throws IOException {
        int c = peek();
        while (isSeparator(c)) {
            at++;
            c = peek();
        }
        if (c == END || c == '\n') {
            return false;
        }
        tokenColumn = bufferStart + at - lineStart + 1;
        tokenBytes = 0;
        while (c != END && c != '\n' && !isSeparator(c)) {
            if (tokenBytes == MAX_TOKEN_BYTES) {
                throw malformed("more than " + MAX_TOKEN_BYTES + " characters", "a number");
            }
            token[tokenBytes++] = (byte) c;
            at++;
            c = peek();
        }
        return true;
    }

    /** Moves to the beginning of the next line; false at the end of the file. */
    boolean nextLine() throws IOException {
        int c = peek();
        while (c != END && c != '\n') {
            at++;
            c = peek();
        }
        if (c == END) {
            return false;
        }
        at++;
        if (peek() == END) {
            return false;
        }
        line++;
        lineStart = bufferStart + at;
        return true;
    }

    /** Moves to the next number of the file, over ends of lines; false at the end. */
    boolean next() throws IOException {
        while (!nextInLine()) {
            if (!nextLine()) {
                return false;
            }
        }
        return true;
    }

    /** Gives the number as a row or distance. */
    long wholeNumber() {
        long value = 0;
        for (int i = 0; i < tokenBytes; i++) {
            int digit = token[i] - '0';
            if (digit < 0 || digit > 9 || i > 17) {
                return wholeNumber(text());
            }
            value = value * 10 + digit;
        }
        return value;
    }

    private long wholeNumber(String text) {
        long value;
        try {
            value = Long.parseLong(text);
        } catch (NumberFormatException e) {
            value = -1;
        }
        if (value < 0) {
            throw malformed("'" + text + "'", "a whole number from 0 to 2^63 - 1");
        }
        return value;
    }

    /** Gives the number as a share. */
    double share() {
        String text = text();
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw malformed("'" + text + "'", "a decimal number");
        }
    }

    private String text() {
        String text = new String(token, 0, tokenBytes, StandardCharsets.ISO_8859_1);
        int open = text.indexOf('(');
        return text.startsWith("np.") && open > 0 && text.endsWith(")")
                ? text.substring(open + 1, text.length() - 1)
                : text;
    }

    DatasetException malformed(String found, String expected) {
        return new DatasetException(file + ", line " + line + ", column " + tokenColumn + ": found " + found
                + ", expected " + expected + "; correct the file or choose the format that it has");
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
