package org.dlrm4j.os;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * The kernel calls on files and their mappings. As in {@link Libc} a negative result is {@code -errno}. Files of the default
 * file system are the kernel's; tests have a file system whose provider answers these calls, too, and so sees or refuses them.
 */
interface FileCalls {
    /** The kernel. */
    FileCalls KERNEL = new LinuxFiles();

    /** Returns who answers calls on a file. */
    static FileCalls of(Path path) {
        return path.getFileSystem().provider() instanceof FileCalls calls ? calls : KERNEL;
    }

    /** Maps memory; returns its address or {@code -errno}. */
    long mmap(long address, long bytes, int protection, int flags, int fd, long fileOffset);

    /** Unmaps memory; returns 0 or {@code -errno}. */
    int munmap(long address, long bytes);

    /** Writes a shared mapping's changed pages to the file and waits for the device; returns 0 or {@code -errno}. */
    int msync(long address, long bytes);

    /** Opens an existing file, not inherited by child processes; returns the descriptor or {@code -errno}. */
    int open(Path path, int flags);

    /** Closes a descriptor; returns 0 or {@code -errno}. On Linux the descriptor is free in either case. */
    int close(int fd);

    /** Returns the length of an open file in bytes, or {@code -errno}. */
    long fileBytes(int fd);

    /** Returns the first byte of an open file from an offset on that is in no hole, or {@code -errno}: ENXIO if there is none. */
    long nextData(int fd, long from);

    /** Returns the first byte of an open file from an offset on that is in a hole or the file's end, or {@code -errno}. */
    long nextHole(int fd, long from);

    /** Reads bytes of an open file into native memory; returns how many, 0 at the file's end, or {@code -errno}. */
    long pread(int fd, MemorySegment target, long fileOffset);

    /** Sets the length of an open file without allocating blocks; returns 0 or {@code -errno}. */
    int ftruncate(int fd, long bytes);

    /** Allocates blocks for {@code [0, bytes)} of an open file; returns 0 or {@code -errno}. */
    int posixFallocate(int fd, long bytes);
}
