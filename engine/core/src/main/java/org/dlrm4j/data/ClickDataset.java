package org.dlrm4j.data;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A preprocessed data set, or one that is made as it is read: samples for training, validation and test, owned by the data set and closed with it.
 * Thread-safe.
 */
public sealed interface ClickDataset extends AutoCloseable permits CriteoDataset, SchemaDataset, PlantedDataset {
    /**
     * Opens a data set of whichever kind the directory holds.
     *
     * @param directory output directory of a finished run
     * @return the data set, to be closed by the caller
     * @throws IOException      if a file cannot be read
     * @throws DatasetException if a file is damaged or not what the summary says
     */
    static ClickDataset open(Path directory) throws IOException {
        String format = KeyValueFile.read(new PreprocessOutput(directory).summary()).get("format");
        return SchemaOutput.SUMMARY_FORMAT.equals(format)
                ? SchemaDataset.open(directory)
                : CriteoDataset.open(directory);
    }

    /**
     * Gives the samples to train on.
     *
     * @return the samples
     */
    SampleSource train();

    /**
     * Gives the samples to validate on.
     *
     * @return the samples, possibly none
     */
    SampleSource validation();

    /**
     * Gives the samples to test on.
     *
     * @return the samples, possibly none
     */
    SampleSource test();

    /**
     * Tells how many rows each sparse feature's table needs.
     *
     * @return a new array, one number a sparse feature
     */
    long[] tableRows();

    /**
     * Tells how many rows of text were read, dropped and malformed ones included.
     *
     * @return number of rows
     */
    long textRows();

    /**
     * Tells how many malformed rows were skipped.
     *
     * @return number of rows
     */
    long badRows();

    /** Closes the samples. Closing twice does nothing. */
    @Override
    void close();
}
