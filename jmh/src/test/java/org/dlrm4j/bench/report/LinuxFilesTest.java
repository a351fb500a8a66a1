package org.dlrm4j.bench.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Linux tells about caches and pages. */
class LinuxFilesTest {
    @TempDir
    Path directory;

    private void cache(int index, String level, String type, String size) throws IOException {
        final Path entry = Files.createDirectories(directory.resolve("index" + index));
        Files.writeString(entry.resolve("level"), level + "\n");
        Files.writeString(entry.resolve("type"), type + "\n");
        Files.writeString(entry.resolve("size"), size + "\n");
    }

    @Test
    void cachesAreThoseOfData() throws IOException {
        cache(0, "1", "Data", "64K");
        cache(1, "1", "Instruction", "32K");
        cache(2, "2", "Unified", "2048K");
        cache(3, "3", "Unified", "96M");
        assertArrayEquals(new long[]{64 << 10, 2 << 20, 96 << 20}, CacheSizes.read(directory));
        assertArrayEquals(new long[]{48 << 10, 1 << 20, 32 << 20}, CacheSizes.read(directory.resolve("none")));
    }

    @Test
    void hugePagesAreThoseOfTheMapping() {
        final List<String> smaps = List.of("1000-3000 rw-p 00000000 00:00 0 ", "Size:  8 kB", "AnonHugePages:  4 kB",
                "f000000000000000-f000000000004000 rw-p 00000000 00:00 0 [x]", "AnonHugePages:      2048 kB");
        assertEquals(4096, HugePages.hugeBytes(smaps, 0x1000));
        assertEquals(4096, HugePages.hugeBytes(smaps, 0x2fff));
        assertEquals(2 << 20, HugePages.hugeBytes(smaps, 0xf000000000000001L));
        assertEquals(0, HugePages.hugeBytes(smaps, 0x3000));
    }

    /** Rows of 1 and 4 lines: 5 + 2 and 5 + 8 ns. */
    @Test
    void rowsAreAStartAndLines() {
        assertEquals(2, ThisMachine.lineNanos(7, 13), 1e-12);
        assertEquals(0, ThisMachine.lineNanos(7, 6));
        assertEquals(1, ThisMachine.lineNanos(1, 30));
    }
}
