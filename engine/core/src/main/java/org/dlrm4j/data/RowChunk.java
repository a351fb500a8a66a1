package org.dlrm4j.data;

import java.util.Arrays;

/** Lines of text that follows a schema, and what is made of their rows. */
abstract class RowChunk extends TextChunk {
    private final RowParser parser;
    private int[] rowOfSample = new int[64];
    /** Lines, those without a row included; if a row ended the parsing, those before it. */
    int lines;
    /** Rows, malformed ones included. */
    int rows;
    int badRows;
    /** Rows that are not malformed. */
    int samples;
    private boolean ended;

    RowChunk(int bytes, RowParser parser) {
        super(bytes);
        this.parser = parser;
    }

    /** Parses all rows, or those before the first malformed one. */
    final void parse(Schema schema, RowLayout[] layouts, boolean skipBadRows) {
        lines = 0;
        rows = 0;
        badRows = 0;
        samples = 0;
        ended = false;
        clear();
        boolean headerDue = schema.text().header() && endPosition == length;
        for (int from = 0; from < length; lines++) {
            int end = FieldSplitter.endOfLine(text, from, length);
            if (!parser.splitter().isSkipped(text, from, end)) {
                if (headerDue) {
                    headerDue = false;
                } else if (parser.parse(text, from, end, layouts[file])) {
                    if (samples == rowOfSample.length) {
                        rowOfSample = Arrays.copyOf(rowOfSample, 2 * samples);
                    }
                    rowOfSample[samples++] = rows++;
                    accept(parser);
                } else if (skipBadRows) {
                    rows++;
                    badRows++;
                } else {
                    ended = true;
                    return;
                }
            }
            from = end + 1;
        }
    }

    abstract void clear();

    abstract void accept(RowParser row);

    /** Throws if a malformed row ended the parsing. */
    final void requireWhole(String fileName, long linesBefore) {
        if (ended) {
            throw parser.malformed(fileName, linesBefore + lines + 1);
        }
    }

    /** Tells how many samples lie before the row of a number, counted in this chunk. */
    final int samplesBefore(long row) {
        if (row >= rows) {
            return samples;
        }
        int place = Arrays.binarySearch(rowOfSample, 0, samples, (int) Math.max(row, 0));
        return place >= 0 ? place : ~place;
    }
}
