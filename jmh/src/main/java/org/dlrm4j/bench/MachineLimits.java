package org.dlrm4j.bench;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.dlrm4j.os.NativeMemory;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * How much one core can compute at best, measured in Java: with {@link MemoryLimits} the lines that the kernels' figures are
 * held against.
 *
 * <p>The multiply-adds have {@value #FMA_ACCUMULATORS} independent accumulators: enough to hide a latency of 4 cycles on 2
 * units. They are written out for each width: with the species as a parameter C2 compiles the loop before it is inlined
 * into a caller that knows the species, and then every accumulator is boxed.
 */
public class MachineLimits extends KernelBenchmark {
    static final int FMA_STEPS = 1 << 14;
    static final int FMA_ACCUMULATORS = 12;
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final int LINE_BYTES = 64;

    /** Starting values of the multiply-adds, read from memory so that nothing folds. */
    @State(Scope.Benchmark)
    public static class Registers {
        NativeMemory start;
        NativeMemory factors;

        /** Fills them. */
        @Setup(Level.Trial)
        public void setUp() {
            start = Operands.floats(LINE_BYTES / Float.BYTES, 1);
            factors = NativeMemory.allocate(LINE_BYTES);
            for (int i = 0; i < LINE_BYTES / Float.BYTES; i++) {
                factors.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, 0.5f);
            }
        }

        /** Frees them. */
        @TearDown(Level.Trial)
        public void tearDown() {
            start.close();
            factors.close();
        }
    }

    /**
     * Multiplies and adds in 512-bit registers: {@code a = a · f + f}, {@value #FMA_STEPS} times.
     *
     * @param registers starting values
     * @return the sum of the accumulators
     */
    @Benchmark
    public float fma512(Registers registers) {
        final FloatVector f = FloatVector.fromMemorySegment(FloatVector.SPECIES_512, registers.factors.segment(), 0,
                LE);
        FloatVector a0 = FloatVector.fromMemorySegment(FloatVector.SPECIES_512, registers.start.segment(), 0, LE);
        FloatVector a1 = a0.add(f);
        FloatVector a2 = a1.add(f);
        FloatVector a3 = a2.add(f);
        FloatVector a4 = a3.add(f);
        FloatVector a5 = a4.add(f);
        FloatVector a6 = a5.add(f);
        FloatVector a7 = a6.add(f);
        FloatVector a8 = a7.add(f);
        FloatVector a9 = a8.add(f);
        FloatVector a10 = a9.add(f);
        FloatVector a11 = a10.add(f);
        for (int i = 0; i < FMA_STEPS; i++) {
            a0 = a0.fma(f, f);
            a1 = a1.fma(f, f);
            a2 = a2.fma(f, f);
            a3 = a3.fma(f, f);
            a4 = a4.fma(f, f);
            a5 = a5.fma(f, f);
            a6 = a6.fma(f, f);
            a7 = a7.fma(f, f);
            a8 = a8.fma(f, f);
            a9 = a9.fma(f, f);
            a10 = a10.fma(f, f);
            a11 = a11.fma(f, f);
        }
        return a0.add(a1).add(a2).add(a3).add(a4).add(a5).add(a6).add(a7).add(a8).add(a9).add(a10).add(a11)
                .reduceLanes(VectorOperators.ADD);
    }

    /**
     * Multiplies and adds in 256-bit registers: {@code a = a · f + f}, {@value #FMA_STEPS} times.
     *
     * @param registers starting values
     * @return the sum of the accumulators
     */
    @Benchmark
    public float fma256(Registers registers) {
        final FloatVector f = FloatVector.fromMemorySegment(FloatVector.SPECIES_256, registers.factors.segment(), 0,
                LE);
        FloatVector a0 = FloatVector.fromMemorySegment(FloatVector.SPECIES_256, registers.start.segment(), 0, LE);
        FloatVector a1 = a0.add(f);
        FloatVector a2 = a1.add(f);
        FloatVector a3 = a2.add(f);
        FloatVector a4 = a3.add(f);
        FloatVector a5 = a4.add(f);
        FloatVector a6 = a5.add(f);
        FloatVector a7 = a6.add(f);
        FloatVector a8 = a7.add(f);
        FloatVector a9 = a8.add(f);
        FloatVector a10 = a9.add(f);
        FloatVector a11 = a10.add(f);
        for (int i = 0; i < FMA_STEPS; i++) {
            a0 = a0.fma(f, f);
            a1 = a1.fma(f, f);
            a2 = a2.fma(f, f);
            a3 = a3.fma(f, f);
            a4 = a4.fma(f, f);
            a5 = a5.fma(f, f);
            a6 = a6.fma(f, f);
            a7 = a7.fma(f, f);
            a8 = a8.fma(f, f);
            a9 = a9.fma(f, f);
            a10 = a10.fma(f, f);
            a11 = a11.fma(f, f);
        }
        return a0.add(a1).add(a2).add(a3).add(a4).add(a5).add(a6).add(a7).add(a8).add(a9).add(a10).add(a11)
                .reduceLanes(VectorOperators.ADD);
    }

    /**
     * Multiplies and adds in 128-bit registers: {@code a = a · f + f}, {@value #FMA_STEPS} times.
     *
     * @param registers starting values
     * @return the sum of the accumulators
     */
    @Benchmark
    public float fma128(Registers registers) {
        final FloatVector f = FloatVector.fromMemorySegment(FloatVector.SPECIES_128, registers.factors.segment(), 0,
                LE);
        FloatVector a0 = FloatVector.fromMemorySegment(FloatVector.SPECIES_128, registers.start.segment(), 0, LE);
        FloatVector a1 = a0.add(f);
        FloatVector a2 = a1.add(f);
        FloatVector a3 = a2.add(f);
        FloatVector a4 = a3.add(f);
        FloatVector a5 = a4.add(f);
        FloatVector a6 = a5.add(f);
        FloatVector a7 = a6.add(f);
        FloatVector a8 = a7.add(f);
        FloatVector a9 = a8.add(f);
        FloatVector a10 = a9.add(f);
        FloatVector a11 = a10.add(f);
        for (int i = 0; i < FMA_STEPS; i++) {
            a0 = a0.fma(f, f);
            a1 = a1.fma(f, f);
            a2 = a2.fma(f, f);
            a3 = a3.fma(f, f);
            a4 = a4.fma(f, f);
            a5 = a5.fma(f, f);
            a6 = a6.fma(f, f);
            a7 = a7.fma(f, f);
            a8 = a8.fma(f, f);
            a9 = a9.fma(f, f);
            a10 = a10.fma(f, f);
            a11 = a11.fma(f, f);
        }
        return a0.add(a1).add(a2).add(a3).add(a4).add(a5).add(a6).add(a7).add(a8).add(a9).add(a10).add(a11)
                .reduceLanes(VectorOperators.ADD);
    }
}
