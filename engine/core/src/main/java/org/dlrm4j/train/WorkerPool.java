package org.dlrm4j.train;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

/**
 * A fixed set of threads that run the same task at once and wait for each other. The caller is thread 0. Waiting threads
 * spin, then yield, then park for at most a millisecond. Owned by one caller thread; not reentrant.
 */
public final class WorkerPool implements AutoCloseable {
    /** What the threads run. */
    @FunctionalInterface
    public interface Task {
        /**
         * Runs one thread's share.
         *
         * @param thread number of the thread, from 0
         */
        void run(int thread);
    }

    private static final long MAX_PARK_NANOS = 1_000_000;

    private final int threads;
    private final Thread[] workers;
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final IdleStrategy callerIdle = idleStrategy();
    private Task task;
    private volatile int round;
    private volatile boolean closed;

    /**
     * Starts the threads.
     *
     * @param threads number of threads including the caller's, 1 or more
     */
    public WorkerPool(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException(threads + " threads, expected 1 or more");
        }
        this.threads = threads;
        workers = new Thread[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            final int number = i + 1;
            workers[i] = Thread.ofPlatform().daemon().name("dlrm4j-worker-" + number).start(() -> work(number));
        }
    }

    private static IdleStrategy idleStrategy() {
        return new BackoffIdleStrategy(1_000, 100, 1_000, MAX_PARK_NANOS);
    }

    /**
     * Returns the number of threads.
     *
     * @return including the caller's
     */
    public int threads() {
        return threads;
    }

    /**
     * Runs a task on every thread and returns when all have finished. What the task wrote is then visible to the caller.
     *
     * @param newTask runs once for each thread number in {@code [0, threads)}
     * @throws RuntimeException or an error that the task threw in any thread; further ones are suppressed in it
     */
    public void run(Task newTask) {
        if (closed) {
            throw new IllegalStateException("the worker pool is closed");
        }
        task = newTask;
        running.set(workers.length);
        round++;
        runShare(0);
        callerIdle.reset();
        while (running.get() > 0) {
            callerIdle.idle();
        }
        task = null;
        final Throwable thrown = failure.getAndSet(null);
        switch (thrown) {
            case null -> {
                // all went well
            }
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException(thrown);
        }
    }

    private void runShare(int thread) {
        try {
            task.run(thread);
        } catch (Throwable e) {
            if (!failure.compareAndSet(null, e)) {
                final Throwable first = failure.get();
                if (first != e) {
                    first.addSuppressed(e);
                }
            }
        }
    }

    private void work(int thread) {
        final IdleStrategy idle = idleStrategy();
        int done = 0;
        while (!closed) {
            if (round == done) {
                idle.idle();
            } else {
                idle.reset();
                done++;
                runShare(thread);
                running.decrementAndGet();
            }
        }
    }

    /** Stops the threads. */
    @Override
    public void close() {
        closed = true;
        for (Thread worker : workers) {
            boolean interrupted = false;
            while (worker.isAlive()) {
                try {
                    worker.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
