package org.dlrm4j.store;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Random;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.os.MappedFile;
import org.dlrm4j.os.PageFaults;
import org.dlrm4j.store.EmbeddingTable.Allocation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowPrefetchTest {
    @TempDir
    Path dir;

    @ParameterizedTest
    @CsvSource({"F32,64,1", "I8,64,3", "F32,1500,7", "I4,10,512", "F32,1,5"})
    void asksForEachPageOfRowsOnce(RowFormat format, int dim, int scratch) {
        final int rows = 10_000;
        final Random random = new Random(scratch);
        final int page = MappedFile.pageBytes();
        try (EmbeddingTable table = EmbeddingTable.create(dir.resolve("t"), "t", rows, dim, format, Allocation.SPARSE);
                RowPrefetch prefetch = new RowPrefetch(table);
                Arena arena = Arena.ofConfined()) {
            final MemorySegment indices = arena.allocate(JAVA_LONG, 100);
            for (int round = 0; round < 2; round++) {
                final BitSet asked = new BitSet();
                for (int batch = 0; batch < 20; batch++) {
                    final int before = asked.cardinality();
                    for (int i = 0; i < 100; i++) {
                        final long row = i == 0 ? rows - 1 : random.nextInt(-10, rows + 10);
                        indices.setAtIndex(JAVA_LONG, i, row);
                        if (i >= 50 && row >= 0 && row < rows) {
                            final long from = table.rowOffset(row);
                            asked.set((int) (from / page), (int) ((from + table.rowStrideBytes() - 1) / page) + 1);
                        }
                    }
                    assertEquals(asked.cardinality() - before,
                            prefetch.request(indices, 50, 50, new long[scratch]));
                }
                assertEquals(0, prefetch.request(indices, 50, 50, new long[scratch]));
                prefetch.forget();
            }
        }
    }

    @Test
    void hostileRowsAreSkipped() {
        try (EmbeddingTable table = EmbeddingTable.create(dir.resolve("t"), "t", 10, 64);
                RowPrefetch prefetch = new RowPrefetch(table);
                Arena arena = Arena.ofConfined()) {
            final MemorySegment indices = arena.allocateFrom(JAVA_LONG, -1, Long.MIN_VALUE, Long.MAX_VALUE, 10,
                    1L << 31);
            assertEquals(0, prefetch.request(indices, 0, 5, new long[4]));
        }
    }

    @Test
    void refusesWhatItCannotServe() {
        try (EmbeddingTable anonymous = EmbeddingTable.anonymous("a", 10, 4); Arena arena = Arena.ofConfined()) {
            assertTrue(assertThrows(IllegalArgumentException.class, () -> new RowPrefetch(anonymous)).getMessage()
                    .startsWith("table a: anonymous"));
            final EmbeddingTable table = EmbeddingTable.create(dir.resolve("t"), "t", 10, 64);
            final MemorySegment indices = arena.allocateFrom(JAVA_LONG, 1);
            try (RowPrefetch prefetch = new RowPrefetch(table)) {
                table.close();
                assertThrows(IllegalStateException.class, () -> prefetch.request(indices, 0, 1, new long[4]));
            }
        }
    }

    @Test
    void countsMajorFaultsOfTheProcess() {
        try (PageFaults faults = new PageFaults()) {
            final long first = faults.major();
            assertTrue(first >= 0 && first < 1L << 40 && faults.major() >= first, first + " faults");
        }
    }
}
