package org.dlrm4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

class WorkerPoolTest {
    @Test
    void everyThreadRunsEveryRoundOnce() {
        try (WorkerPool pool = new WorkerPool(5)) {
            final AtomicIntegerArray runs = new AtomicIntegerArray(5);
            for (int round = 1; round <= 20_000; round++) {
                pool.run(runs::incrementAndGet);
                for (int t = 0; t < 5; t++) {
                    assertEquals(round, runs.get(t));
                }
            }
        }
    }

    @Test
    void rangesCoverAllNumbersOnce() {
        try (WorkerPool pool = new WorkerPool(WorkerPoolOptions.of(4).withMinSharedWork(10))) {
            for (int count : new int[]{0, 1, 3, 4, 5, 1000}) {
                for (long work : new long[]{0, 9, 10, Long.MAX_VALUE}) {
                    final AtomicIntegerArray ranges = new AtomicIntegerArray(count);
                    pool.runRanges(count, work, (from, to, thread) -> {
                        assertTrue(from < to);
                        for (int i = from; i < to; i++) {
                            ranges.incrementAndGet(i);
                        }
                    });
                    final AtomicIntegerArray items = new AtomicIntegerArray(count);
                    pool.runItems(count, work, (item, thread) -> items.incrementAndGet(item));
                    for (int i = 0; i < count; i++) {
                        assertEquals(1, ranges.get(i));
                        assertEquals(1, items.get(i));
                    }
                }
            }
        }
    }

    @Test
    void smallRoundsStayInTheCallersThread() {
        try (WorkerPool pool = new WorkerPool(WorkerPoolOptions.of(4).withMinSharedWork(10))) {
            final Set<Thread> small = ConcurrentHashMap.newKeySet();
            pool.runRanges(100, 9, (from, to, thread) -> small.add(Thread.currentThread()));
            pool.runItems(100, 9, (item, thread) -> small.add(Thread.currentThread()));
            assertEquals(Set.of(Thread.currentThread()), small);
            final Set<Thread> large = ConcurrentHashMap.newKeySet();
            pool.runRanges(100, 10, (from, to, thread) -> large.add(Thread.currentThread()));
            assertEquals(4, large.size());
        }
    }

    @Test
    void roundsOfKnownWorkDoNotAllocate() {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        final WorkerPool.RangeTask range = (from, to, thread) -> {};
        final WorkerPool.ItemTask item = (number, thread) -> {};
        try (WorkerPool pool = new WorkerPool(WorkerPoolOptions.of(2).withIdleMode(IdleMode.PARK))) {
            long allocated = Long.MAX_VALUE;
            for (int round = 0; round < 20 && allocated > 0; round++) {
                final long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < 200; i++) {
                    pool.runRanges(2, 0, range);
                    pool.runItems(2, 0, item);
                    pool.runRanges(2, Long.MAX_VALUE, range);
                    pool.runItems(2, Long.MAX_VALUE, item);
                }
                allocated = threads.getCurrentThreadAllocatedBytes() - before;
            }
            assertEquals(0, allocated);
        }
    }

    @Test
    void failuresReachTheCallerAndThePoolGoesOn() {
        try (WorkerPool pool = new WorkerPool(3)) {
            for (int bad = 0; bad < 3; bad++) {
                final int failing = bad;
                final IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                        () -> pool.run(thread -> {
                            if (thread == failing) {
                                throw new IllegalArgumentException("thread " + thread);
                            }
                        }));
                assertEquals("thread " + bad, e.getMessage());
            }
            assertThrows(StackOverflowError.class, () -> pool.run(thread -> {
                throw new StackOverflowError();
            }));
            pool.run(thread -> {});
        }
    }

    @Test
    void closeEndsTheThreads() {
        final WorkerPool pool = new WorkerPool(2);
        final Thread[] worker = new Thread[1];
        pool.run(thread -> {
            if (thread == 1) {
                worker[0] = Thread.currentThread();
            }
        });
        pool.close();
        assertFalse(worker[0].isAlive());
        assertThrows(IllegalStateException.class, () -> pool.run(thread -> {}));
        assertThrows(IllegalStateException.class, () -> pool.runRanges(1, 0, (from, to, thread) -> {}));
        assertThrows(IllegalStateException.class, () -> pool.runItems(1, 0, (item, thread) -> {}));
    }
}
