package org.dlrm4j.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dlrm4j.os.MappedFile.Access;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MappedFileTest {
    @TempDir
    Path dir;

    @ParameterizedTest
    @ValueSource(ints = {1, 4095, 4097, (2 << 20) - 1, 2 << 20, (2 << 20) + 1, 5_000_003})
    void showsTheFileByteForByte(int bytes) throws IOException {
        byte[] contents = new byte[bytes];
        new Random(bytes).nextBytes(contents);
        Path path = Files.write(dir.resolve("f"), contents);
        try (MappedFile file = MappedFile.map(path, Access.READ_ONLY)) {
            file.prefault(0, bytes);
            file.touch(0, bytes);
            assertArrayEquals(contents, file.segment().toArray(JAVA_BYTE));
            assertTrue(file.segment().isReadOnly());
            assertTrue(bytes < 2 << 20 || file.segment().address() % (2 << 20) == 0, "not aligned for huge pages");
        }
    }

    @Test
    void writesReachTheFile() throws IOException {
        Path path = Files.write(dir.resolve("f"), new byte[3 << 20]);
        try (MappedFile file = MappedFile.map(path, Access.READ_WRITE)) {
            file.segment().set(JAVA_BYTE, 0, (byte) 1);
            file.segment().set(JAVA_BYTE, (3 << 20) - 1, (byte) 2);
            file.force();
            assertTrue(file.advise(Advice.SEQUENTIAL));
        }
        byte[] contents = Files.readAllBytes(path);
        assertEquals(1, contents[0]);
        assertEquals(2, contents[(3 << 20) - 1]);
    }

    @ParameterizedTest
    @ValueSource(ints = {4097, 2 << 20, (2 << 20) + 1, 5_000_003, 150_000_000})
    void copiesInHugePagesHaveTheBytesOfTheFile(int bytes) throws IOException {
        byte[] contents = new byte[bytes];
        new Random(bytes).nextBytes(contents);
        Path path = Files.write(dir.resolve("f"), contents);
        try (MappedFile file = MappedFile.map(path, Access.READ_ONLY)) {
            MemorySegment segment = file.segment();
            AtomicBoolean copied = new AtomicBoolean();
            CompletableFuture<Void> reader = CompletableFuture.runAsync(() -> {
                do {
                    assertEquals(-1, segment.mismatch(MemorySegment.ofArray(contents)));
                } while (!copied.get());
            });
            file.copyToHugePages(0, bytes, MemoryPolicy.DEFAULT);
            copied.set(true);
            reader.join();
            assertArrayEquals(contents, segment.toArray(JAVA_BYTE));
            // The file's pages would show this.
            overwrite(path, bytes - 1);
            assertEquals(contents[bytes - 1], segment.get(JAVA_BYTE, bytes - 1));
        }
    }

    @Test
    void copiesGoWithTheMapping() throws IOException {
        Path path = Files.write(dir.resolve("f"), new byte[9 << 20]);
        ProcessState before = ProcessState.now();
        for (int i = 0; i < 200; i++) {
            try (MappedFile file = MappedFile.map(path, Access.READ_ONLY)) {
                file.copyToHugePages(2 << 20, 4 << 20, MemoryPolicy.DEFAULT);
            }
        }
        ProcessState.assertNoLeak(before, 20);
    }

    @Test
    void aPartIsCopiedAndTheRestStaysTheFile() throws IOException {
        int huge = 2 << 20;
        byte[] contents = new byte[3 * huge + 10];
        new Random(1).nextBytes(contents);
        Path path = Files.write(dir.resolve("f"), contents);
        try (MappedFile file = MappedFile.map(path, Access.COPY_ON_WRITE)) {
            file.segment().set(JAVA_BYTE, huge + 5, contents[huge + 5] = 77);
            file.copyToHugePages(huge, huge, MemoryPolicy.DEFAULT);
            file.segment().set(JAVA_BYTE, huge + 6, contents[huge + 6] = 78);
            assertArrayEquals(contents, file.segment().toArray(JAVA_BYTE));
            contents[0] = overwrite(path, 0);
            overwrite(path, huge);
            contents[2 * huge] = overwrite(path, 2 * huge);
            assertArrayEquals(contents, file.segment().toArray(JAVA_BYTE));
            assertThrows(IllegalArgumentException.class, () -> file.copyToHugePages(4096, huge, MemoryPolicy.DEFAULT));
            assertThrows(IllegalArgumentException.class, () -> file.copyToHugePages(0, 4096, MemoryPolicy.DEFAULT));
            assertThrows(IndexOutOfBoundsException.class,
                    () -> file.copyToHugePages(2 * huge, 2 * huge, MemoryPolicy.DEFAULT));
            file.copyToHugePages(3L * huge, 10, MemoryPolicy.DEFAULT);
            file.copyToHugePages(0, 0, MemoryPolicy.DEFAULT);
            assertArrayEquals(contents, file.segment().toArray(JAVA_BYTE));
        }
        try (MappedFile file = MappedFile.map(path, Access.READ_WRITE)) {
            assertThrows(IllegalStateException.class, () -> file.copyToHugePages(0, huge, MemoryPolicy.DEFAULT));
        }
    }

    private static byte overwrite(Path path, long at) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.seek(at);
            int old = file.read();
            file.seek(at);
            file.write(~old);
            return (byte) ~old;
        }
    }

    @Test
    void fileNameMayHaveAnyCharacters() throws IOException {
        Path path = Files.write(dir.resolve("table 100% \"x\""), new byte[]{5});
        try (MappedFile file = MappedFile.map(path, Access.READ_ONLY)) {
            assertEquals(5, file.segment().get(JAVA_BYTE, 0));
        }
    }

    @Test
    void refusesAnotherLengthThanExpected() throws IOException {
        Path path = Files.write(dir.resolve("f"), new byte[100]);
        for (long expected : new long[]{99, 101, 1L << 40}) {
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                    () -> MappedFile.mapExactly(path, Access.READ_ONLY, expected));
            assertEquals(path + ": file length 100 bytes, expected " + expected, e.getMessage());
        }
        MappedFile.mapExactly(path, Access.READ_ONLY, 100).close();
    }

    @Test
    void refusesWhatIsNoFile() throws IOException {
        Path empty = Files.createFile(dir.resolve("empty"));
        assertThrows(IllegalArgumentException.class, () -> MappedFile.map(empty, Access.READ_ONLY));
        NativeCallException e = assertThrows(NativeCallException.class,
                () -> MappedFile.map(dir.resolve("none"), Access.READ_ONLY));
        assertEquals("open(" + dir.resolve("none") + ", READ_ONLY) failed: ENOENT (no such file or directory)",
                e.getMessage());
        assertThrows(RuntimeException.class, () -> MappedFile.map(dir, Access.READ_ONLY));
    }

    @Test
    void cannotBeUsedAfterCloseWhichIsIdempotent() throws IOException {
        Path path = Files.write(dir.resolve("f"), new byte[100]);
        MappedFile file = MappedFile.map(path, Access.READ_WRITE);
        MemorySegment segment = file.segment();
        file.close();
        file.close();
        assertThrows(IllegalStateException.class, () -> segment.get(JAVA_BYTE, 0));
        assertThrows(IllegalStateException.class, file::force);
        assertThrows(IllegalStateException.class, () -> file.prefault(0, file.segment().byteSize()));
        assertThrows(IllegalStateException.class, () -> file.advise(Advice.NORMAL));
    }

    @Test
    void prefaultOfATruncatedFileIsAnErrorAndNotACrash() throws IOException {
        Path path = Files.write(dir.resolve("f"), new byte[1 << 20]);
        try (MappedFile file = MappedFile.map(path, Access.READ_ONLY)) {
            FileSpace.extendSparse(path, 4096);
            NativeCallException e = assertThrows(NativeCallException.class,
                    () -> file.prefault(0, file.segment().byteSize()));
            assertTrue(e.getMessage().contains(path.toString()), e.getMessage());
        }
    }

    @Test
    void leaksNeitherDescriptorsNorMappings() throws IOException {
        Path path = Files.write(dir.resolve("f"), new byte[3 << 20]);
        MappedFile.map(path, Access.READ_ONLY).close();
        ProcessState before = ProcessState.now();
        for (int i = 0; i < 200; i++) {
            MappedFile.map(path, Access.READ_WRITE).close();
            assertThrows(IllegalArgumentException.class, () -> MappedFile.mapExactly(path, Access.READ_ONLY, 5));
        }
        ProcessState.assertNoLeak(before, 100);
    }

    @Test
    void preallocatedAndSparseFilesHaveTheirLengthAndReadAsZero() throws IOException {
        Path full = Files.createFile(dir.resolve("full"));
        Path sparse = Files.createFile(dir.resolve("sparse"));
        FileSpace.preallocate(full, 1 << 20);
        FileSpace.extendSparse(sparse, 1L << 33);
        assertEquals(1 << 20, Files.size(full));
        assertArrayEquals(new byte[1 << 20], Files.readAllBytes(full));
        assertEquals(1L << 33, Files.size(sparse));
        try (MappedFile file = MappedFile.map(sparse, Access.READ_ONLY)) {
            assertEquals(0, file.segment().get(JAVA_BYTE, (1L << 33) - 1));
        }
    }

    @Test
    void lockingNeverFails() throws IOException {
        Path path = Files.write(dir.resolve("f"), new byte[10_000]);
        MappedFile file = MappedFile.map(path, Access.READ_ONLY);
        try (file) {
            // Ten thousand bytes are below every usual limit.
            assertTrue(file.lock());
        }
        assertThrows(IllegalStateException.class, file::lock);
        String message = LockLimit.message("t", 7, Errno.ENOMEM,
                LockLimit.of(Files.readAllLines(Path.of("/proc/self/limits"))));
        assertTrue(message.startsWith("t: 7 bytes cannot be locked in memory: ENOMEM"), message);
        assertTrue(message.matches(".* may lock (unlimited|[0-9]+ bytes)\\. It goes on.*"), message);
        assertEquals("65536 bytes", LockLimit.of(List.of("Limit  Soft Limit  Hard Limit  Units",
                "Max locked memory         65536                unlimited            bytes     ")));
        assertTrue(LockLimit.of(List.of()).contains("does not tell"));
    }

    @Test
    void readsWithoutTheMapping() throws IOException {
        byte[] contents = new byte[20_000];
        new Random(3).nextBytes(contents);
        Path path = Files.write(dir.resolve("f"), contents);
        try (MappedFile file = MappedFile.map(path, Access.READ_ONLY);
                Arena arena = Arena.ofConfined()) {
            MemorySegment target = arena.allocate(5000);
            file.willNeed(4096, 8192);
            file.willNeedPages(new long[]{0, 16384, -1}, 2);
            Files.delete(path);
            file.read(15_000, target);
            assertArrayEquals(Arrays.copyOfRange(contents, 15_000, 20_000), target.toArray(JAVA_BYTE));
            assertThrows(UncheckedIOException.class, () -> file.read(15_001, target));
            assertThrows(IndexOutOfBoundsException.class, () -> file.willNeed(0, 20_001));
            assertThrows(IndexOutOfBoundsException.class, () -> file.willNeedPages(new long[]{-4096}, 1));
            assertThrows(IndexOutOfBoundsException.class, () -> file.prefault(-1, 1));
        }
    }
}
