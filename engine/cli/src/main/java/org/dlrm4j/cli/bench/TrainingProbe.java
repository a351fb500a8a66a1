package org.dlrm4j.cli.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.HdrHistogram.Histogram;
import org.dlrm4j.cli.ThreadOptions;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.kernels.WeightFormat;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.TablePlacement;
import org.dlrm4j.model.TableStorage;
import org.dlrm4j.os.NativeMemory;
import org.dlrm4j.os.ThreadPin;
import org.dlrm4j.preset.Workload;
import org.dlrm4j.store.EmbeddingTable;
import org.dlrm4j.train.GroupSettings;
import org.dlrm4j.train.Optimizer;
import org.dlrm4j.train.OptimizerSettings;
import org.dlrm4j.train.TrainingStep;
import org.dlrm4j.train.WorkerPool;

/** Finds out what a training step takes by setting one up. */
final class TrainingProbe {
    /** Far beyond the caches, and filled within seconds. */
    private static final long MAX_TABLE_BYTES = 2L << 30;
    private static final double MEMORY_SHARE = 0.5;
    private static final int SEED = 123;
    private static final float LEARNING_RATE = 1e-4f;

    private final Workload workload;
    private final RowFormat format;
    private final OptimizerSettings settings;
    private final int batchSize;
    private final ThreadOptions threads;

    /** What was measured, with tables of which size. */
    record Speed(double samplesPerSecond, long tableBytes) {}

    TrainingProbe(Workload workload, RowFormat format, OptimizerSettings settings, int batchSize,
            ThreadOptions threads) {
        this.workload = workload;
        this.format = format;
        this.settings = settings;
        this.batchSize = batchSize;
        this.threads = threads;
    }

    /** Returns the memory of all but tables and their state. These are made in sparse files, of which nothing is touched. */
    long workspaceBytes() throws IOException {
        final Path directory = Files.createTempDirectory("dlrm4j-estimate");
        final long before = NativeMemory.mappedBytes();
        try (WorkerPool pool = threads.start();
                Network network = Network.createWithEmptyTables(workload.config(), new NumpyRandom(SEED),
                        TableStorage.files(directory, EmbeddingTable.Allocation.SPARSE), format);
                Optimizer optimizer = new Optimizer(untouched(), network, pool.threads());
                TrainingStep _ = new TrainingStep(network, optimizer, batchSize, pool);
                Batch _ = new Batch(batchSize, workload.config().denseFeatures(), workload.config().sparseFeatures())) {
            return NativeMemory.mappedBytes() - before;
        } finally {
            Files.delete(directory);
        }
    }

    /** The settings without what is written to all of a state before the first step. */
    private OptimizerSettings untouched() {
        return new OptimizerSettings(settings.dense(), untouched(settings.embedding()), untouched(settings.wide()),
                settings.maxGradientNorm());
    }

    private static GroupSettings untouched(GroupSettings group) {
        return group.initialAccumulator() > 0 ? group.withInitialAccumulator(0) : group;
    }

    /** Trains on made-up samples, tables scaled to what fits. */
    Speed measure(double seconds, OptionalLong availableBytes) {
        final long room = (long) (MEMORY_SHARE * availableBytes.orElse(MAX_TABLE_BYTES));
        final Workload scaled = workload.scaledTo(Math.min(room / 3, MAX_TABLE_BYTES));
        final ModelConfig config = scaled.config();
        final Histogram nanos = Measurement.histogram();
        try (WorkerPool pool = threads.start();
                ThreadPin _ = pool.pinCaller();
                Network network = new TableMemory(null, availableBytes).create(scaled, format, WeightFormat.F32, SEED,
                        TablePlacement.DEFAULT,
                        pool);
                SampleLibrary library = SampleLibrary.create(scaled, batchSize, SEED);
                Batch batch = new Batch(batchSize, config.denseFeatures(), config.sparseFeatures());
                Optimizer optimizer = new Optimizer(settings, network, pool.threads());
                TrainingStep step = new TrainingStep(network, optimizer, batchSize, pool)) {
            final double spent = new RunTime(0.5 * seconds, seconds, Long.MAX_VALUE).repeat(
                    number -> library.read(number * batchSize, batchSize, batch),
                    number -> step.run(batch, LEARNING_RATE, "step " + number), nanos, () -> false);
            return new Speed(nanos.getTotalCount() * batchSize / spent, config.tableBytes(format));
        }
    }
}
