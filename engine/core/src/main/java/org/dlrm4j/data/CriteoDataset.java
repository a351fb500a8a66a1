package org.dlrm4j.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * A directory that {@link CriteoPreprocessor} made: click logs for training, validation and test, the number of rows
 * that each feature's table needs, and the dictionaries that lead from hashes to rows.
 *
 * <p>Owns its logs: they are closed with the data set. Thread-safe.
 */
public final class CriteoDataset implements ClickDataset {
    private final PreprocessOutput files;
    private final long[] tableRows = new long[ClickLog.SPARSE_FEATURES];
    private final FeatureDictionary[] dictionaries = new FeatureDictionary[ClickLog.SPARSE_FEATURES];
    private final long rows;
    private final long badRows;
    private final ClickLog train;
    private final ClickLog validation;
    private final ClickLog test;

    private CriteoDataset(Path directory) throws IOException {
        this.files = new PreprocessOutput(directory);
        Path summary = files.summary();
        Map<String, String> entries = KeyValueFile.read(summary);
        PreprocessJournal.checkFormat(summary, PreprocessOutput.SUMMARY_FORMAT, entries);
        rows = KeyValueFile.number(summary, entries, "rows");
        badRows = KeyValueFile.number(summary, entries, "badRows");
        for (int f = 0; f < tableRows.length; f++) {
            tableRows[f] = KeyValueFile.number(summary, entries, "tableRows.C" + (f + 1));
        }
        ClickLog openTrain = null;
        ClickLog openValidation = null;
        try {
            openTrain = open(files.train(), KeyValueFile.number(summary, entries, "samples.train"));
            openValidation = open(files.validation(), KeyValueFile.number(summary, entries, "samples.validation"));
            test = open(files.test(), KeyValueFile.number(summary, entries, "samples.test"));
        } catch (Throwable failure) {
            if (openTrain != null) {
                openTrain.close();
            }
            if (openValidation != null) {
                openValidation.close();
            }
            throw failure;
        }
        train = openTrain;
        validation = openValidation;
    }

    private ClickLog open(Path file, long samples) throws IOException {
        ClickLog log = ClickLog.open(file, 0, tableRows);
        if (log.samples() != samples) {
            log.close();
            throw new DatasetException(file + ": has " + log.samples() + " records, expected " + samples + " by "
                    + files.summary().getFileName() + "; the file is truncated, preprocess again");
        }
        return log;
    }

    /**
     * Opens a data set.
     *
     * @param directory output directory of a finished run
     * @return the data set, to be closed by the caller
     * @throws IOException      if a file cannot be read
     * @throws DatasetException if a file is damaged or not what the summary says
     */
    public static CriteoDataset open(Path directory) throws IOException {
        return new CriteoDataset(directory);
    }

    @Override
    public ClickLog train() {
        return train;
    }

    @Override
    public ClickLog validation() {
        return validation;
    }

    @Override
    public ClickLog test() {
        return test;
    }

    /**
     * Tells how many rows each feature's table needs: its number of distinct hashes, at most the index range.
     *
     * @return a new array of {@link ClickLog#SPARSE_FEATURES} numbers
     */
    @Override
    public long[] tableRows() {
        return tableRows.clone();
    }

    @Override
    public long textRows() {
        return rows;
    }

    @Override
    public long badRows() {
        return badRows;
    }

    /**
     * Gives a feature's dictionary, which is loaded and checked at the first call.
     *
     * @param feature sparse feature, 0-based
     * @return the dictionary
     * @throws IOException               if its file cannot be read
     * @throws DatasetException          if its file is damaged or belongs to another feature or data set
     * @throws IndexOutOfBoundsException if there is no such feature
     */
    public FeatureDictionary dictionary(int feature) throws IOException {
        synchronized (dictionaries) {
            if (dictionaries[feature] == null) {
                Path file = files.dictionary(feature);
                FeatureDictionary loaded = FeatureDictionary.load(file);
                if (loaded.feature() != feature || loaded.size() != tableRows[feature]) {
                    throw new DatasetException(file + ": holds feature C" + (loaded.feature() + 1) + " with "
                            + loaded.size() + " hashes, expected C" + (feature + 1) + " with " + tableRows[feature]
                            + "; it belongs to another data set");
                }
                dictionaries[feature] = loaded;
            }
            return dictionaries[feature];
        }
    }

    @Override
    public void close() {
        train.close();
        validation.close();
        test.close();
    }
}
