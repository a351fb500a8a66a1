package org.dlrm4j.bench;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.dlrm4j.os.NativeMemory;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What one core can do at best, measured in Java: the lines that the kernels' figures are held against.
 *
 * <p>The multiply-adds have {@value #FMA_ACCUMULATORS} independent accumulators: enough to hide a latency of 4 cycles on 2
 * units. They are written out for each width: with the species as a parameter C2 compiles the loop before it is inlined
 * into a caller that knows the species, and then every accumulator is boxed.
 */
public class MachineLimits extends KernelBenchmark {
    static final int FMA_STEPS = 1 << 14;
    static final int FMA_ACCUMULATORS = 12;
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
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

    /** Memory that is read from its beginning to its end. */
    @State(Scope.Benchmark)
    public static class Sequence {
        /** Half of each cache of a core with 32 KiB or more, 1 MiB and 32 MiB; and 32 times the last. */
        @Param({"16384", "524288", "16777216", "1073741824"})
        long sizeBytes;

        NativeMemory memory;

        /** Fills it. */
        @Setup(Level.Trial)
        public void setUp() {
            memory = NativeMemory.allocate(sizeBytes);
            memory.segment().fill((byte) 0);
            Operands.fill(memory.segment(), Math.min(sizeBytes / Float.BYTES, 1 << 16), 1);
        }

        /** A small memory is read several times a call, so that the call costs nothing. */
        int passes() {
            return (int) Math.max(1, (1 << 20) / sizeBytes);
        }

        /** Frees it. */
        @TearDown(Level.Trial)
        public void tearDown() {
            memory.close();
        }
    }

    /** Rows that are read in random order, the next batch of them each call. */
    @State(Scope.Benchmark)
    public static class RandomRows {
        static final int BAGS = 128;
        static final int POOLING = 32;
        static final int COUNT = BAGS * POOLING;

        /** Rows of 16 to 128 floats. */
        @Param({"64", "128", "256", "512"})
        int rowBytes;

        /** Which memory holds the rows. */
        @Param({"L2", "L3", "DRAM"})
        TableSize size;

        Lookups lookups;

        /** Fills the table. */
        @Setup(Level.Trial)
        public void setUp() {
            prepare(size.bytes());
        }

        void prepare(long tableBytes) {
            lookups = new Lookups(tableBytes, rowBytes / Float.BYTES, BAGS, POOLING, IndexDistribution.UNIFORM);
        }

        /** Frees the table. */
        @TearDown(Level.Trial)
        public void tearDown() {
            lookups.close();
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

    /**
     * Reads memory in order, eight preferred vectors a step.
     *
     * @param sequence the memory
     * @return the sum of all floats, once a pass
     */
    @Benchmark
    public float sequentialRead(Sequence sequence) {
        float sum = 0;
        for (int pass = 0; pass < sequence.passes(); pass++) {
            sum += sum(sequence.memory.segment(), sequence.sizeBytes);
        }
        return sum;
    }

    private static float sum(MemorySegment memory, long bytes) {
        final long vector = FLOATS.vectorByteSize();
        FloatVector a0 = FloatVector.zero(FLOATS);
        FloatVector a1 = FloatVector.zero(FLOATS);
        FloatVector a2 = FloatVector.zero(FLOATS);
        FloatVector a3 = FloatVector.zero(FLOATS);
        FloatVector a4 = FloatVector.zero(FLOATS);
        FloatVector a5 = FloatVector.zero(FLOATS);
        FloatVector a6 = FloatVector.zero(FLOATS);
        FloatVector a7 = FloatVector.zero(FLOATS);
        for (long at = 0; at < bytes; at += 8 * vector) {
            a0 = a0.add(FloatVector.fromMemorySegment(FLOATS, memory, at, LE));
            a1 = a1.add(FloatVector.fromMemorySegment(FLOATS, memory, at + vector, LE));
            a2 = a2.add(FloatVector.fromMemorySegment(FLOATS, memory, at + 2 * vector, LE));
            a3 = a3.add(FloatVector.fromMemorySegment(FLOATS, memory, at + 3 * vector, LE));
            a4 = a4.add(FloatVector.fromMemorySegment(FLOATS, memory, at + 4 * vector, LE));
            a5 = a5.add(FloatVector.fromMemorySegment(FLOATS, memory, at + 5 * vector, LE));
            a6 = a6.add(FloatVector.fromMemorySegment(FLOATS, memory, at + 6 * vector, LE));
            a7 = a7.add(FloatVector.fromMemorySegment(FLOATS, memory, at + 7 * vector, LE));
        }
        return a0.add(a1).add(a2).add(a3).add(a4).add(a5).add(a6).add(a7).reduceLanes(VectorOperators.ADD);
    }

    /**
     * Loads one vector from each cache line of random rows: all of the rows' memory traffic in as few instructions as can
     * be. The fewer there are, the more loads are under way at once, and that is the limit, not the memory's bandwidth.
     *
     * @param rows the table and its lookups
     * @return the sum of the floats read
     */
    @Benchmark
    public float randomRows(RandomRows rows) {
        final MemorySegment table = rows.lookups.table().segment();
        final MemorySegment indices = rows.lookups.indices();
        final long first = rows.lookups.nextBatchOffset();
        return switch (rows.rowBytes) {
            case 64 -> rows64(table, indices, first);
            case 128 -> rows128(table, indices, first);
            case 256 -> rows256(table, indices, first);
            case 512 -> rows512(table, indices, first);
            default -> throw new IllegalArgumentException("rows of " + rows.rowBytes + " bytes");
        };
    }

    private static float rows64(MemorySegment table, MemorySegment indices, long first) {
        FloatVector a0 = FloatVector.zero(FLOATS);
        for (int i = 0; i < RandomRows.COUNT; i++) {
            final long row = indices.get(ValueLayout.JAVA_LONG, first + ((long) i << 3)) * 64;
            a0 = a0.add(FloatVector.fromMemorySegment(FLOATS, table, row, LE));
        }
        return a0.reduceLanes(VectorOperators.ADD);
    }

    private static float rows128(MemorySegment table, MemorySegment indices, long first) {
        FloatVector a0 = FloatVector.zero(FLOATS);
        FloatVector a1 = FloatVector.zero(FLOATS);
        for (int i = 0; i < RandomRows.COUNT; i++) {
            final long row = indices.get(ValueLayout.JAVA_LONG, first + ((long) i << 3)) * 128;
            a0 = a0.add(FloatVector.fromMemorySegment(FLOATS, table, row, LE));
            a1 = a1.add(FloatVector.fromMemorySegment(FLOATS, table, row + LINE_BYTES, LE));
        }
        return a0.add(a1).reduceLanes(VectorOperators.ADD);
    }

    private static float rows256(MemorySegment table, MemorySegment indices, long first) {
        FloatVector a0 = FloatVector.zero(FLOATS);
        FloatVector a1 = FloatVector.zero(FLOATS);
        FloatVector a2 = FloatVector.zero(FLOATS);
        FloatVector a3 = FloatVector.zero(FLOATS);
        for (int i = 0; i < RandomRows.COUNT; i++) {
            final long row = indices.get(ValueLayout.JAVA_LONG, first + ((long) i << 3)) * 256;
            a0 = a0.add(FloatVector.fromMemorySegment(FLOATS, table, row, LE));
            a1 = a1.add(FloatVector.fromMemorySegment(FLOATS, table, row + LINE_BYTES, LE));
            a2 = a2.add(FloatVector.fromMemorySegment(FLOATS, table, row + 2 * LINE_BYTES, LE));
            a3 = a3.add(FloatVector.fromMemorySegment(FLOATS, table, row + 3 * LINE_BYTES, LE));
        }
        return a0.add(a1).add(a2).add(a3).reduceLanes(VectorOperators.ADD);
    }

    private static float rows512(MemorySegment table, MemorySegment indices, long first) {
        FloatVector a0 = FloatVector.zero(FLOATS);
        FloatVector a1 = FloatVector.zero(FLOATS);
        FloatVector a2 = FloatVector.zero(FLOATS);
        FloatVector a3 = FloatVector.zero(FLOATS);
        FloatVector a4 = FloatVector.zero(FLOATS);
        FloatVector a5 = FloatVector.zero(FLOATS);
        FloatVector a6 = FloatVector.zero(FLOATS);
        FloatVector a7 = FloatVector.zero(FLOATS);
        for (int i = 0; i < RandomRows.COUNT; i++) {
            final long row = indices.get(ValueLayout.JAVA_LONG, first + ((long) i << 3)) * 512;
            a0 = a0.add(FloatVector.fromMemorySegment(FLOATS, table, row, LE));
            a1 = a1.add(FloatVector.fromMemorySegment(FLOATS, table, row + LINE_BYTES, LE));
            a2 = a2.add(FloatVector.fromMemorySegment(FLOATS, table, row + 2 * LINE_BYTES, LE));
            a3 = a3.add(FloatVector.fromMemorySegment(FLOATS, table, row + 3 * LINE_BYTES, LE));
            a4 = a4.add(FloatVector.fromMemorySegment(FLOATS, table, row + 4 * LINE_BYTES, LE));
            a5 = a5.add(FloatVector.fromMemorySegment(FLOATS, table, row + 5 * LINE_BYTES, LE));
            a6 = a6.add(FloatVector.fromMemorySegment(FLOATS, table, row + 6 * LINE_BYTES, LE));
            a7 = a7.add(FloatVector.fromMemorySegment(FLOATS, table, row + 7 * LINE_BYTES, LE));
        }
        return a0.add(a1).add(a2).add(a3).add(a4).add(a5).add(a6).add(a7).reduceLanes(VectorOperators.ADD);
    }
}
