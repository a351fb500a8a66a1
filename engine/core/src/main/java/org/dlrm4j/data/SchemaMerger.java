package org.dlrm4j.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Takes encoded chunks in order, appends them to the parts and makes the state durable. */
final class SchemaMerger implements AutoCloseable {
    private final SchemaInputs inputs;
    private final List<Path> files;
    private final SchemaJournal journal;
    private final long firstHeldOutRow;
    private final SampleLogPart[] parts = new SampleLogPart[SchemaPart.values().length];

    /** Restores the state that the journal describes. */
    SchemaMerger(SchemaInputs inputs, SchemaOutput output, SchemaJournal journal, SampleLogLayout layout,
            long firstHeldOutRow) throws IOException {
        this.inputs = inputs;
        this.files = inputs.all();
        this.journal = journal;
        this.firstHeldOutRow = firstHeldOutRow;
        try {
            for (SchemaPart part : SchemaPart.values()) {
                int i = part.ordinal();
                parts[i] = new SampleLogPart(output.log(part), layout, journal.samples[i], journal.bagRows[i]);
            }
        } catch (Throwable failure) {
            close();
            throw failure;
        }
    }

    void merge(EncodingChunk chunk) throws IOException {
        if (chunk.file != journal.file) {
            journal.file = chunk.file;
            journal.lines = 0;
        }
        chunk.requireWhole(files.get(chunk.file).toString(), journal.lines);
        SchemaPart part = inputs.part(chunk.file);
        if (part == SchemaPart.TRAIN) {
            int training = chunk.samplesBefore(firstHeldOutRow - journal.trainRows);
            chunk.appendTo(parts[SchemaPart.TRAIN.ordinal()], 0, training);
            chunk.appendTo(parts[SchemaPart.TEST.ordinal()], training, chunk.samples);
            journal.trainRows += chunk.rows;
        } else {
            chunk.appendTo(parts[part.ordinal()], 0, chunk.samples);
        }
        journal.lines += chunk.lines;
        journal.rows += chunk.rows;
        journal.badRows += chunk.badRows;
        journal.position = chunk.endPosition;
    }

    /** Makes everything merged so far durable; the journal last, as it vouches for the rest. */
    void commit() throws IOException {
        for (int i = 0; i < parts.length; i++) {
            parts[i].sync();
            journal.samples[i] = parts[i].samples;
            journal.bagRows[i] = parts[i].bagRows;
        }
        journal.commit();
    }

    @Override
    public void close() throws IOException {
        for (SampleLogPart part : parts) {
            if (part != null) {
                part.close();
            }
        }
    }
}
