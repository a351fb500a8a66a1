package org.dlrm4j.store;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.dlrm4j.os.ProcessState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelDirectoryTest {
    @TempDir
    Path temp;

    /** Writes one generation whose files all carry its number. */
    static long writeGeneration(Path model) throws IOException {
        try (ModelWriter writer = ModelDirectory.write(model)) {
            long generation = writer.generation();
            try (EmbeddingTable table = EmbeddingTable.anonymous("items", 1000, 4)) {
                for (long row = 0; row < table.rows(); row++) {
                    table.segment().set(JAVA_FLOAT, table.rowOffset(row), generation);
                }
                TableFiles.write(table, writer.path("items.table"));
            }
            Files.writeString(writer.path("note.txt"), "generation " + generation);
            Map<String, Object> manifest = new LinkedHashMap<>();
            manifest.put("configuration", Map.of("rate", 0.1, "steps", generation));
            writer.commit(manifest);
            return generation;
        }
    }

    /** Opens and verifies the current generation and checks that all its parts agree. */
    static long readGeneration(Path model) {
        return ModelDirectory.load(model, directory -> {
            directory.verify();
            long generation = directory.generation();
            assertEquals(generation, ((Map<?, ?>) directory.manifest().get("configuration")).get("steps"));
            try (EmbeddingTable table = EmbeddingTable.openReadOnly(directory.path("items.table"))) {
                assertEquals((float) generation, table.segment().get(JAVA_FLOAT, table.rowOffset(999)));
            }
            return generation;
        });
    }

    private static List<String> entries(Path directory) throws IOException {
        try (Stream<Path> list = Files.list(directory)) {
            return list.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void generationsReplaceEachOther() throws IOException {
        Path model = temp.resolve("a/b/model");
        for (long generation = 1; generation <= 3; generation++) {
            assertEquals(generation, writeGeneration(model));
            assertEquals(generation, readGeneration(model));
            assertEquals(List.of(".lock", "g00000" + generation, "model.json"), entries(model));
        }
        ModelDirectory directory = ModelDirectory.open(model);
        assertEquals(List.of("items.table", "note.txt"), directory.fileNames());
        assertEquals(Map.of("configuration", Map.of("rate", 0.1, "steps", 3L)), directory.manifest());
        assertThrows(NoSuchElementException.class, () -> directory.path("other"));
    }

    @Test
    void closeWithoutCommitLeavesTheOldGeneration() throws IOException {
        Path model = temp.resolve("m");
        writeGeneration(model);
        try (ModelWriter writer = ModelDirectory.write(model)) {
            Files.writeString(writer.path("x"), "x");
            assertEquals(1, readGeneration(model));
        }
        assertEquals(1, readGeneration(model));
        assertEquals(List.of(".lock", "g000001", "model.json"), entries(model));
        assertEquals(2, writeGeneration(model));
    }

    @Test
    void leftoversOfCrashedWritersAreDeletedAndNothingElse() throws IOException {
        Path model = temp.resolve("m");
        writeGeneration(model);
        Files.createDirectories(model.resolve("g000002/deeper"));
        Files.writeString(model.resolve("g000002/deeper/x"), "x");
        Files.createDirectories(model.resolve("g000077"));
        Files.writeString(model.resolve("model.json.tmp"), "{");
        Files.createDirectories(model.resolve("g1"));
        Files.writeString(model.resolve("notes"), "mine");
        assertEquals(1, readGeneration(model));
        assertEquals(2, writeGeneration(model));
        assertEquals(List.of(".lock", "g000002", "g1", "model.json", "notes"), entries(model));
    }

    @Test
    void secondWriterIsRefused() throws IOException {
        Path model = temp.resolve("m");
        try (ModelWriter writer = ModelDirectory.write(model)) {
            StoreException e = assertThrows(StoreException.class, () -> ModelDirectory.write(model));
            assertTrue(e.getMessage().startsWith(model + ": another writer in this process"), e.getMessage());
            Files.writeString(writer.path("x"), "x");
            writer.commit(Map.of());
            assertThrows(IllegalStateException.class, () -> writer.commit(Map.of()));
            assertThrows(IllegalStateException.class, () -> writer.path("y"));
        }
        ModelDirectory.open(model).verify();
        ModelDirectory.write(model).close();
    }

    @Test
    void missingModelsAreNamed() throws IOException {
        assertMessage(NoSuchModelException.class, () -> ModelDirectory.open(temp.resolve("none")),
                temp.resolve("none") + ": no model: directory does not exist");
        Path file = Files.writeString(temp.resolve("file"), "x");
        assertMessage(NoSuchModelException.class, () -> ModelDirectory.open(file),
                file + ": no model: not a directory");
        Path empty = Files.createDirectory(temp.resolve("empty"));
        assertMessage(NoSuchModelException.class, () -> ModelDirectory.open(empty),
                empty + ": no model: model.json does not exist");
    }

    private static void assertMessage(Class<? extends StoreException> type, Runnable action, String start) {
        StoreException e = assertThrows(type, action::run);
        assertTrue(e.getMessage().startsWith(start), e.getMessage());
    }

    @Test
    void damagedFilesAreNamed() throws IOException {
        Path model = temp.resolve("m");
        writeGeneration(model);
        Path note = ModelDirectory.open(model).path("note.txt");
        Path table = ModelDirectory.open(model).path("items.table");
        Files.writeString(note, "generation 2");
        assertMessage(ModelFormatException.class, () -> ModelDirectory.open(model).verify(),
                note + ": contents: found");
        Files.writeString(note, "short");
        assertMessage(ModelFormatException.class, () -> ModelDirectory.open(model),
                note + ": file length: found 5, expected 12");
        Files.delete(note);
        assertMessage(ModelFormatException.class, () -> ModelDirectory.open(model), note + ": file: does not exist");
        Files.writeString(note, "generation 1");
        try (RandomAccessFile file = new RandomAccessFile(table.toFile(), "rw")) {
            file.seek(5000);
            file.write(1);
        }
        assertMessage(ModelFormatException.class, () -> ModelDirectory.open(model).verify(),
                table + ": block 0: bytes");
        Files.delete(table);
        try (EmbeddingTable other = EmbeddingTable.create(table, "items", 1000, 4)) {
            other.seal();
        }
        assertMessage(ModelFormatException.class, () -> ModelDirectory.open(model).verify(),
                table + ": header and checksum list: found CRC32C");
    }

    @Test
    void everyFlippedBitOfTheManifestIsNoticedOrHarmless() throws IOException {
        Path model = temp.resolve("m");
        writeGeneration(model);
        Path manifest = model.resolve("model.json");
        byte[] bytes = Files.readAllBytes(manifest);
        Map<String, Object> content = ModelDirectory.open(model).manifest();
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
        Files.write(manifest, new byte[]{'{'});
        Path own = model.resolve("g000001/model.json");
        Files.move(own, temp.resolve("own"));
        assertThrows(ModelFormatException.class, () -> ModelDirectory.write(model));
        assertTrue(Files.exists(model.resolve("g000001/items.table")), "a damaged manifest must not cost the data");
        Files.move(temp.resolve("own"), own);
        Files.write(manifest, bytes);
        assertEquals(2, writeGeneration(model));
    }

    @Test
    void refusesUnsealedTablesReservedKeysAndOddNames() throws IOException {
        Path model = temp.resolve("m");
        writeGeneration(model);
        try (ModelWriter writer = ModelDirectory.write(model)) {
            for (String name : List.of("", ".", "..", "a/b", "../x", ".hidden", "-x", "a b", "x".repeat(201),
                    "model.json")) {
                assertThrows(IllegalArgumentException.class, () -> writer.path(name), name);
            }
            assertThrows(IllegalArgumentException.class, () -> writer.commit(Map.of("generation", 7)));
            assertThrows(IllegalArgumentException.class, () -> writer.commit(Map.of("loss", Double.NaN)));
            EmbeddingTable.create(writer.path("t"), "t", 10, 4).close();
            assertMessage(ModelFormatException.class, () -> writer.commit(Map.of()), writer.path("t") + ": state:");
        }
        assertEquals(1, readGeneration(model));
    }

    @Test
    void readersNeverSeeHalfAGeneration() throws Exception {
        Path model = temp.resolve("m");
        writeGeneration(model);
        AtomicBoolean done = new AtomicBoolean();
        long[] last = {1};
        AssertionError[] failure = {null};
        Thread reader = new Thread(() -> {
            try {
                while (!done.get()) {
                    long generation = readGeneration(model);
                    assertTrue(generation >= last[0], "went back to " + generation);
                    last[0] = generation;
                }
            } catch (RuntimeException e) {
                failure[0] = new AssertionError(e);
            } catch (AssertionError e) {
                failure[0] = e;
            }
        });
        reader.start();
        long written = 1;
        for (int i = 0; i < 100; i++) {
            written = writeGeneration(model);
        }
        done.set(true);
        reader.join();
        if (failure[0] != null) {
            throw failure[0];
        }
        assertTrue(last[0] > 1 && last[0] <= written, "reader saw " + last[0] + " of " + written);
    }

    @Test
    void openTableOutlivesItsGeneration() throws IOException {
        Path model = temp.resolve("m");
        writeGeneration(model);
        try (EmbeddingTable table = EmbeddingTable.openReadOnly(ModelDirectory.open(model).path("items.table"))) {
            writeGeneration(model);
            assertFalse(Files.exists(model.resolve("g000001")));
            table.verify();
            assertEquals(1f, table.segment().get(JAVA_FLOAT, table.rowOffset(5)));
        }
    }

    @Test
    void leaksNeitherDescriptorsNorMappings() throws IOException {
        Path model = temp.resolve("m");
        writeGeneration(model);
        ProcessState before = ProcessState.now();
        for (int i = 0; i < 60; i++) {
            writeGeneration(model);
            readGeneration(model);
            try (ModelWriter writer = ModelDirectory.write(model)) {
                assertThrows(StoreException.class, () -> ModelDirectory.write(model));
                assertEquals(i + 3, writer.generation());
            }
        }
        ProcessState.assertNoLeak(before, 30);
    }
}
