package org.dlrm4j.bench;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.SplittableRandom;
import org.dlrm4j.kernels.Loss;
import org.dlrm4j.kernels.LossFunction;
import org.dlrm4j.os.NativeMemory;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Losses of a batch and their gradients before the sigmoid. Bandwidth counts prediction, target, loss and gradient once
 * each; logarithms are what it takes.
 */
public class LossBenchmark extends KernelBenchmark {
    static final float WEIGHT0 = 0.25f;
    static final float WEIGHT1 = 3f;
    static final float SCALE = 0.5f;

    /** BCE: all published runs; MSE: the reference's default; WBCE: its remedy for rare clicks. */
    @Param({"BCE", "WBCE", "MSE"})
    LossFunction function;

    /** 128: Kaggle's training batch, and the engine's piece of larger ones; 2048: MLPerf's. */
    @Param({"128", "2048"})
    int m;

    NativeMemory p;
    NativeMemory t;
    NativeMemory loss;
    NativeMemory dz;

    /** Draws predictions and targets. */
    @Setup(Level.Trial)
    public void setUp() {
        p = NativeMemory.allocate((long) m * Float.BYTES);
        t = NativeMemory.allocate((long) m * Float.BYTES);
        loss = NativeMemory.allocate((long) m * Float.BYTES);
        dz = NativeMemory.allocate((long) m * Float.BYTES);
        final SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < m; i++) {
            p.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextDouble(0.01, 0.99));
            t.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextInt(2));
        }
    }

    /**
     * Computes losses and gradients.
     *
     * @return the losses
     */
    @Benchmark
    public MemorySegment sigmoidLoss() {
        Loss.sigmoidLoss(function, p.segment(), 0, t.segment(), 0, m, 0, WEIGHT0, WEIGHT1, SCALE, loss.segment(), 0,
                dz.segment(), 0, Float.BYTES);
        return loss.segment();
    }

    /** Frees the vectors. */
    @TearDown(Level.Trial)
    public void tearDown() {
        List.of(p, t, loss, dz).forEach(NativeMemory::close);
    }
}
