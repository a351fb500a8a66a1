package org.dlrm4j.data;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Takes parsed chunks in order: drops negatives, turns hashes into row numbers, appends to the outputs, and makes the
 * state durable. Everything whose result depends on the order of rows happens here, on one thread, so that the number
 * of parser threads cannot change the output.
 */
final class PreprocessMerger implements AutoCloseable {
    private static final int FIRST_HASH = 1 + ClickLog.DENSE_FEATURES;

    private final PreprocessOptions options;
    private final List<Path> inputs;
    private final PreprocessJournal journal;
    private final long firstHeldOutRow;
    private final int firstHeldOutFile;
    private final NumpyRandom random;
    private final FeatureDictionary[] dictionaries;
    private final AppendFile train;
    private final AppendFile heldOut;
    private final AppendFile entries;

    /** Restores the state that the journal describes. */
    PreprocessMerger(PreprocessOptions options, List<Path> inputs, PreprocessJournal journal,
            PreprocessOutput output, long firstHeldOutRow, int firstHeldOutFile) throws IOException {
        this.options = options;
        this.inputs = inputs;
        this.journal = journal;
        this.firstHeldOutRow = firstHeldOutRow;
        this.firstHeldOutFile = firstHeldOutFile;
        this.random = new NumpyRandom(options.seed());
        this.dictionaries = restoreDictionaries(options.maxIndexRange(), output.dictionaryEntries(),
                journal.dictionaryEntries);
        if (options.negativeDropRate() > 0) {
            for (long row = 0; row < journal.rows; row++) {
                random.nextDouble();
            }
        }
        AppendFile openTrain = null;
        AppendFile openHeldOut = null;
        try {
            openTrain = AppendFile.resume(output.trainPart(), journal.trainRecords * ClickLog.RECORD_BYTES);
            openHeldOut = AppendFile.resume(output.heldOutPart(), journal.heldOutRecords * ClickLog.RECORD_BYTES);
            entries = AppendFile.resume(output.dictionaryEntries(), journal.dictionaryEntries * 2L * Integer.BYTES);
        } catch (Throwable failure) {
            close(openTrain);
            close(openHeldOut);
            throw failure;
        }
        train = openTrain;
        heldOut = openHeldOut;
    }

    private static void close(AppendFile file) throws IOException {
        if (file != null) {
            file.close();
        }
    }

    /** Rebuilds the dictionaries from the first entries, pairs of feature and hash, of their log. */
    static FeatureDictionary[] restoreDictionaries(int maxIndexRange, Path log, long count) throws IOException {
        FeatureDictionary[] dictionaries = new FeatureDictionary[ClickLog.SPARSE_FEATURES];
        for (int f = 0; f < dictionaries.length; f++) {
            dictionaries[f] = new FeatureDictionary(f, maxIndexRange);
        }
        if (count == 0) {
            return dictionaries;
        }
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(log), 1 << 16))) {
            for (long i = 0; i < count; i++) {
                int feature = Integer.reverseBytes(in.readInt());
                int value = Integer.reverseBytes(in.readInt());
                if (feature < 0 || feature >= dictionaries.length) {
                    throw new DatasetException(log + ", entry " + i + ": feature " + feature + ", expected 0 to "
                            + (dictionaries.length - 1) + "; the file is damaged, start again in an empty directory");
                }
                dictionaries[feature].add(value);
            }
        } catch (EOFException e) {
            throw new DatasetException(log + ": ends before entry " + count
                    + " of the journal; the file is damaged, start again in an empty directory");
        }
        return dictionaries;
    }

    /** Merges the next chunk in order. */
    void merge(CriteoChunk chunk) throws IOException {
        if (chunk.file != journal.file) {
            journal.file = chunk.file;
            journal.lines = 0;
        }
        boolean dropping = options.negativeDropRate() > 0;
        int[] records = chunk.records;
        for (int row = 0, at = 0; row < chunk.rows; row++, at += CriteoTextParser.RECORD_INTS) {
            long globalRow = journal.rows++;
            journal.lines++;
            boolean dropped = dropping && random.nextDouble() < options.negativeDropRate();
            if (records[at] == CriteoChunk.BAD_ROW) {
                if (!options.skipBadRows()) {
                    throw CriteoTextParser.malformed(chunk.text, records[at + 1], chunk.length, records[at + 2],
                            inputs.get(chunk.file).toString(), journal.lines);
                }
                journal.badRows++;
            } else if (!dropped || records[at] != 0) {
                assignRows(records, at + FIRST_HASH);
                boolean training = globalRow < firstHeldOutRow && chunk.file < firstHeldOutFile;
                if (training) {
                    journal.trainRecords++;
                } else {
                    journal.heldOutRecords++;
                }
                (training ? train : heldOut).putInts(records, at, CriteoTextParser.RECORD_INTS);
            }
        }
        journal.position = chunk.endPosition;
    }

    private void assignRows(int[] records, int at) throws IOException {
        for (int f = 0; f < ClickLog.SPARSE_FEATURES; f++) {
            FeatureDictionary dictionary = dictionaries[f];
            int value = records[at + f];
            int known = dictionary.size();
            int id = dictionary.add(value);
            if (id == known) {
                entries.putInt(f);
                entries.putInt(value);
                journal.dictionaryEntries++;
            }
            records[at + f] = id;
        }
    }

    /** Makes everything merged so far durable; the journal last, as it vouches for the rest. */
    void commit() throws IOException {
        train.sync();
        heldOut.sync();
        entries.sync();
        journal.commit();
    }

    FeatureDictionary[] dictionaries() {
        return dictionaries;
    }

    @Override
    public void close() throws IOException {
        try (train; heldOut) {
            entries.close();
        }
    }
}
