package org.dlrm4j.store;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dlrm4j.os.MemoryPolicy;
import org.dlrm4j.store.EmbeddingTable.Allocation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrefaultTest {
    @TempDir
    Path dir;

    private EmbeddingTable table(String name, long rows) {
        EmbeddingTable table = EmbeddingTable.create(dir.resolve(name), name, rows, 64);
        EmbeddingTableTest.number(table);
        return table;
    }

    @Test
    void tellsProgressOverAllTables() {
        List<Long> progress = new ArrayList<>();
        Prefault pace = new Prefault(Prefault.NO_LIMIT, progress::add);
        try (EmbeddingTable a = table("a", 20_000);
                EmbeddingTable b = table("b", 10);
                EmbeddingTable anonymous = EmbeddingTable.anonymous("c", 10, 4)) {
            for (EmbeddingTable each : List.of(a, b, anonymous)) {
                each.prefault(MemoryPolicy.DEFAULT, pace);
            }
            assertEquals(0, anonymous.fileBytes());
            assertFalse(anonymous.lock());
            assertEquals(a.fileBytes() + b.fileBytes(), progress.getLast());
            assertTrue(progress.contains(a.fileBytes()));
            assertEquals(progress.stream().sorted().toList(), progress);
        }
    }

    @Test
    void keepsToItsRate() {
        try (EmbeddingTable table = table("t", 20_000)) {
            List<Long> progress = new ArrayList<>();
            long start = System.nanoTime();
            table.prefault(MemoryPolicy.DEFAULT, new Prefault(20_000_000, progress::add));
            double seconds = (System.nanoTime() - start) * 1e-9;
            assertTrue(seconds > 0.2, seconds + " s for 5 MB of data");
            assertTrue(progress.size() > 4, progress.toString());
        }
    }

    @Test
    void aTebibyteOfHolesIsLeftOut() {
        try (EmbeddingTable table = EmbeddingTable.create(dir.resolve("t"), "t", 1L << 32, 64, Allocation.SPARSE)) {
            table.segment().set(JAVA_FLOAT, table.rowOffset(1L << 31), 1);
            List<Long> progress = new ArrayList<>();
            // At this rate, a tebibyte would take a day.
            table.prefault(MemoryPolicy.DEFAULT, new Prefault(10_000_000, progress::add));
            assertEquals(table.fileBytes(), progress.getLast());
        }
    }

    @Test
    void anInterruptEndsIt() {
        assertThrows(IllegalArgumentException.class, () -> new Prefault(0, done -> {}));
        try (EmbeddingTable table = table("t", 20_000)) {
            Thread.currentThread().interrupt();
            assertThrows(StoreException.class, () -> table.prefault(MemoryPolicy.DEFAULT, new Prefault(1, done -> {})));
            assertTrue(Thread.interrupted());
        }
    }
}
