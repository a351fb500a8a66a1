package org.dlrm4j.os;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import org.dlrm4j.os.FileObserver.Call;

/** A file channel of {@link ObservedFiles}. */
final class ObservedChannel extends FileChannel {
    private final Path path;
    private final FileChannel channel;
    private final Object file;
    private final FileObserver observer;

    ObservedChannel(Path path, FileChannel channel, Object file, FileObserver observer) {
        this.path = path;
        this.channel = channel;
        this.file = file;
        this.observer = observer;
    }

    private void check(Call call) throws IOException {
        int errno = observer.refuses(call, path);
        if (errno != 0) {
            throw new IOException(ObservedProvider.text(errno));
        }
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        check(Call.READ);
        ByteBuffer part = target.slice(target.position(),
                observer.transferred(Call.READ, path, target.remaining()));
        int read = channel.read(part, position);
        target.position(target.position() + Math.max(0, read));
        return read;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        int read = read(target, channel.position());
        channel.position(channel.position() + Math.max(0, read));
        return read;
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
        check(Call.WRITE);
        int bytes = observer.transferred(Call.WRITE, path, source.remaining());
        byte[] written = new byte[bytes];
        source.get(written);
        for (ByteBuffer rest = ByteBuffer.wrap(written); rest.hasRemaining();) {
            channel.write(rest, position + rest.position());
        }
        observer.written(file, position, written);
        return bytes;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        int written = write(source, channel.position());
        channel.position(channel.position() + written);
        return written;
    }

    @Override
    public void force(boolean metaData) throws IOException {
        check(Call.SYNC);
        channel.force(metaData);
        observer.synced(file);
    }

    @Override
    public long size() throws IOException {
        check(Call.STATUS);
        return channel.size();
    }

    @Override
    public long position() throws IOException {
        return channel.position();
    }

    @Override
    public FileChannel position(long position) throws IOException {
        channel.position(position);
        return this;
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) throws IOException {
        check(Call.LOCK);
        return channel.tryLock(position, size, shared);
    }

    @Override
    protected void implCloseChannel() throws IOException {
        channel.close();
        check(Call.CLOSE);
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileChannel truncate(long size) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) {
        throw new UnsupportedOperationException();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) {
        throw new UnsupportedOperationException();
    }
}
