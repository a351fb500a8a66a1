package org.dlrm4j.os;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Places memory on NUMA nodes and tells where it lies.
 *
 * <p>Containers often forbid these calls (EPERM from a seccomp filter), and kernels may lack them (ENOSYS): then nothing
 * is done, with one line in the log for the whole process, and memory lies where it is first touched. A node that does
 * not exist is an error of the caller. Thread-safe.
 */
public final class NumaMemory {
    private static final class Holder {
        static final NumaMemory SYSTEM = new NumaMemory(new LinuxPlacement(), Log::warn);
    }

    /** The largest number of pages that {@link #placement} looks at. */
    public static final int MAX_SAMPLES = 1 << 16;

    private static final String NODES_REMEDY = "; nodes must have memory and be allowed, see NumaTopology.memoryNodes() and"
            + " Mems_allowed_list in /proc/self/status";

    private final PlacementCalls calls;
    private final Consumer<String> warn;
    private final AtomicBoolean warned = new AtomicBoolean();

    NumaMemory(PlacementCalls calls, Consumer<String> warn) {
        this.calls = calls;
        this.warn = warn;
    }

    /**
     * Returns the memory placement of this machine.
     *
     * @return always the same object
     */
    public static NumaMemory system() {
        return Holder.SYSTEM;
    }

    /**
     * Asks the kernel which nodes this process may place memory on: those of its {@code cpuset}.
     *
     * @return node numbers, ascending, nodes without memory left out; empty if the call is forbidden
     */
    public Optional<List<Integer>> allowedNodes() {
        long[] nodes = MemoryPolicy.emptyNodeMask();
        return succeeded("get_mempolicy", "allowed nodes", calls.allowedNodes(nodes))
                ? Optional.of(CpuSet.ofMask(nodes).stream().boxed().toList())
                : Optional.empty();
    }

    /**
     * Sets the policy of a range of anonymous memory. It decides about pages that are touched from now on; those touched
     * before stay where they are. For pages of ordinary files the kernel has no such policy, see {@link #setForThread}.
     *
     * @param memory native memory that begins at a page boundary, such as a whole {@link NativeMemory}
     * @param policy where pages shall be placed
     * @return whether the kernel took the policy; {@code false} if it or a container forbids such calls
     * @throws IllegalArgumentException if the memory is on the heap or does not begin at a page boundary
     * @throws NativeCallException if the policy names a node that has no memory or is not allowed
     */
    public boolean apply(MemorySegment memory, MemoryPolicy policy) {
        requireNative(memory);
        if (memory.address() % Libc.pageBytes() != 0) {
            throw new IllegalArgumentException("memory at address 0x" + Long.toHexString(memory.address())
                    + ", expected a multiple of the page size, " + Libc.pageBytes());
        }
        int result = calls.mbind(memory.address(), memory.byteSize(), policy.mode().number(), policy.nodeMask());
        return succeeded("mbind", policy + ", " + memory.byteSize() + " bytes" + NODES_REMEDY, result);
    }

    /**
     * Asks the kernel for the policy of the first page of a range.
     *
     * @param memory native memory
     * @return the policy, where a range without one of its own shows that of the thread; empty if the call is forbidden or
     *     the policy is of a kind that {@link MemoryPolicy} does not have
     * @throws IllegalArgumentException if the memory is on the heap
     * @throws NativeCallException if the memory is not mapped
     */
    public Optional<MemoryPolicy> policyOf(MemorySegment memory) {
        requireNative(memory);
        long[] nodes = MemoryPolicy.emptyNodeMask();
        int mode = calls.getMempolicyAt(memory.address(), nodes);
        return succeeded("get_mempolicy", memory.byteSize() + " bytes at 0x" + Long.toHexString(memory.address()), mode)
                ? Optional.ofNullable(MemoryPolicy.ofKernel(mode, nodes))
                : Optional.empty();
    }

    /**
     * Asks the kernel where pages of a range lie, looking at evenly spaced ones. Touches no page.
     *
     * @param memory native memory, anonymous or of a file
     * @param samples number of pages to look at, 1 to 65,536; fewer if the memory has fewer
     * @return how many of them are on which node; empty if the call is forbidden
     * @throws IllegalArgumentException if the memory is empty or on the heap, or if {@code samples} is out of range
     */
    public Optional<PagePlacement> placement(MemorySegment memory, int samples) {
        requireNative(memory);
        if (samples < 1 || samples > MAX_SAMPLES || memory.byteSize() == 0) {
            throw new IllegalArgumentException(samples + " samples of " + memory.byteSize() + " bytes, expected 1 to "
                    + MAX_SAMPLES + " of at least 1");
        }
        long pageBytes = Libc.pageBytes();
        long firstPage = memory.address() & -pageBytes;
        long pages = (memory.address() + memory.byteSize() - firstPage + pageBytes - 1) / pageBytes;
        int count = (int) Math.min(samples, pages);
        long[] addresses = new long[count];
        for (int i = 0; i < count; i++) {
            // In this order, as pages / count * i would leave the end of the range unseen; 2^47 bytes cannot overflow.
            addresses[i] = firstPage + pages * i / count * pageBytes;
        }
        int[] status = new int[count];
        int result = calls.pageNodes(addresses, status);
        return succeeded("move_pages", count + " pages", result)
                ? Optional.of(PagePlacement.of(status))
                : Optional.empty();
    }

    /**
     * Sets the policy of the calling platform thread until the result is closed. It holds for all pages that this thread is
     * the first to touch and that have no policy of their own; for a file those that it reads from the device, so that a
     * table file prefaulted under an interleaving policy is spread over the nodes.
     *
     * @param policy where pages shall be placed
     * @return restores the former policy when closed by the same thread
     * @throws NativeCallException if the policy names a node that has no memory or is not allowed
     * @throws IllegalStateException if the calling thread is virtual
     */
    public ThreadMemoryPolicy setForThread(MemoryPolicy policy) {
        if (Thread.currentThread().isVirtual()) {
            throw new IllegalStateException("memory policy for virtual thread " + Thread.currentThread()
                    + ": it would apply to whatever carrier runs it; use a platform thread");
        }
        long[] formerNodes = MemoryPolicy.emptyNodeMask();
        int formerMode = calls.getMempolicy(formerNodes);
        boolean set = succeeded("get_mempolicy", "this thread", formerMode) && succeeded("set_mempolicy",
                policy + NODES_REMEDY, calls.setMempolicy(policy.mode().number(), policy.nodeMask()));
        return new ThreadMemoryPolicy(this, set, formerMode, formerNodes);
    }

    /** Gives the calling thread back a policy that the kernel reported. */
    void restoreForThread(int mode, long[] nodes) {
        boolean none = CpuSet.ofMask(nodes).isEmpty();
        succeeded("set_mempolicy", "former mode " + mode, calls.setMempolicy(mode, none ? new long[0] : nodes));
    }

    private boolean succeeded(String call, String arguments, int result) {
        if (result >= 0) {
            return true;
        }
        if (result != -Errno.EPERM && result != -Errno.ENOSYS) {
            throw new NativeCallException(call, arguments, -result);
        }
        if (warned.compareAndSet(false, true)) {
            warn.accept(
                    call + " is refused: " + Errno.describe(-result) + "; memory lies where it is first touched. Docker"
                            + " permits the call with --cap-add SYS_NICE");
        }
        return false;
    }

    private static void requireNative(MemorySegment memory) {
        if (!memory.isNative()) {
            throw new IllegalArgumentException("memory on the heap, expected a native segment");
        }
    }
}
