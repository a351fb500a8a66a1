package org.dlrm4j.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VerificationTest {
    @TempDir
    Path dir;

    private ModelDirectory write() {
        Path model = dir.resolve("model");
        try (ModelWriter writer = ModelDirectory.write(model)) {
            for (int t = 0; t < 3; t++) {
                try (EmbeddingTable table = EmbeddingTable.create(writer.path("table-" + t), "items-" + t,
                        t == 1 ? 5 : 300_000, 16)) {
                    EmbeddingTableTest.number(table);
                    table.seal();
                }
            }
            Files.write(writer.path("zz"), new byte[]{1, 2, 3});
            writer.commit(Map.of());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return ModelDirectory.open(model);
    }

    private static void flip(Path path, long at) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, at);
            one.put(0, (byte) (one.get(0) ^ 1));
            channel.write(one.flip(), at);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7})
    void allBytesAreCheckedAndCounted(int threads) throws IOException {
        ModelDirectory model = write();
        List<Long> progress = new ArrayList<>();
        model.verify(threads, progress::add);
        assertEquals(model.bytes(), progress.getLast());
        assertEquals(progress.stream().sorted().toList(), progress);
        Random random = new Random(threads);
        for (int i = 0; i < 20; i++) {
            String name = model.fileNames().get(random.nextInt(4));
            long bytes = Files.size(model.path(name));
            long at = bytes < 4096 ? random.nextLong(bytes) : random.nextLong(4096, bytes);
            flip(model.path(name), at);
            ModelFormatException e = assertThrows(ModelFormatException.class, () -> model.verify(threads, done -> {}));
            assertEquals(model.path(name).toString(), e.file(), "byte " + at);
            flip(model.path(name), at);
        }
        model.verify();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void theFirstOfSeveralDamagesIsNamed(int threads) throws IOException {
        ModelDirectory model = write();
        flip(model.path("table-2"), 2 << 20);
        flip(model.path("table-0"), (2 << 20) + (17 << 20));
        flip(model.path("table-0"), (2 << 20) + (1 << 20));
        flip(model.path("zz"), 0);
        String message = assertThrows(ModelFormatException.class, () -> model.verify(threads, done -> {}))
                .getMessage();
        assertTrue(message.contains("rows [16384, 32768) of table items-0"), message);
    }

    @Test
    void aFileThatWasCutIsAnErrorNotASignal() throws IOException {
        Path path = write().path("table-0");
        try (EmbeddingTable table = EmbeddingTable.openReadOnly(path);
                FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            TableVerification verification = table.verification();
            channel.truncate(6 << 20);
            ByteBuffer buffer = ByteBuffer.allocateDirect(TableVerification.BUFFER_BYTES);
            String message = assertThrows(StoreException.class, () -> verification.checkBlocks(4, 5,
                    MemorySegment.ofBuffer(buffer))).getMessage();
            assertTrue(message.contains(path + ": has no byte "), message);
        }
    }

    @Test
    void chunksAreRunOnceAndTheLowestFailureIsThrown() {
        AtomicIntegerArray runs = new AtomicIntegerArray(1000);
        ChunkThreads.run(1000, 3, "test", chunk -> runs.incrementAndGet((int) chunk), () -> {});
        for (int i = 0; i < 1000; i++) {
            assertEquals(1, runs.get(i));
        }
        ChunkThreads.run(0, 3, "test", chunk -> runs.incrementAndGet(0), () -> {});
        assertEquals(1, runs.get(0));
        RuntimeException lowest = new IllegalArgumentException("lowest");
        assertSame(lowest, assertThrows(RuntimeException.class, () -> ChunkThreads.run(1000, 4, "test", chunk -> {
            if (chunk == 500) {
                throw lowest;
            }
            if (chunk > 500) {
                throw new IllegalStateException("above");
            }
        }, () -> {})));
    }

    @Test
    void anInterruptEndsIt() {
        Thread.currentThread().interrupt();
        assertThrows(StoreException.class, () -> ChunkThreads.run(1L << 60, 1, "test", chunk -> {}, () -> {}));
        assertTrue(Thread.interrupted());
        assertThrows(IllegalArgumentException.class, () -> write().verify(0, done -> {}));
    }
}
