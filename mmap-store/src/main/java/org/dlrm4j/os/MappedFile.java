package org.dlrm4j.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.EOFException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongSupplier;

/**
 * A whole file in one memory segment, of any size.
 *
 * <p>The mapping has the length that the file has when it is opened, never more: pages beyond the end of a file raise
 * SIGBUS. For the same reason nobody may truncate a file while it is mapped; replace files by rename. The descriptor stays
 * open with the mapping, so that holes can be found and bytes be read with an error instead of a signal even if the file has lost
 * its name. From 2 MiB on the address is a multiple of 2 MiB.
 *
 * <p>The owner closes it; afterwards every access through the segment throws {@code IllegalStateException}. All methods
 * may be called from any thread.
 */
public final class MappedFile implements AutoCloseable {
    private static final VarHandle BYTES = JAVA_BYTE.varHandle();
    private static final long COPY_BYTES = 64L << 20;

    private final FileCalls calls;
    private final Path path;
    private final Access access;
    private final int fd;
    private final Mapping mapping;
    private final MemorySegment segment;
    /** Calls that need the mapping share it; {@link #close} has it alone: freed addresses may belong to somebody else. */
    private final ReentrantReadWriteLock open = new ReentrantReadWriteLock();

    /** What may be done through a mapping. */
    public enum Access {
        /** Reads only; the segment is read-only. */
        READ_ONLY(Libc.O_RDONLY, Libc.PROT_READ, Libc.MAP_SHARED),
        /** Reads and writes; writes reach the file. */
        READ_WRITE(Libc.O_RDWR, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED),
        /**
         * Reads and writes; what is written is seen through this mapping only. A page that is written to becomes memory of the
         * process. Nothing is reserved ahead, so that files larger than memory can be mapped.
         */
        COPY_ON_WRITE(Libc.O_RDONLY, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_PRIVATE | Libc.MAP_NORESERVE);

        private final int openFlags;
        private final int protection;
        private final int mapFlags;

        Access(int openFlags, int protection, int mapFlags) {
            this.openFlags = openFlags;
            this.protection = protection;
            this.mapFlags = mapFlags;
        }
    }

    private MappedFile(FileCalls calls, Path path, Access access, int fd, Mapping mapping) {
        this.calls = calls;
        this.path = path;
        this.access = access;
        this.fd = fd;
        this.mapping = mapping;
        this.segment = access == Access.READ_ONLY ? mapping.segment().asReadOnly() : mapping.segment();
    }

    /**
     * Maps all of a file.
     *
     * @param path an existing regular file, not empty
     * @param access whether the mapping can be written
     * @return the owner of the mapping
     * @throws IllegalArgumentException if the file is empty
     * @throws NativeCallException if the file cannot be opened or mapped
     */
    public static MappedFile map(Path path, Access access) {
        return map(path, access, 0);
    }

    /**
     * Maps all of a file that must have a certain length.
     *
     * @param path an existing regular file
     * @param access whether the mapping can be written
     * @param expectedBytes the length that the caller relies on, at least 1
     * @return the owner of the mapping, {@code expectedBytes} long
     * @throws IllegalArgumentException if the file has another length; nothing is mapped
     * @throws NativeCallException if the file cannot be opened or mapped
     */
    public static MappedFile mapExactly(Path path, Access access, long expectedBytes) {
        if (expectedBytes < 1) {
            throw new IllegalArgumentException("expectedBytes: " + expectedBytes + ", expected at least 1");
        }
        return map(path, access, expectedBytes);
    }

    private static MappedFile map(Path path, Access access, long expectedBytes) {
        FileCalls calls = FileCalls.of(path);
        int fd = calls.open(path, access.openFlags);
        if (fd < 0) {
            throw new NativeCallException("open", path + ", " + access, -fd);
        }
        try {
            return new MappedFile(calls, path, access, fd, map(calls, path, access, fd, expectedBytes));
        } catch (RuntimeException | Error e) {
            calls.close(fd);
            throw e;
        }
    }

    private static Mapping map(FileCalls calls, Path path, Access access, int fd, long expectedBytes) {
        long fileBytes = calls.fileBytes(fd);
        if (fileBytes < 0) {
            throw new NativeCallException("lseek", path.toString(), (int) -fileBytes);
        }
        if (fileBytes == 0) {
            throw new IllegalArgumentException(path + ": empty file, there is nothing to map");
        }
        if (expectedBytes != 0 && fileBytes != expectedBytes) {
            throw new IllegalArgumentException(
                    path + ": file length " + fileBytes + " bytes, expected " + expectedBytes);
        }
        return Mapping.of(calls, fileBytes, access.protection, access.mapFlags, fd, path.toString());
    }

    /**
     * Returns the unit in which the kernel reads and maps files.
     *
     * @return bytes of a page, a power of two
     */
    public static int pageBytes() {
        return Libc.pageBytes();
    }

