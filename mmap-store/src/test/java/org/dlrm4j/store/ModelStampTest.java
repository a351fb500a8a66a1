package org.dlrm4j.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelStampTest {
    @TempDir
    Path temp;

    private interface Change {
        void make() throws IOException;
    }

    private void assertNoticed(Path model, Change change) throws IOException {
        final ModelStamp before = ModelStamp.of(model);
        assertEquals(before, ModelStamp.of(model));
        change.make();
        assertNotEquals(before, ModelStamp.of(model));
    }

    @Test
    void eachChangeOfTheNewestStateIsNoticed() throws IOException {
        final Path model = temp.resolve("m");
        ModelDeltaTest.write(model, 2);
        for (Path file : new Path[]{model.resolve("model.json"), model.resolve("g000001/items.table"),
                model.resolve("g000001/model.json"), model.resolve("d000001-000001/items.table.rows")}) {
            final byte[] bytes = Files.readAllBytes(file);
            final FileTime modified = Files.getLastModifiedTime(file);
            assertNoticed(model, () -> {
                Files.write(file, bytes);
                Files.setLastModifiedTime(file, modified);
            });
            assertNoticed(model, () -> Files.delete(file));
            assertNoticed(model, () -> Files.write(file, bytes));
        }
        assertNoticed(model, () -> ModelDeltaTest.writeDelta(model, 1, 3));
        assertNoticed(model, () -> ModelLayout.deleteTree(model.resolve("d000001-000001")));
    }

    @Test
    void whatIsNotCommittedOrNotThereIsNoPart() throws IOException {
        final Path model = temp.resolve("m");
        ModelDeltaTest.write(model, 1);
        final ModelStamp before = ModelStamp.of(model);
        try (ModelWriter writer = ModelDirectory.write(model)) {
            Files.writeString(writer.path("note.txt"), "half");
            assertEquals(before, ModelStamp.of(model));
        }
        try (DeltaWriter writer = ModelDirectory.writeDelta(model, 1, 1)) {
            Files.writeString(writer.path("note.txt"), "half");
            assertEquals(before, ModelStamp.of(model));
        }
        assertEquals(new ModelStamp(Map.of()), ModelStamp.of(temp.resolve("none")));
        assertEquals(new ModelStamp(Map.of()), ModelStamp.of(model.resolve("model.json")));
    }
}
