package org.dlrm4j.train;

import java.util.Objects;
import org.dlrm4j.os.PinPolicy;

/**
 * How a {@link WorkerPool} runs.
 *
 * @param threads number of threads including the caller's, 1 or more
 * @param idleMode what waiting threads do
 * @param pinPolicy which CPUs the threads are pinned to
 * @param minSharedWork multiply-adds that a round must have for the workers to be woken, 0 or more; the caller's thread does
 *     smaller rounds alone
 */
public record WorkerPoolOptions(int threads, IdleMode idleMode, PinPolicy pinPolicy, long minSharedWork) {
    /**
     * Multiply-adds that one core does in some 50 microseconds, about what a parked worker takes to wake up. A smaller
     * round would be done before the others have begun.
     */
    public static final long DEFAULT_MIN_SHARED_WORK = 2_000_000;

    /**
     * Checks the options.
     *
     * @param threads number of threads including the caller's, 1 or more
     * @param idleMode what waiting threads do
     * @param pinPolicy which CPUs the threads are pinned to
     * @param minSharedWork multiply-adds that a round must have for the workers to be woken, 0 or more
     * @throws IllegalArgumentException if {@code threads} is less than 1 or {@code minSharedWork} less than 0
     */
    public WorkerPoolOptions {
        if (threads < 1) {
            throw new IllegalArgumentException(threads + " threads, expected 1 or more");
        }
        if (minSharedWork < 0) {
            throw new IllegalArgumentException(
                    "minSharedWork is " + minSharedWork + ", expected 0 (wake always) or more");
        }
        Objects.requireNonNull(idleMode, "idleMode");
        Objects.requireNonNull(pinPolicy, "pinPolicy");
    }

    /**
     * Returns the usual options: threads that back off when idle, are not pinned, and stay asleep during small rounds.
     *
     * @param threads number of threads including the caller's, 1 or more
     * @return the options
     * @throws IllegalArgumentException if {@code threads} is less than 1
     */
    public static WorkerPoolOptions of(int threads) {
        return new WorkerPoolOptions(threads, IdleMode.BACKOFF, PinPolicy.NONE, DEFAULT_MIN_SHARED_WORK);
    }

    /**
     * Returns these options with another idle mode.
     *
     * @param mode what waiting threads do
     * @return new options
     */
    public WorkerPoolOptions withIdleMode(IdleMode mode) {
        return new WorkerPoolOptions(threads, mode, pinPolicy, minSharedWork);
    }

    /**
     * Returns these options with another pin policy.
     *
     * @param policy which CPUs the threads are pinned to
     * @return new options
     */
    public WorkerPoolOptions withPinPolicy(PinPolicy policy) {
        return new WorkerPoolOptions(threads, idleMode, policy, minSharedWork);
    }

    /**
     * Returns these options with another limit for small rounds.
     *
     * @param multiplyAdds what a round must have for the workers to be woken; 0 wakes them always
     * @return new options
     */
    public WorkerPoolOptions withMinSharedWork(long multiplyAdds) {
        return new WorkerPoolOptions(threads, idleMode, pinPolicy, multiplyAdds);
    }
}
