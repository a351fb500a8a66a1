package org.dlrm4j.data.trace;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Writes a file of row numbers. It grows under its name with {@code .tmp} appended and gets its own name at
 * {@link #commit()}; {@link #close()} without a commit deletes it. Not thread-safe.
 */
public final class TraceWriter implements AutoCloseable {
    private final TraceFormat format;
    private final OutputFile out;
    private long rows;

    /**
     * Begins a file.
     *
     * @param file   final name; an existing file is replaced at {@link #commit()}
     * @param format how it holds row numbers
     * @throws IOException if the temporary file cannot be made
     */
    public TraceWriter(Path file, TraceFormat format) throws IOException {
        this.format = format;
        this.out = new OutputFile(file);
    }

    /**
     * Appends a row number.
     *
     * @param row the row, 0 or more
     * @throws IllegalArgumentException if it is negative or does not fit the format
     * @throws IOException              if writing fails
     */
    public void write(long row) throws IOException {
        if (row < 0 || format == TraceFormat.INT32 && row > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("row " + row + " after " + rows + " rows, expected 0 to "
                    + (format == TraceFormat.INT32 ? Integer.MAX_VALUE + "; int64 takes larger ones" : Long.MAX_VALUE));
        }
        switch (format) {
            case TEXT -> {
                if (rows > 0) {
                    out.putText(", ");
                }
                out.putDecimal(row);
            }
            case INT64 -> out.putLong(row);
            case INT32 -> out.putInt((int) row);
        }
        rows++;
    }

    /**
     * Gives the file its final name; nothing may be written after.
     *
     * @throws IOException if that fails
     */
    public void commit() throws IOException {
        out.commit();
    }

    /**
     * Closes the file; without a {@link #commit()} nothing remains of it. Closing twice does nothing.
     *
     * @throws IOException if that fails
     */
    @Override
    public void close() throws IOException {
        out.close();
    }
}
