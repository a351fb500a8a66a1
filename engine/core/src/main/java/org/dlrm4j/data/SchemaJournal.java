package org.dlrm4j.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The durable state of a preprocessing run by a schema: what of the outputs is valid, and where in the input to go on. */
final class SchemaJournal {
    private static final String FORMAT = "dlrm4j schema preprocessing journal 1";

    private final Path path;
    private final Map<String, String> identity;

    /** Whether the encoder is saved. */
    boolean learned;
    int file;
    long position;
    /** Lines of the present file encoded. */
    long lines;
    /** Rows of the training files encoded. */
    long trainRows;
    /** Rows of all files encoded, malformed ones included. */
    long rows;
    long badRows;
    final long[] samples = new long[SchemaPart.values().length];
    final long[] bagRows = new long[SchemaPart.values().length];
    boolean encoded;

    private SchemaJournal(Path path, Map<String, String> identity) {
        this.path = path;
        this.identity = identity;
    }

    /** Loads the journal of an interrupted run, or begins one. */
    static SchemaJournal resumeOrBegin(Path path, Map<String, String> identity) throws IOException {
        SchemaJournal journal = new SchemaJournal(path, identity);
        if (!Files.exists(path)) {
            journal.commit();
            return journal;
        }
        Map<String, String> entries = KeyValueFile.read(path);
        PreprocessJournal.checkIdentity(path, FORMAT, identity, entries);
        journal.learned = Boolean.parseBoolean(entries.get("learned"));
        journal.file = (int) KeyValueFile.number(path, entries, "file");
        journal.position = KeyValueFile.number(path, entries, "position");
        journal.lines = KeyValueFile.number(path, entries, "lines");
        journal.trainRows = KeyValueFile.number(path, entries, "trainRows");
        journal.rows = KeyValueFile.number(path, entries, "rows");
        journal.badRows = KeyValueFile.number(path, entries, "badRows");
        for (SchemaPart part : SchemaPart.values()) {
            journal.samples[part.ordinal()] = KeyValueFile.number(path, entries, "samples." + part);
            journal.bagRows[part.ordinal()] = KeyValueFile.number(path, entries, "bagRows." + part);
        }
        journal.encoded = Boolean.parseBoolean(entries.get("encoded"));
        return journal;
    }

    void commit() throws IOException {
        Map<String, String> entries = new LinkedHashMap<>();
        entries.put("format", FORMAT);
        entries.putAll(identity);
        entries.put("learned", String.valueOf(learned));
        entries.put("file", String.valueOf(file));
        entries.put("position", String.valueOf(position));
        entries.put("lines", String.valueOf(lines));
        entries.put("trainRows", String.valueOf(trainRows));
        entries.put("rows", String.valueOf(rows));
        entries.put("badRows", String.valueOf(badRows));
        for (SchemaPart part : SchemaPart.values()) {
            entries.put("samples." + part, String.valueOf(samples[part.ordinal()]));
            entries.put("bagRows." + part, String.valueOf(bagRows[part.ordinal()]));
        }
        entries.put("encoded", String.valueOf(encoded));
        KeyValueFile.write(path, entries);
    }
}
