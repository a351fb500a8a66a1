package org.dlrm4j.os;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Placement calls to Linux. glibc wraps those of the scheduler; those of NUMA memory have wrappers only in libnuma, which
 * few machines have, so they go by number through {@code syscall(2)}.
 */
final class LinuxPlacement implements PlacementCalls {
    private static final int MPOL_F_ADDR = 2;
    private static final int MPOL_F_MEMS_ALLOWED = 4;

    private static final MethodHandle SCHED_GETAFFINITY = Libc.withErrno("sched_getaffinity",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));
    private static final MethodHandle SCHED_SETAFFINITY = Libc.withErrno("sched_setaffinity",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));
    private static final MethodHandle SCHED_GETCPU = Libc.plain("sched_getcpu", FunctionDescriptor.of(JAVA_INT));
    // Calls with fewer than six arguments ignore the rest.
    private static final MethodHandle SYSCALL = Libc.withErrno("syscall",
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                    JAVA_LONG),
            Linker.Option.firstVariadicArg(1));

    /** System call numbers, which differ between processor architectures. */
    record Numbers(long mbind, long setMempolicy, long getMempolicy, long movePages) {
        static final Numbers NONE = new Numbers(-1, -1, -1, -1);

        static Numbers of(String osArch) {
            return switch (osArch) {
                case "amd64", "x86_64" -> new Numbers(237, 238, 239, 279);
                case "aarch64" -> new Numbers(235, 237, 236, 239);
                default -> NONE;
            };
        }
    }

    private final Numbers numbers = Numbers.of(System.getProperty("os.arch"));

    @Override
    public int schedGetaffinity(int thread, long[] mask) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Libc.CALL_STATE);
            MemorySegment set = arena.allocate(JAVA_LONG, mask.length);
            long result = Libc.result((int) SCHED_GETAFFINITY.invokeExact(state, thread, set.byteSize(), set), state);
            MemorySegment.copy(set, JAVA_LONG, 0, mask, 0, mask.length);
            return (int) result;
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    @Override
    public int schedSetaffinity(int thread, long[] mask) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Libc.CALL_STATE);
            MemorySegment set = arena.allocateFrom(JAVA_LONG, mask);
            return (int) Libc.result((int) SCHED_SETAFFINITY.invokeExact(state, thread, set.byteSize(), set), state);
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    @Override
    public int schedGetcpu() {
        try {
            return (int) SCHED_GETCPU.invokeExact();
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }

    @Override
    public int mbind(long address, long bytes, int mode, long[] nodes) {
        try (Arena arena = Arena.ofConfined()) {
            long mask = nodes.length == 0 ? 0 : arena.allocateFrom(JAVA_LONG, nodes).address();
            return (int) syscall(arena, numbers.mbind, address, bytes, mode, mask, maxNode(nodes), 0);
        }
    }

    @Override
    public int setMempolicy(int mode, long[] nodes) {
        try (Arena arena = Arena.ofConfined()) {
            long mask = nodes.length == 0 ? 0 : arena.allocateFrom(JAVA_LONG, nodes).address();
            return (int) syscall(arena, numbers.setMempolicy, mode, mask, maxNode(nodes), 0, 0, 0);
        }
    }

    @Override
    public int getMempolicy(long[] nodes) {
        return getMempolicy(nodes, 0, 0);
    }

    @Override
    public int getMempolicyAt(long address, long[] nodes) {
        return getMempolicy(nodes, address, MPOL_F_ADDR);
    }

    @Override
    public int allowedNodes(long[] nodes) {
        return getMempolicy(nodes, 0, MPOL_F_MEMS_ALLOWED);
    }

    private int getMempolicy(long[] nodes, long address, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mode = arena.allocate(JAVA_INT);
            MemorySegment mask = arena.allocate(JAVA_LONG, nodes.length);
            long result = syscall(arena, numbers.getMempolicy, mode.address(), mask.address(), maxNode(nodes), address,
                    flags, 0);
            MemorySegment.copy(mask, JAVA_LONG, 0, nodes, 0, nodes.length);
            return result < 0 ? (int) result : mode.get(JAVA_INT, 0);
        }
    }

    @Override
    public int pageNodes(long[] addresses, int[] status) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pages = arena.allocateFrom(JAVA_LONG, addresses);
            MemorySegment found = arena.allocate(JAVA_INT, status.length);
            // Without target nodes the call moves nothing and only reports.
            long result = syscall(arena, numbers.movePages, 0, addresses.length, pages.address(), 0, found.address(),
                    0);
            MemorySegment.copy(found, JAVA_INT, 0, status, 0, status.length);
            return (int) result;
        }
    }

    /** The kernel takes one off the length of a node mask, a slip of its first version that programs rely on. */
    private static long maxNode(long[] nodes) {
        return nodes.length == 0 ? 0 : nodes.length * 64L + 1;
    }

    private static long syscall(Arena arena, long number, long a, long b, long c, long d, long e, long f) {
        if (number < 0) {
            return -Errno.ENOSYS;
        }
        try {
            MemorySegment state = arena.allocate(Libc.CALL_STATE);
            return Libc.result((long) SYSCALL.invokeExact(state, number, a, b, c, d, e, f), state);
        } catch (Throwable t) {
            throw Libc.unexpected(t);
        }
    }
}
