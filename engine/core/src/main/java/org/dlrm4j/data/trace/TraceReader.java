package org.dlrm4j.data.trace;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.dlrm4j.data.DatasetException;

/** Reads a file of row numbers from its beginning to its end, in bounded memory. Not thread-safe. */
public final class TraceReader implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 20;

    private final Path file;
    private final TraceFormat format;
    private final NumberText text;
    private final FileChannel channel;
    private final ByteBuffer buffer;
    private long rows;

    /**
     * Opens a file.
     *
     * @param file   the file
     * @param format how it holds row numbers
     * @throws IOException      if the file cannot be opened
     * @throws DatasetException if a binary file's length is no multiple of a row number's
     */
    public TraceReader(Path file, TraceFormat format) throws IOException {
        this.file = file;
        this.format = format;
        if (format == TraceFormat.TEXT) {
            text = new NumberText(file);
            channel = null;
            buffer = null;
            return;
        }
        text = null;
        buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN).limit(0);
        channel = FileChannel.open(file, StandardOpenOption.READ);
        try {
            long bytes = channel.size();
            if (bytes % format.rowBytes() != 0) {
                throw new DatasetException(file + ": has " + bytes + " bytes, " + bytes % format.rowBytes()
                        + " after the last whole row number, expected a multiple of " + format.rowBytes()
                        + "; the file is truncated or has another format");
            }
        } catch (Throwable failure) {
            channel.close();
            throw failure;
        }
    }

    /**
     * Reads the next row number.
     *
     * @return the row, or -1 at the end
     * @throws IOException      if reading fails
     * @throws DatasetException naming file, place and text or value found if that is no row number
     */
    public long next() throws IOException {
        if (text != null) {
            return text.next() ? text.wholeNumber() : -1;
        }
        if (!buffer.hasRemaining() && !refill()) {
            return -1;
        }
        long row = format == TraceFormat.INT64 ? buffer.getLong() : buffer.getInt();
        if (row < 0) {
            throw new DatasetException(file + ", byte " + rows * format.rowBytes() + ": found row " + row
                    + ", expected 0 or more; the file is damaged or has another format");
        }
        rows++;
        return row;
    }

    Path file() {
        return file;
    }

    /**
     * Tells how far reading has come.
     *
     * @return bytes from the beginning of the file to the end of the last row number read
     */
    public long positionBytes() {
        return text != null ? text.positionBytes() : rows * format.rowBytes();
    }

    private boolean refill() throws IOException {
        buffer.clear();
        int read = 0;
        while (buffer.hasRemaining() && read >= 0) {
            read = channel.read(buffer);
        }
        buffer.flip();
        return buffer.hasRemaining();
    }

    /**
     * Closes the file. Closing twice does nothing.
     *
     * @throws IOException if that fails
     */
    @Override
    public void close() throws IOException {
        if (text != null) {
            text.close();
        } else {
            channel.close();
        }
    }
}
