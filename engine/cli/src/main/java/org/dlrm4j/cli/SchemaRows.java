package org.dlrm4j.cli;

import org.dlrm4j.data.Batch;
import org.dlrm4j.data.RowEncoder;

/** Rows of text that follows a schema. They go into the batch at once, as they cannot be refused later. */
final class SchemaRows implements RowFormat {
    private final Batch batch;
    private final RowEncoder encoder;

    SchemaRows(Batch batch, RowEncoder encoder) {
        this.batch = batch;
        this.encoder = encoder;
    }

    @Override
    public boolean take(RowReader reader, int row) {
        final byte[] text = reader.text();
        final int from = reader.lineFrom();
        final int to = reader.lineTo();
        final int end = text[to - 1] == '\n' ? to - 1 : to;
        if (!encoder.isRow(text, from, end, reader.line())) {
            return false;
        }
        if (row == 0) {
            batch.begin(batch.maxSamples());
        }
        encoder.encode(text, from, end, reader.line(), batch, row);
        return true;
    }

    @Override
    public void fill(int first, int count) {
        batch.truncate(count);
    }
}