    /**
     * Returns the contents of the file.
     *
     * @return a segment as long as the file, read-only unless mapped for writing, that lives until {@link #close()}
     */
    public MemorySegment segment() {
        return segment;
    }

    /**
     * Returns the file.
     *
     * @return the path as given
     */
    public Path path() {
        return path;
    }

    /**
     * Writes all changed pages to the device and waits for it.
     *
     * @throws NativeCallException if the device reports an error
     * @throws IllegalStateException if the mapping is closed or its writes do not reach the file
     */
    public void force() {
        if (access != Access.READ_WRITE) {
            throw new IllegalStateException(path + ": mapped " + access + ", there is nothing to force");
        }
        Mapping.check(whileOpen(() -> calls.msync(segment.address(), segment.byteSize())), "msync", path.toString(),
                segment.byteSize());
    }

    /**
     * Tells the kernel how the mapping will be used.
     *
     * @param advice the expected use
     * @return whether the kernel took the advice; contents are the same in either case
     * @throws IllegalStateException if the mapping is closed
     */
    public boolean advise(Advice advice) {
        return whileOpen(() -> Libc.madvise(segment.address(), segment.byteSize(), advice.code)) == 0;
    }

    /**
     * Reads a part of the file into memory and enters its pages in the page table; holes become pages of zeros.
     *
     * @param offset where the part begins, a multiple of the page size
     * @param bytes its length
     * @throws NativeCallException if the device cannot supply a page, or the file was truncated meanwhile
     * @throws IndexOutOfBoundsException if the part is not within the file
     * @throws IllegalStateException if the mapping is closed
     */
    public void prefault(long offset, long bytes) {
        Objects.checkFromIndexSize(offset, bytes, segment.byteSize());
        long result;
        do {
            result = whileOpen(() -> Libc.madvise(segment.address() + offset, bytes, Libc.MADV_POPULATE_READ));
        } while (result == -Errno.EINTR);
        if (result == -Errno.EINVAL) {
            touch(offset, bytes);
        } else {
            Mapping.check(result, "madvise", path + ", MADV_POPULATE_READ at " + offset, bytes);
        }
    }

    /**
     * Keeps the pages of the file in memory: those that are there, and others from when they come. Ends with the mapping. What the
     * system does not allow is told in the log with the limit and the remedy, and changes nothing else.
     *
     * @return whether pages are kept
     * @throws IllegalStateException if the mapping is closed
     */
    public boolean lock() {
        int errno = (int) -whileOpen(() -> Libc.mlockOnFault(segment.address(), segment.byteSize()));
        if (errno != 0) {
            Log.warn(LockLimit.message(path.toString(), segment.byteSize(), errno, LockLimit.current()));
        }
        return errno == 0;
    }

    /**
     * Puts copies of pages, in anonymous huge pages, in the place of the file's own: the same bytes at the same addresses, with fewer
     * misses of the TLB, and not evicted as page cache is. They are this process's memory until {@link #close()}. Other threads may read
     * meanwhile. Where the kernel has no huge pages for it the copies are in small ones.
     *
     * @param offset where the part begins, a multiple of 2 MiB
     * @param bytes its length, a multiple of 2 MiB unless it reaches to the end of the file
     * @param policy where the copies are placed; where the kernel forbids policies, as by {@link MemoryPolicy#DEFAULT}
     * @throws IndexOutOfBoundsException if the part is not within the file
     * @throws IllegalStateException if the mapping is closed, or its writes reach the file
     * @throws NativeCallException if memory is refused, the device cannot supply a page, or the kernel is older than 5.7; what was
     *     copied before stays
     */
    public void copyToHugePages(long offset, long bytes, MemoryPolicy policy) {
        Objects.checkFromIndexSize(offset, bytes, segment.byteSize());
        if (access == Access.READ_WRITE) {
            throw new IllegalStateException(
                    path + ": mapped READ_WRITE, what is written to copies would not reach the file");
        }
        long end = offset + bytes;
        if (offset % Mapping.HUGE_PAGE_BYTES != 0
                || end % Mapping.HUGE_PAGE_BYTES != 0 && end != segment.byteSize()) {
            throw new IllegalArgumentException(path + ": bytes " + offset + " to " + end
                    + " to copy, expected multiples of " + Mapping.HUGE_PAGE_BYTES + " or the end of the file");
        }
        if (bytes == 0) {
            return;
        }
        long pageBytes = Libc.pageBytes();
        try (NativeMemory copy = NativeMemory.allocate(Math.max(Math.min(bytes, COPY_BYTES), Mapping.HUGE_PAGE_BYTES),
                policy)) {
            for (long at = offset; at < end; at += COPY_BYTES) {
                long from = at;
                long length = Math.min(COPY_BYTES, end - at);
                // Not a copy straight away: what the device cannot supply is an error here, and a signal there.
                prefault(from, length);
                Mapping.check(whileOpen(() -> {
                    MemorySegment.copy(segment, from, copy.segment(), 0, length);
                    return Libc.moveOver(copy.segment().address(), length + pageBytes - 1 & -pageBytes,
                            segment.address() + from);
                }), "mremap", path + " at byte " + from, length);
            }
        }
    }

