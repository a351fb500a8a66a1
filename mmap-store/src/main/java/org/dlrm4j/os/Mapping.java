package org.dlrm4j.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** One mapped range of addresses, owned by a shared arena that unmaps it. */
final class Mapping {
    static final long HUGE_PAGE_BYTES = 2L << 20;

    private final Arena arena;
    private final MemorySegment segment;

    private Mapping(Arena arena, MemorySegment segment) {
        this.arena = arena;
        this.segment = segment;
    }

    /**
     * Maps {@code bytes} of a file, or anonymous memory if {@code fd} is -1. From 2 MiB on the address is a multiple of
     * 2 MiB: the kernel can use a huge page only where address and file offset agree modulo its size.
     */
    static Mapping of(FileCalls calls, long bytes, int protection, int flags, int fd, String what) {
        long address = bytes < HUGE_PAGE_BYTES
                ? check(calls.mmap(0, bytes, protection, flags, fd, 0), "mmap", what, bytes)
                : mapAligned(calls, bytes, protection, flags, fd, what);
        Arena arena = Arena.ofShared();
        MemorySegment segment = MemorySegment.ofAddress(address)
                .reinterpret(bytes, arena, mapped -> unmap(calls, mapped.address(), bytes, what));
        return new Mapping(arena, segment);
    }

    MemorySegment segment() {
        return segment;
    }

    /** Passes the advice on unless the range is unmapped: its addresses may belong to somebody else by now. */
    synchronized boolean advise(int advice) {
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException("the memory is closed");
        }
        return Libc.madvise(segment.address(), segment.byteSize(), advice) == 0;
    }

    /** Unmaps; later calls do nothing. A closed segment throws on access, so no thread reads freed addresses. */
    synchronized void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    private static long mapAligned(FileCalls calls, long bytes, int protection, int flags, int fd, String what) {
        long pageBytes = Libc.pageBytes();
        long mappedBytes = Math.addExact(bytes, pageBytes - 1) & -pageBytes;
        long reservedBytes = Math.addExact(mappedBytes, HUGE_PAGE_BYTES);
        int reserveFlags = Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | Libc.MAP_NORESERVE;
        long reserved = check(calls.mmap(0, reservedBytes, Libc.PROT_NONE, reserveFlags, -1, 0), "mmap", what, bytes);
        long aligned = (reserved + HUGE_PAGE_BYTES - 1) & -HUGE_PAGE_BYTES;
        long mapped = calls.mmap(aligned, bytes, protection, flags | Libc.MAP_FIXED, fd, 0);
        if (mapped < 0) {
            unmap(calls, reserved, reservedBytes, what);
            throw failure("mmap", what, bytes, mapped);
        }
        unmap(calls, reserved, aligned - reserved, what);
        unmap(calls, aligned + mappedBytes, reserved + reservedBytes - aligned - mappedBytes, what);
        return aligned;
    }

    private static void unmap(FileCalls calls, long address, long bytes, String what) {
        if (bytes > 0) {
            check(calls.munmap(address, bytes), "munmap", what, bytes);
        }
    }

    static long check(long result, String call, String what, long bytes) {
        if (result < 0) {
            throw failure(call, what, bytes, result);
        }
        return result;
    }

    static NativeCallException failure(String call, String what, long bytes, long result) {
        return new NativeCallException(call, what + ", " + bytes + " bytes", (int) -result);
    }
}
