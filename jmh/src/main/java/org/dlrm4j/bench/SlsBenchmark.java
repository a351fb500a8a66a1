package org.dlrm4j.bench;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.Pooling;
import org.dlrm4j.kernels.SparseLengthsSum;
import org.dlrm4j.os.NativeMemory;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Embedding lookups of one table, {@value #BAGS} bags a call. Bandwidth counts the bytes of the rows that are looked up, not
 * indices and output.
 */
public class SlsBenchmark extends KernelBenchmark {
    static final int BAGS = 128;

    /** 16: Criteo Kaggle; 32: RMC1 and RMC3; 64: Criteo Terabyte and RMC2; 128: MLPerf. */
    @Param({"16", "32", "64", "128"})
    int dim;

    /** 1: Criteo's one-hot features; 20: RMC3; 32: the usual figure in comparisons of kernels; 80: RMC1. */
    @Param({"1", "20", "32", "80"})
    int pooling;

    /** Which memory holds the table. */
    @Param({"L2", "L3", "DRAM"})
    MemoryLevel size;

    /** Which rows are looked up. */
    @Param({"UNIFORM", "ZIPF"})
    IndexDistribution distribution;

    Lookups lookups;
    NativeMemory pooled;
    long pooledStrideBytes;

    /** Fills the table. */
    @Setup(Level.Trial)
    public void setUp() {
        prepare(size.bytes());
    }

    void prepare(long tableBytes) {
        lookups = new Lookups(tableBytes, dim, BAGS, pooling, distribution, PageSize.HUGE);
        pooledStrideBytes = Operands.strideBytes(dim);
        pooled = Operands.floats(BAGS * pooledStrideBytes / Float.BYTES, 1);
    }

    /**
     * Sums the rows of the next batch's bags.
     *
     * @return the pooled vectors
     */
    @Benchmark
    public MemorySegment forward() {
        final var table = lookups.table();
        SparseLengthsSum.forward("benchmark", table.segment(), table.dataOffset(), table.rowStrideBytes(), table.rows(),
                dim, lookups.indices(), lookups.nextBatchOffset(), lookups.batchIndices(), lookups.offsets(), 0, BAGS,
                Pooling.SUM, null, 0, pooled.segment(), 0, pooledStrideBytes);
        return pooled.segment();
    }

    /** Frees table and lookups. */
    @TearDown(Level.Trial)
    public void tearDown() {
        lookups.close();
        pooled.close();
    }
}
