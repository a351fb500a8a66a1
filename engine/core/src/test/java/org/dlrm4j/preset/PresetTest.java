package org.dlrm4j.preset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.data.StreamSource;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.TableStorage;
import org.dlrm4j.store.EmbeddingTable;
import org.dlrm4j.train.WorkerPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Presets against the sizes that their authors publish. */
class PresetTest {
    /** Rows and parameters as the papers, the rules and the scripts give them. */
    @ParameterizedTest
    @CsvSource({"benchmark, 8000000, 64, 404", "kaggle, 33762577, 16, 26", "terabyte, 49110000, 64, 26",
            "mlperf, 187767399, 128, 26", "dlrm-dcnv2, 204184588, 128, 214", "rmc1, 32000000, 32, 640",
            "rmc2, 16000000, 64, 3840", "rmc3, 20000000, 32, 200", "wide-deep, 27000000, 32, 27"})
    void sizesArePublishedOnes(String name, long rows, int dim, double lookups) {
        final Workload workload = Preset.named(name).workload();
        // Of Terabyte with 10 million rows a table only 49.1 million rows are published.
        assertEquals(rows, workload.rows(), name.equals("terabyte") ? 50_000 : 0);
        assertEquals(dim, workload.config().dim());
        assertEquals(lookups, workload.lookupsPerSample());
    }

    @ParameterizedTest
    @CsvSource({"kaggle, 476000", "terabyte, 762000", "mlperf, 2370000"})
    void layersArePublishedOnes(String name, long parameters) {
        assertEquals(parameters, Preset.named(name).workload().config().denseParameters(), 0.001 * parameters);
    }

    @Test
    void crossAndOverLayersOfDcnV2ArePublishedOnes() {
        // 10.63 million in the cross network, 5.25 million over it, the bottom MLP.
        final long bottom = 14 * 512 + 513 * 256 + 257 * 128;
        assertEquals(10.63e6 + 5.25e6 + bottom, Preset.named("dlrm-dcnv2").workload().config().denseParameters(), 1e4);
    }

    @Test
    void unknownNamesAreRefusedWithTheNames() {
        final String message = assertThrows(IllegalArgumentException.class, () -> Preset.named("rmc4")).getMessage();
        assertEquals("'rmc4' is none of benchmark, kaggle, terabyte, mlperf, dlrm-dcnv2, rmc1, rmc2, rmc3, wide-deep",
                message);
    }

    @ParameterizedTest
    @CsvSource({"kaggle, 100000000", "mlperf, 1000000000", "dlrm-dcnv2, 5000000000", "wide-deep, 100000000"})
    void scaledTablesFillTheMemoryAndSmallOnesStay(String name, long bytes) {
        final Workload full = Preset.named(name).workload();
        final Workload scaled = full.scaledTo(bytes);
        final long used = scaled.config().tableBytes();
        assertTrue(used <= bytes && used > 0.999 * bytes, used + " of " + bytes);
        for (int f = 0; f < full.config().sparseFeatures(); f++) {
            final long before = full.config().rows()[f];
            final long after = scaled.config().rows()[f];
            assertTrue(before <= Workload.MIN_SCALED_ROWS
                    ? after == before
                    : after >= Workload.MIN_SCALED_ROWS && after <= before, before + " " + after);
        }
        assertSame(full, full.scaledTo(full.config().tableBytes()));
    }

    @Test
    void memoryThatIsTooSmallIsNamed() {
        final String message = assertThrows(IllegalArgumentException.class,
                () -> Preset.named("mlperf").workload().scaledTo(1000)).getMessage();
        assertTrue(message.contains("but only 1000 are available; free memory, or put the tables into files"),
                message);
    }

    @Test
    void bagsHaveTheirSizes() {
        final Workload workload = Preset.named("dlrm-dcnv2").workload();
        try (StreamSource source = workload.source(5, 1); Batch batch = new Batch(5, 13, 26)) {
            source.read(0, 5, batch);
            for (int f = 0; f < 26; f++) {
                assertEquals(5 * workload.bagRows()[f], batch.indexCount(f));
            }
        }
        final ModelConfig config = workload.config();
        final String message = assertThrows(IllegalArgumentException.class,
                () -> new Workload(config, new int[]{1, 2}, true)).getMessage();
        assertTrue(message.contains("bags of [1, 2] rows, expected a number of 1 or more for each of 26"), message);
    }

    @Test
    void tablesAreFilledAlikeByAnyNumberOfThreads() {
        final ModelConfig config = Preset.named("kaggle").workload().withRows(rows -> Math.min(rows, 40_000)).config();
        try (Network one = Network.createWithEmptyTables(config, new NumpyRandom(1), TableStorage.anonymous(),
                RowFormat.F32);
                Network three = Network.createWithEmptyTables(config, new NumpyRandom(1), TableStorage.anonymous(),
                        RowFormat.F32);
                WorkerPool pool1 = new WorkerPool(1);
                WorkerPool pool3 = new WorkerPool(3)) {
            assertEquals(0f, one.tables().getFirst().segment().get(ValueLayout.JAVA_FLOAT, 0));
            RandomTables.fill(one, 7, pool1);
            RandomTables.fill(three, 7, pool3);
            for (int t = 0; t < config.tables().size(); t++) {
                final EmbeddingTable table = one.tables().get(t);
                assertEquals(-1, table.segment().mismatch(three.tables().get(t).segment()));
                requireUniform(table, Math.sqrt(1.0 / table.rows()));
            }
        }
    }

    private static void requireUniform(EmbeddingTable table, double bound) {
        double sum = 0;
        double squares = 0;
        for (long row = 0; row < table.rows(); row++) {
            for (int i = 0; i < table.dim(); i++) {
                final double value = table.segment().get(ValueLayout.JAVA_FLOAT,
                        table.rowOffset(row) + 4L * i) / bound;
                assertTrue(value >= -1 && value <= 1);
                sum += value;
                squares += value * value;
            }
        }
        final double count = (double) table.rows() * table.dim();
        // Of uniform numbers in [-1, 1): deviations of the means in standard errors.
        assertTrue(Math.abs(sum / count) < 5 * Math.sqrt(1.0 / 3 / count), "mean");
        assertTrue(Math.abs(squares / count - 1.0 / 3) < 5 * Math.sqrt(4.0 / 45 / count), "variance");
    }
}
