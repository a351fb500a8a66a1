package org.dlrm4j.data.trace;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.charset.StandardCharsets;

/**
 * A file that grows under another name until it is complete. Unlike training data it is not synced: a profile or a trace is
 * made again as easily as it was made.
 */
final class OutputFile implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 20;
    private static final int MAX_DIGITS = 19;

    private final Path file;
    private final Path temporary;
    private final FileChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final byte[] digits = new byte[MAX_DIGITS];

    OutputFile(Path file) throws IOException {
        this.file = file;
        temporary = file.resolveSibling(file.getFileName() + ".tmp");
        channel = FileChannel.open(temporary, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING);
    }

    void putInt(int value) throws IOException {
        reserve(Integer.BYTES);
        buffer.putInt(value);
    }

    void putLong(long value) throws IOException {
        reserve(Long.BYTES);
        buffer.putLong(value);
    }

    /** Appends ASCII characters, few at a time. */
    void putText(String text) throws IOException {
        reserve(text.length());
        buffer.put(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Appends the digits of a number that is not negative. */
    void putDecimal(long value) throws IOException {
        reserve(MAX_DIGITS);
        int from = MAX_DIGITS;
        long rest = value;
        do {
            digits[--from] = (byte) ('0' + rest % 10);
            rest /= 10;
        } while (rest > 0);
        buffer.put(digits, from, MAX_DIGITS - from);
    }

    private void reserve(int bytes) throws IOException {
        if (buffer.remaining() < bytes) {
            flush();
        }
    }

    private void flush() throws IOException {
        buffer.flip();
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
        buffer.clear();
    }

    /** Gives the file its name. */
    void commit() throws IOException {
        flush();
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Closes the file; without a commit nothing remains of it. */
    @Override
    public void close() throws IOException {
        channel.close();
        Files.deleteIfExists(temporary);
    }
}
