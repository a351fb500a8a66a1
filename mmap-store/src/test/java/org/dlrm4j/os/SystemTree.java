package org.dlrm4j.os;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Writes the files by which a kernel would describe a machine, from lists of what its CPUs share. */
final class SystemTree {
    private final Path root;
    private final List<Integer> nodeNumbers = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    SystemTree(Path root) {
        this.root = root;
    }

    SystemTree file(String name, String text) {
        try {
            Path file = root.resolve(name);
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    SystemTree remove(String name) {
        try {
            Files.delete(root.resolve(name));
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Adds a node; distances to all nodes must be given by the time it is read. */
    SystemTree node(int number, String cpus, long memoryMib, String distances) {
        nodeNumbers.add(number);
        String directory = SystemFiles.NODES + "node" + number + '/';
        file(directory + "cpulist", cpus + '\n');
        file(directory + "distance", distances + '\n');
        file(directory + "meminfo", "Node " + number + " MemTotal:       " + (memoryMib << 10) + " kB\nNode " + number
                + " MemFree:        1024 kB\n");
        return file(SystemFiles.NODES + "online",
                CpuSet.of(nodeNumbers.stream().mapToInt(Integer::intValue).toArray()) + "\n");
    }

    /** Says which CPUs are online and which could be. */
    SystemTree cpus(String online, String possible) {
        file(SystemFiles.CPUS + "possible", possible + '\n');
        return file(SystemFiles.CPUS + "online", online + '\n');
    }

    /** Puts CPUs of one physical core together, for each of the lists. */
    SystemTree cores(List<String> lists) {
        return groups("topology/core_cpus_list", lists);
    }

    /** Puts CPUs under one level-3 cache, for each of the lists. */
    SystemTree caches(List<String> lists) {
        return groups("cache/index3/shared_cpu_list", lists);
    }

    SystemTree groups(String name, List<String> lists) {
        for (String list : lists) {
            CpuSet.parse(list).stream().forEach(cpu -> file(SystemFiles.CPUS + "cpu" + cpu + '/' + name, list + '\n'));
        }
        return this;
    }

    /** Returns the cores {@code first, first + smtDistance}, and so on for {@code count} cores. */
    static List<String> smtCores(int first, int count, int smtDistance) {
        return IntStream.range(first, first + count).mapToObj(cpu -> cpu + "," + (cpu + smtDistance)).toList();
    }

    /** Returns {@code count} cores of one CPU each. */
    static List<String> plainCores(int first, int count) {
        return IntStream.range(first, first + count).mapToObj(String::valueOf).toList();
    }

    SystemFiles files() {
        return new SystemFiles(root);
    }

    NumaTopology nodes(String allowed) {
        return NumaTopology.read(files(), CpuSet.parse(allowed), warnings::add);
    }

    CpuTopology cpus(String allowed) {
        return CpuTopology.read(files(), CpuSet.parse(allowed), warnings::add);
    }

    /** Returns what was logged so far. */
    List<String> warnings() {
        return warnings;
    }
}
