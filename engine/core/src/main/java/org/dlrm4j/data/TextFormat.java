package org.dlrm4j.data;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * How rows stand in a text file: a row a line, fields between delimiters. Lines without any byte and lines that begin
 * with the comment prefix are no rows. A carriage return before the line feed is not part of the line.
 *
 * @param delimiter what separates fields, one or more characters
 * @param header    whether the first row of each file names the columns, in whatever order
 * @param comment   what a comment line begins with; empty if there are no comments
 * @param quote     the character that may enclose a field, doubled where the field contains it; empty if fields are
 *                  never quoted. A quoted field may contain the delimiter, but no line feed
 * @param trim      whether blanks and tabs around a field are dropped, those within quotes excepted
 * @param missing   fields that stand for a missing value
 */
public record TextFormat(String delimiter, boolean header, String comment, String quote, boolean trim,
        List<String> missing) {

    /**
     * Checks the format.
     *
     * @throws IllegalArgumentException naming what is contradictory
     */
    public TextFormat {
        missing = List.copyOf(missing);
        check(!delimiter.isEmpty() && delimiter.indexOf('\n') < 0 && delimiter.indexOf('\r') < 0, "delimiter",
                delimiter, "one or more characters, but no end of line");
        check(quote.isEmpty() || quote.length() == 1 && quote.charAt(0) < 128 && quote.charAt(0) > ' ', "quote", quote,
                "one visible ASCII character, or nothing");
        check(quote.isEmpty() || !delimiter.contains(quote), "quote", quote, "no character of the delimiter");
    }

    private static void check(boolean valid, String key, String found, String expected) {
        if (!valid) {
            throw new IllegalArgumentException(key + ": found \"" + found + "\", expected " + expected);
        }
    }

    byte[] delimiterBytes() {
        return delimiter.getBytes(StandardCharsets.UTF_8);
    }

    /** The quote, or -1 for none. */
    int quoteByte() {
        return quote.isEmpty() ? -1 : quote.charAt(0);
    }
}
