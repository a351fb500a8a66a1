package org.dlrm4j.cli;

import org.dlrm4j.data.CriteoTextParser;
import org.dlrm4j.data.DatasetException;
import org.dlrm4j.data.MalformedRowException;
import org.dlrm4j.serve.Scorer;

/** Rows of Criteo text, with or without label. */
final class CriteoRows implements RowFormat {
    private static final int RECORD_INTS = CriteoTextParser.RECORD_INTS;
    private static final byte[] NO_LABEL = {'0', '\t'};

    private final Scorer scorer;
    private final String name;
    private final CriteoTextParser parser = new CriteoTextParser(0);
    private final int[] records = new int[RowScorer.BATCH_ROWS * RECORD_INTS];
    private byte[] labelled = new byte[1024];

    CriteoRows(Scorer scorer, String name) {
        this.scorer = scorer;
        this.name = name;
    }

    @Override
    public boolean take(RowReader reader, int row) {
        final byte[] text = reader.text();
        final int from = reader.lineFrom();
        final int to = reader.lineTo();
        int tabs = 0;
        for (int p = from; p < to; p++) {
            tabs += text[p] == '\t' ? 1 : 0;
        }
        if (tabs != RECORD_INTS - 2) {
            parser.parseRow(text, from, to, records, row * RECORD_INTS, name, reader.line());
            return true;
        }
        final int length = to - from + NO_LABEL.length;
        if (labelled.length < length) {
            labelled = new byte[2 * length];
        }
        System.arraycopy(NO_LABEL, 0, labelled, 0, NO_LABEL.length);
        System.arraycopy(text, from, labelled, NO_LABEL.length, to - from);
        try {
            parser.parseRow(labelled, 0, length, records, row * RECORD_INTS, name, reader.line());
            return true;
        } catch (MalformedRowException e) {
            throw new DatasetException(e.getMessage() + " (fields count from the label, which this row does not have)");
        }
    }

    @Override
    public void fill(int first, int count) {
        scorer.batch().begin(count);
        for (int row = 0; row < count; row++) {
            scorer.addRecord(row, records, (first + row) * RECORD_INTS);
        }
    }
}
