package org.dlrm4j.bench;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dlrm4j.kernels.Pooling;
import org.dlrm4j.kernels.SparseLengthsSum;
import org.dlrm4j.os.MemoryPolicy;
import org.dlrm4j.os.NativeMemory;
import org.dlrm4j.store.EmbeddingTable;
import org.dlrm4j.store.EmbeddingTable.Allocation;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** Lookups of random rows of a table in a file that is in memory, {@value SlsBenchmark#BAGS} bags a call, before and after it is copied into huge pages. */
public class HotRowsBenchmark extends KernelBenchmark {
    private static final long TABLE_BYTES = 4L << 30;

    /** Floats a row. */
    @Param({"16", "64", "128"})
    int dim;

    /** Rows a bag. */
    @Param({"1", "32"})
    int pooling;

    /** Whether all rows are copied into huge pages. */
    @Param({"false", "true"})
    boolean copied;

    private Path home;
    private Lookups lookups;
    private EmbeddingTable table;
    private NativeMemory pooled;
    private long pooledStrideBytes;

    /**
     * Writes the table and reads it into memory.
     *
     * @throws IOException if the file cannot be written
     */
    @Setup(Level.Trial)
    public void setUp() throws IOException {
        home = Files.createTempDirectory("dlrm4j-hot");
        lookups = new Lookups(TABLE_BYTES, dim, SlsBenchmark.BAGS, pooling, IndexDistribution.UNIFORM, PageSize.HUGE);
        final Path file = home.resolve("table");
        final EmbeddingTable filled = lookups.table();
        try (EmbeddingTable written = EmbeddingTable.create(file, "benchmark", filled.rows(), dim,
                Allocation.PREALLOCATED)) {
            MemorySegment.copy(filled.segment(), filled.dataOffset(), written.segment(), written.dataOffset(),
                    filled.rows() * filled.rowStrideBytes());
            written.seal();
        }
        table = EmbeddingTable.openReadOnly(file);
        table.prefault();
        if (copied) {
            table.copyFirstRows(Long.MAX_VALUE, MemoryPolicy.DEFAULT);
        }
        pooledStrideBytes = Operands.strideBytes(dim);
        pooled = Operands.floats(SlsBenchmark.BAGS * pooledStrideBytes / Float.BYTES, 1);
    }

    /**
     * Sums the rows of the next batch's bags.
     *
     * @return the pooled vectors
     */
    @Benchmark
    public MemorySegment forward() {
        SparseLengthsSum.forward("benchmark", table.segment(), table.dataOffset(), table.rowStrideBytes(), table.rows(),
                dim, lookups.indices(), lookups.nextBatchOffset(), lookups.batchIndices(), lookups.offsets(), 0,
                SlsBenchmark.BAGS, Pooling.SUM, null, 0, pooled.segment(), 0, pooledStrideBytes);
        return pooled.segment();
    }

    /**
     * Removes the table.
     *
     * @throws IOException if the file cannot be deleted
     */
    @TearDown(Level.Trial)
    public void tearDown() throws IOException {
        table.close();
        lookups.close();
        pooled.close();
        TemporaryFiles.delete(home);
    }
}
