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
 * <p>{@link #runRanges} and {@link #runItems} share out work of a known size. If it is less than
 * {@link WorkerPoolOptions#minSharedWork}, the caller's thread does all of it and nobody is woken.
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

    /** Work on a range of samples. */
    @FunctionalInterface
    public interface RangeTask {
        /**
         * Does one thread's part.
         *
         * @param from first number
         * @param to end of the numbers, more than {@code from}
         * @param thread number of the thread, from 0
         */
        void run(int from, int to, int thread);
    }

    /** Work in numbered pieces that may be done in any order. */
    @FunctionalInterface
    public interface ItemTask {
        /**
         * Does one piece.
         *
         * @param item its number
         * @param thread number of the thread, from 0
         */
        void run(int item, int thread);
    }

    private static final System.Logger LOGGER = System.getLogger(WorkerPool.class.getName());

    private final int threads;
    private final List<Integer> cpus;
    private final List<Integer> nodes;
    private final long minSharedWork;
    private final Worker[] workers;
    private final Waiter caller;
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final AtomicInteger nextItem = new AtomicInteger();
    // Made once: a round must not allocate.
    private final Task rangeShare = this::runRange;
    private final Task itemShare = this::takeItems;
    private Task task;
    private RangeTask rangeTask;
    private ItemTask itemTask;
    private int count;
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
        this(options, options.pinPolicy() == PinPolicy.NONE ? null : Machine.current());
    }

    /** Starts the threads on a machine that tests may invent. */
    WorkerPool(WorkerPoolOptions options, Machine machine) {
        threads = options.threads();
        minSharedWork = options.minSharedWork();
        cpus = machine == null ? List.of() : machine.choose(options);
        nodes = cpus.stream().map(cpu -> machine.nodes().nodeOf(cpu)).toList();
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

    /** What a pin policy looks at. */
    record Machine(CpuTopology cpus, NumaTopology nodes, CpuSet allowed) {
        static Machine current() {
            return new Machine(CpuTopology.ofThisMachine(), NumaTopology.ofThisMachine(), Affinity.system().allowed());
        }

        List<Integer> choose(WorkerPoolOptions options) {
            final List<Integer> chosen = options.pinPolicy().choose(cpus, nodes, allowed, options.threads());
            if (chosen.isEmpty() && options.pinPolicy() != PinPolicy.NONE) {
                LOGGER.log(System.Logger.Level.WARNING,
                        options.threads() + " threads are not pinned: this process may use only"
                                + " CPUs " + allowed + "; use at most " + allowed.size()
                                + " threads, or allow more CPUs");
            }
            return chosen;
        }
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
     * Returns the NUMA nodes of {@link #cpus()}, in the order of thread numbers.
     *
     * @return one for each thread; empty if threads are not pinned
     */
    public List<Integer> nodes() {
        return nodes;
    }

    /** Tells whether memory of one thread is far from another's. */
    boolean spansNodes() {
        return nodes.stream().distinct().count() > 1;
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
        requireOpen();
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

    /**
     * Divides the numbers {@code [0, count)} into one range for each thread, always the same ones: what a thread writes
     * first, it comes back to. The caller's thread takes them all if there is little work.
     *
     * @param newCount end of the numbers; nothing happens if it is 0
     * @param work multiply-adds of all numbers together
     * @param newTask runs once for each range that is not empty
     * @throws RuntimeException or an error that the task threw in any thread
     */
    public void runRanges(int newCount, long work, RangeTask newTask) {
        if (isSmall(work)) {
            if (newCount > 0) {
                newTask.run(0, newCount, 0);
            }
            return;
        }
        count = newCount;
        rangeTask = newTask;
        try {
            run(rangeShare);
        } finally {
            rangeTask = null;
        }
    }

    private void runRange(int thread) {
        final int from = rangeBegin(count, thread);
        final int to = rangeBegin(count, thread + 1);
        if (from < to) {
            rangeTask.run(from, to, thread);
        }
    }

    private int rangeBegin(int end, int thread) {
        return (int) ((long) end * thread / threads);
    }

    /**
     * Lets threads take the items {@code [0, count)} one by one as they get ready for the next. The caller's thread takes
     * them all if there is little work.
     *
     * @param newCount end of the items
     * @param work multiply-adds of all items together
     * @param newTask runs once for each item
     * @throws RuntimeException or an error that the task threw in any thread
     */
    public void runItems(int newCount, long work, ItemTask newTask) {
        if (isSmall(work)) {
            for (int item = 0; item < newCount; item++) {
                newTask.run(item, 0);
            }
            return;
        }
        count = newCount;
        itemTask = newTask;
        nextItem.set(0);
        try {
            run(itemShare);
        } finally {
            itemTask = null;
        }
    }

    private void takeItems(int thread) {
        for (int item = nextItem.getAndIncrement(); item < count; item = nextItem.getAndIncrement()) {
            itemTask.run(item, thread);
        }
    }

    /** Tells whether the caller's thread would do so much work alone. */
    boolean isSmall(long work) {
        requireOpen();
        return threads == 1 || work < minSharedWork;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the worker pool is closed");
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
