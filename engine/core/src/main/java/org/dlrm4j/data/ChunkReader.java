package org.dlrm4j.data;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** Reads files, plain or gzip, as chunks of whole lines. Used by one thread at a time. */
final class ChunkReader implements AutoCloseable {
    static final int MAX_LINE_BYTES = 1 << 20;
    private static final int GZIP_BUFFER_BYTES = 1 << 16;

    private final List<Path> files;
    private final int chunkBytes;
    private int file;
    private long position;
    private long bytesOfEarlierFiles;
    private InputStream text;
    private CountingStream raw;
    private byte[] carry = new byte[256];
    private int carryLength;

    /** Begins in a file at a position of its uncompressed text at which a line begins. */
    ChunkReader(List<Path> files, int chunkBytes, int firstFile, long firstPosition) throws IOException {
        this.files = files;
        this.chunkBytes = chunkBytes;
        this.file = firstFile;
        for (int i = 0; i < Math.min(firstFile, files.size()); i++) {
            bytesOfEarlierFiles += size(files.get(i));
        }
        if (firstFile < files.size()) {
            open(firstPosition);
        }
    }

    static long size(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return channel.size();
        }
    }

    private void open(long from) throws IOException {
        FileChannel channel = FileChannel.open(files.get(file), StandardOpenOption.READ);
        raw = new CountingStream(Channels.newInputStream(channel));
        text = raw;
        boolean compressed = raw.read() == 0x1f && raw.read() == 0x8b;
        channel.position(0);
        raw.count = 0;
        if (compressed) {
            try {
                text = new GZIPInputStream(new BufferedInputStream(raw, GZIP_BUFFER_BYTES), GZIP_BUFFER_BYTES);
            } catch (EOFException | ZipException e) {
                throw damaged(e);
            }
            try {
                text.skipNBytes(from);
            } catch (EOFException e) {
                throw new DatasetException(files.get(file) + ": text ends before byte " + from
                        + " at which to resume; the file has changed, start again in an empty directory");
            }
        } else {
            channel.position(from);
            raw.count = from;
        }
        position = from;
    }

    /** Fills a chunk; returns false, with nothing in it, at the end of the last file. */
    boolean next(TextChunk chunk) throws IOException {
        while (file < files.size()) {
            if (fill(chunk)) {
                return true;
            }
            text.close();
            bytesOfEarlierFiles += size(files.get(file));
            file++;
            if (file < files.size()) {
                open(0);
            }
        }
        return false;
    }

    private boolean fill(TextChunk chunk) throws IOException {
        if (chunk.text.length < Math.max(chunkBytes, carryLength)) {
            chunk.text = new byte[Math.max(chunkBytes, carryLength)];
        }
        System.arraycopy(carry, 0, chunk.text, 0, carryLength);
        int length = carryLength;
        carryLength = 0;
        int end = 0;
        while (end == 0) {
            int read = readFully(chunk.text, length);
            boolean ended = length + read < chunk.text.length;
            length += read;
            end = ended ? length : endOfLastLine(chunk.text, length);
            if (ended && end == 0) {
                return false;
            }
            if (end == 0) {
                if (length >= MAX_LINE_BYTES) {
                    throw new DatasetException(files.get(file) + ", byte " + position + ": line of more than "
                            + MAX_LINE_BYTES + " bytes, expected lines of text, a row each");
                }
                chunk.text = Arrays.copyOf(chunk.text, 2 * chunk.text.length);
            }
        }
        carryLength = length - end;
        if (carryLength > carry.length) {
            carry = new byte[2 * carryLength];
        }
        System.arraycopy(chunk.text, end, carry, 0, carryLength);
        position += end;
        chunk.length = end;
        chunk.file = file;
        chunk.endPosition = position;
        chunk.inputBytesDone = bytesOfEarlierFiles + raw.count;
        return true;
    }

    private int readFully(byte[] bytes, int from) throws IOException {
        try {
            return text.readNBytes(bytes, from, bytes.length - from);
        } catch (EOFException | ZipException e) {
            throw damaged(e);
        }
    }

    private DatasetException damaged(IOException cause) {
        return new DatasetException(files.get(file) + ", after byte " + raw.count + ": " + cause.getMessage()
                + ", expected whole gzip data; the file is truncated or damaged, fetch it again");
    }

    private static int endOfLastLine(byte[] text, int length) {
        int end = length;
        while (end > 0 && text[end - 1] != '\n') {
            end--;
        }
        return end;
    }

    /** Counts lines; a last one without line feed counts. */
    static int countLines(TextChunk chunk) {
        int lines = 0;
        for (int i = 0; i < chunk.length; i++) {
            lines += chunk.text[i] == '\n' ? 1 : 0;
        }
        return chunk.text[chunk.length - 1] == '\n' ? lines : lines + 1;
    }

    @Override
    public void close() throws IOException {
        if (text != null) {
            text.close();
        }
    }

    /** Counts what is taken from the file, which for gzip is less than the text it yields. */
    private static final class CountingStream extends FilterInputStream {
        private long count;

        CountingStream(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int value = in.read();
            count += value < 0 ? 0 : 1;
            return value;
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            int read = in.read(bytes, from, length);
            count += Math.max(read, 0);
            return read;
        }
    }
}
