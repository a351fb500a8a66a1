package org.dlrm4j.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.model.Dlrm;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.ModelFiles;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.TableStorage;
import org.dlrm4j.serve.Model;
import org.dlrm4j.serve.Scorer;
import org.dlrm4j.store.EmbeddingTable.Allocation;
import org.dlrm4j.store.ModelDirectory;
import org.dlrm4j.store.ModelWriter;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * From a path to the first prediction, over the size of a model's table, whose file is sparse: 2^20 rows of 64 floats are 256 MiB, 2^32 are
 * 1 TiB. {@code -bm ss} times the first call of a JVM, {@code -bm avgt} the later ones.
 */
public class ModelOpenBenchmark extends KernelBenchmark {
    private static final int DIM = 64;

    /** Rows of the table. */
    @Param({"1048576", "4294967296"})
    long rows;

    private final float[] dense = new float[13];
    private final long[] lastRow = new long[1];
    private Path home;

    /**
     * Writes the model.
     *
     * @throws IOException if it cannot be written
     */
    @Setup(Level.Trial)
    public void setUp() throws IOException {
        home = Files.createTempDirectory("dlrm4j-open");
        lastRow[0] = rows - 1;
        final ModelConfig config = ModelConfig.of(dense.length, new long[]{rows}, DIM,
                Dlrm.of(new int[]{dense.length, 512, 256, DIM}, new int[]{DIM + 1, 512, 256, 1}));
        try (Network network = Network.createWithEmptyTables(config, new NumpyRandom(1),
                TableStorage.files(home, Allocation.SPARSE), RowFormat.F32);
                ModelWriter writer = ModelDirectory.write(model())) {
            final Map<String, Object> manifest = new LinkedHashMap<>();
            ModelFiles.write(writer, network, null, manifest);
            writer.commit(manifest);
        }
    }

    private Path model() {
        return home.resolve("model");
    }

    /** Opens the model and closes it. */
    @Benchmark
    public void open() {
        Model.open(model()).close();
    }

    /**
     * Opens the model, scores one request, and closes it.
     *
     * @return the probability
     */
    @Benchmark
    public float openAndScore() {
        try (Model model = Model.open(model()); Scorer scorer = model.scorer(1)) {
            return scorer.score(dense, lastRow);
        }
    }

    /**
     * Removes the model.
     *
     * @throws IOException if it cannot be removed
     */
    @TearDown(Level.Trial)
    public void tearDown() throws IOException {
        TemporaryFiles.delete(home);
    }
}
