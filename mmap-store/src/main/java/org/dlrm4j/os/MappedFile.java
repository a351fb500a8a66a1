package org.dlrm4j.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;

/**
 * A whole file in one memory segment, of any size.
 *
 * <p>The mapping has the length that the file has when it is opened, never more: pages beyond the end of a file raise
 * SIGBUS. For the same reason nobody may truncate a file while it is mapped; replace files by rename. The descriptor is
 * closed at once, so that a mapping costs no open file. From 2 MiB on the address is a multiple of 2 MiB.
 *
 * <p>The owner closes it; afterwards every access through the segment throws {@code IllegalStateException}. All methods
 * may be called from any thread.
 */
public final class MappedFile implements AutoCloseable {
    private static final long PREFAULT_CHUNK_BYTES = 64L << 20;
    private static final VarHandle BYTES = JAVA_BYTE.varHandle();

    private final Path path;
    private final Access access;
    private final Mapping mapping;
    private final MemorySegment segment;

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

    private MappedFile(Path path, Access access, Mapping mapping) {
        this.path = path;
        this.access = access;
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
        int fd = Libc.open(path, access.openFlags);
        if (fd < 0) {
            throw new NativeCallException("open", path + ", " + access, -fd);
        }
        try {
            long fileBytes = Libc.fileBytes(fd);
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
            Mapping mapping = Mapping.of(fileBytes, access.protection, access.mapFlags, fd, path.toString());
            return new MappedFile(path, access, mapping);
        } finally {
            // The mapping keeps the file; a failing close of a descriptor without pending writes loses nothing.
            Libc.close(fd);
        }
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
        synchronized (mapping) {
            requireOpen();
            Mapping.check(Libc.msync(segment.address(), segment.byteSize()), "msync", path.toString(),
                    segment.byteSize());
        }
    }

    /**
     * Tells the kernel how the mapping will be used.
     *
     * @param advice the expected use
     * @return whether the kernel took the advice; contents are the same in either case
     * @throws IllegalStateException if the mapping is closed
     */
    public boolean advise(Advice advice) {
        synchronized (mapping) {
            requireOpen();
            return Libc.madvise(segment.address(), segment.byteSize(), advice.code) == 0;
        }
    }

    /**
     * Reads the whole file into memory and enters its pages in the page table, so that later reads do not fault.
     *
     * @throws NativeCallException if the device cannot supply a page, or the file was truncated meanwhile
     * @throws IllegalStateException if the mapping is closed
     */
    public void prefault() {
        long bytes = segment.byteSize();
        for (long offset = 0; offset < bytes; offset += PREFAULT_CHUNK_BYTES) {
            // Chunks, so that close() is not kept waiting for terabytes.
            prefault(offset, Math.min(PREFAULT_CHUNK_BYTES, bytes - offset));
        }
    }

    private void prefault(long offset, long bytes) {
        synchronized (mapping) {
            requireOpen();
            int result;
            do {
                result = Libc.madvise(segment.address() + offset, bytes, Libc.MADV_POPULATE_READ);
            } while (result == -Errno.EINTR);
            if (result == -Errno.EINVAL) {
                touch(offset, bytes);
            } else {
                Mapping.check(result, "madvise", path + ", MADV_POPULATE_READ at " + offset, bytes);
            }
        }
    }

    /** For kernels before 5.14, which do not know MADV_POPULATE_READ. */
    void touch(long offset, long bytes) {
        long pageBytes = Libc.pageBytes();
        for (long at = offset; at < offset + bytes; at += pageBytes) {
            // Opaque, because the compiler may drop a plain read whose value nobody uses.
            byte ignored = (byte) BYTES.getOpaque(segment, at);
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
        mapping.close();
    }
}
