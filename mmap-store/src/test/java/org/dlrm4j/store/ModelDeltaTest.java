package org.dlrm4j.store;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.dlrm4j.os.ProcessState;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.os.MemoryPolicy;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Deltas bring a table to each state that it had; wrong ones are refused by name. */
class ModelDeltaTest {
    private static final long ROWS = 1000;

    @TempDir
    Path temp;
    private Path model;

    @BeforeEach
    void name() {
        model = temp.resolve("m");
    }

    /** Writes a generation and deltas; delta n writes n into rows n, 2n, 3n, … of a table and into a file. */
    static void write(Path model, int deltas) throws IOException {
        final long generation = ModelDirectoryTest.writeGeneration(model);
        for (int n = 1; n <= deltas; n++) {
            writeDelta(model, generation, n);
        }
    }

    static void writeDelta(Path model, long generation, long sequence) throws IOException {
        try (EmbeddingTable table = EmbeddingTable.anonymous("items", ROWS, 4);
                ChangedRows changed = new ChangedRows(ROWS);
                Arena arena = Arena.ofConfined();
                DeltaWriter writer = ModelDirectory.writeDelta(model, generation, sequence - 1)) {
            assertEquals(sequence, writer.sequence());
            final MemorySegment row = arena.allocate(JAVA_LONG);
            for (long r = 0; r < ROWS; r += sequence) {
                row.set(JAVA_LONG, 0, r);
                changed.mark(row, 0, 1);
                table.segment().set(JAVA_FLOAT, table.rowOffset(r), 1000f * generation + sequence);
            }
            writer.writeRows("items.table", table, changed);
            Files.writeString(writer.path("note.txt"), "delta " + sequence);
            writer.commit(Map.of("configuration", Map.of("steps", sequence)));
        }
    }

