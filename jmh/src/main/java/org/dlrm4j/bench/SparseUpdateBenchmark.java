package org.dlrm4j.bench;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.Pooling;
import org.dlrm4j.kernels.SparseUpdate;
import org.dlrm4j.os.NativeMemory;
import org.dlrm4j.store.EmbeddingTable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Backward of the lookups fused with the optimizer, {@value #BAGS} bags a call. Bandwidth counts each looked-up row of table
 * and state once read and once written.
 */
public class SparseUpdateBenchmark extends KernelBenchmark {
    static final int BAGS = 128;
    static final float LEARNING_RATE = 1f / 1024;
    static final float EPSILON = 1e-10f;

    /** 16: Criteo Kaggle; 32: RMC1 and RMC3; 64: Criteo Terabyte and RMC2; 128: MLPerf. */
    @Param({"16", "32", "64", "128"})
    int dim;

    /** 1: Criteo's one-hot features; 20: RMC3; 80: RMC1. */
    @Param({"1", "20", "80"})
    int pooling;

    /** Which memory holds the table; element-wise Adagrad has as much state again. */
    @Param({"L2", "L3", "DRAM"})
    MemoryLevel size;

    /** Which rows are updated; popular rows occur several times in a batch. */
    @Param({"UNIFORM", "ZIPF"})
    IndexDistribution distribution;

    Lookups lookups;
    NativeMemory grad;
    EmbeddingTable state;
    NativeMemory rowState;
    long gradStrideBytes;
    private NativeMemory scratch;

    /** Fills the table. */
    @Setup(Level.Trial)
    public void setUp() {
        prepare(size.bytes());
    }

    void prepare(long tableBytes) {
        lookups = new Lookups(tableBytes, dim, BAGS, pooling, distribution, PageSize.HUGE);
        gradStrideBytes = Operands.strideBytes(dim);
        grad = Operands.floats(BAGS * gradStrideBytes / Float.BYTES, 1);
        state = EmbeddingTable.anonymous("state", lookups.table().rows(), dim);
        // Pages that were never written all show the same zeros, which stay in L1.
        state.segment().fill((byte) 0);
        rowState = NativeMemory.allocate(lookups.table().rows() * Float.BYTES);
        rowState.segment().fill((byte) 0);
        scratch = NativeMemory.allocate(SparseUpdate.scratchBytes(lookups.batchIndices(), dim));
    }

    /**
     * Runs SGD on the next batch.
     *
     * @return the table
     */
    @Benchmark
    public MemorySegment sgd() {
        final EmbeddingTable table = lookups.table();
        SparseUpdate.sgd("benchmark", table.segment(), table.dataOffset(), table.rowStrideBytes(), table.rows(), dim,
                lookups.indices(), lookups.nextBatchOffset(), lookups.batchIndices(), lookups.offsets(), 0, BAGS,
                Pooling.SUM, null, 0, grad.segment(), 0, gradStrideBytes, LEARNING_RATE, 0, 1);
        return table.segment();
    }

    /**
     * Runs Adagrad with one state value an element on the next batch.
     *
     * @return the table
     */
    @Benchmark
    public MemorySegment adagrad() {
        final EmbeddingTable table = lookups.table();
        SparseUpdate.adagrad("benchmark", table.segment(), table.dataOffset(), table.rowStrideBytes(), table.rows(),
                dim, state.segment(), state.dataOffset(), state.rowStrideBytes(), lookups.indices(),
                lookups.nextBatchOffset(), lookups.batchIndices(), lookups.offsets(), 0, BAGS, Pooling.SUM, null, 0,
                grad.segment(), 0, gradStrideBytes, LEARNING_RATE, EPSILON, 0, 1, scratch.segment(), 0);
        return table.segment();
    }

    /**
     * Runs Adagrad with one state value a row on the next batch.
     *
     * @return the table
     */
    @Benchmark
    public MemorySegment rowWiseAdagrad() {
        final EmbeddingTable table = lookups.table();
        SparseUpdate.rowWiseAdagrad("benchmark", table.segment(), table.dataOffset(), table.rowStrideBytes(),
                table.rows(), dim, rowState.segment(), 0, lookups.indices(), lookups.nextBatchOffset(),
                lookups.batchIndices(), lookups.offsets(), 0, BAGS, Pooling.SUM, null, 0, grad.segment(), 0,
                gradStrideBytes, LEARNING_RATE, EPSILON, 0, 1, scratch.segment(), 0);
        return table.segment();
    }

    /** Frees table, state and lookups. */
    @TearDown(Level.Trial)
    public void tearDown() {
        lookups.close();
        grad.close();
        state.close();
        rowState.close();
        scratch.close();
    }
}
