package org.dlrm4j.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Memory whose last byte lies just before an inaccessible page, or its first just behind one: a kernel that reads or writes
 * past a buffer ends the JVM with SIGSEGV instead of passing by luck.
 */
final class GuardPages implements AutoCloseable {
    private static final long PAGE_BYTES = 4096;
    private static final int PROT_NONE = 0;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x4022;
    private static final MethodHandle MMAP = function("mmap",
            FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG));
    private static final MethodHandle MPROTECT = function("mprotect", FunctionDescriptor.of(ValueLayout.JAVA_INT,
            ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
    private static final MethodHandle MUNMAP = function("munmap",
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));

    /** Where the inaccessible page is. */
    enum Side {
        /** The first byte lies just behind it: for kernels that begin earlier to end with a whole vector. */
        FRONT,
        /** The last byte lies just before it. */
        BACK
    }

    private final Arena arena = Arena.ofConfined();
    private final Side side;

    GuardPages() {
        this(Side.BACK);
    }

    GuardPages(Side side) {
        this.side = side;
    }

    Side side() {
        return side;
    }

    /** Returns zeroed memory of that size; an empty one lies at the page as well. */
    MemorySegment allocate(long bytes) {
        final long usable = (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
        final long all = usable + PAGE_BYTES;
        try {
            final MemorySegment address = (MemorySegment) MMAP.invokeExact(MemorySegment.NULL, all, PROT_READ_WRITE,
                    MAP_PRIVATE_ANONYMOUS_NORESERVE, -1, 0L);
            if (address.address() == -1) {
                throw new AssertionError("mmap of " + all + " bytes failed");
            }
            final MemorySegment mapping = address.reinterpret(all, arena, GuardPages::unmap);
            final MemorySegment guard = mapping.asSlice(side == Side.BACK ? usable : 0, PAGE_BYTES);
            if ((int) MPROTECT.invokeExact(guard, PAGE_BYTES, PROT_NONE) != 0) {
                throw new AssertionError("mprotect failed");
            }
            return mapping.asSlice(side == Side.BACK ? usable - bytes : PAGE_BYTES, bytes);
        } catch (Error | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** Returns memory that holds these floats. */
    MemorySegment floats(float... values) {
        final MemorySegment segment = allocate((long) values.length << 2);
        MemorySegment.copy(values, 0, segment, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, values.length);
        return segment;
    }

    /** Returns memory that holds these ints. */
    MemorySegment ints(int... values) {
        final MemorySegment segment = allocate((long) values.length << 2);
        MemorySegment.copy(values, 0, segment, ValueLayout.JAVA_INT_UNALIGNED, 0, values.length);
        return segment;
    }

    /** Returns memory that holds these longs. */
    MemorySegment longs(long... values) {
        final MemorySegment segment = allocate((long) values.length << 3);
        MemorySegment.copy(values, 0, segment, ValueLayout.JAVA_LONG_UNALIGNED, 0, values.length);
        return segment;
    }

    /** Returns the floats of a segment. */
    static float[] toArray(MemorySegment segment) {
        return segment.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }

    @Override
    public void close() {
        arena.close();
    }

    private static void unmap(MemorySegment mapping) {
        try {
            if ((int) MUNMAP.invokeExact(mapping, mapping.byteSize()) != 0) {
                throw new AssertionError("munmap failed");
            }
        } catch (Error | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static MethodHandle function(String name, FunctionDescriptor descriptor) {
        final Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
    }
}
