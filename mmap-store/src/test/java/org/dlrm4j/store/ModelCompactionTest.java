package org.dlrm4j.store;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What compaction copies, what it shares, and what it leaves out. */
class ModelCompactionTest {
    @TempDir
    Path temp;
    private Path model;

    @BeforeEach
    void name() {
        model = temp.resolve("m");
    }

    /** Commits a generation of sparse tables, each with its rows 0 and last written. */
    private void writeTables(long rows, int dim, String... names) {
        try (ModelWriter writer = ModelDirectory.write(model)) {
            for (String name : names) {
                try (EmbeddingTable table = EmbeddingTable.create(writer.path(name), name, rows, dim,
                        EmbeddingTable.Allocation.SPARSE)) {
                    table.segment().set(JAVA_FLOAT, table.rowOffset(0), 1);
                    table.segment().set(JAVA_FLOAT, table.rowOffset(rows - 1), 2);
                    table.seal();
                }
            }
            Safetensors.write(writer.path("dense"), Map.of(), Map.of());
            writer.commit(Map.of());
        }
    }

    /** Commits a delta with the given rows of a table of zeros, all their elements being {@code value}. */
    private void writeDelta(String name, long rows, int dim, float value, long... changed) throws IOException {
        final ModelDirectory state = ModelDirectory.open(model);
        final Path scratch = temp.resolve("scratch");
        try (DeltaWriter writer = ModelDirectory.writeDelta(model, state.generation(), state.deltas());
                EmbeddingTable table = EmbeddingTable.create(scratch, name, rows, dim,
                        EmbeddingTable.Allocation.SPARSE);
                ChangedRows marks = new ChangedRows(rows);
                Arena arena = Arena.ofConfined()) {
            for (long row : changed) {
                for (int d = 0; d < dim; d++) {
                    table.segment().set(JAVA_FLOAT, table.rowOffset(row) + 4L * d, value);
                }
            }
            final MemorySegment indices = arena.allocateFrom(JAVA_LONG, changed);
            marks.mark(indices, 0, changed.length);
            writer.writeRows(name, table, marks);
            writer.commit(Map.of());
        } finally {
            Files.deleteIfExists(scratch);
        }
    }

    private static Object inode(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }

    @Test
    void aTebibyteStaysSparse() throws IOException {
        final long rows = 1L << 28;
        writeTables(rows, 1024, "huge", "other");
        writeDelta("huge", rows, 1024, 3, 0, 1 << 27);
        writeDelta("huge", rows, 1024, 4, 1, 1 << 27, rows - 2);
        assertEquals(2, ModelDirectory.compact(model, 2));
        final ModelDirectory state = ModelDirectory.open(model);
        state.verify();
        assertEquals(0, state.deltas());
        for (String name : new String[]{"huge", "other"}) {
            // Each has 4 MiB of checksums; rows come in blocks of 1 MiB.
            final long bytes = SparseTableTest.allocatedBytes(state.path(name));
            assertTrue(bytes < 16 << 20, name + ": " + bytes + " bytes");
        }
        final Map<Long, Float> expected = Map.of(0L, 3f, 1L, 4f, 2L, 0f, 1L << 27, 4f, (1L << 27) + 1, 0f, rows - 2, 4f,
                rows - 1, 2f);
        try (EmbeddingTable table = EmbeddingTable.openReadOnly(state.path("huge"))) {
            expected.forEach((row, value) -> assertEquals(value,
                    table.segment().get(JAVA_FLOAT, table.rowOffset(row)), "row " + row));
        }
    }

    @Test
    void everyRowIsThatOfTheLastDeltaWhateverBlocksItLiesIn() throws IOException {
        final long seed = Long.getLong("dlrm4j.test.seed", System.nanoTime());
        final Random random = new Random(seed);
        // Rows of 192 and 2,112 bytes cross the ends of blocks, rows of 4 share cache lines.
        for (int dim : new int[]{1, 16, 48, 513, 300_000}) {
            final long rows = Math.max(8, 3_000_000 / (4 * dim)) + random.nextInt(3);
            model = temp.resolve("m" + dim);
            writeTables(rows, dim, "t");
            final TreeMap<Long, Float> expected = new TreeMap<>(Map.of(0L, 1f, rows - 1, 2f));
            for (int delta = 1; delta <= 4; delta++) {
                final float value = 10 * delta;
                final long[] changed = random.longs(1 + random.nextInt(200), 0, rows).toArray();
                writeDelta("t", rows, dim, value, changed);
                for (long row : changed) {
                    expected.put(row, value);
                }
            }
            final ModelDirectory before = ModelDirectory.open(model);
            try (EmbeddingTable live = EmbeddingTable.openCopyOnWrite(before.path("t"))) {
                before.applyDeltas("t", live);
                ModelDirectory.compact(model, 1);
                final ModelDirectory after = ModelDirectory.open(model);
                after.verify();
                try (EmbeddingTable compacted = EmbeddingTable.openReadOnly(after.path("t"))) {
                    final long bytes = rows * live.rowStrideBytes();
                    assertEquals(-1, MemorySegment.mismatch(live.segment(), live.dataOffset(),
                            live.dataOffset() + bytes, compacted.segment(), compacted.dataOffset(),
                            compacted.dataOffset() + bytes), "seed " + seed + ", dim " + dim);
                    expected.forEach((row, value) -> assertEquals(value,
                            compacted.segment().get(JAVA_FLOAT, compacted.rowOffset(row)),
                            "seed " + seed + ", dim " + dim + ", row " + row));
                }
            }
        }
    }

    @Test
    void whatIsKeptSharesNothing() throws IOException {
        writeTables(5000, 16, "changed", "same");
        writeDelta("changed", 5000, 16, 3, 7);
        assertEquals(2, ModelDirectory.compact(model, 2));
        for (String name : new String[]{"changed", "same", "dense"}) {
            final Path kept = model.resolve("g000001").resolve(name);
            final Path compacted = model.resolve("g000002").resolve(name);
            assertNotEquals(inode(kept), inode(compacted), name);
            assertEquals(name.equals("changed"), Files.mismatch(kept, compacted) >= 0, name);
        }
        // Damage of the new one leaves the old one to fall back to.
        final Path damaged = model.resolve("g000002").resolve("same");
        final byte[] bytes = Files.readAllBytes(damaged);
        bytes[bytes.length / 2] ^= 1;
        Files.write(damaged, bytes);
        assertThrows(ModelFormatException.class, ModelDirectory.open(model)::verify);
        assertEquals(1L, ModelDirectory.<Long>loadNewestGood(model, state -> {
            state.verify();
            return state.generation();
        }, damage -> {}));
    }

    @Test
    void whatGoesIsTakenOver() throws IOException {
        writeTables(5000, 16, "changed", "same");
        writeDelta("changed", 5000, 16, 3, 7);
        final Object table = inode(model.resolve("g000001").resolve("same"));
        final Object dense = inode(model.resolve("g000001").resolve("dense"));
        assertEquals(2, ModelDirectory.compact(model, 1));
        assertEquals(table, inode(model.resolve("g000002").resolve("same")));
        assertEquals(dense, inode(model.resolve("g000002").resolve("dense")));
        ModelDirectory.open(model).verify();
    }
}
