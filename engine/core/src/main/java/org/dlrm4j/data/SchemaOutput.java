package org.dlrm4j.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Names of the files of a data set that follows a schema, and the steps that finish it. */
record SchemaOutput(PreprocessOutput output) {
    static final String SUMMARY_FORMAT = "dlrm4j schema data 1";

    Path encoder() {
        return output.directory().resolve("encoder.bin");
    }

    Path log(SchemaPart part) {
        return output.directory().resolve(part + ".samples");
    }

    /** Tells whether the directory holds the finished data set of a run, and cleans up behind it. */
    boolean isFinished(Map<String, String> identity) throws IOException {
        if (!Files.exists(output.summary())) {
            return false;
        }
        PreprocessJournal.checkIdentity(output.summary(), SUMMARY_FORMAT, identity,
                KeyValueFile.read(output.summary()));
        output.removeWorkFiles();
        return true;
    }

    /** Publishes an encoded run: every step may be repeated after a kill, the summary comes last and makes it a data set. */
    void publish(SchemaJournal journal, Map<String, String> identity, SampleLogLayout layout) throws IOException {
        Map<String, String> entries = new LinkedHashMap<>();
        entries.put("format", SUMMARY_FORMAT);
        entries.putAll(identity);
        entries.put("rows", String.valueOf(journal.rows));
        entries.put("badRows", String.valueOf(journal.badRows));
        for (SchemaPart part : SchemaPart.values()) {
            long samples = journal.samples[part.ordinal()];
            SampleLogPart.publish(log(part), layout, samples, journal.bagRows[part.ordinal()]);
            entries.put("samples." + part, String.valueOf(samples));
        }
        KeyValueFile.write(output.summary(), entries);
        output.removeWorkFiles();
    }
}
