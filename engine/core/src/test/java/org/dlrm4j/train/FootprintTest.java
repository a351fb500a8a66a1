package org.dlrm4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.kernels.WeightFormat;
import org.dlrm4j.model.Dlrm;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.ModelFiles;
import org.dlrm4j.model.ModelQuantizer;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.TableStorage;
import org.dlrm4j.model.WideDeep;
import org.dlrm4j.store.EmbeddingTable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FootprintTest {
    private static final List<ModelConfig> CONFIGS = List.of(
            ModelConfig.of(4, new long[]{3, 200, 40_000}, 16, Dlrm.of(new int[]{4, 20, 16}, new int[]{40, 1})),
            ModelConfig.of(4, new long[]{3000, 50_000}, 8, new WideDeep(new int[]{8}, true, List.of())));

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(OptimizerKind.class)
    void isWhatIsAllocatedAndWritten(OptimizerKind kind) throws IOException {
        final OptimizerSettings settings = OptimizerSettings.of(kind);
        for (ModelConfig config : CONFIGS) {
            for (RowFormat format : List.of(RowFormat.F32, RowFormat.BF16)) {
                isWhatIsAllocatedAndWritten(config, settings, format);
            }
        }
    }

    private void isWhatIsAllocatedAndWritten(ModelConfig config, OptimizerSettings settings, RowFormat format)
            throws IOException {
        final Footprint footprint = Footprint.of(config, settings, format);
        try (Network network = Network.create(config, new NumpyRandom(1), TableStorage.anonymous(), format);
                Optimizer optimizer = new Optimizer(settings, network, 1)) {
            assertEquals(bytes(network.tables()), footprint.tableBytes());
            assertEquals(bytes(optimizer.tableStates()), footprint.tableStateBytes());
            assertEquals(network.parameters().stream().mapToLong(p -> p.count() * Float.BYTES).sum(),
                    footprint.parameterBytes());
            assertEquals(optimizer.parameterStates().values().stream().mapToLong(t -> t.segment().byteSize()).sum(),
                    footprint.parameterStateBytes());
            final Path model = directory.resolve(config.architecture().name() + "-" + format);
            Checkpoint.write(model, network, null, optimizer, new TrainingPosition(0, 0, 0, 0, 0), Map.of());
            final int files = network.tables().size() + optimizer.tableStates().size() + 3;
            assertEquals(footprint.checkpointBytes(), written(model), files * (2L << 20) + (1 << 20));
        }
    }

    private static long bytes(List<EmbeddingTable> tables) {
        return tables.stream().mapToLong(table -> table.rows() * table.rowStrideBytes()).sum();
    }

    private static long written(Path model) throws IOException {
        try (Stream<Path> files = Files.walk(model)) {
            return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
        }
    }

    @ParameterizedTest
    @EnumSource(value = RowFormat.class, names = "F32", mode = EnumSource.Mode.EXCLUDE)
    void compactTablesAreWhatQuantizingMakes(RowFormat format) {
        for (ModelConfig config : CONFIGS) {
            final Path model = directory.resolve(config.architecture().name());
            final Path compact = directory.resolve("compact-" + config.architecture().name());
            try (Network network = Network.create(config, new NumpyRandom(1));
                    Optimizer optimizer = new Optimizer(OptimizerKind.SGD, network, 1)) {
                Checkpoint.write(model, network, null, optimizer, new TrainingPosition(0, 0, 0, 0, 0), Map.of());
            }
            final ModelFiles.Loaded loaded = ModelFiles.open(model);
            try (Network _ = loaded.network()) {
                ModelQuantizer.quantize(loaded, format, WeightFormat.F32, compact, done -> {});
            }
            try (Network network = ModelFiles.open(compact).network()) {
                assertEquals(bytes(network.tables()), config.tableBytes(format));
            }
        }
    }
}
