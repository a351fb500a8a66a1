package org.dlrm4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.model.Dlrm;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.ModelFiles;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.TableStorage;
import org.dlrm4j.os.MappedFile;
import org.dlrm4j.serve.Model;
import org.dlrm4j.serve.Scorer;
import org.dlrm4j.store.EmbeddingTable;
import org.dlrm4j.store.EmbeddingTable.Allocation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A table of a tebibyte and 2^32 rows is trained, checkpointed, opened and scored from, beside a table of the rows that are used:
 * both must come out the same, bit for bit.
 */
class TebibyteTableTest {
    private static final long ROWS = 1L << 32;
    private static final int DIM = 64;
    private static final long[] USED = {0, 1, Integer.MAX_VALUE, 1L << 31, (1L << 31) + 1, ROWS - 2, ROWS - 1};
    private static final int BATCH = 16;

    @TempDir
    Path directory;

    @Test
    void isTrainedAndScoredLikeTheRowsThatAreUsed() throws Exception {
        final long[] all = new long[USED.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = i;
        }
        final Path huge = directory.resolve("huge");
        final float[] expected = trainAndScore(directory.resolve("small"), all.length, all);
        assertArrayEquals(expected, trainAndScore(huge, ROWS, USED));
        try (var files = Files.walk(huge)) {
            for (Path file : files.filter(file -> file.toString().endsWith(".dlrm")).toList()) {
                assertTrue(allocatedBytes(file) < 32 << 20, file + " has " + allocatedBytes(file) + " bytes");
            }
        }
    }

    private float[] trainAndScore(Path model, long rows, long[] used) throws Exception {
        final ModelConfig config = ModelConfig.of(1, new long[]{rows}, DIM,
                Dlrm.of(new int[]{1, 32, DIM}, new int[]{DIM + 1, 8, 1}));
        final OptimizerSettings settings = OptimizerSettings.of(OptimizerKind.ROW_WISE_ADAGRAD);
        try (WorkerPool pool = new WorkerPool(2);
                Network network = Network.createWithEmptyTables(config, new NumpyRandom(1),
                        TableStorage.files(directory, Allocation.SPARSE), RowFormat.F32);
                Optimizer optimizer = new Optimizer(settings, network, pool.threads());
                TrainingStep step = new TrainingStep(network, optimizer, BATCH, pool);
                Batch batch = new Batch(BATCH, 1, 1)) {
            for (int i = 0; i < 3; i++) {
                fill(batch, used, i);
                step.run(batch, 0.1f, "step " + i);
            }
            Checkpoint.write(model, network, null, optimizer, new TrainingPosition(0, 3, 3, 0, 0), Map.of());
            final ModelFiles.Loaded loaded = ModelFiles.open(model);
            try (Network written = loaded.network()) {
                for (long row : used) {
                    assertArrayEquals(row(network, row), row(written, row));
                    assertFalse(Arrays.equals(row(written, row), new float[DIM]), "row " + row + " was not trained");
                }
            }
        }
        try (Model opened = Model.open(model); Scorer scorer = opened.scorer(BATCH)) {
            opened.prefault();
            opened.prefetchLookups();
            fill(scorer.batch(), used, 3);
            return scorer.score().toArray(ValueLayout.JAVA_FLOAT);
        }
    }

    private static float[] row(Network network, long row) {
        final EmbeddingTable table = network.tables().getFirst();
        return table.segment().asSlice(table.rowOffset(row), (long) DIM * Float.BYTES)
                .toArray(ValueLayout.JAVA_FLOAT);
    }

    private static void fill(Batch batch, long[] rows, int first) {
        batch.begin(BATCH);
        for (int i = 0; i < BATCH; i++) {
            batch.setTarget(i, i & 1);
            batch.setDense(i, 0, 0.25f * (1 + i % 4));
            batch.addIndex(0, rows[(first + i) % rows.length]);
            batch.endBag(0);
        }
    }

    private static long allocatedBytes(Path path) {
        long bytes = 0;
        try (MappedFile file = MappedFile.map(path, MappedFile.Access.READ_ONLY)) {
            final long end = file.segment().byteSize();
            for (long data = file.nextData(0); data < end;) {
                final long hole = file.nextHole(data);
                bytes += hole - data;
                data = hole == end ? end : file.nextData(hole);
            }
        }
        return bytes;
    }
}
