package org.dlrm4j.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Older generations are kept, and opened when the newest is damaged. */
class ModelGenerationsTest {
    @TempDir
    Path temp;
    private Path model;
    private final List<String> damage = new ArrayList<>();

    @BeforeEach
    void name() {
        model = temp.resolve("m");
    }

    private void write(int keep) throws IOException {
        try (ModelWriter writer = ModelDirectory.write(model, keep)) {
            Files.writeString(writer.path("note.txt"), "generation " + writer.generation());
            writer.commit(Map.of("number", writer.generation()));
        }
    }

    private long newestGood() {
        damage.clear();
        return ModelDirectory.loadNewestGood(model, verified(), e -> damage.add(e.getMessage()));
    }

    private static Function<ModelDirectory, Long> verified() {
        return generation -> {
            generation.verify();
            assertEquals(generation.generation(), generation.manifest().get("number"));
            return generation.generation();
        };
    }

    private List<Long> generations() {
        return ModelLayout.generations(model);
    }

    @Test
    void theNewestAreKept() throws IOException {
        for (int i = 0; i < 4; i++) {
            write(3);
        }
        assertEquals(List.of(4L, 3L, 2L), generations());
        assertEquals(4, newestGood());
        assertEquals(List.of(), damage);
        ModelDirectory.write(model).close();
        assertEquals(List.of(4L, 3L, 2L), generations(), "a writer that commits nothing must not delete");
        Files.delete(model.resolve("g000004/note.txt"));
        write(2);
        assertEquals(List.of(5L, 3L), generations(), "one that is not whole is no use");
        write(1);
        assertEquals(List.of(6L), generations());
        assertThrows(IllegalArgumentException.class, () -> ModelDirectory.write(model, 0));
    }

    @Test
    void theNewestGoodOneIsOpened() throws IOException {
        for (int i = 0; i < 3; i++) {
            write(3);
        }
        Files.writeString(model.resolve("g000003/note.txt"), "generation X");
        assertEquals(2, newestGood());
        assertTrue(damage.size() == 1 && damage.getFirst().contains("g000003/note.txt: contents: found CRC32C"),
                damage.toString());
        Files.delete(model.resolve("g000002/note.txt"));
        assertEquals(1, newestGood());
        assertTrue(damage.size() == 2 && damage.get(1).contains("g000002/note.txt: file: does not exist"),
                damage.toString());
        Files.writeString(model.resolve("g000001/model.json"), "{}");
        final ModelFormatException all = assertThrows(ModelFormatException.class, this::newestGood);
        assertTrue(all.getMessage().contains("g000003/note.txt"), all.getMessage());
        assertEquals(2, all.getSuppressed().length);
        assertEquals(List.of(), damage);
    }

    @Test
    void aGenerationIsKnownByItsOwnManifest() throws IOException {
        write(2);
        write(2);
        Files.writeString(model.resolve("model.json"), "{}");
        assertThrows(ModelFormatException.class, () -> ModelDirectory.open(model));
        assertEquals(2, newestGood());
        assertTrue(damage.size() == 1 && damage.getFirst().startsWith(model + "/model.json: formatVersion"),
                damage.toString());
        write(2);
        assertEquals(3, newestGood());
        assertEquals(List.of(), damage);
        assertEquals(List.of(3L, 2L), generations());
        // Another generation's manifest, in the wrong place.
        Files.delete(model.resolve("g000003/note.txt"));
        Files.copy(model.resolve("g000003/model.json"), model.resolve("copy"));
        Files.move(model.resolve("copy"), model.resolve("g000002/model.json"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        final ModelFormatException e = assertThrows(ModelFormatException.class, this::newestGood);
        assertTrue(e.getSuppressed()[0].getMessage().contains("g000002/model.json: generation: found 3, expected 2"),
                e.getSuppressed()[0].getMessage());
    }

    @Test
    void whatWasNeverCommittedIsNotOpened() throws IOException {
        write(2);
        Files.createDirectories(model.resolve("g000002"));
        Files.copy(model.resolve("g000001/note.txt"), model.resolve("g000002/note.txt"));
        Files.copy(model.resolve("g000001/model.json"), model.resolve("g000002/model.json"));
        assertEquals(1, newestGood());
        Files.delete(model.resolve("g000001/note.txt"));
        final ModelFormatException e = assertThrows(ModelFormatException.class, this::newestGood);
        assertEquals(0, e.getSuppressed().length);
    }
}
