package org.dlrm4j.os;

/**
 * The pin of one thread to a CPU, made by {@link Affinity#pin}. Closing it on the same thread restores the CPUs that the
 * thread could run on before.
 */
public final class ThreadPin implements AutoCloseable {
    private final Affinity affinity;
    private final CpuSet cpus;
    private final CpuSet former;
    private final Thread owner = Thread.currentThread();
    private boolean pinned;

    /** Records that the calling thread was pinned to {@code cpus}, none if that was refused. */
    ThreadPin(Affinity affinity, CpuSet cpus, CpuSet former) {
        this.affinity = affinity;
        this.cpus = cpus;
        this.former = former;
        this.pinned = !cpus.isEmpty();
    }

    /**
     * Returns a pin of the calling thread to no CPU, for whoever does not want or get one.
     *
     * @return a pin that is not {@linkplain #isPinned() pinned}
     */
    public static ThreadPin none() {
        return new ThreadPin(null, CpuSet.EMPTY, CpuSet.EMPTY);
    }

    /**
     * Returns whether the thread is pinned.
     *
     * @return {@code false} if pinning was refused, and after {@link #close()}
     */
    public boolean isPinned() {
        return pinned;
    }

    /**
     * Returns the CPUs that the thread was pinned to.
     *
     * @return one CPU; none if pinning was refused
     */
    public CpuSet cpus() {
        return cpus;
    }

    /**
     * Restores the former CPUs. A second call does nothing.
     *
     * @throws WrongThreadException if called by another thread than the pinned one
     */
    @Override
    public void close() {
        if (Thread.currentThread() != owner) {
            throw new WrongThreadException("the pin of " + owner + " closed by " + Thread.currentThread()
                    + "; only the pinned thread can restore its CPUs");
        }
        if (pinned) {
            pinned = false;
            affinity.set(former, "it stays pinned to " + cpus);
        }
    }
}
