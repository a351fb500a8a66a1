package org.dlrm4j.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.model.LogisticRegression;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.ModelFiles;
import org.dlrm4j.model.Network;
import org.dlrm4j.store.ChangedRows;
import org.dlrm4j.store.DeltaWriter;
import org.dlrm4j.store.EmbeddingTable;
import org.dlrm4j.store.ModelDirectory;
import org.dlrm4j.store.ModelWriter;

/**
 * Writes versions of a model, by checkpoints and deltas, whose scores tell which one they are. Version v scores
 * {@code sigmoid(v % 16 / 4)}, by weights and a bias that only fit each other.
 */
final class Versions {
    static final int ROWS = 3000;
    private static final ModelConfig CONFIG = ModelConfig.of(1, new long[]{ROWS, ROWS}, 1, new LogisticRegression());

    private final Path directory;
    private final int keep;
    private int written;

    Versions(Path directory, int keep) {
        this.directory = directory;
        this.keep = keep;
    }

    static Network network() {
        return Network.create(CONFIG, new NumpyRandom(1));
    }

    int written() {
        return written;
    }

    void writeNext(Network network, boolean asDelta) {
        write(network, written + 1, asDelta);
    }

    void write(Network network, int version, boolean asDelta) {
        written = version;
        set(network, version);
        if (!asDelta) {
            try (ModelWriter writer = ModelDirectory.write(directory, keep)) {
                final Map<String, Object> manifest = new LinkedHashMap<>();
                ModelFiles.write(writer, network, null, manifest);
                manifest.put("version", (long) version);
                writer.commit(manifest);
            }
            return;
        }
        final ModelDirectory state = ModelDirectory.open(directory);
        try (ChangedRows all = new ChangedRows(ROWS);
                Arena arena = Arena.ofConfined();
                DeltaWriter writer = ModelDirectory.writeDelta(directory, state.generation(), state.deltas())) {
            final MemorySegment indices = arena.allocate(ValueLayout.JAVA_LONG, ROWS);
            for (int row = 0; row < ROWS; row++) {
                indices.setAtIndex(ValueLayout.JAVA_LONG, row, row);
            }
            all.mark(indices, 0, ROWS);
            ModelFiles.writeDense(writer.path(ModelFiles.DENSE_FILE), network);
            for (EmbeddingTable table : network.tables()) {
                writer.writeRows(ModelFiles.tableFile(table.name()), table, all);
            }
            writer.commit(Map.of("version", (long) version));
        }
    }

    private static void set(Network network, int version) {
        for (EmbeddingTable table : network.tables()) {
            for (long row = 0; row < ROWS; row++) {
                table.segment().set(ValueLayout.JAVA_FLOAT, table.rowOffset(row), version);
            }
        }
        network.parameters().forEach(parameter -> parameter.values().fill((byte) 0));
        network.parameters().stream().filter(parameter -> parameter.name().equals("linear.bias")).findFirst()
                .orElseThrow().values().set(ValueLayout.JAVA_FLOAT, 0, -2f * version + version % 16 / 4f);
    }

    static long of(ModelDirectory state) {
        return (Long) state.manifest().get("version");
    }

    static long of(Model model) {
        return of(model.directory());
    }

    static void assertScores(Scorer scorer, long version, Random random) {
        final float score = scorer.score(new float[]{random.nextFloat()},
                new long[]{random.nextInt(ROWS), random.nextInt(ROWS)});
        assertEquals(1 / (1 + Math.exp(-(version % 16 / 4d))), score, 1e-6, "version " + version);
    }
}
