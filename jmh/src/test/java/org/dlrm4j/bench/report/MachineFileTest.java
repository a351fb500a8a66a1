package org.dlrm4j.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dlrm4j.store.ModelFormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Described machines: what they say is taken, and what they say wrong is named. */
class MachineFileTest {
    private static final String GOOD = """
            {"name": "n", "cores": 8, "gflopsPerCore": 50,
             "caches": [{"name": "L1", "bytes": 32768, "gigabytesPerSecondPerCore": 300, "gigabytesPerSecond": 2400, "latencyNanos": 1},
                        {"name": "L2", "bytes": 1048576, "gigabytesPerSecondPerCore": 128, "gigabytesPerSecond": 1024, "latencyNanos": 4}],
             "memory": [{"name": "DDR", "bytes": 1e11, "gigabytesPerSecondPerCore": 16, "gigabytesPerSecond": 64, "latencyNanos": 100}],
             "network": {"latencyMicros": 2, "gigabytesPerSecond": 25}}""";

    @TempDir
    Path directory;

    private Machine read(String json) throws IOException {
        return MachineFile.read(Files.writeString(directory.resolve("machine.json"), json), 10);
    }

    @Test
    void readsWhatItSays() throws IOException {
        final Machine machine = read(GOOD);
        assertEquals("n", machine.name());
        assertEquals(8, machine.cores());
        assertEquals(50, machine.coreGflops());
        assertEquals(new MemoryTier("L2", 1 << 20, 128, 1024, 4, 0.4, 0.5), machine.caches().get(1));
        // 100 ns, of which 10 rows under way hide 9 parts; 64 bytes at 16 GB/s.
        assertEquals(new MemoryTier("DDR", 1e11, 16, 64, 100, 10, 4), machine.memory().getFirst());
        assertEquals(new Interconnect(2, 25), machine.network());
        assertTrue(machine.hugePages());
    }

    @Test
    void networkAndPagesMayBeLeftOut() throws IOException {
        final Machine machine = read(GOOD.substring(0, GOOD.lastIndexOf(",\n")) + ", \"hugePages\": false,"
                + " \"pageWalkNanos\": 12}");
        assertNull(machine.network());
        assertFalse(machine.hugePages());
        assertEquals(12, machine.walkNanos());
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
            "\"cores\": 8; \"cores\": 0; machine.cores; 0",
            "\"cores\": 8; \"cores\": \"many\"; machine.cores; many",
            "\"cores\": 8,; ; machine.cores; missing",
            "\"gflopsPerCore\": 50; \"gflopsPerCore\": -1; machine.gflopsPerCore; -1.0",
            "\"bytes\": 32768; \"bytes\": 0; machine.caches[0].bytes; 0.0",
            "\"bytes\": 32768; \"bytes\": 2097152; caches[1].bytes; 1048576.0",
            "\"gigabytesPerSecond\": 64; \"gigabytesPerSecond\": 8; machine.memory[0].gigabytesPerSecond; 8.0",
            "\"latencyMicros\": 2; \"latencyMillis\": 2; machine.network.latencyMillis; not a field",
            "\"name\": \"n\"; \"name\": \"n\", \"socket\": 2; machine.socket; not a field",
            "\"latencyNanos\": 100; \"latencyNanos\": null; machine.memory[0].latencyNanos; missing"})
    void namesTheFieldThatIsWrong(String good, String bad, String field, String found) {
        final ModelFormatException thrown = assertThrows(ModelFormatException.class,
                () -> read(GOOD.replace(good, bad == null ? "" : bad)));
        assertTrue(thrown.getMessage().contains("machine.json") && thrown.getMessage().contains(field)
                && thrown.getMessage().contains(found) && thrown.getMessage().contains("expected"),
                thrown.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"caches\": []", "\"caches\": 3", "\"caches\": [1]"})
    void namesWrongLevels(String caches) {
        final String json = GOOD.replaceFirst("(?s)\"caches\": \\[.*?\\]", caches);
        final ModelFormatException thrown = assertThrows(ModelFormatException.class, () -> read(json));
        assertTrue(thrown.getMessage().contains("machine.caches"), thrown.getMessage());
    }

    @Test
    void namesThePlaceThatIsNoJson() {
        final ModelFormatException thrown = assertThrows(ModelFormatException.class, () -> read("{\n \"name\": }"));
        assertTrue(thrown.getMessage().contains("line 2"), thrown.getMessage());
    }
}
