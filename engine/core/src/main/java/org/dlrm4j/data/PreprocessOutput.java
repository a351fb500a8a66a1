package org.dlrm4j.data;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Names of the files in an output directory, and the steps that turn a converted run into a data set. */
record PreprocessOutput(Path directory) {
    static final String SUMMARY_FORMAT = "dlrm4j click data 1";

    Path train() {
        return directory.resolve("train.bin");
    }

    Path validation() {
        return directory.resolve("validation.bin");
    }

    Path test() {
        return directory.resolve("test.bin");
    }

    Path dictionary(int feature) {
        return directory.resolve(String.format("dictionary-%02d.bin", feature + 1));
    }

    Path summary() {
        return directory.resolve("dataset.properties");
    }

    Path journal() {
        return directory.resolve("preprocess.journal");
    }

    Path lockFile() {
        return directory.resolve("preprocess.lock");
    }

    Path trainPart() {
        return directory.resolve("train.part");
    }

    Path heldOutPart() {
        return directory.resolve("heldout.part");
    }

    Path dictionaryEntries() {
        return directory.resolve("dictionaries.part");
    }

    /** Does the work of a run. */
    @FunctionalInterface
    interface Work {
        void run() throws IOException, InterruptedException;
    }

    /** Works alone in the directory, which is made if need be and must not hold files of unknown origin. */
    void runLocked(Work work) throws IOException, InterruptedException {
        Files.createDirectories(directory);
        if (!Files.exists(summary()) && !Files.exists(journal())) {
            checkEmpty();
        }
        try (FileChannel _ = lock()) {
            work.run();
            // Only now: whoever finds the lock gone finds the finished data set.
            Files.deleteIfExists(lockFile());
        }
    }

    /** Locks the directory until the channel is closed or the process ends, however it ends. */
    private FileChannel lock() throws IOException {
        FileChannel channel = FileChannel.open(lockFile(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            // This very process holds the lock: the answer is the same.
        } catch (Throwable failure) {
            channel.close();
            throw failure;
        }
        channel.close();
        throw new DatasetException(lockFile() + ": is held by another run, expected none; wait for it, or name another"
                + " output directory");
    }

    /** Refuses to begin in a directory with files of unknown origin. */
    private void checkEmpty() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            // What a kill before the first journal may leave.
            List<Path> own = List.of(DurableFiles.temporary(journal()), lockFile());
            List<Path> others = files.filter(file -> !own.contains(file)).sorted().toList();
            if (!others.isEmpty()) {
                throw new DatasetException(directory + ": holds " + others.getFirst().getFileName()
                        + " but neither a data set nor a journal to resume; name an empty output directory");
            }
        }
    }

    /**
     * Publishes a converted run: every step may be repeated after a kill, the summary comes last and makes it a data
     * set.
     */
    void publish(PreprocessJournal journal, PreprocessOptions options, Map<String, String> identity,
            FeatureDictionary[] dictionaries) throws IOException {
        long testRecords = options.split().kind() == Split.Kind.LAST_DAY
                ? journal.heldOutRecords - journal.heldOutRecords / 2
                : journal.heldOutRecords;
        if (Files.exists(heldOutPart())) {
            dealHeldOut(testRecords * ClickLog.RECORD_BYTES);
        }
        if (Files.exists(trainPart())) {
            DurableFiles.publish(trainPart(), train());
        }
        for (FeatureDictionary dictionary : dictionaries) {
            dictionary.save(dictionary(dictionary.feature()));
        }
        Map<String, String> entries = new LinkedHashMap<>();
        entries.put("format", SUMMARY_FORMAT);
        entries.putAll(identity);
        entries.put("rows", String.valueOf(journal.rows));
        entries.put("badRows", String.valueOf(journal.badRows));
        entries.put("samples.train", String.valueOf(journal.trainRecords));
        entries.put("samples.validation", String.valueOf(journal.heldOutRecords - testRecords));
        entries.put("samples.test", String.valueOf(testRecords));
        for (FeatureDictionary dictionary : dictionaries) {
            entries.put("tableRows.C" + (dictionary.feature() + 1), String.valueOf(dictionary.size()));
        }
        KeyValueFile.write(summary(), entries);
        removeWorkFiles();
    }

    /** Copies the validation half away, then cuts the rest to the test half; the renaming ends the step. */
    private void dealHeldOut(long testBytes) throws IOException {
        try (FileChannel part = FileChannel.open(heldOutPart(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            // Once cut, the part no longer has the validation half, which then is published already.
            if (part.size() > testBytes || !Files.exists(validation())) {
                Path temporary = DurableFiles.temporary(validation());
                try (FileChannel copy = FileChannel.open(temporary, StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
                    for (long at = testBytes; at < part.size();) {
                        at += part.transferTo(at, part.size() - at, copy);
                    }
                    copy.force(false);
                }
                DurableFiles.publish(temporary, validation());
                part.truncate(testBytes);
                part.force(true);
            }
        }
        DurableFiles.publish(heldOutPart(), test());
    }

    /** Removes what only a resumption needs; harmless if done before. */
    void removeWorkFiles() throws IOException {
        Files.deleteIfExists(dictionaryEntries());
        Files.deleteIfExists(journal());
    }
}
