package org.dlrm4j.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.dlrm4j.preset.Preset;
import org.dlrm4j.preset.Workload;
import org.dlrm4j.store.Json;
import org.dlrm4j.train.OptimizerKind;
import org.dlrm4j.train.OptimizerSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the kernel tells, from a tree of files, and how much of the memory tables may take. */
class EnvironmentTest {
    @TempDir
    private Path root;

    private void file(String name, String text) throws IOException {
        final Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    @Test
    void theMachineIsDescribed() throws IOException {
        file("proc/cpuinfo", "vendor_id\t: X\nmodel name\t: Chip 9\ncpu family : 3\n\nmodel name : Other\n");
        file("proc/meminfo", "MemTotal:  1000 kB\nMemAvailable:   500 kB\nHugepagesize:    2048 kB\n");
        file("sys/devices/system/cpu/cpu0/cache/index0/size", "32K\n");
        file("sys/devices/system/cpu/cpu0/cache/index0/level", "1\n");
        file("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
        final Map<String, Object> environment = Environment.describe(new MachineFiles(root));
        assertEquals("Chip 9", ((Map<?, ?>) environment.get("cpu")).get("model name"));
        assertEquals(List.of(Map.of("level", "1", "size", "32K")), environment.get("caches"));
        final Map<?, ?> memory = (Map<?, ?>) environment.get("memory");
        assertEquals(1_024_000L, memory.get("totalBytes"));
        assertEquals(2L << 20, memory.get("hugePageBytes"));
        assertEquals("always [madvise] never", memory.get("transparentHugePages"));
        assertTrue(environment.get("kernels").toString().contains("kernels"));
    }

    @Test
    void nothingNamesAHostOrAPath() throws IOException {
        final String json = Json.write(Environment.describe(new MachineFiles(Path.of("/"))));
        for (String secret : List.of(System.getProperty("user.dir"), System.getProperty("java.home"),
                System.getProperty("user.home") + "/")) {
            assertFalse(json.contains(secret), json);
        }
        final String host = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        assertFalse(json.contains('"' + host + '"'), json);
    }

    @Test
    void aControlGroupMayLeaveLessThanTheMachine() throws IOException {
        assertEquals(OptionalLong.empty(), new MachineFiles(root).availableBytes());
        file("proc/meminfo", "MemAvailable:   500 kB\n");
        assertEquals(OptionalLong.of(512_000), new MachineFiles(root).availableBytes());
        file("sys/fs/cgroup/memory.max", "max\n");
        file("sys/fs/cgroup/memory.current", "1000\n");
        assertEquals(OptionalLong.of(512_000), new MachineFiles(root).availableBytes());
        file("sys/fs/cgroup/memory.max", "9000\n");
        assertEquals(OptionalLong.of(8000), new MachineFiles(root).availableBytes());
    }

    @Test
    void tablesLeaveRoomForTheirOptimizer() {
        final TableMemory memory = new TableMemory(null, OptionalLong.of(1_000_000));
        assertEquals(800_000, memory.maxTableBytes(null, 16));
        assertEquals(800_000, memory.maxTableBytes(OptimizerSettings.of(OptimizerKind.SGD).embedding(), 16));
        assertEquals(400_000, memory.maxTableBytes(OptimizerSettings.of(OptimizerKind.ADAGRAD).embedding(), 16));
        assertEquals(640_000,
                memory.maxTableBytes(OptimizerSettings.of(OptimizerKind.ROW_WISE_ADAGRAD).embedding(), 4));
        assertEquals(Long.MAX_VALUE, new TableMemory(root, OptionalLong.of(9)).maxTableBytes(null, 16));
        final Workload full = Preset.named("mlperf").workload();
        final String text = new TableMemory(null, OptionalLong.of(10L << 30)).describeScaling(full,
                full.scaledTo(8L << 30));
        assertTrue(text.startsWith("tables: 187,767,399 rows scaled by 0.0894 to ") && text.endsWith(
                "of the 10.0 GiB that are available; --tables DIR maps them in full"), text);
    }
}
