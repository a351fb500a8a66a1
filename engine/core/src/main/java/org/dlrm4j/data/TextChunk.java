package org.dlrm4j.data;

import java.util.Arrays;

/** Whole lines of one input file on their way from reader to parser to merger; reused. */
final class TextChunk {
    /** Label that marks a malformed row; its start and offending field take the place of the integers. */
    static final int BAD_ROW = -1;

    byte[] text;
    int length;
    int file;
    /** Position in the file's uncompressed text at which the next chunk begins. */
    long endPosition;
    /** Bytes of all input files consumed up to the end of this chunk. */
    long inputBytesDone;
    int[] records;
    int rows;

    TextChunk(int bytes) {
        text = new byte[bytes];
        records = new int[64 * CriteoTextParser.RECORD_INTS];
    }

    TextChunk parse(CriteoTextParser parser) {
        rows = 0;
        int at = 0;
        for (int from = 0; from < length; rows++, at += CriteoTextParser.RECORD_INTS) {
            if (at == records.length) {
                records = Arrays.copyOf(records, 2 * records.length);
            }
            int next = parser.tryParseRow(text, from, length, records, at);
            if (next < 0) {
                records[at] = BAD_ROW;
                records[at + 1] = from;
                records[at + 2] = ~next;
                next = CriteoTextParser.skipRow(text, from, length);
            }
            from = next;
        }
        return this;
    }
}
