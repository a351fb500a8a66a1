package org.dlrm4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.data.PlantedDataset;
import org.dlrm4j.data.PlantedSpec;
import org.dlrm4j.data.RenumberedSource;
import org.dlrm4j.data.SampleSource;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.model.DcnV2;
import org.dlrm4j.model.CrossStructure;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.TableStorage;
import org.dlrm4j.store.EmbeddingTable.Allocation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clicks are streamed into a table of more than 2^31 rows, and into one of those rows only that occur, with the same result. */
class PlantedTableTest {
    private static final PlantedSpec SPEC = PlantedSpec
            .parse("planted:rows=1500,first=3e9,held-out=300,dense=2,table-rows=6442450944-50,bag=2-1,zipf=0.8");

    @TempDir
    Path directory;

    @Test
    void tablesBeyondAnIntAreTrained() {
        try (PlantedDataset data = new PlantedDataset(SPEC)) {
            final Map<Long, Long> numbers = new HashMap<>();
            final Metrics.Summary small = train(8000, renumbered(data.train(), numbers),
                    renumbered(data.test(), numbers), 1);
            assertTrue(numbers.keySet().stream().anyMatch(row -> row > 1L << 32), "largest rows are among them");
            assertTrue(numbers.size() > 1500 && numbers.size() <= 8000, numbers.size() + " rows");
            assertTrue(small.logLoss() < small.constantLogLoss(), small.toString());
            assertEquals(small, train(SPEC.shape().tableRows()[0], data.train(), data.test(), 2));
        }
    }

    private Metrics.Summary train(long rows, SampleSource train, SampleSource test, int threads) {
        final ModelConfig config = ModelConfig.of(2, new long[]{rows, 50}, 16,
                new DcnV2(new int[0], 1, 0, CrossStructure.STACKED, new int[]{16}));
        final TrainerOptions options = TrainerOptions.once(100, OptimizerKind.ROW_WISE_ADAGRAD, 0.05f);
        final MetricsListener listener = new MetricsListener();
        try (WorkerPool pool = new WorkerPool(threads);
                Network network = Network.createWithEmptyTables(config, new NumpyRandom(1),
                        TableStorage.files(directory, Allocation.SPARSE), RowFormat.F32);
                Trainer trainer = new Trainer(network, train, test, options, pool)) {
            trainer.run(listener, null);
            return listener.last;
        }
    }

    private static final class MetricsListener implements TrainingListener {
        private Metrics.Summary last;

        @Override
        public void evaluated(TrainingPosition position, Metrics.Summary summary) {
            last = summary;
        }
    }

    /** Numbers the rows of the first feature in the order in which they come. */
    private static SampleSource renumbered(SampleSource source, Map<Long, Long> numbers) {
        return new RenumberedSource(source,
                (feature, row) -> feature == 0 ? numbers.computeIfAbsent(row, _ -> (long) numbers.size()) : row);
    }
}
