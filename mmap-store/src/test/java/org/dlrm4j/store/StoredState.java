package org.dlrm4j.store;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.dlrm4j.store.EmbeddingTable.Allocation;

/**
 * A model's state, and the ways to store it: a table whose rows deltas change, a table that stays as it is, and two files that deltas
 * replace. States with the same number of steps are the same.
 */
record StoredState(long steps, int dim, float[] items, float[] fixed) {
    private static final String ITEMS = "items";
    private static final String FIXED = "fixed";
    private static final String DENSE = "dense.safetensors";
    private static final String NOTE = "note.txt";

    static StoredState random(int rows, int dim, Random random) {
        StoredState state = new StoredState(0, dim, new float[rows * dim], new float[37 * dim]);
        for (int i = 0; i < state.fixed.length; i++) {
            state.fixed[i] = random.nextFloat();
        }
        return state;
    }

    /** Returns the next state, in which some rows have new values. */
    StoredState next(long[] changedRows, Random random) {
        float[] changed = items.clone();
        for (long row : changedRows) {
            for (int d = 0; d < dim; d++) {
                changed[(int) row * dim + d] = random.nextFloat();
            }
        }
        return new StoredState(steps + 1, dim, changed, fixed);
    }

    /** Writes a generation; the table of items through a mapping, or by calls. */
    void checkpoint(Path model, int keep, boolean mapped, Allocation allocation) throws IOException {
        try (ModelWriter writer = ModelDirectory.write(model, keep)) {
            if (mapped) {
                try (EmbeddingTable table = EmbeddingTable.create(writer.path(ITEMS), ITEMS, items.length / dim, dim,
                        allocation)) {
                    fill(table, items);
                    table.seal();
                }
            } else {
                writeTable(writer.path(ITEMS), ITEMS, items);
            }
            writeTable(writer.path(FIXED), FIXED, fixed);
            writeFiles(writer.path(DENSE), writer.path(NOTE));
            writer.commit(Map.of("steps", steps));
        }
    }

    /** Writes what {@link #next} changed as a delta. */
    void delta(Path model, long[] changedRows) throws IOException {
        ModelDirectory before = ModelDirectory.open(model);
        try (EmbeddingTable table = EmbeddingTable.anonymous(ITEMS, items.length / dim, dim);
                ChangedRows rows = new ChangedRows(items.length / dim);
                Arena arena = Arena.ofConfined();
                DeltaWriter writer = ModelDirectory.writeDelta(model, before.generation(), before.deltas())) {
            fill(table, items);
            rows.mark(arena.allocateFrom(JAVA_LONG, changedRows), 0, changedRows.length);
            writer.writeRows(ITEMS, table, rows);
            writeFiles(writer.path(DENSE), writer.path(NOTE));
            writer.commit(Map.of("steps", steps));
        }
    }

    private void writeTable(Path path, String name, float[] values) {
        try (EmbeddingTable table = EmbeddingTable.anonymous(name, values.length / dim, dim)) {
            fill(table, values);
            TableFiles.write(table, path);
        }
    }

    /** One is synced when it is written, the other when it is committed. */
    private void writeFiles(Path dense, Path note) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocateFrom(JAVA_FLOAT, steps, -steps);
            Safetensors.write(dense, Map.of("w", new Tensor(TensorType.F32, value, 2)), Map.of());
        }
        Files.writeString(note, "steps: " + steps + " ".repeat((int) (steps % 1000)));
    }

    private void fill(EmbeddingTable table, float[] values) {
        for (int row = 0; row < values.length / dim; row++) {
            MemorySegment.copy(values, row * dim, table.segment(), JAVA_FLOAT, table.rowOffset(row), dim);
        }
    }

    /** Returns how many steps the newest state has had. */
    static long steps(Path model) {
        return ModelDirectory.load(model, state -> (Long) state.manifest().get("steps"));
    }

    /** Reads all of the newest state and compares it with this one, bit by bit. */
    void requireStored(Path model, String what) {
        ModelDirectory.load(model, stored -> {
            stored.verify();
            assertEquals(steps, stored.manifest().get("steps"), what);
            try (EmbeddingTable table = EmbeddingTable.openCopyOnWrite(stored.path(ITEMS))) {
                stored.applyDeltas(ITEMS, table);
                requireRows(table, items, what + ", " + ITEMS);
            }
            try (EmbeddingTable table = EmbeddingTable.openReadOnly(stored.path(FIXED))) {
                requireRows(table, fixed, what + ", " + FIXED);
            }
            try (Safetensors dense = Safetensors.open(stored.newestPath(DENSE))) {
                assertArrayEquals(new float[]{steps, -steps}, dense.segment("w").toArray(JAVA_FLOAT), what);
                assertEquals("steps: " + steps, Files.readString(stored.newestPath(NOTE)).strip(), what);
            } catch (IOException e) {
                throw StoreException.reading(stored.path(NOTE), e);
            }
            return stored;
        });
    }

    private void requireRows(EmbeddingTable table, float[] values, String what) {
        assertEquals(values.length / dim, table.rows(), what);
        float[] row = new float[dim];
        for (int r = 0; r < table.rows(); r++) {
            MemorySegment.copy(table.segment(), JAVA_FLOAT, table.rowOffset(r), row, 0, dim);
            int at = r * dim;
            assertEquals(-1, Arrays.mismatch(row, 0, dim, values, at, at + dim), () -> what + ", row " + at / dim);
        }
    }
}
