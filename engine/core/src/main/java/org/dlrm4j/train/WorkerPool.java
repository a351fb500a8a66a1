package org.dlrm4j.train;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.dlrm4j.os.Affinity;
import org.dlrm4j.os.CpuSet;
import org.dlrm4j.os.CpuTopology;
import org.dlrm4j.os.NumaTopology;
import org.dlrm4j.os.PinPolicy;
import org.dlrm4j.os.ThreadPin;

/**
 * A fixed set of threads that run the same task at once and wait for each other. The caller is thread 0. Owned by one
 * caller thread at a time; not reentrant.
 *
 * <p>Waiting threads poll or park as {@link IdleMode} says. A round wakes parked workers itself, and the last worker to
 * finish wakes a parked caller, so no wait is longer than the scheduler takes; nothing sleeps for a fixed time.
 *
 * <p>With a {@link PinPolicy} the workers pin themselves before their first round. The caller's thread is the
 * application's and is pinned only on request, see {@link #pinCaller()}.
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

    private static final System.Logger LOGGER = System.getLogger(WorkerPool.class.getName());

    private final int threads;
    private final List<Integer> cpus;
    private final Worker[] workers;
    private final Waiter caller;
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private Task task;
    private volatile int round;
    private volatile boolean closed;

    /** A worker waits for the next round, or for the end. */
    private final class Worker extends Waiter {
        private final int number;
        private final Thread thread;

        Worker(int number, IdleMode idleMode) {
            super(idleMode);
            this.number = number;
            thread = Thread.ofPlatform().daemon().name("dlrm4j-worker-" + number).unstarted(this::work);
        }

        @Override
        boolean ready(int lastRound) {
            return round != lastRound || closed;
        }

        private void work() {
            try (ThreadPin _ = pin(number)) {
                runRounds();
            }
        }

        private void runRounds() {
            int lastRound = 0;
            await(lastRound);
            while (!closed) {
                lastRound++;
                runShare(number);
                if (running.decrementAndGet() == 0) {
                    caller.wake();
                }
                await(lastRound);
            }
        }
    }

    /**
     * Starts threads that back off when idle and are not pinned.
     *
     * @param threads number of threads including the caller's, 1 or more
     * @throws IllegalArgumentException if {@code threads} is less than 1
     */
    public WorkerPool(int threads) {
        this(WorkerPoolOptions.of(threads));
    }

    /**
     * Starts the threads. If the system refuses one of them, those that were started end.
     *
     * @param options number of threads, how they wait and where they run
     */
    public WorkerPool(WorkerPoolOptions options) {
        threads = options.threads();
        cpus = cpus(options);
        caller = new Waiter(options.idleMode()) {
            @Override
            boolean ready(int lastRound) {
                return running.get() == 0;
            }
        };
        workers = new Worker[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker(i + 1, options.idleMode());
        }
        try {
            for (Worker worker : workers) {
                worker.thread.start();
            }
        } catch (Throwable e) {
            // The limit of threads is reached: those that did start must not stay.
            close();
            throw e;
        }
    }

    private static List<Integer> cpus(WorkerPoolOptions options) {
        if (options.pinPolicy() == PinPolicy.NONE) {
            return List.of();
        }
        final CpuSet allowed = Affinity.system().allowed();
        final List<Integer> cpus = options.pinPolicy().choose(CpuTopology.ofThisMachine(), NumaTopology.ofThisMachine(),
                allowed, options.threads());
        if (cpus.isEmpty()) {
            LOGGER.log(System.Logger.Level.WARNING,
                    options.threads() + " threads are not pinned: this process may use only"
                            + " CPUs " + allowed + "; use at most " + allowed.size() + " threads, or allow more CPUs");
        }
        return cpus;
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
     * Returns the CPUs that the policy chose, in the order of thread numbers.
     *
     * @return one for each thread, the first for the caller's; empty if threads are not pinned
     */
    public List<Integer> cpus() {
        return cpus;
    }

    /**
     * Pins the calling thread to the CPU that the policy left free for it, until the result is closed.
     *
     * @return the pin, to be closed by the same thread; not pinned if the pool does not pin threads
     * @throws IllegalStateException if the calling thread is virtual and the pool pins threads
     */
    public ThreadPin pinCaller() {
        return pin(0);
    }

    private ThreadPin pin(int thread) {
        return cpus.isEmpty() ? ThreadPin.none() : Affinity.system().pin(cpus.get(thread));
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
        wakeWorkers();
        runShare(0);
        caller.await(round);
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

    private void wakeWorkers() {
        for (Worker worker : workers) {
            worker.wake();
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

    /** Stops the threads. A second call does nothing. */
    @Override
    public void close() {
        closed = true;
        wakeWorkers();
        boolean interrupted = false;
        for (Worker worker : workers) {
            while (worker.thread.isAlive()) {
                try {
                    worker.thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
