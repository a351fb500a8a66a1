package org.dlrm4j.os;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.Charset;
import java.nio.file.Path;

/** File calls to Linux. */
final class LinuxFiles implements FileCalls {
    private static final int O_CLOEXEC = 0x80000;
    private static final int MS_SYNC = 4;
    private static final int SEEK_END = 2;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;

    private static final MethodHandle MMAP = Libc.withErrno("mmap",
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle MUNMAP = Libc.withErrno("munmap",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle MSYNC = Libc.withErrno("msync",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle OPEN = Libc.withErrno("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
            Linker.Option.firstVariadicArg(2));
    private static final MethodHandle CLOSE = Libc.withErrno("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle LSEEK = Libc.withErrno("lseek",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
    private static final MethodHandle PREAD = Libc.withErrno("pread",
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle FTRUNCATE = Libc.withErrno("ftruncate",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle POSIX_FALLOCATE = Libc.plain("posix_fallocate",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));

    @Override
    public long mmap(long address, long bytes, int protection, int flags, int fd, long fileOffset) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Libc.CALL_STATE);
            return Libc.result((long) MMAP.invokeExact(state, address, bytes, protection, flags, fd, fileOffset),
                    state);
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    @Override
    public int munmap(long address, long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Libc.CALL_STATE);
            return (int) Libc.result((int) MUNMAP.invokeExact(state, address, bytes), state);
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    @Override
    public int msync(long address, long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Libc.CALL_STATE);
            return (int) Libc.result((int) MSYNC.invokeExact(state, address, bytes, MS_SYNC), state);
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    @Override
    public int open(Path path, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Libc.CALL_STATE);
            MemorySegment name = arena.allocateFrom(path.toAbsolutePath().toString(), fileNameCharset());
            return (int) Libc.result((int) OPEN.invokeExact(state, name, flags | O_CLOEXEC), state);
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    @Override
    public int close(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Libc.CALL_STATE);
            return (int) Libc.result((int) CLOSE.invokeExact(state, fd), state);
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    @Override
    public long fileBytes(int fd) {
        return seek(fd, 0, SEEK_END);
    }

    @Override
    public long nextData(int fd, long from) {
        return seek(fd, from, SEEK_DATA);
    }

    @Override
    public long nextHole(int fd, long from) {
        return seek(fd, from, SEEK_HOLE);
    }

    private static long seek(int fd, long offset, int whence) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Libc.CALL_STATE);
            return Libc.result((long) LSEEK.invokeExact(state, fd, offset, whence), state);
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    @Override
    public long pread(int fd, MemorySegment target, long fileOffset) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Libc.CALL_STATE);
            return Libc.result((long) PREAD.invokeExact(state, fd, target, target.byteSize(), fileOffset), state);
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    @Override
    public int ftruncate(int fd, long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Libc.CALL_STATE);
            return (int) Libc.result((int) FTRUNCATE.invokeExact(state, fd, bytes), state);
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    @Override
    public int posixFallocate(int fd, long bytes) {
        try {
            // Alone among these calls it returns the error number and leaves errno as it was.
            return -(int) POSIX_FALLOCATE.invokeExact(fd, 0L, bytes);
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    /** The encoding in which this JVM hands file names to the kernel, whatever the default charset is. */
    private static Charset fileNameCharset() {
        String name = System.getProperty("sun.jnu.encoding");
        return name != null && Charset.isSupported(name) ? Charset.forName(name) : Charset.defaultCharset();
    }
}
