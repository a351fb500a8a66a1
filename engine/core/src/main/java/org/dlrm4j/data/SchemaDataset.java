package org.dlrm4j.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A directory that {@link SchemaPreprocessor} made: samples for training, validation and test, and the encoder that scores
 * raw rows like them. Owns its logs: they are closed with the data set. Thread-safe.
 */
public final class SchemaDataset implements ClickDataset {
    private final SampleEncoder encoder;
    private final long rows;
    private final long badRows;
    private final List<SampleLog> logs = new ArrayList<>();

    private SchemaDataset(Path directory) throws IOException {
        PreprocessOutput output = new PreprocessOutput(directory);
        SchemaOutput files = new SchemaOutput(output);
        Path summary = output.summary();
        Map<String, String> entries = KeyValueFile.read(summary);
        PreprocessJournal.checkFormat(summary, SchemaOutput.SUMMARY_FORMAT, entries);
        rows = KeyValueFile.number(summary, entries, "rows");
        badRows = KeyValueFile.number(summary, entries, "badRows");
        encoder = SampleEncoder.load(files.encoder());
        SampleLogLayout expected = SampleLogLayout.of(encoder);
        try {
            for (SchemaPart part : SchemaPart.values()) {
                SampleLog log = SampleLog.open(files.log(part));
                logs.add(log);
                log.requireLayout(expected, KeyValueFile.number(summary, entries, "samples." + part));
            }
        } catch (Throwable failure) {
            close();
            throw failure;
        }
    }

    /**
     * Opens a data set.
     *
     * @param directory output directory of a finished run
     * @return the data set, to be closed by the caller
     * @throws IOException      if a file cannot be read
     * @throws DatasetException if a file is damaged or not what the summary says
     */
    public static SchemaDataset open(Path directory) throws IOException {
        return new SchemaDataset(directory);
    }

    /**
     * Gives the way from rows of text to samples.
     *
     * @return the encoder
     */
    public SampleEncoder encoder() {
        return encoder;
    }

    @Override
    public SampleLog train() {
        return logs.get(SchemaPart.TRAIN.ordinal());
    }

    @Override
    public SampleLog validation() {
        return logs.get(SchemaPart.VALIDATION.ordinal());
    }

    @Override
    public SampleLog test() {
        return logs.get(SchemaPart.TEST.ordinal());
    }

    @Override
    public long[] tableRows() {
        return encoder.tableRows();
    }

    @Override
    public long textRows() {
        return rows;
    }

    @Override
    public long badRows() {
        return badRows;
    }

    @Override
    public void close() {
        logs.forEach(SampleLog::close);
    }
}