    /**
     * Lets the device begin to read a part of the file into memory, and does not wait for it. Pages that are in memory already
     * stay; nothing but this part is read. A hint: a part that cannot be read is an error when it is used.
     *
     * @param offset where the part begins, a multiple of the page size
     * @param bytes its length
     * @throws IndexOutOfBoundsException if the part is not within the file
     * @throws IllegalStateException if the mapping is closed
     */
    public void willNeed(long offset, long bytes) {
        Objects.checkFromIndexSize(offset, bytes, segment.byteSize());
        whileOpen(() -> Libc.madvise(segment.address() + offset, bytes, Advice.WILL_NEED.code));
    }

    /**
     * Lets the device begin to read many pages of the file into memory, as {@link #willNeed(long, long)} does for one part. Does not
     * allocate.
     *
     * @param pageOffsets where each page begins, a multiple of the page size within the file
     * @param count how many of them to read
     * @throws IllegalStateException if the mapping is closed
     */
    public void willNeedPages(long[] pageOffsets, int count) {
        long pageBytes = Libc.pageBytes();
        open.readLock().lock();
        try {
            requireOpen();
            for (int i = 0; i < count; i++) {
                long offset = Objects.checkIndex(pageOffsets[i], segment.byteSize());
                Libc.madviseHint(segment.address() + offset, pageBytes, Advice.WILL_NEED.code);
            }
        } finally {
            open.readLock().unlock();
        }
    }

    /**
     * Reads bytes of the file by a system call instead of the mapping: a page that the device cannot supply, or that was cut off,
     * is an exception, not a signal.
     *
     * @param offset where to begin
     * @param target native memory to fill; its length says how much to read
     * @throws NativeCallException if the device reports an error
     * @throws UncheckedIOException if the file has become shorter
     * @throws IllegalStateException if the mapping is closed
     */
    public void read(long offset, MemorySegment target) {
        for (long done = 0; done < target.byteSize();) {
            MemorySegment rest = target.asSlice(done);
            long at = offset + done;
            long read = whileOpen(() -> calls.pread(fd, rest, at));
            if (read == 0) {
                throw new UncheckedIOException(new EOFException(path + ": has no byte " + at + ", expected "
                        + segment.byteSize() + " bytes; it was cut while it was open"));
            }
            if (read != -Errno.EINTR) {
                done += Mapping.check(read, "pread", path + " at byte " + at, rest.byteSize());
            }
        }
    }

    /**
     * Finds data in a sparse file, without reading it.
     *
     * @param offset where to begin, within the file
     * @return the first byte from {@code offset} on that is in no hole, or the file's length; {@code offset} itself where the file
     *     system knows of no holes
     * @throws IllegalStateException if the mapping is closed
     */
    public long nextData(long offset) {
        long data = whileOpen(() -> calls.nextData(fd, offset));
        return data == -Errno.ENXIO ? segment.byteSize() : data < 0 ? offset : data;
    }

    /**
     * Finds the end of data in a sparse file, without reading it.
     *
     * @param offset where to begin, within the file
     * @return the first byte from {@code offset} on that is in a hole, or the file's length; holes read as zeros
     * @throws IllegalStateException if the mapping is closed
     */
    public long nextHole(long offset) {
        long hole = whileOpen(() -> calls.nextHole(fd, offset));
        return hole < 0 ? segment.byteSize() : hole;
    }

    /** For kernels before 5.14, which do not know MADV_POPULATE_READ. */
    void touch(long offset, long bytes) {
        long pageBytes = Libc.pageBytes();
        for (long at = offset; at < offset + bytes; at += pageBytes) {
            // Opaque, because the compiler may drop a plain read whose value nobody uses.
            byte ignored = (byte) BYTES.getOpaque(segment, at);
        }
    }

    private long whileOpen(LongSupplier call) {
        open.readLock().lock();
        try {
            requireOpen();
            return call.getAsLong();
        } finally {
            open.readLock().unlock();
        }
    }

    private void requireOpen() {
        if (!segment.scope().isAlive()) {
            throw new IllegalStateException(path + ": mapping is closed");
        }
    }

    /**
     * Unmaps the file. A second call does nothing. Does not wait for written pages to reach the device; see
     * {@link #force()}.
     *
     * @throws IllegalStateException if another thread is using the segment in a native or channel call; the file stays
     *     mapped
     */
    @Override
    public void close() {
        open.writeLock().lock();
        try {
            if (segment.scope().isAlive()) {
                mapping.close();
                // A failing close of a descriptor without pending writes loses nothing.
                calls.close(fd);
            }
        } finally {
            open.writeLock().unlock();
        }
    }
}
