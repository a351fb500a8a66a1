package org.dlrm4j.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns Criteo click text into binary click logs and dictionaries, in one streaming pass over the text and in memory
 * bounded by the dictionaries and a few chunks. Row numbers are the reference's: per feature, over all days, in order of
 * first appearance among the kept rows. The output does not depend on the number of threads.
 *
 * <p>Input is one file (Kaggle: divided into {@link PreprocessOptions#days()} contiguous days, the first ones one row
 * longer where it does not divide evenly, which costs a counting pass if the last day is held out) or one file a day
 * (Terabyte), plain or gzip. Output is a directory that {@link CriteoDataset} opens.
 *
 * <p>A run that was killed goes on where its journal says when it is started again with the same options and input, and
 * gives the same bytes as an uninterrupted one; plain text is read from there, gzip is decompressed once more up to there.
 * A finished directory is opened without work.
 *
 * <p>Instances are immutable and may be shared. A lock file keeps a second run, in this process or another, out of the
 * directory.
 */
public final class CriteoPreprocessor {
    private final PreprocessOptions options;
    private final CriteoTextParser parser;

    /**
     * Makes a preprocessor.
     *
     * @param options what to do
     */
    public CriteoPreprocessor(PreprocessOptions options) {
        this.options = options;
        this.parser = new CriteoTextParser(options.maxIndexRange());
    }

    /**
     * Converts, or goes on converting, or finds that all is done.
     *
     * @param inputs    text files in chronological order
     * @param directory where the output goes; made if it does not exist
     * @param listener  hears of progress a few times a second
     * @return the data set, to be closed by the caller
     * @throws IOException              if reading or writing fails; the run can be resumed
     * @throws MalformedRowException    if a row cannot be read and bad rows are not to be skipped
     * @throws DatasetException         if the directory belongs to another input, other options, something else or a run in
     *                                  progress, or a file is damaged
     * @throws IllegalArgumentException if there is no input
     * @throws InterruptedException     if the thread is interrupted; the run can be resumed
     */
    public CriteoDataset run(List<Path> inputs, Path directory, PreprocessProgress.Listener listener)
            throws IOException, InterruptedException {
        if (inputs.isEmpty()) {
            throw new IllegalArgumentException("no input files, expected one or more");
        }
        PreprocessOutput output = new PreprocessOutput(directory);
        output.runLocked(() -> runLocked(inputs, output, listener));
        return CriteoDataset.open(directory);
    }

    private void runLocked(List<Path> inputs, PreprocessOutput output, PreprocessProgress.Listener listener)
            throws IOException, InterruptedException {
        Map<String, String> identity = identity(inputs);
        if (Files.exists(output.summary())) {
            PreprocessJournal.checkIdentity(output.summary(), PreprocessOutput.SUMMARY_FORMAT, identity,
                    KeyValueFile.read(output.summary()));
            output.removeWorkFiles();
            return;
        }
        PreprocessJournal journal = PreprocessJournal.resume(output.journal(), identity);
        if (journal == null) {
            journal = PreprocessJournal.begin(output.journal(), identity);
        }
        ProgressMeter meter = new ProgressMeter(listener, InputFiles.totalBytes(inputs));
        FeatureDictionary[] dictionaries = journal.converted
                ? PreprocessMerger.restoreDictionaries(options.maxIndexRange(), output.dictionaryEntries(),
                        journal.dictionaryEntries)
                : convert(inputs, output, journal, meter);
        meter.report(PreprocessProgress.Phase.PUBLISH, meter.bytesTotal(), journal.rows);
        output.publish(journal, options, identity, dictionaries);
    }

    private Map<String, String> identity(List<Path> inputs) throws IOException {
        Map<String, String> identity = new LinkedHashMap<>(options.identity());
        for (int i = 0; i < inputs.size(); i++) {
            identity.put("input." + i, InputFiles.fingerprint(inputs.get(i)));
        }
        return identity;
    }

    private FeatureDictionary[] convert(List<Path> inputs, PreprocessOutput output, PreprocessJournal journal,
            ProgressMeter meter) throws IOException, InterruptedException {
        long firstHeldOutRow = firstHeldOutRow(inputs, journal, meter);
        boolean lastFile = options.split().kind() == Split.Kind.LAST_DAY && inputs.size() > 1;
        int firstHeldOutFile = lastFile ? inputs.size() - 1 : Integer.MAX_VALUE;
        meter.begin(journal.rows);
        try (PreprocessMerger merger = new PreprocessMerger(options, inputs, journal, output, firstHeldOutRow,
                firstHeldOutFile);
                ChunkReader reader = new ChunkReader(inputs, options.chunkBytes(), journal.file, journal.position)) {
            CommitTimer timer = new CommitTimer(options.journalIntervalMillis());
            new ChunkPipeline<>(options.threads(), () -> new CriteoChunk(options.chunkBytes()),
                    chunk -> chunk.parse(parser)).run(reader, chunk -> {
                        merger.merge(chunk);
                        meter.reportSometimes(PreprocessProgress.Phase.CONVERT, chunk.inputBytesDone, journal.rows);
                        if (timer.isDue()) {
                            merger.commit();
                            timer.restart();
                        }
                    });
            journal.converted = true;
            merger.commit();
            return merger.dictionaries();
        }
    }

    private long firstHeldOutRow(List<Path> inputs, PreprocessJournal journal, ProgressMeter meter)
            throws IOException, InterruptedException {
        if (options.split().kind() == Split.Kind.TRAIN_ROWS) {
            return options.split().trainRows();
        }
        if (options.split().kind() == Split.Kind.NONE || inputs.size() > 1) {
            return Long.MAX_VALUE;
        }
        if (journal.countedRows < 0) {
            journal.countedRows = countRows(inputs, meter);
            journal.commit();
        }
        // Days differ by at most one row, the longer ones first: the last day has the rounded-down share.
        return journal.countedRows - journal.countedRows / options.days();
    }

    private long countRows(List<Path> inputs, ProgressMeter meter) throws IOException, InterruptedException {
        long rows = 0;
        meter.begin(0);
        TextChunk chunk = new TextChunk(options.chunkBytes());
        try (ChunkReader reader = new ChunkReader(inputs, options.chunkBytes(), 0, 0)) {
            while (reader.next(chunk)) {
                rows += ChunkReader.countLines(chunk);
                meter.reportSometimes(PreprocessProgress.Phase.COUNT, chunk.inputBytesDone, rows);
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
        }
        return rows;
    }
}
