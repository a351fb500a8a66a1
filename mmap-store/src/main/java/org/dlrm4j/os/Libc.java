package org.dlrm4j.os;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.Charset;
import java.nio.file.Path;

/**
 * The raw calls to libc. As in the kernel's own convention a negative result is {@code -errno}; who calls decides
 * whether that is an error, and knows the names for its message. Addresses travel as {@code long}, which every LP64
 * ABI passes in the same registers as a pointer.
 */
final class Libc {
    static final int PROT_NONE = 0;
    static final int PROT_READ = 1;
    static final int PROT_WRITE = 2;
    static final int MAP_SHARED = 0x01;
    static final int MAP_PRIVATE = 0x02;
    static final int MAP_FIXED = 0x10;
    static final int MAP_ANONYMOUS = 0x20;
    static final int MAP_NORESERVE = 0x4000;
    static final int MADV_DONTNEED = 4;
    static final int MADV_HUGEPAGE = 14;
    static final int MADV_NOHUGEPAGE = 15;
    static final int MADV_POPULATE_READ = 22;
    static final int O_RDONLY = 0;
    static final int O_RDWR = 2;

    private static final int O_CLOEXEC = 0x80000;
    private static final int MLOCK_ONFAULT = 1;
    private static final int MS_SYNC = 4;
    private static final int RUSAGE_SELF = 0;
    private static final int SEEK_END = 2;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;

    private static final Linker LINKER = Linker.nativeLinker();
    static final MemoryLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CALL_STATE.varHandle(PathElement.groupElement("errno"));

    private static final MethodHandle MMAP = withErrno("mmap",
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle MUNMAP = withErrno("munmap",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle MADVISE = withErrno("madvise",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle MLOCK2 = withErrno("mlock2",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle MADVISE_HINT = plain("madvise",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle MSYNC = withErrno("msync",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle OPEN = withErrno("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
            Linker.Option.firstVariadicArg(2));
    private static final MethodHandle CLOSE = withErrno("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle LSEEK = withErrno("lseek",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
    private static final MethodHandle PREAD = withErrno("pread",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle FTRUNCATE = withErrno("ftruncate",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle POSIX_FALLOCATE = plain("posix_fallocate",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle GETRUSAGE = plain("getrusage",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle GETPAGESIZE = plain("getpagesize", FunctionDescriptor.of(JAVA_INT));

    private Libc() {}

    /** Maps memory; returns its address or {@code -errno}. */
    static long mmap(long address, long bytes, int protection, int flags, int fd, long fileOffset) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            return result((long) MMAP.invokeExact(state, address, bytes, protection, flags, fd, fileOffset), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Unmaps memory; returns 0 or {@code -errno}. */
    static int munmap(long address, long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            return (int) result((int) MUNMAP.invokeExact(state, address, bytes), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Advises the kernel about a mapping; returns 0 or {@code -errno}. */
    static int madvise(long address, long bytes, int advice) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            return (int) result((int) MADVISE.invokeExact(state, address, bytes, advice), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Keeps pages in memory from when they come into it; returns 0 or {@code -errno}. */
    static int mlockOnFault(long address, long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            return (int) result((int) MLOCK2.invokeExact(state, address, bytes, MLOCK_ONFAULT), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Gives the kernel a hint that may be lost: allocates nothing and does not ask why it failed. Returns whether it was taken. */
    static boolean madviseHint(long address, long bytes, int advice) {
        try {
            return (int) MADVISE_HINT.invokeExact(address, bytes, advice) == 0;
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Writes a shared mapping's changed pages to the file and waits for the device; returns 0 or {@code -errno}. */
    static int msync(long address, long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            return (int) result((int) MSYNC.invokeExact(state, address, bytes, MS_SYNC), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Opens an existing file, not inherited by child processes; returns the descriptor or {@code -errno}. */
    static int open(Path path, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            MemorySegment name = arena.allocateFrom(path.toAbsolutePath().toString(), fileNameCharset());
            return (int) result((int) OPEN.invokeExact(state, name, flags | O_CLOEXEC), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Closes a descriptor; returns 0 or {@code -errno}. On Linux the descriptor is free in either case. */
    static int close(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            return (int) result((int) CLOSE.invokeExact(state, fd), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Returns the length of an open file in bytes, or {@code -errno}. */
    static long fileBytes(int fd) {
        return seek(fd, 0, SEEK_END);
    }

    /** Returns the first byte of an open file from an offset on that is in no hole, or {@code -errno}: ENXIO if there is none. */
    static long nextData(int fd, long from) {
        return seek(fd, from, SEEK_DATA);
    }

    /** Returns the first byte of an open file from an offset on that is in a hole or the file's end, or {@code -errno}. */
    static long nextHole(int fd, long from) {
        return seek(fd, from, SEEK_HOLE);
    }

    private static long seek(int fd, long offset, int whence) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            return result((long) LSEEK.invokeExact(state, fd, offset, whence), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Reads bytes of an open file into native memory; returns how many, 0 at the file's end, or {@code -errno}. */
    static long pread(int fd, MemorySegment target, long fileOffset) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            return result((long) PREAD.invokeExact(state, fd, target, target.byteSize(), fileOffset), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Sets the length of an open file without allocating blocks; returns 0 or {@code -errno}. */
    static int ftruncate(int fd, long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            return (int) result((int) FTRUNCATE.invokeExact(state, fd, bytes), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Allocates blocks for {@code [0, bytes)} of an open file; returns 0 or {@code -errno}. */
    static int posixFallocate(int fd, long bytes) {
        try {
            // Alone among these calls it returns the error number and leaves errno as it was.
            return -(int) POSIX_FALLOCATE.invokeExact(fd, 0L, bytes);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Returns the size of a page in bytes. */
    static int pageBytes() {
        try {
            return (int) GETPAGESIZE.invokeExact();
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** Fills in a {@code struct rusage} of the process; returns 0, or -1 if there is none. */
    static int usageOfProcess(MemorySegment usage) {
        try {
            return (int) GETRUSAGE.invokeExact(RUSAGE_SELF, usage);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static long result(long returned, MemorySegment state) {
        return returned == -1 ? -(int) ERRNO.get(state, 0L) : returned;
    }

    /** The encoding in which this JVM hands file names to the kernel, whatever the default charset is. */
    private static Charset fileNameCharset() {
        String name = System.getProperty("sun.jnu.encoding");
        return name != null && Charset.isSupported(name) ? Charset.forName(name) : Charset.defaultCharset();
    }

    static MethodHandle withErrno(String name, FunctionDescriptor descriptor, Linker.Option... options) {
        Linker.Option[] all = new Linker.Option[options.length + 1];
        System.arraycopy(options, 0, all, 0, options.length);
        all[options.length] = Linker.Option.captureCallState("errno");
        return LINKER.downcallHandle(symbol(name), descriptor, all);
    }

    static MethodHandle plain(String name, FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(symbol(name), descriptor);
    }

    private static MemorySegment symbol(String name) {
        return LINKER.defaultLookup().find(name)
                .orElseThrow(() -> new UnsatisfiedLinkError("libc has no " + name + "; dlrm4j needs 64-bit Linux"));
    }

    static RuntimeException unexpected(Throwable t) {
        if (t instanceof Error error) {
            throw error;
        }
        return t instanceof RuntimeException runtime ? runtime : new IllegalStateException(t);
    }
}