    /** Opens the newest state, checks that all its parts agree, and returns the number of its deltas. */
    static long read(ModelDirectory state) {
        state.verify();
        final long deltas = state.deltas();
        try (EmbeddingTable table = EmbeddingTable.openCopyOnWrite(state.path("items.table"))) {
            state.applyDeltas("items.table", table);
            table.makeReadOnly();
            for (long row = 0; row < ROWS; row++) {
                float expected = state.generation();
                for (long n = 1; n <= deltas; n++) {
                    expected = row % n == 0 ? 1000f * state.generation() + n : expected;
                }
                assertEquals(expected, table.segment().get(JAVA_FLOAT, table.rowOffset(row)), "row " + row);
            }
            if (deltas > 0) {
                assertEquals("delta " + deltas, Files.readString(state.newestPath("note.txt")));
                assertEquals(deltas, ((Map<?, ?>) state.manifest().get("configuration")).get("steps"));
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return deltas;
    }

    @Test
    void deltasBringEveryStateBack() throws IOException {
        write(model, 0);
        assertEquals(0, read(ModelDirectory.open(model)));
        final byte[] base = Files.readAllBytes(model.resolve("g000001/items.table"));
        for (int n = 1; n <= 5; n++) {
            writeDelta(model, 1, n);
            assertEquals(n, read(ModelDirectory.open(model)));
        }
        assertEquals(-1, java.util.Arrays.mismatch(base, Files.readAllBytes(model.resolve("g000001/items.table"))));
    }

    @Test
    void rowsAreAppliedToTablesOfTheirFormatOnly() {
        final Path rows = temp.resolve("rows");
        try (EmbeddingTable table = table(RowFormat.BF16);
                EmbeddingTable copy = table(RowFormat.BF16);
                EmbeddingTable floats = table(RowFormat.F32);
                EmbeddingTable bytes = table(RowFormat.I8);
                ChangedRows changed = new ChangedRows(ROWS);
                Arena arena = Arena.ofConfined()) {
            changed.mark(arena.allocateFrom(JAVA_LONG, 3, 5), 0, 2);
            for (long row = 0; row < ROWS; row++) {
                table.segment().asSlice(table.rowOffset(row), 8).fill((byte) row);
            }
            DeltaRows.write(rows, table, changed);
            try (DeltaRows stored = DeltaRows.open(rows, copy)) {
                stored.copyTo(copy);
            }
            for (long row = 0; row < ROWS; row++) {
                assertEquals(row == 3 || row == 5 ? (byte) row : 0,
                        copy.segment().get(JAVA_BYTE, copy.rowOffset(row) + 7), "row " + row);
            }
            assertTrue(assertThrows(ModelFormatException.class, () -> DeltaRows.open(rows, floats)).getMessage()
                    .contains("row format: found BF16, but table items has f32; deltas belong to the model"));
            assertTrue(assertThrows(ModelFormatException.class, () -> DeltaRows.open(rows, bytes)).getMessage()
                    .contains("row format: found BF16, but table items has i8; deltas belong to the model"));
            assertEquals(
                    "table items is in row format i8, expected f32 or bf16: only tables that are trained have deltas",
                    assertThrows(IllegalArgumentException.class,
                            () -> DeltaRows.write(temp.resolve("none"), bytes, changed)).getMessage());
        }
    }

    private static EmbeddingTable table(RowFormat format) {
        return EmbeddingTable.anonymous("items", ROWS, 4, format, MemoryPolicy.DEFAULT);
    }

    @Test
    void compactionKeepsTheState() throws IOException {
        write(model, 3);
        final ModelDirectory before = ModelDirectory.open(model);
        assertEquals(2, ModelDirectory.compact(model, 1));
        final ModelDirectory after = ModelDirectory.open(model);
        after.verify();
        assertEquals(0, after.deltas());
        assertEquals(before.manifest(), after.manifest());
        assertEquals("delta 3", Files.readString(after.path("note.txt")));
        try (EmbeddingTable table = EmbeddingTable.openReadOnly(after.path("items.table"))) {
            for (long row = 0; row < ROWS; row++) {
                assertEquals(row % 3 == 0 ? 1003f : row % 2 == 0 ? 1002f : 1001f,
                        table.segment().get(JAVA_FLOAT, table.rowOffset(row)));
            }
        }
        assertEquals(2, ModelDirectory.compact(model, 1), "nothing to do");
        try (Stream<Path> entries = Files.list(model)) {
            assertEquals(3, entries.count(), "expected .lock, one generation and model.json");
        }
    }

    @Test
    void damageIsNotCompacted() throws IOException {
        write(model, 1);
        flip(model.resolve("g000001/items.table"), 5000);
        assertTrue(assertThrows(ModelFormatException.class, () -> ModelDirectory.compact(model, 1)).getMessage()
                .contains("items.table: block 0"));
        assertTrue(Files.exists(model.resolve("d000001-000001")) && !Files.exists(model.resolve("g000002")));
    }

    @Test
    void aFileThatADeltaReplacesIsCheckedWithoutVerification() throws IOException {
        write(model, 2);
        final ModelDirectory state = ModelDirectory.open(model);
        final Path replaced = model.resolve("g000001/note.txt");
        flip(replaced, 0);
        assertTrue(assertThrows(ModelFormatException.class, () -> state.newestPath("note.txt")).getMessage()
                .startsWith(replaced + ": contents: found CRC32C"));
        flip(replaced, 0);
        flip(delta(2).resolve("note.txt"), 0);
        assertThrows(ModelFormatException.class, () -> state.newestPath("note.txt"));
        flip(delta(2).resolve("note.txt"), 0);
        assertEquals(delta(2).resolve("note.txt"), state.newestPath("note.txt"));
    }

    private static void flip(Path file, int at) throws IOException {
        final byte[] bytes = Files.readAllBytes(file);
        bytes[at] ^= 1;
        Files.write(file, bytes);
    }

    private Path delta(int sequence) {
        return ModelLayout.delta(model, 1, sequence);
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectory(to);
        for (Path file : ModelLayout.list(from)) {
            Files.copy(file, to.resolve(file.getFileName()));
        }
    }

    private void assertRefused(long good, String... parts) {
        final String message = assertThrows(ModelFormatException.class, () -> read(ModelDirectory.open(model)))
                .getMessage();
        for (String part : parts) {
            assertTrue(message.contains(part), message);
        }
        final List<ModelFormatException> damage = new ArrayList<>();
        final long deltas = ModelDirectory.loadNewestGood(model, ModelDeltaTest::read, damage::add);
        assertEquals(good, deltas);
        assertEquals(message, damage.getFirst().getMessage());
    }

    @Test
    void aMissingDeltaIsRefused() throws IOException {
        write(model, 3);
        ModelLayout.deleteTree(delta(2));
        assertRefused(1, delta(2) + ": delta: is missing", "deltas up to 3");
    }

    @Test
    void aRepeatedDeltaIsRefused() throws IOException {
        write(model, 2);
        copy(delta(2), delta(3));
        assertRefused(2, delta(3) + "/model.json: delta.sequence: found 2, expected 3", "repeated or reordered");
    }

    @Test
    void reorderedDeltasAreRefused() throws IOException {
        write(model, 3);
        Files.move(delta(1), temp.resolve("one"));
        Files.move(delta(2), delta(1));
        Files.move(temp.resolve("one"), delta(2));
        assertRefused(0, delta(1) + "/model.json: delta.sequence: found 2, expected 1");
    }

    @Test
    void aForeignDeltaIsRefused() throws IOException {
        write(model, 1);
        final Path other = temp.resolve("other");
        try (ModelWriter writer = ModelDirectory.write(other)) {
            Files.copy(model.resolve("g000001/items.table"), writer.path("items.table"));
            Files.writeString(writer.path("note.txt"), "another model");
            writer.commit(Map.of());
        }
        writeDelta(other, 1, 1);
        writeDelta(other, 1, 2);
        copy(ModelLayout.delta(other, 1, 2), delta(2));
        assertRefused(1, delta(2) + "/model.json: delta.predecessor: found", "another model or run");
    }

    @Test
    void aDamagedDeltaIsRefused() throws IOException {
        write(model, 3);
        final Path rows = delta(2).resolve("items.table.rows");
        flip(rows, (int) Files.size(rows) - 3);
        assertRefused(1, rows + ": contents: found CRC32C");
        flip(rows, (int) Files.size(rows) - 3);
        assertEquals(3, read(ModelDirectory.open(model)));
        Files.write(rows, java.util.Arrays.copyOf(Files.readAllBytes(rows), 100));
        assertRefused(1, rows + ": file length: found 100");
    }

    @Test
    void everyFlippedBitOfADeltasManifestIsNoticedOrHarmless() throws IOException {
        write(model, 1);
        final Path manifest = delta(1).resolve("model.json");
        final byte[] bytes = Files.readAllBytes(manifest);
        final Map<String, Object> content = ModelDirectory.open(model).manifest();
        int refused = 0;
        for (int bit = 0; bit < bytes.length * 8; bit++) {
            bytes[bit >> 3] ^= (byte) (1 << (bit & 7));
            Files.write(manifest, bytes);
            try {
                assertEquals(content, ModelDirectory.open(model).manifest());
            } catch (ModelFormatException e) {
                refused++;
            }
            bytes[bit >> 3] ^= (byte) (1 << (bit & 7));
        }
        assertTrue(refused > bytes.length * 4, "refused " + refused);
    }

    @Test
    void aWriterThatKnowsAnotherStateIsRefused() throws IOException {
        write(model, 2);
        assertTrue(assertThrows(StoreException.class, () -> ModelDirectory.writeDelta(model, 1, 1)).getMessage()
                .startsWith(
                        model + ": holds generation 1 with 2 deltas, but the next delta follows generation 1 with 1"));
        assertThrows(StoreException.class, () -> ModelDirectory.writeDelta(model, 2, 0));
        assertThrows(NoSuchModelException.class, () -> ModelDirectory.writeDelta(temp.resolve("none"), 1, 0));
        try (DeltaWriter writer = ModelDirectory.writeDelta(model, 1, 2)) {
            assertThrows(StoreException.class, () -> ModelDirectory.write(model));
            assertThrows(IllegalArgumentException.class, () -> writer.commit(Map.of("delta", 1L)));
            assertThrows(IllegalArgumentException.class, () -> writer.path("model.json"));
        }
        assertFalse(Files.exists(model.resolve("d000001-000003.tmp")));
        assertEquals(2, read(ModelDirectory.open(model)));
        Files.createDirectory(model.resolve("d000001-000003.tmp"));
        writeDelta(model, 1, 3);
        assertEquals(3, read(ModelDirectory.open(model)));
        ModelDirectoryTest.writeGeneration(model);
        try (Stream<Path> entries = Files.list(model)) {
            assertEquals(3, entries.count(), "expected .lock, one generation and model.json");
        }
    }

    @Test
    void rowsThatDoNotFitTheTableAreRefused() throws IOException {
        write(model, 0);
        try (EmbeddingTable wide = EmbeddingTable.anonymous("items", ROWS, 8);
                EmbeddingTable longer = EmbeddingTable.anonymous("items", 2 * ROWS, 4);
                EmbeddingTable table = EmbeddingTable.anonymous("items", ROWS, 4);
                ChangedRows rows = new ChangedRows(2 * ROWS);
                Arena arena = Arena.ofConfined()) {
            final MemorySegment row = arena.allocate(JAVA_LONG);
            row.set(JAVA_LONG, 0, ROWS);
            rows.mark(row, 0, 1);
            DeltaRows.write(temp.resolve("longer"), longer, rows);
            assertTrue(assertThrows(ModelFormatException.class, () -> DeltaRows.open(temp.resolve("longer"), table))
                    .getMessage()
                    .contains("longer: rows[0]: found 1000 after -1, expected ascending numbers below 1000"));
            DeltaRows.write(temp.resolve("wide"), wide, rowsOf(rows, row));
            assertTrue(assertThrows(ModelFormatException.class, () -> DeltaRows.open(temp.resolve("wide"), table))
                    .getMessage().contains("wide: values: found F32[1, 8], expected F32[1, 4]"));
        }
    }

    private static ChangedRows rowsOf(ChangedRows rows, MemorySegment row) {
        rows.clear();
        row.set(JAVA_LONG, 0, 7);
        rows.mark(row, 0, 1);
        return rows;
    }

    @Test
    void changedRowsAreThoseThatThreadsMarked() throws InterruptedException {
        final long seed = Long.getLong("dlrm4j.test.seed", 5);
        final Random random = new Random(seed);
        for (long rows : new long[]{1, 63, 64, 65, 1000, 100_001}) {
            final int count = 4000;
            try (ChangedRows changed = new ChangedRows(rows); Arena arena = Arena.ofShared()) {
                final MemorySegment indices = arena.allocate(JAVA_LONG, count);
                final BitSet expected = new BitSet();
                for (int i = 0; i < count; i++) {
                    final long row = random.nextLong(rows);
                    indices.setAtIndex(JAVA_LONG, i, row);
                    expected.set((int) row);
                }
                final List<Thread> threads = new ArrayList<>();
                for (int t = 0; t < 4; t++) {
                    final int from = count * t / 4;
                    threads.add(Thread.ofPlatform().start(() -> changed.mark(indices, from, from + count / 4)));
                }
                for (Thread thread : threads) {
                    thread.join();
                }
                assertEquals(expected.cardinality(), changed.count());
                int at = expected.nextSetBit(0);
                for (long row = changed.next(0); row >= 0; row = changed.next(row + 1)) {
                    assertEquals(at, row, "seed " + seed + ", rows " + rows);
                    at = expected.nextSetBit(at + 1);
                }
                assertEquals(-1, at);
                changed.clear();
                assertEquals(0, changed.count());
                assertEquals(-1, changed.next(0));
                indices.setAtIndex(JAVA_LONG, 0, rows + 64);
                assertThrows(IndexOutOfBoundsException.class, () -> changed.mark(indices, 0, 1));
            }
        }
    }

    @Test
    void aCopyOnWriteTableLeavesItsFileAlone() throws IOException {
        write(model, 0);
        final Path file = model.resolve("g000001/items.table");
        try (EmbeddingTable changed = EmbeddingTable.openCopyOnWrite(file);
                EmbeddingTable same = EmbeddingTable.openReadOnly(file)) {
            changed.segment().set(JAVA_FLOAT, changed.rowOffset(3), 42f);
            changed.prefault();
            assertEquals(42f, changed.segment().get(JAVA_FLOAT, changed.rowOffset(3)));
            assertEquals(1f, same.segment().get(JAVA_FLOAT, same.rowOffset(3)));
            same.verify();
            for (Runnable refused : List.<Runnable>of(changed::seal, changed::verify, changed::checksum)) {
                assertTrue(
                        assertThrows(IllegalStateException.class, refused::run).getMessage().contains(file.toString()));
            }
            changed.makeReadOnly();
            assertFalse(changed.isWritable());
            assertThrows(IllegalArgumentException.class,
                    () -> changed.segment().set(JAVA_FLOAT, changed.rowOffset(3), 1f));
            assertThrows(IllegalStateException.class, changed::verify);
        }
    }

    @Test
    void leaksNeitherDescriptorsNorMappings() throws IOException {
        write(model, 1);
        final ProcessState before = ProcessState.now();
        for (int i = 2; i < 60; i++) {
            writeDelta(model, 1, i);
            read(ModelDirectory.open(model));
        }
        ProcessState.assertNoLeak(before, 30);
    }
}
