package org.dlrm4j.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dlrm4j.os.CpuSet;
import org.dlrm4j.os.CpuTopology;
import org.dlrm4j.os.NumaTopology;

/** The files by which a kernel would describe two sockets of four cores, and what is read from them. */
public final class FakeMachine {
    private static final int CPUS = 8;
    private static final CpuSet ALL = CpuSet.parse("0-7");

    private final Path root;

    /** Writes the files. */
    public FakeMachine(Path root) {
        this.root = root;
        file("sys/devices/system/cpu/online", "0-7");
        file("sys/devices/system/cpu/possible", "0-7");
        for (int cpu = 0; cpu < CPUS; cpu++) {
            final String directory = "sys/devices/system/cpu/cpu" + cpu;
            file(directory + "/topology/core_cpus_list", Integer.toString(cpu));
            file(directory + "/cache/index3/shared_cpu_list", cpu < 4 ? "0-3" : "4-7");
        }
        file("sys/devices/system/node/online", "0-1");
        for (int node = 0; node < 2; node++) {
            final String directory = "sys/devices/system/node/node" + node;
            file(directory + "/cpulist", node == 0 ? "0-3" : "4-7");
            file(directory + "/meminfo", "Node " + node + " MemTotal:       16777216 kB");
            file(directory + "/distance", node == 0 ? "10 21" : "21 10");
        }
    }

    private void file(String name, String text) {
        try {
            final Path file = root.resolve(name);
            Files.createDirectories(file.getParent());
            Files.writeString(file, text + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Adds a third node, of memory only. */
    public FakeMachine withMemoryExpander() {
        file("sys/devices/system/node/online", "0-2");
        file("sys/devices/system/node/node2/cpulist", "");
        file("sys/devices/system/node/node2/meminfo", "Node 2 MemTotal:       16777216 kB");
        file("sys/devices/system/node/node0/distance", "10 21 30");
        file("sys/devices/system/node/node1/distance", "21 10 30");
        file("sys/devices/system/node/node2/distance", "30 30 10");
        return this;
    }

    /** Reads the nodes. */
    public NumaTopology nodes() {
        return NumaTopology.read(root, ALL);
    }

    /** Returns what a pool's pins are chosen from. */
    WorkerPool.Machine machine() {
        return new WorkerPool.Machine(CpuTopology.read(root, ALL), nodes(), ALL);
    }
}
