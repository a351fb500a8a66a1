package org.dlrm4j.bench;

import java.util.concurrent.TimeUnit;
import org.dlrm4j.os.PinPolicy;
import org.dlrm4j.os.ThreadPin;
import org.dlrm4j.train.IdleMode;
import org.dlrm4j.train.WorkerPool;
import org.dlrm4j.train.WorkerPoolOptions;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What a phase of a training step costs before any work is done: an empty round on two threads. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class WorkerPoolBenchmark extends KernelBenchmark {
    private static final WorkerPool.Task EMPTY = thread -> {};

    /** How waiting threads wait. */
    @Param({"PARK", "BACKOFF", "BUSY_SPIN"})
    public IdleMode idleMode;

    private WorkerPool pool;
    private ThreadPin pin;

    /** Starts the threads on a CPU each: where both share one, no round can be short. */
    @Setup
    public void start() {
        pool = new WorkerPool(
                WorkerPoolOptions.of(2).withIdleMode(idleMode).withPinPolicy(PinPolicy.COMPACT));
        pin = pool.pinCaller();
    }

    /** Stops the threads. */
    @TearDown
    public void stop() {
        pin.close();
        pool.close();
    }

    /** Rounds back to back, as within a step. */
    @Benchmark
    public void backToBack() {
        pool.run(EMPTY);
    }

    /** Lets the threads fall asleep, as between the requests of an application. */
    @State(Scope.Thread)
    public static class Pause {
        /** Sleeps. */
        @Setup(Level.Invocation)
        public void sleep() throws InterruptedException {
            Thread.sleep(20);
        }
    }

    /** A round after the workers have gone to sleep. */
    @Benchmark
    @Warmup(iterations = 2, time = 1)
    @Measurement(iterations = 3, time = 2)
    public void afterIdling(Pause pause) {
        pool.run(EMPTY);
    }
}
