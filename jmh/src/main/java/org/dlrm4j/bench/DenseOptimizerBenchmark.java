package org.dlrm4j.bench;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.dlrm4j.kernels.DenseOptimizer;
import org.dlrm4j.os.NativeMemory;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** Optimizer steps of a layer's weights. Bandwidth counts each vector that is read once, and once more if it is written. */
public class DenseOptimizerBenchmark extends KernelBenchmark {
    static final float LEARNING_RATE = 1f / 1024;
    static final float EPSILON = 1e-10f;

    /**
     * Weights. 512: a bias; 6656 and 131072: 13x512 and 512x256 of Criteo Kaggle; 1048576 and 2621440: the largest layers of
     * MLPerf (1024x1024) and RMC3 (2560x1024).
     */
    @Param({"512", "6656", "131072", "1048576", "2621440"})
    int count;

    NativeMemory p;
    NativeMemory g;
    NativeMemory state;

    /** Allocates the vectors. */
    @Setup(Level.Trial)
    public void setUp() {
        p = Operands.floats(count, 1);
        g = Operands.floats(count, 2);
        state = NativeMemory.allocate((long) count * Float.BYTES);
        // Pages that were never written all show the same zeros, which stay in L1.
        state.segment().fill((byte) 0);
    }

    /**
     * Runs SGD.
     *
     * @return the weights
     */
    @Benchmark
    public MemorySegment sgd() {
        DenseOptimizer.sgd(p.segment(), 0, g.segment(), 0, count, LEARNING_RATE);
        return p.segment();
    }

    /**
     * Runs Adagrad.
     *
     * @return the weights
     */
    @Benchmark
    public MemorySegment adagrad() {
        DenseOptimizer.adagrad(p.segment(), 0, g.segment(), 0, state.segment(), 0, count, LEARNING_RATE, EPSILON);
        return p.segment();
    }

    /** Frees the vectors. */
    @TearDown(Level.Trial)
    public void tearDown() {
        List.of(p, g, state).forEach(NativeMemory::close);
    }
}
