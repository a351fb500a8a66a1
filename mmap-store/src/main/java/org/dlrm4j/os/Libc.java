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

    private static final int MREMAP_MAYMOVE = 1;
    private static final int MREMAP_FIXED = 2;
    private static final int MREMAP_DONTUNMAP = 4;
    private static final int MLOCK_ONFAULT = 1;
    private static final int RUSAGE_SELF = 0;

    private static final Linker LINKER = Linker.nativeLinker();
    static final MemoryLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CALL_STATE.varHandle(PathElement.groupElement("errno"));

    private static final MethodHandle MADVISE = withErrno("madvise",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle MLOCK2 = withErrno("mlock2",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle MREMAP = withErrno("mremap",
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG),
            Linker.Option.firstVariadicArg(4));
    private static final MethodHandle MADVISE_HINT = plain("madvise",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle GETRUSAGE = plain("getrusage",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle GETPAGESIZE = plain("getpagesize", FunctionDescriptor.of(JAVA_INT));

    private Libc() {}

    /** Advises the kernel about a mapping; returns 0 or {@code -errno}. */
    static int madvise(long address, long bytes, int advice) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            return (int) result((int) MADVISE.invokeExact(state, address, bytes, advice), state);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /**
     * Moves the pages of private memory to an address in place of what is mapped there; the memory itself stays mapped, all zero. Who
     * reads there meanwhile waits in a page fault. Returns the new address or {@code -errno}.
     */
    static long moveOver(long from, long bytes, long to) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            int flags = MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP;
            return result((long) MREMAP.invokeExact(state, from, bytes, bytes, flags, to), state);
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
