package org.dlrm4j.data;

import java.util.Arrays;

/** Lines of Criteo text and the records parsed from them. */
final class CriteoChunk extends TextChunk {
    /** Label that marks a malformed row; its start and offending field take the place of the integers. */
    static final int BAD_ROW = -1;

    int[] records = new int[64 * CriteoTextParser.RECORD_INTS];
    int rows;

    CriteoChunk(int bytes) {
        super(bytes);
    }

    void parse(CriteoTextParser parser) {
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
    }
}
