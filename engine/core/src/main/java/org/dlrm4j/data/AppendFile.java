package org.dlrm4j.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file that only grows, little-endian, buffered in native memory. Not thread-safe. */
final class AppendFile implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 20;

    private final FileChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    private AppendFile(FileChannel channel) {
        this.channel = channel;
    }

    /** Opens an empty file, replacing whatever had its name. */
    static AppendFile create(Path file) throws IOException {
        return new AppendFile(FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING));
    }

    /** Opens a file to go on after its first {@code keptBytes}; what lies behind them is cut off. */
    static AppendFile resume(Path file, long keptBytes) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.size() < keptBytes) {
                throw new DatasetException(file + ": has " + channel.size() + " bytes, expected at least " + keptBytes
                        + " by the journal; delete the output directory and start again");
            }
            channel.truncate(keptBytes);
            channel.position(keptBytes);
            return new AppendFile(channel);
        } catch (Throwable failure) {
            channel.close();
            throw failure;
        }
    }

    void putInts(int[] values, int from, int count) throws IOException {
        reserve(count * Integer.BYTES);
        for (int i = from; i < from + count; i++) {
            buffer.putInt(values[i]);
        }
    }

    void putInt(int value) throws IOException {
        reserve(Integer.BYTES);
        buffer.putInt(value);
    }

    void putLong(long value) throws IOException {
        reserve(Long.BYTES);
        buffer.putLong(value);
    }

    void putBytes(byte[] bytes, int from, int count) throws IOException {
        for (int done = 0; done < count;) {
            reserve(1);
            int part = Math.min(buffer.remaining(), count - done);
            buffer.put(bytes, from + done, part);
            done += part;
        }
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

    /** Makes all that was put so far durable. */
    void sync() throws IOException {
        flush();
        channel.force(false);
    }

    /** Closes without flushing: what was not synced may be lost. */
    @Override
    public void close() throws IOException {
        channel.close();
    }
}
