package org.dlrm4j.os;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.spi.FileSystemProvider;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.dlrm4j.os.FileObserver.Call;

/** Passes calls on to the default file system or the kernel, unless the observer refuses them. */
final class ObservedProvider extends FileSystemProvider implements FileCalls {
    /** A file that is open by a descriptor. */
    private record Descriptor(Path path, Object file) {}

    private final ObservedFiles files;
    private final FileObserver observer;
    private final Map<Integer, Descriptor> descriptors = new ConcurrentHashMap<>();
    /** Of shared mappings that are written, by their addresses. */
    private final Map<Long, Descriptor> mappings = new ConcurrentHashMap<>();

    ObservedProvider(ObservedFiles files, FileObserver observer) {
        this.files = files;
        this.observer = observer;
    }

    private Path real(Call call, Path path) throws IOException {
        Path real = ObservedFiles.real(path);
        int errno = observer.refuses(call, real);
        if (errno != 0) {
            throw new FileSystemException(real.toString(), null, text(errno));
        }
        return real;
    }

    /** The words of {@code strerror}, which are all that the JDK passes on. */
    static String text(int errno) {
        return switch (errno) {
            case 5 -> "Input/output error";
            case 24 -> "Too many open files";
            case Errno.ENOMEM -> "Cannot allocate memory";
            case Errno.ENOSPC -> "No space left on device";
            default -> throw new IllegalArgumentException("errno " + errno);
        };
    }

    @Override
    public FileChannel newFileChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
            throws IOException {
        boolean exists = Files.exists(ObservedFiles.real(path), LinkOption.NOFOLLOW_LINKS);
        boolean creates = !exists && (options.contains(StandardOpenOption.CREATE)
                || options.contains(StandardOpenOption.CREATE_NEW));
        Path real = real(creates ? Call.CREATE : Call.OPEN, path);
        FileChannel channel = FileChannel.open(real, options, attributes);
        if (creates) {
            observer.created(real, false);
        }
        Object file = observer.opened(real);
        if (exists && options.contains(StandardOpenOption.TRUNCATE_EXISTING)) {
            observer.lengthSet(file, 0, true);
        }
        return new ObservedChannel(real, channel, file, observer);
    }

