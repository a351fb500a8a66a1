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
import org.openjdk.jmh.infra.ThreadParams;

/**
 * How fast memory can be read, in order or row by row in random order, and how fast random rows can be read and written.
 * Each thread has memory of its own; what threads share of a machine they share here.
 */
public class MemoryLimits extends KernelBenchmark {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final int LINE_BYTES = 64;

    /** Against its constant length the range check of a load is the shortest: a limit must not measure checks. */
    private static final MemorySegment EVERYTHING = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    /** Memory that is read from its beginning to its end. */
    @State(Scope.Thread)
    public static class Sequence {
        /** A small memory is read several times a call, so that the call costs nothing. */
        static final long MIN_BYTES = 1 << 20;

        /** Which memory. */
        @Param({"L1", "L2", "L3", "DRAM"})
        MemoryLevel size;

        NativeMemory memory;
        long sizeBytes;

        /**
         * Fills it.
         *
         * @param threads how many there are
         */
        @Setup(Level.Trial)
        public void setUp(ThreadParams threads) {
            prepare(size.bytes(threads.getThreadCount()));
        }

        void prepare(long bytes) {
            sizeBytes = bytes;
            memory = NativeMemory.allocate(sizeBytes);
            memory.segment().fill((byte) 0);
            Operands.fill(memory.segment(), Math.min(sizeBytes / Float.BYTES, 1 << 16), 1);
        }

        int passes() {
            return passes(sizeBytes);
        }

        static int passes(long sizeBytes) {
            return (int) Math.max(1, MIN_BYTES / sizeBytes);
        }

        /** Frees it. */
        @TearDown(Level.Trial)
        public void tearDown() {
            memory.close();
        }
    }

    /** Rows that are read, or read and written, in random order, the next batch of them each call. */
    @State(Scope.Thread)
    public static class RandomRows {
        static final int BAGS = 128;
        static final int POOLING = 32;
        static final int COUNT = BAGS * POOLING;

        /** Rows of 16 to 128 floats. */
        @Param({"64", "128", "256", "512"})
        int rowBytes;

        /** Which memory holds the rows. */
        @Param({"L2", "L3", "DRAM"})
        MemoryLevel size;

        /** With small pages most rows in memory also miss the TLB. */
        @Param({"HUGE", "SMALL"})
        PageSize pages;

        Lookups lookups;

        /**
         * Fills the table.
         *
         * @param threads how many there are
         */
        @Setup(Level.Trial)
        public void setUp(ThreadParams threads) {
            prepare(size.bytes(threads.getThreadCount()));
        }

        void prepare(long tableBytes) {
            lookups = new Lookups(tableBytes, rowBytes / Float.BYTES, BAGS, POOLING, IndexDistribution.UNIFORM, pages);
        }

        long tableAddress() {
            return lookups.table().segment().address() + lookups.table().dataOffset();
        }

