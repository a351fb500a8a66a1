package org.dlrm4j.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The durable state of a preprocessing run: what of the outputs is valid, and where in the input to go on. */
final class PreprocessJournal {
    private static final String FORMAT = "dlrm4j preprocessing journal 1";

    private final Path path;
    private final Map<String, String> identity;

    /** Rows of a single file that is divided into days; -1 until counted, or where no count is needed. */
    long countedRows = -1;
    int file;
    long position;
    /** Lines of the present file merged. */
    long lines;
    /** Lines of all files merged, dropped and malformed ones included. */
    long rows;
    long badRows;
    long trainRecords;
    long heldOutRecords;
    long dictionaryEntries;
    boolean converted;

    private PreprocessJournal(Path path, Map<String, String> identity) {
        this.path = path;
        this.identity = identity;
    }

    /** Begins a journal, durably, before any output exists. */
    static PreprocessJournal begin(Path path, Map<String, String> identity) throws IOException {
        PreprocessJournal journal = new PreprocessJournal(path, identity);
        journal.commit();
        return journal;
    }

    /** Loads the journal of an interrupted run, or returns null if there is none. */
    static PreprocessJournal resume(Path path, Map<String, String> identity) throws IOException {
        if (!Files.exists(path)) {
            return null;
        }
        Map<String, String> entries = KeyValueFile.read(path);
        checkIdentity(path, FORMAT, identity, entries);
        PreprocessJournal journal = new PreprocessJournal(path, identity);
        journal.countedRows = KeyValueFile.number(path, entries, "countedRows");
        journal.file = (int) KeyValueFile.number(path, entries, "file");
        journal.position = KeyValueFile.number(path, entries, "position");
        journal.lines = KeyValueFile.number(path, entries, "lines");
        journal.rows = KeyValueFile.number(path, entries, "rows");
        journal.badRows = KeyValueFile.number(path, entries, "badRows");
        journal.trainRecords = KeyValueFile.number(path, entries, "trainRecords");
        journal.heldOutRecords = KeyValueFile.number(path, entries, "heldOutRecords");
        journal.dictionaryEntries = KeyValueFile.number(path, entries, "dictionaryEntries");
        journal.converted = Boolean.parseBoolean(entries.get("converted"));
        return journal;
    }

    void commit() throws IOException {
        Map<String, String> entries = new LinkedHashMap<>();
        entries.put("format", FORMAT);
        entries.putAll(identity);
        entries.put("countedRows", String.valueOf(countedRows));
        entries.put("file", String.valueOf(file));
        entries.put("position", String.valueOf(position));
        entries.put("lines", String.valueOf(lines));
        entries.put("rows", String.valueOf(rows));
        entries.put("badRows", String.valueOf(badRows));
        entries.put("trainRecords", String.valueOf(trainRecords));
        entries.put("heldOutRecords", String.valueOf(heldOutRecords));
        entries.put("dictionaryEntries", String.valueOf(dictionaryEntries));
        entries.put("converted", String.valueOf(converted));
        KeyValueFile.write(path, entries);
    }

    /** Refuses a file of another kind or version. */
    static void checkFormat(Path path, String format, Map<String, String> entries) {
        if (!format.equals(entries.get("format"))) {
            throw new DatasetException(path + ", format: found " + entries.get("format") + ", expected " + format
                    + "; it was written by another version, preprocess into an empty directory");
        }
    }

    /** Refuses a directory that was begun with other options or other input. */
    static void checkIdentity(Path path, String format, Map<String, String> identity, Map<String, String> entries) {
        checkFormat(path, format, entries);
        identity.forEach((key, wanted) -> {
            if (!wanted.equals(entries.get(key))) {
                throw new DatasetException(path + ", " + key + ": the directory was begun with " + entries.get(key)
                        + ", this run has " + wanted
                        + "; use the same options and input, or an empty output directory");
            }
        });
        if (entries.containsKey("input." + identity.keySet().stream().filter(k -> k.startsWith("input.")).count())) {
            throw new DatasetException(path + ", input: the directory was begun with more input files than this run"
                    + " has; use the same options and input, or an empty output directory");
        }
    }
}
