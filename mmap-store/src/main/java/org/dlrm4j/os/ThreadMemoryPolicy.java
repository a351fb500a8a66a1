package org.dlrm4j.os;

/**
 * The memory policy of one thread for a while, made by {@link NumaMemory#setForThread}. Closing it on the same thread
 * restores the former policy.
 */
public final class ThreadMemoryPolicy implements AutoCloseable {
    private final NumaMemory memory;
    private final int formerMode;
    private final long[] formerNodes;
    private final Thread owner = Thread.currentThread();
    private boolean set;

    ThreadMemoryPolicy(NumaMemory memory, boolean set, int formerMode, long[] formerNodes) {
        this.memory = memory;
        this.set = set;
        this.formerMode = formerMode;
        this.formerNodes = formerNodes;
    }

    /**
     * Returns whether the policy is in force.
     *
     * @return {@code false} if the call is forbidden, and after {@link #close()}
     */
    public boolean isSet() {
        return set;
    }

    /**
     * Restores the former policy. A second call does nothing.
     *
     * @throws WrongThreadException if called by another thread than the one whose policy it is
     */
    @Override
    public void close() {
        if (Thread.currentThread() != owner) {
            throw new WrongThreadException("the memory policy of " + owner + " closed by " + Thread.currentThread()
                    + "; only the same thread can restore it");
        }
        if (set) {
            set = false;
            memory.restoreForThread(formerMode, formerNodes);
        }
    }
}