        /** Frees the table. */
        @TearDown(Level.Trial)
        public void tearDown() {
            lookups.close();
        }
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
    public float randomRead(RandomRows rows) {
        final long table = rows.tableAddress();
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

    private static float rows64(long table, MemorySegment indices, long first) {
        FloatVector a0 = FloatVector.zero(FLOATS);
        for (int i = 0; i < RandomRows.COUNT; i++) {
            final long row = table + indices.get(ValueLayout.JAVA_LONG, first + ((long) i << 3)) * 64;
            a0 = a0.add(FloatVector.fromMemorySegment(FLOATS, EVERYTHING, row, LE));
        }
        return a0.reduceLanes(VectorOperators.ADD);
    }

    private static float rows128(long table, MemorySegment indices, long first) {
        FloatVector a0 = FloatVector.zero(FLOATS);
        FloatVector a1 = FloatVector.zero(FLOATS);
        for (int i = 0; i < RandomRows.COUNT; i++) {
            final long row = table + indices.get(ValueLayout.JAVA_LONG, first + ((long) i << 3)) * 128;
            a0 = a0.add(FloatVector.fromMemorySegment(FLOATS, EVERYTHING, row, LE));
            a1 = a1.add(FloatVector.fromMemorySegment(FLOATS, EVERYTHING, row + LINE_BYTES, LE));
        }
        return a0.add(a1).reduceLanes(VectorOperators.ADD);
    }

    private static float rows256(long table, MemorySegment indices, long first) {
        FloatVector a0 = FloatVector.zero(FLOATS);
        FloatVector a1 = FloatVector.zero(FLOATS);
        FloatVector a2 = FloatVector.zero(FLOATS);
        FloatVector a3 = FloatVector.zero(FLOATS);
        for (int i = 0; i < RandomRows.COUNT; i++) {
            final long row = table + indices.get(ValueLayout.JAVA_LONG, first + ((long) i << 3)) * 256;
            a0 = a0.add(FloatVector.fromMemorySegment(FLOATS, EVERYTHING, row, LE));
            a1 = a1.add(FloatVector.fromMemorySegment(FLOATS, EVERYTHING, row + LINE_BYTES, LE));
            a2 = a2.add(FloatVector.fromMemorySegment(FLOATS, EVERYTHING, row + 2 * LINE_BYTES, LE));
            a3 = a3.add(FloatVector.fromMemorySegment(FLOATS, EVERYTHING, row + 3 * LINE_BYTES, LE));
        }
        return a0.add(a1).add(a2).add(a3).reduceLanes(VectorOperators.ADD);
    }

    private static float rows512(long table, MemorySegment indices, long first) {
        FloatVector a0 = FloatVector.zero(FLOATS);
        FloatVector a1 = FloatVector.zero(FLOATS);
        FloatVector a2 = FloatVector.zero(FLOATS);
        FloatVector a3 = FloatVector.zero(FLOATS);
        FloatVector a4 = FloatVector.zero(FLOATS);
        FloatVector a5 = FloatVector.zero(FLOATS);
        FloatVector a6 = FloatVector.zero(FLOATS);
        FloatVector a7 = FloatVector.zero(FLOATS);
        for (int i = 0; i < RandomRows.COUNT; i++) {
            final long row = table + indices.get(ValueLayout.JAVA_LONG, first + ((long) i << 3)) * 512;
            a0 = a0.add(FloatVector.fromMemorySegment(FLOATS, EVERYTHING, row, LE));
            a1 = a1.add(FloatVector.fromMemorySegment(FLOATS, EVERYTHING, row + LINE_BYTES, LE));
            a2 = a2.add(FloatVector.fromMemorySegment(FLOATS, EVERYTHING, row + 2 * LINE_BYTES, LE));
            a3 = a3.add(FloatVector.fromMemorySegment(FLOATS, EVERYTHING, row + 3 * LINE_BYTES, LE));
            a4 = a4.add(FloatVector.fromMemorySegment(FLOATS, EVERYTHING, row + 4 * LINE_BYTES, LE));
            a5 = a5.add(FloatVector.fromMemorySegment(FLOATS, EVERYTHING, row + 5 * LINE_BYTES, LE));
            a6 = a6.add(FloatVector.fromMemorySegment(FLOATS, EVERYTHING, row + 6 * LINE_BYTES, LE));
            a7 = a7.add(FloatVector.fromMemorySegment(FLOATS, EVERYTHING, row + 7 * LINE_BYTES, LE));
        }
        return a0.add(a1).add(a2).add(a3).add(a4).add(a5).add(a6).add(a7).reduceLanes(VectorOperators.ADD);
    }

    /**
     * Loads, changes and stores one vector of each cache line of random rows: what an update of rows has to move.
     *
     * @param rows the table and its lookups
     * @return the lookups
     */
    @Benchmark
    public MemorySegment randomUpdate(RandomRows rows) {
        final long table = rows.tableAddress();
        final MemorySegment indices = rows.lookups.indices();
        final long first = rows.lookups.nextBatchOffset();
        switch (rows.rowBytes) {
            case 64 -> update64(table, indices, first);
            case 128 -> update128(table, indices, first);
            case 256 -> update256(table, indices, first);
            case 512 -> update512(table, indices, first);
            default -> throw new IllegalArgumentException("rows of " + rows.rowBytes + " bytes");
        }
        return indices;
    }

    private static void update64(long table, MemorySegment indices, long first) {
        for (int i = 0; i < RandomRows.COUNT; i++) {
            updateLine(table + indices.get(ValueLayout.JAVA_LONG, first + ((long) i << 3)) * 64);
        }
    }

    private static void update128(long table, MemorySegment indices, long first) {
        for (int i = 0; i < RandomRows.COUNT; i++) {
            updateTwoLines(table + indices.get(ValueLayout.JAVA_LONG, first + ((long) i << 3)) * 128);
        }
    }

    private static void update256(long table, MemorySegment indices, long first) {
        for (int i = 0; i < RandomRows.COUNT; i++) {
            final long row = table + indices.get(ValueLayout.JAVA_LONG, first + ((long) i << 3)) * 256;
            updateTwoLines(row);
            updateTwoLines(row + 2 * LINE_BYTES);
        }
    }

    private static void update512(long table, MemorySegment indices, long first) {
        for (int i = 0; i < RandomRows.COUNT; i++) {
            final long row = table + indices.get(ValueLayout.JAVA_LONG, first + ((long) i << 3)) * 512;
            updateTwoLines(row);
            updateTwoLines(row + 2 * LINE_BYTES);
            updateTwoLines(row + 4 * LINE_BYTES);
            updateTwoLines(row + 6 * LINE_BYTES);
        }
    }

    private static void updateTwoLines(long address) {
        updateLine(address);
        updateLine(address + LINE_BYTES);
    }

    private static void updateLine(long address) {
        FloatVector.fromMemorySegment(FLOATS, EVERYTHING, address, LE).add(1f)
                .intoMemorySegment(EVERYTHING, address, LE);
    }
}
