package org.dlrm4j.os;

import java.nio.file.Path;
import java.util.function.ObjIntConsumer;

/** Gives files their length before anything is written through a mapping. */
public final class FileSpace {
    private FileSpace() {}

    /**
     * Allocates disk blocks for a file and extends it to a length. Afterwards no write within that length can fail for
     * want of space, which through a mapping would be a SIGBUS.
     *
     * @param path an existing regular file, shorter than or as long as {@code bytes}
     * @param bytes the length to have
     * @throws NativeCallException if the space is not there, see {@link NativeCallException#isOutOfSpace()}, or the
     *     file cannot be opened
     */
    public static void preallocate(Path path, long bytes) {
        withDescriptor(path, (calls, fd) -> {
            int result;
            do {
                result = calls.posixFallocate(fd, bytes);
            } while (result == -Errno.EINTR);
            Mapping.check(result, "posix_fallocate", path.toString(), bytes);
        });
    }

    /**
     * Extends a file to a length without disk blocks: a sparse file, whose holes read as zero. Writing into a hole
     * through a mapping kills the process if the disk is full by then.
     *
     * @param path an existing regular file
     * @param bytes the length to have
     * @throws NativeCallException if the file system cannot hold such a length, or the file cannot be opened
     */
    public static void extendSparse(Path path, long bytes) {
        withDescriptor(path,
                (calls, fd) -> Mapping.check(calls.ftruncate(fd, bytes), "ftruncate", path.toString(), bytes));
    }

    private static void withDescriptor(Path path, ObjIntConsumer<FileCalls> action) {
        FileCalls calls = FileCalls.of(path);
        int fd = calls.open(path, Libc.O_RDWR);
        if (fd < 0) {
            throw new NativeCallException("open", path + ", READ_WRITE", -fd);
        }
        try {
            action.accept(calls, fd);
        } finally {
            calls.close(fd);
        }
    }
}