    @Override
    public SeekableByteChannel newByteChannel(Path path, Set<? extends OpenOption> options,
            FileAttribute<?>... attributes) throws IOException {
        return newFileChannel(path, options, attributes);
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(Path path, DirectoryStream.Filter<? super Path> filter)
            throws IOException {
        DirectoryStream<Path> stream = Files.newDirectoryStream(real(Call.LIST, path),
                entry -> filter.accept(files.path(entry)));
        return new DirectoryStream<>() {
            @Override
            public Iterator<Path> iterator() {
                Iterator<Path> entries = stream.iterator();
                return new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                        return entries.hasNext();
                    }

                    @Override
                    public Path next() {
                        return files.path(entries.next());
                    }
                };
            }

            @Override
            public void close() throws IOException {
                stream.close();
            }
        };
    }

    @Override
    public void createDirectory(Path path, FileAttribute<?>... attributes) throws IOException {
        Path real = real(Call.CREATE_DIRECTORY, path);
        Files.createDirectory(real, attributes);
        observer.created(real, true);
    }

    @Override
    public void delete(Path path) throws IOException {
        Path real = real(Call.REMOVE, path);
        Files.delete(real);
        observer.removed(real);
    }

    @Override
    public void createLink(Path link, Path existing) throws IOException {
        Path real = real(Call.LINK, link);
        Files.createLink(real, ObservedFiles.real(existing));
        observer.linked(real, ObservedFiles.real(existing));
    }

    @Override
    public void move(Path source, Path target, CopyOption... options) throws IOException {
        Path from = real(Call.RENAME, source);
        Path to = ObservedFiles.real(target);
        Files.move(from, to, options);
        observer.renamed(from, to);
    }

    @Override
    public void copy(Path source, Path target, CopyOption... options) throws IOException {
        try (FileChannel in = newFileChannel(source, Set.of(StandardOpenOption.READ));
                FileChannel out = newFileChannel(target,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))) {
            for (ByteBuffer buffer = ByteBuffer.allocate(1 << 16); in.read(buffer) >= 0; buffer.clear()) {
                buffer.flip();
                while (buffer.hasRemaining()) {
                    out.write(buffer);
                }
            }
        }
    }

    @Override
    public void checkAccess(Path path, AccessMode... modes) throws IOException {
        Path real = real(Call.STATUS, path);
        real.getFileSystem().provider().checkAccess(real, modes);
    }

    @Override
    public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
            throws IOException {
        return Files.readAttributes(real(Call.STATUS, path), type, options);
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options)
            throws IOException {
        return Files.readAttributes(real(Call.STATUS, path), attributes, options);
    }

    @Override
    public FileStore getFileStore(Path path) throws IOException {
        return Files.getFileStore(real(Call.STATUS, path));
    }

    @Override
    public String getScheme() {
        return "observed";
    }

    @Override
    public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileSystem getFileSystem(URI uri) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Path getPath(URI uri) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isSameFile(Path path, Path other) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isHidden(Path path) {
        throw new UnsupportedOperationException();
    }

    @Override
    public <V extends FileAttributeView> V getFileAttributeView(Path path, Class<V> type, LinkOption... options) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void setAttribute(Path path, String attribute, Object value, LinkOption... options) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int open(Path path, int flags) {
        Path real = ObservedFiles.real(path);
        int errno = observer.refuses(Call.OPEN, real);
        int fd = errno == 0 ? KERNEL.open(real, flags) : -errno;
        if (fd >= 0) {
            descriptors.put(fd, new Descriptor(real, observer.opened(real)));
        }
        return fd;
    }

    private int refuses(Call call, int fd) {
        return observer.refuses(call, descriptors.get(fd).path);
    }

    @Override
    public int close(int fd) {
        int errno = refuses(Call.CLOSE, fd);
        descriptors.remove(fd);
        int result = KERNEL.close(fd);
        return errno == 0 ? result : -errno;
    }

    @Override
    public long fileBytes(int fd) {
        int errno = refuses(Call.STATUS, fd);
        return errno == 0 ? KERNEL.fileBytes(fd) : -errno;
    }

    @Override
    public long nextData(int fd, long from) {
        int errno = refuses(Call.STATUS, fd);
        return errno == 0 ? KERNEL.nextData(fd, from) : -errno;
    }

    @Override
    public long nextHole(int fd, long from) {
        int errno = refuses(Call.STATUS, fd);
        return errno == 0 ? KERNEL.nextHole(fd, from) : -errno;
    }

    @Override
    public long pread(int fd, MemorySegment target, long fileOffset) {
        int errno = refuses(Call.READ, fd);
        int bytes = observer.transferred(Call.READ, descriptors.get(fd).path, Math.toIntExact(target.byteSize()));
        return errno == 0 ? KERNEL.pread(fd, target.asSlice(0, bytes), fileOffset) : -errno;
    }

    @Override
    public int ftruncate(int fd, long bytes) {
        int errno = refuses(Call.SET_LENGTH, fd);
        int result = errno == 0 ? KERNEL.ftruncate(fd, bytes) : -errno;
        if (result == 0) {
            observer.lengthSet(descriptors.get(fd).file, bytes, true);
        }
        return result;
    }

    @Override
    public int posixFallocate(int fd, long bytes) {
        int errno = refuses(Call.SET_LENGTH, fd);
        int result = errno == 0 ? KERNEL.posixFallocate(fd, bytes) : -errno;
        if (result == 0) {
            observer.lengthSet(descriptors.get(fd).file, bytes, false);
        }
        return result;
    }

    @Override
    public long mmap(long address, long bytes, int protection, int flags, int fd, long fileOffset) {
        if (fd < 0) {
            return KERNEL.mmap(address, bytes, protection, flags, fd, fileOffset);
        }
        int errno = refuses(Call.MAP, fd);
        long mapped = errno == 0 ? KERNEL.mmap(address, bytes, protection, flags, fd, fileOffset) : -errno;
        if (mapped > 0 && (protection & Libc.PROT_WRITE) != 0 && (flags & Libc.MAP_SHARED) != 0) {
            mappings.put(mapped, descriptors.get(fd));
            observer.mapped(descriptors.get(fd).file, mapped, bytes);
        }
        return mapped;
    }

    @Override
    public int munmap(long address, long bytes) {
        if (mappings.remove(address) != null) {
            observer.unmapping(address);
        }
        return KERNEL.munmap(address, bytes);
    }

    @Override
    public int msync(long address, long bytes) {
        Descriptor descriptor = mappings.get(address);
        int errno = observer.refuses(Call.SYNC, descriptor.path);
        int result = errno == 0 ? KERNEL.msync(address, bytes) : -errno;
        if (result == 0) {
            observer.synced(descriptor.file);
        }
        return result;
    }
}
