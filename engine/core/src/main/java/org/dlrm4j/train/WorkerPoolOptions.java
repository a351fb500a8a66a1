package org.dlrm4j.train;

import java.util.Objects;
import org.dlrm4j.os.PinPolicy;

/**
 * How a {@link WorkerPool} runs.
 *
 * @param threads number of threads including the caller's, 1 or more
 * @param idleMode what waiting threads do
 * @param pinPolicy which CPUs the threads are pinned to
 */
public record WorkerPoolOptions(int threads, IdleMode idleMode, PinPolicy pinPolicy) {
    /**
     * Checks the options.
     *
     * @param threads number of threads including the caller's, 1 or more
     * @param idleMode what waiting threads do
     * @param pinPolicy which CPUs the threads are pinned to
     * @throws IllegalArgumentException if {@code threads} is less than 1
     */
    public WorkerPoolOptions {
        if (threads < 1) {
            throw new IllegalArgumentException(threads + " threads, expected 1 or more");
        }
        Objects.requireNonNull(idleMode, "idleMode");
        Objects.requireNonNull(pinPolicy, "pinPolicy");
    }

    /**
     * Returns the usual options: threads that back off when idle and are not pinned.
     *
     * @param threads number of threads including the caller's, 1 or more
     * @return the options
     * @throws IllegalArgumentException if {@code threads} is less than 1
     */
    public static WorkerPoolOptions of(int threads) {
        return new WorkerPoolOptions(threads, IdleMode.BACKOFF, PinPolicy.NONE);
    }

    /**
     * Returns these options with another idle mode.
     *
     * @param mode what waiting threads do
     * @return new options
     */
    public WorkerPoolOptions withIdleMode(IdleMode mode) {
        return new WorkerPoolOptions(threads, mode, pinPolicy);
    }

    /**
     * Returns these options with another pin policy.
     *
     * @param policy which CPUs the threads are pinned to
     * @return new options
     */
    public WorkerPoolOptions withPinPolicy(PinPolicy policy) {
        return new WorkerPoolOptions(threads, idleMode, policy);
    }
}
