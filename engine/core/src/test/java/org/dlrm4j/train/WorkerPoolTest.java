package org.dlrm4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

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
    }
}
