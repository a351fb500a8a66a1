package org.dlrm4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.dlrm4j.os.Affinity;
import org.dlrm4j.os.CpuSet;
import org.dlrm4j.os.PinPolicy;
import org.dlrm4j.os.ThreadPin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WorkerPoolIdleTest {
    private static final long MILLI = 1_000_000;

    private static WorkerPool pool(int threads, IdleMode mode) {
        return new WorkerPool(WorkerPoolOptions.of(threads).withIdleMode(mode));
    }

    private static Thread[] threadsOf(WorkerPool pool) {
        final Thread[] threads = new Thread[pool.threads()];
        pool.run(thread -> threads[thread] = Thread.currentThread());
        return threads;
    }

    @ParameterizedTest
    @EnumSource(names = {"PARK", "BACKOFF"})
    void idleWorkersUseNoCpuTime(IdleMode mode) throws InterruptedException {
        final ThreadMXBean beans = ManagementFactory.getThreadMXBean();
        try (WorkerPool pool = pool(3, mode)) {
            final Thread[] threads = threadsOf(pool);
            Thread.sleep(50);
            final long[] before = new long[3];
            for (int t = 1; t < 3; t++) {
                before[t] = beans.getThreadCpuTime(threads[t].threadId());
            }
            Thread.sleep(1_000);
            for (int t = 1; t < 3; t++) {
                final long usedNanos = beans.getThreadCpuTime(threads[t].threadId()) - before[t];
                // 1 % of a core would be 10 ms
                assertTrue(usedNanos < 10 * MILLI, () -> mode + ": " + usedNanos + " ns in 1 s");
            }
        }
    }

    @Test
    void busySpinUsesItsCpu() throws InterruptedException {
        final ThreadMXBean beans = ManagementFactory.getThreadMXBean();
        try (WorkerPool pool = pool(2, IdleMode.BUSY_SPIN)) {
            final long worker = threadsOf(pool)[1].threadId();
            final long before = beans.getThreadCpuTime(worker);
            final long deadline = System.nanoTime() + 10_000 * MILLI;
            while (beans.getThreadCpuTime(worker) - before < 20 * MILLI) {
                assertTrue(System.nanoTime() < deadline, "a spinning worker got no 20 ms of CPU time in 10 s");
                Thread.sleep(5);
            }
        }
    }

    /** Pauses of many lengths make workers and caller park, poll and just begin to park when the other one signals. */
    @ParameterizedTest
    @EnumSource(names = {"PARK", "BACKOFF"})
    void noWakeUpIsLost(IdleMode mode) {
        try (WorkerPool pool = pool(3, mode)) {
            final AtomicInteger runs = new AtomicInteger();
            final int rounds = 2_000;
            for (int round = 0; round < rounds; round++) {
                final int slow = round % 4;
                final long pauseNanos = (round % 50) * 8_000L;
                pool.run(thread -> {
                    if (thread == slow) {
                        LockSupport.parkNanos(pauseNanos);
                    }
                    runs.incrementAndGet();
                });
                if (slow == 3) {
                    LockSupport.parkNanos(pauseNanos);
                }
            }
            assertEquals(3 * rounds, runs.get());
        }
    }

    @Test
    void anInterruptedCallerStillWaitsForAll() {
        try (WorkerPool pool = pool(2, IdleMode.PARK)) {
            final AtomicInteger runs = new AtomicInteger();
            Thread.currentThread().interrupt();
            pool.run(thread -> {
                if (thread == 1) {
                    LockSupport.parkNanos(20 * MILLI);
                }
                runs.incrementAndGet();
            });
            assertEquals(2, runs.get());
            assertTrue(Thread.interrupted(), "the interrupt is the application's");
        }
    }

    @ParameterizedTest
    @EnumSource
    void closeEndsWaitingThreads(IdleMode mode) throws InterruptedException {
        final WorkerPool pool = pool(3, mode);
        final Thread[] threads = threadsOf(pool);
        Thread.sleep(20);
        pool.close();
        pool.close();
        for (int t = 1; t < 3; t++) {
            assertTrue(!threads[t].isAlive());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"COMPACT", "SPREAD"})
    void workersRunOnTheirCpusAndTheCallerOnRequest(PinPolicy policy) {
        final Affinity affinity = Affinity.system();
        final int threads = affinity.allowed().size();
        final CpuSet before = affinity.ofCurrentThread();
        try (WorkerPool pool = new WorkerPool(WorkerPoolOptions.of(threads).withPinPolicy(policy))) {
            assertEquals(threads, pool.cpus().stream().distinct().count());
            final CpuSet[] found = new CpuSet[threads];
            pool.run(thread -> found[thread] = affinity.ofCurrentThread());
            assertEquals(before, found[0]);
            for (int t = 1; t < threads; t++) {
                assertEquals(CpuSet.of(pool.cpus().get(t)), found[t]);
            }
            try (ThreadPin pin = pool.pinCaller()) {
                assertEquals(CpuSet.of(pool.cpus().getFirst()), pin.cpus());
                assertEquals(pin.cpus(), affinity.ofCurrentThread());
            }
            assertEquals(before, affinity.ofCurrentThread());
        }
    }

    @Test
    void moreThreadsThanCpusAreNotPinned() {
        final int threads = Affinity.system().allowed().size() + 1;
        try (WorkerPool pool = new WorkerPool(WorkerPoolOptions.of(threads).withPinPolicy(PinPolicy.COMPACT));
                ThreadPin pin = pool.pinCaller()) {
            assertEquals(List.of(), pool.cpus());
            assertTrue(!pin.isPinned());
            final AtomicInteger runs = new AtomicInteger();
            pool.run(thread -> runs.incrementAndGet());
            assertEquals(threads, runs.get());
        }
    }

    @Test
    void optionsAreChecked() {
        assertEquals(new WorkerPoolOptions(2, IdleMode.BACKOFF, PinPolicy.NONE,
                WorkerPoolOptions.DEFAULT_MIN_SHARED_WORK), WorkerPoolOptions.of(2));
        assertThrows(IllegalArgumentException.class, () -> WorkerPoolOptions.of(1).withMinSharedWork(-1));
        assertThrows(IllegalArgumentException.class, () -> WorkerPoolOptions.of(0));
        assertThrows(IllegalArgumentException.class, () -> new WorkerPool(0));
        assertThrows(NullPointerException.class, () -> WorkerPoolOptions.of(1).withIdleMode(null));
        assertThrows(NullPointerException.class, () -> WorkerPoolOptions.of(1).withPinPolicy(null));
    }
}
