package org.dlrm4j.os;

/**
 * The kernel calls that place threads and memory; tests put a kernel here that refuses. As in {@link Libc} a negative
 * result is {@code -errno}. Bit {@code n % 64} of word {@code n / 64} of a mask stands for CPU or node {@code n}.
 */
interface PlacementCalls {
    /** The calling thread, where a thread number is expected. */
    int THIS_THREAD = 0;

    /** Reads the CPUs a thread may run on; {@code -EINVAL} if the mask is shorter than the kernel's. */
    int schedGetaffinity(int thread, long[] mask);

    /** Sets the CPUs a thread may run on; {@code -EINVAL} if none of them is allowed. */
    int schedSetaffinity(int thread, long[] mask);

    /** Returns the CPU that the calling thread runs on just now. */
    int schedGetcpu();

    /** Sets the memory policy of a range of addresses. */
    int mbind(long address, long bytes, int mode, long[] nodes);

    /** Sets the memory policy of the calling thread. */
    int setMempolicy(int mode, long[] nodes);

    /** Reads the memory policy of the calling thread; returns its mode and fills {@code nodes}. */
    int getMempolicy(long[] nodes);

    /** Reads the memory policy of an address; returns its mode and fills {@code nodes}. */
    int getMempolicyAt(long address, long[] nodes);

    /** Fills {@code nodes} with the nodes that policies of this process may name. */
    int allowedNodes(long[] nodes);

    /** Asks where pages lie: {@code status[i]} becomes the node of page {@code i}, or {@code -errno}. */
    int pageNodes(long[] addresses, int[] status);
}
