package org.dlrm4j.bench;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.Pooling;
import org.dlrm4j.kernels.RowConversion;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.kernels.SparseLengthsSum;
import org.dlrm4j.os.NativeMemory;
import org.dlrm4j.store.EmbeddingTable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Embedding lookups in every row format: as many rows each, whose float32 table is far over L3. The smallest, i4 of 64 columns, is
 * four times L3.
 */
public class CompactSlsBenchmark extends KernelBenchmark {
    static final int BAGS = SlsBenchmark.BAGS;

    /** How rows are stored. */
    @Param({"F32", "F16", "BF16", "I8", "I4"})
    RowFormat format;

    /** Elements a row. */
    @Param({"64", "128"})
    int dim;

    /** Rows a bag. */
    @Param("32")
    int pooling;

    Lookups lookups;
    NativeMemory table;
    long rowStrideBytes;
    NativeMemory pooled;
    long pooledStrideBytes;

    /** Converts the table. */
    @Setup(Level.Trial)
    public void setUp() {
        prepare(MemoryLevel.DRAM.bytes());
    }

    void prepare(long floatTableBytes) {
        lookups = new Lookups(floatTableBytes, dim, BAGS, pooling, IndexDistribution.UNIFORM, PageSize.HUGE);
        final EmbeddingTable floats = lookups.table();
        rowStrideBytes = format.rowBytes(dim);
        table = NativeMemory.allocate(floats.rows() * rowStrideBytes);
        RowConversion.encode("benchmark", format, 0, floats.rows(), dim, floats.segment(), floats.dataOffset(),
                floats.rowStrideBytes(), table.segment(), 0, rowStrideBytes);
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
        SparseLengthsSum.forward("benchmark", format, table.segment(), 0, rowStrideBytes, lookups.table().rows(), dim,
                lookups.indices(), lookups.nextBatchOffset(), lookups.batchIndices(), lookups.offsets(), 0, BAGS,
                Pooling.SUM, null, 0, pooled.segment(), 0, pooledStrideBytes);
        return pooled.segment();
    }

    /** Frees tables and lookups. */
    @TearDown(Level.Trial)
    public void tearDown() {
        lookups.close();
        table.close();
        pooled.close();
    }
}
