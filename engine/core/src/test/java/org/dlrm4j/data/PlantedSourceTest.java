package org.dlrm4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlantedSourceTest {
    private static void assertSame(MemorySegment expected, MemorySegment found, long bytes) {
        assertEquals(-1, expected.asSlice(0, bytes).mismatch(found.asSlice(0, bytes)));
    }

    @Test
    void samplesAreThoseOfTheBinaryClickLog(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("clicks.bin");
        new PlantedClickLog(5).writeBinary(file, 1000, 1300);
        try (ClickLog log = ClickLog.open(file);
                PlantedSource source = new PlantedSource(new PlantedClickLog(5), 1000, 1300);
                Batch expected = new Batch(100, 13, 26);
                Batch found = new Batch(100, 13, 26)) {
            assertEquals(log.samples(), source.samples());
            for (int from : new int[]{200, 0, 100}) {
                log.read(from, 100, expected);
                source.read(from, 100, found);
                assertSame(expected.targets(), found.targets(), 4 * 100);
                for (int s = 0; s < 100; s++) {
                    long row = s * expected.denseStrideBytes();
                    assertSame(expected.dense().asSlice(row), found.dense().asSlice(row), 4 * 13);
                }
                for (int f = 0; f < 26; f++) {
                    assertEquals(100, found.indexCount(f));
                    assertSame(expected.indices(f), found.indices(f), 8 * 100);
                    assertEquals(100, found.offsets(f).get(ValueLayout.JAVA_INT, 4L * 100));
                }
            }
            assertThrows(IndexOutOfBoundsException.class, () -> source.read(250, 100, found));
        }
        assertThrows(IllegalArgumentException.class, () -> new PlantedSource(new PlantedClickLog(5), 3, 2));
    }
}
