package org.dlrm4j.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes a binary click log that {@link ClickLog} reads. The file grows under its name with {@code .tmp} appended and
 * appears under its own name, whole and durable, at {@link #commit()}; {@link #close()} without a commit deletes it.
 * Not thread-safe.
 */
public final class ClickLogWriter implements AutoCloseable {
    private final Path file;
    private final Path temporary;
    private final AppendFile out;
    private final int[] record = new int[CriteoTextParser.RECORD_INTS];
    private long samples;
    private boolean committed;

    /**
     * Begins a file.
     *
     * @param file final name; an existing file is replaced at {@link #commit()}
     * @throws IOException if the temporary file cannot be made
     */
    public ClickLogWriter(Path file) throws IOException {
        this.file = file;
        this.temporary = DurableFiles.temporary(file);
        this.out = AppendFile.create(temporary);
    }

    /**
     * Appends a sample.
     *
     * @param label 1 for a click, else 0
     * @param dense {@link ClickLog#DENSE_FEATURES} raw integers, before the logarithm
     * @param ids   {@link ClickLog#SPARSE_FEATURES} row numbers
     * @throws IllegalArgumentException if an array has another length
     * @throws IllegalStateException    after {@link #commit()}
     * @throws IOException              if writing fails
     */
    public void write(int label, int[] dense, int[] ids) throws IOException {
        if (dense.length != ClickLog.DENSE_FEATURES || ids.length != ClickLog.SPARSE_FEATURES) {
            throw new IllegalArgumentException("sample of " + dense.length + " dense and " + ids.length
                    + " sparse features, expected " + ClickLog.DENSE_FEATURES + " and " + ClickLog.SPARSE_FEATURES);
        }
        if (committed) {
            throw new IllegalStateException(file + ": is committed, no sample may follow");
        }
        record[0] = label;
        System.arraycopy(dense, 0, record, 1, ClickLog.DENSE_FEATURES);
        System.arraycopy(ids, 0, record, 1 + ClickLog.DENSE_FEATURES, ClickLog.SPARSE_FEATURES);
        out.putInts(record, 0, record.length);
        samples++;
    }

    /**
     * Tells how many samples were written.
     *
     * @return number of samples
     */
    public long samples() {
        return samples;
    }

    /**
     * Syncs the file and gives it its final name. Committing twice does nothing.
     *
     * @throws IOException if that fails; the final name then still has its former content
     */
    public void commit() throws IOException {
        if (!committed) {
            out.sync();
            DurableFiles.publish(temporary, file);
            committed = true;
        }
    }

    /**
     * Closes the file; without a {@link #commit()} nothing remains of it. Closing twice does nothing.
     *
     * @throws IOException if that fails
     */
    @Override
    public void close() throws IOException {
        out.close();
        if (!committed) {
            Files.deleteIfExists(temporary);
        }
    }
}
