package org.dlrm4j.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.dlrm4j.os.MappedFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** On a real full disk: a tmpfs of 4 MiB. Needs the right to mount. */
class DiskFullTest {
    @TempDir
    Path temp;
    Path disk;

    @BeforeEach
    void mount() throws Exception {
        Path mountPoint = Files.createDirectory(temp.resolve("disk"));
        boolean mounted = run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", mountPoint.toString());
        if (mounted) {
            disk = mountPoint;
        } else {
            System.out.println("DiskFullTest is skipped: this user may not mount a tmpfs; run it as root");
        }
        assumeTrue(mounted, "may not mount a tmpfs");
    }

    @AfterEach
    void unmount() throws Exception {
        if (disk != null) {
            assertTrue(run("umount", disk.toString()), "a file of the test is still open or mapped");
        }
    }

    private static boolean run(String... command) throws Exception {
        try {
            return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void tableThatDoesNotFitIsRefusedWithNumbersAndLeavesNothing() throws IOException {
        Path path = disk.resolve("t");
        assertDiskFull(path, () -> EmbeddingTable.create(path, "t", 100_000, 16));
        try (EmbeddingTable table = EmbeddingTable.anonymous("t", 100_000, 16)) {
            assertDiskFull(path, () -> TableFiles.write(table, path));
        }
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor = new Tensor(TensorType.F32, arena.allocate(8 << 20), 2 << 20);
            assertDiskFull(path, () -> Safetensors.write(path, Map.of("x", tensor), Map.of()));
        }
        try (EmbeddingTable table = EmbeddingTable.create(path, "t", 10_000, 16)) {
            table.seal();
            table.verify();
        }
    }

    private void assertDiskFull(Path path, Runnable action) throws IOException {
        StoreException e = assertThrows(StoreException.class, action::run);
        assertTrue(
                e.getMessage()
                        .matches("\\Q" + path + "\\E: disk full: [0-9]{7} bytes needed, [0-9]{7} bytes available.*"),
                e.getMessage());
        try (Stream<Path> files = Files.list(disk)) {
            assertEquals(List.of(), files.toList());
        }
    }

    @Test
    void modelThatDoesNotFitLeavesTheOldOne() throws IOException {
        Path model = disk.resolve("m");
        ModelDirectoryTest.writeGeneration(model);
        try (ModelWriter writer = ModelDirectory.write(model)) {
            // Leaves nothing for the manifest.
            StoreException e = assertThrows(StoreException.class, () -> {
                fill(writer.path("large"));
                writer.commit(Map.of("text", "x".repeat(100_000)));
            });
            assertTrue(e.getMessage().contains("disk full"), e.getMessage());
        }
        assertEquals(1, ModelDirectoryTest.readGeneration(model));
        assertEquals(2, ModelDirectoryTest.writeGeneration(model));
    }

    /** With no page left, then one, and so on until it fits. Not of sparse tables: stores into them need space that nobody has reserved. */
    @ParameterizedTest
    @EnumSource(names = {"CHECKPOINT", "MAPPED_CHECKPOINT", "DELTA", "COMPACTION"})
    void whateverDoesNotFitLeavesTheModelAsItWas(ModelOperation operation) throws IOException {
        Random random = new Random(1);
        StoredState state = StoredState.random(300, 4, random);
        Path model = disk.resolve("m");
        state.checkpoint(model, 1, false, EmbeddingTable.Allocation.PREALLOCATED);
        for (int i = 0; i < 2; i++) {
            long[] changed = ModelOperation.changedRows(state, random);
            state = state.next(changed, random);
            state.delta(model, changed);
        }
        int pages = 0;
        for (boolean done = false; !done; pages++) {
            long[] changed = ModelOperation.changedRows(state, random);
            StoredState next = state.next(changed, random);
            Path filler = disk.resolve("filler");
            long free = Files.getFileStore(disk).getUsableSpace();
            Files.write(filler, new byte[Math.toIntExact(free - (long) pages * MappedFile.pageBytes())]);
            String what = operation + " with " + pages + " pages";
            try {
                operation.run(model, state, next, changed);
                done = true;
                state = operation.storesNext() ? next : state;
            } catch (StoreException e) {
                assertTrue(e.getMessage().startsWith(model.toString()) && e.getMessage().contains("disk full"),
                        () -> what + ": " + e.getMessage());
            } catch (IOException e) {
                // The one file that the test writes itself.
                assertTrue(e.getMessage().contains("No space left"), () -> what + ": " + e.getMessage());
            }
            Files.delete(filler);
            state.requireStored(model, what);
        }
        assertTrue(pages > 3, operation + " takes " + pages + " pages");
        PowerLossTest.requireNothingUnfinished(model, ModelOperation.KEEP);
    }

    private static void fill(Path path) throws IOException {
        long free = Files.getFileStore(path.getParent()).getUsableSpace();
        Files.write(path, new byte[(int) free]);
    }
}
