package org.dlrm4j.bench.report;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.StreamSource;
import org.dlrm4j.kernels.RowConversion;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.kernels.WeightFormat;
import org.dlrm4j.model.ForwardPass;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.OperatorKind;
import org.dlrm4j.model.ParameterGroup;
import org.dlrm4j.model.PassPhase;
import org.dlrm4j.model.TableSpec;
import org.dlrm4j.os.NativeMemory;
import org.dlrm4j.preset.Workload;
import org.dlrm4j.store.EmbeddingTable;

/**
 * Scores from tables in each row format, mapped from files as models are served: what smaller rows save. Training needs f32.
 */
final class FormatRunner {
    private static final int BATCHES = 64;
    private static final int MIN_PASSES = 12;
    private static final int MAX_PASSES = 1 << 14;
    private static final int BLOCK_ROWS = 1 << 12;
    /** Each format has kernels of its own, which are new to the compiler. */
    private static final int PATIENCE = 4;

    private static final double QUANTILE = 0.1;

    private final Path directory;
    private final int samples;
    private final long budgetNanos;

    /**
     * Makes a runner.
     *
     * @param directory where tables are put while they are needed
     * @param samples samples of a pass
     * @param budgetNanos time of the passes that are measured; {@value #PATIENCE} times as long, passes before them may get no
     *     faster
     */
    FormatRunner(Path directory, int samples, long budgetNanos) {
        this.directory = directory;
        this.samples = samples;
        this.budgetNanos = budgetNanos;
    }

    /**
     * What a format costs.
     *
     * @param format the format of embeddings
     * @param rowBytes bytes of a row
     * @param tableBytes bytes of all tables
     * @param lookupMicros time of a sample's lookups, one thread
     * @param otherMicros time of the rest of a sample's forward pass
     */
    record FormatTime(RowFormat format, int rowBytes, long tableBytes, double lookupMicros, double otherMicros) {}

    /** Runs the formats that have rows of the model's width; none if it has no embeddings. */
    List<FormatTime> run(Workload workload) throws IOException {
        final List<FormatTime> times = new ArrayList<>();
        if (!workload.config().architecture().hasEmbeddings()) {
            return times;
        }
        final List<Batch> batches = new ArrayList<>();
        try (StreamSource source = workload.source((long) BATCHES * samples, 7)) {
            for (int b = 0; b < BATCHES; b++) {
                batches.add(new Batch(samples, source.denseFeatures(), source.sparseFeatures()));
                source.read((long) b * samples, samples, batches.getLast());
            }
            for (RowFormat format : RowFormat.values()) {
                if (format != RowFormat.I4 || workload.config().dim() % 2 == 0) {
                    times.add(run(workload.config(), format, batches));
                }
            }
        } finally {
            batches.forEach(Batch::close);
        }
        return times;
    }

    private FormatTime run(ModelConfig config, RowFormat format, List<Batch> batches) throws IOException {
        final Path files = Files.createDirectories(directory.resolve("tables-" + format));
        try (Network network = new Network(config, tables(config, format, files), WeightFormat.F32);
                ForwardPass pass = new ForwardPass(network, samples, 1)) {
            batches.forEach(network::derive);
            final StepClock clock = new StepClock(1, network.operators().size());
            pass.observe(clock);
            final Batch one = batches.getFirst();
            WarmUp.run(() -> pass.run(one, 0, 0, samples, 0), PATIENCE * budgetNanos);
            final double[] lookups = new double[MAX_PASSES];
            final double[] others = new double[MAX_PASSES];
            int passes = 0;
            final long stop = System.nanoTime() + budgetNanos;
            while (passes < MIN_PASSES || passes < MAX_PASSES && System.nanoTime() < stop) {
                clock.reset();
                pass.run(batches.get(passes % BATCHES), 0, 0, samples, 0);
                for (int i = 0; i < network.operators().size(); i++) {
                    final double micros = clock.nanos(PassPhase.FORWARD, i) * 1e-3 / samples;
                    if (network.operators().get(i).kind() == OperatorKind.LOOKUP) {
                        lookups[passes] += micros;
                    } else {
                        others[passes] += micros;
                    }
                }
                passes++;
            }
            return new FormatTime(format, format.rowBytes(config.dim()),
                    network.tables().stream().mapToLong(t -> t.rows() * t.rowStrideBytes()).sum(),
                    fast(lookups, passes), fast(others, passes));
        } finally {
            delete(files);
        }
    }

    private static double fast(double[] times, int count) {
        Arrays.sort(times, 0, count);
        return times[(int) (QUANTILE * count)];
    }

    private static List<EmbeddingTable> tables(ModelConfig config, RowFormat format, Path files) {
        final List<EmbeddingTable> tables = new ArrayList<>();
        try {
            for (TableSpec spec : config.tables()) {
                final RowFormat own = spec.group() == ParameterGroup.EMBEDDING ? format : RowFormat.F32;
                tables.add(EmbeddingTable.create(files.resolve(spec.name()), spec.name(), spec.rows(), spec.dim(), own,
                        EmbeddingTable.Allocation.PREALLOCATED));
                fill(tables.getLast());
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            tables.forEach(EmbeddingTable::close);
            throw e;
        }
        return tables;
    }

    /** Times do not depend on the numbers: one block of rows is written over and over. */
    private static void fill(EmbeddingTable table) {
        final long rowBytes = (long) table.dim() * Float.BYTES;
        try (NativeMemory block = NativeMemory.allocate(BLOCK_ROWS * rowBytes)) {
            final MemorySegment floats = block.segment();
            for (long i = 0; i < (long) BLOCK_ROWS * table.dim(); i++) {
                floats.setAtIndex(ValueLayout.JAVA_FLOAT, i, 0.001f * (i % 1009));
            }
            for (long row = 0; row < table.rows(); row += BLOCK_ROWS) {
                RowConversion.encode(table.name(), table.rowFormat(), row, Math.min(BLOCK_ROWS, table.rows() - row),
                        table.dim(), floats, 0, rowBytes, table.segment(), table.rowOffset(row),
                        table.rowStrideBytes());
            }
        }
    }

    private static void delete(Path files) throws IOException {
        try (Stream<Path> all = Files.list(files)) {
            for (Path file : all.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(files);
    }
}
