package org.dlrm4j.os;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Anonymous memory straight from the kernel, of any size, zero and without pages until it is touched.
 *
 * <p>{@code Arena.allocate} would fill the memory with zeros on the calling thread: slow for tens of GiB, and it places
 * every page on that thread's NUMA node in 4 KiB pieces. Here the thread that first writes a page places it, and from
 * 2 MiB on the address is a multiple of 2 MiB and huge pages are requested.
 *
 * <p>The owner closes it; afterwards every access through the segment throws {@code IllegalStateException}. All methods
 * may be called from any thread.
 */
public final class NativeMemory implements AutoCloseable {
    private static final AtomicLong MAPPED_BYTES = new AtomicLong();

    private final Mapping mapping;
    private MemoryPolicy policy = MemoryPolicy.DEFAULT;

    private NativeMemory(Mapping mapping) {
        this.mapping = mapping;
        MAPPED_BYTES.addAndGet(mapping.segment().byteSize());
    }

    /**
     * Returns how much anonymous memory this class has mapped in the whole process and not returned, touched or not.
     *
     * @return bytes
     */
    public static long mappedBytes() {
        return MAPPED_BYTES.get();
    }

    /**
     * Maps zeroed memory.
     *
     * @param bytes size, at least 1
     * @return the owner of the memory
     * @throws IllegalArgumentException if {@code bytes} is less than 1
     * @throws NativeCallException if the kernel refuses, for want of memory or address space
     */
    public static NativeMemory allocate(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("bytes: " + bytes + ", expected at least 1");
        }
        String what = "anonymous memory";
        Mapping mapping = Mapping.of(FileCalls.KERNEL, bytes, Libc.PROT_READ | Libc.PROT_WRITE,
                Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS, -1, what);
        if (bytes >= Mapping.HUGE_PAGE_BYTES) {
            // Advice: kernels without transparent huge pages answer EINVAL, and small pages serve as well.
            Libc.madvise(mapping.segment().address(), bytes, Libc.MADV_HUGEPAGE);
        }
        return new NativeMemory(mapping);
    }

    /**
     * Maps zeroed memory whose pages are placed by a policy.
     *
     * @param bytes size, at least 1
     * @param policy where pages are placed when they are first touched; where the kernel forbids policies, as by
     *     {@link MemoryPolicy#DEFAULT}
     * @return the owner of the memory
     * @throws IllegalArgumentException if {@code bytes} is less than 1
     * @throws NativeCallException if the kernel refuses the memory, or if the policy names a node that has no memory or is
     *     not allowed
     */
    public static NativeMemory allocate(long bytes, MemoryPolicy policy) {
        NativeMemory memory = allocate(bytes);
        try {
            if (policy.mode() != MemoryPolicy.Mode.DEFAULT
                    && NumaMemory.system().apply(memory.segment(), policy)) {
                memory.policy = policy;
            }
            return memory;
        } catch (RuntimeException e) {
            memory.close();
            throw e;
        }
    }

    /**
     * Returns the memory.
     *
     * @return a writable segment that lives until {@link #close()}
     */
    public MemorySegment segment() {
        return mapping.segment();
    }

    /**
     * Returns the policy that the memory was allocated with.
     *
     * @return {@link MemoryPolicy#DEFAULT} also where the kernel forbade another one
     */
    public MemoryPolicy policy() {
        return policy;
    }

    /**
     * Tells the kernel how the memory will be used. It decides about pages that are touched from now on.
     *
     * @param advice the expected use
     * @return whether the kernel took the advice; contents are the same in either case
     * @throws IllegalStateException if the memory was closed
     */
    public boolean advise(Advice advice) {
        return mapping.advise(advice.code);
    }

    /**
     * Makes the memory zero again by giving its pages back to the kernel: cheap where little was touched.
     *
     * @throws IllegalStateException if the memory was closed
     */
    public void clear() {
        if (!mapping.advise(Libc.MADV_DONTNEED)) {
            segment().fill((byte) 0);
        }
    }

    /**
     * Returns the memory to the kernel. A second call does nothing.
     *
     * @throws IllegalStateException if another thread is using the segment in a native or channel call; nothing is freed
     */
    @Override
    public void close() {
        synchronized (mapping) {
            if (mapping.segment().scope().isAlive()) {
                mapping.close();
                MAPPED_BYTES.addAndGet(-mapping.segment().byteSize());
            }
        }
    }
}
