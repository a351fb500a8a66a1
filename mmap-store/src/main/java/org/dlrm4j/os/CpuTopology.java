package org.dlrm4j.os;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Which CPUs share a physical core and which share a last-level cache, read from {@code /sys/devices/system/cpu}.
 * Immutable and thread-safe.
 *
 * <p>If a file is missing or garbled, one line in the log names it and every CPU counts as a core of its own under one
 * common cache: what follows is then a plain list of CPUs, never a failure.
 */
public final class CpuTopology {
    private static final int FULL_CAPACITY = 1024;
    private static final int EFFICIENCY_CAPACITY = FULL_CAPACITY / 2;

    private final Map<Integer, Cpu> cpus;
    private final CpuSet online;

    /**
     * One online CPU.
     *
     * @param number the CPU's number
     * @param siblings the CPUs of the same physical core (SMT threads), including this one
     * @param cacheSharers the CPUs under the same level-3 cache, including this one; those of the package if the kernel
     *     shows no such cache
     * @param capacity relative speed of the core, 1024 for the fastest kind; less for the efficiency cores of hybrid
     *     processors
     */
    public record Cpu(int number, CpuSet siblings, CpuSet cacheSharers, int capacity) {}

    private CpuTopology(Map<Integer, Cpu> cpus) {
        this.cpus = cpus;
        this.online = CpuSet.of(cpus.keySet().stream().mapToInt(Integer::intValue).toArray());
    }

    /**
     * Reads this machine's topology.
     *
     * @return a new snapshot; CPUs that go online or offline later do not show
     */
    public static CpuTopology ofThisMachine() {
        return read(Path.of("/"), Affinity.system().allowed());
    }

    /**
     * Reads a topology from a tree of files.
     *
     * @param root directory that contains {@code sys/devices/system/cpu}, for this machine {@code /}
     * @param allowed the CPUs of the topology if the files do not give one, not empty
     * @return the topology
     */
    public static CpuTopology read(Path root, CpuSet allowed) {
        return read(new SystemFiles(root), allowed, Log::warn);
    }

    static CpuTopology read(SystemFiles files, CpuSet allowed, Consumer<String> warn) {
        try {
            return read(files);
        } catch (SystemFileException e) {
            warn.accept(e.getMessage() + "; every CPU counts as a physical core, under one cache");
            return flat(allowed);
        }
    }

    private static CpuTopology read(SystemFiles files) throws SystemFileException {
        CpuSet online = files.nonEmptyList(SystemFiles.CPUS + "online");
        // Only kernels on Intel hybrid processors have this file; ARM kernels tell the capacity of each CPU instead.
        String atoms = "sys/devices/cpu_atom/cpus";
        CpuSet efficient = files.has(atoms) ? files.list(atoms) : CpuSet.EMPTY;
        Map<Integer, Cpu> cpus = new TreeMap<>();
        for (int number : online.stream().toArray()) {
            String directory = SystemFiles.CPUS + "cpu" + number + '/';
            CpuSet siblings = group(files, number, directory + "topology/core_cpus_list",
                    directory + "topology/thread_siblings_list");
            CpuSet cacheSharers = group(files, number, directory + "cache/index3/shared_cpu_list",
                    directory + "topology/package_cpus_list", directory + "topology/core_siblings_list");
            String capacityFile = directory + "cpu_capacity";
            int capacity = files.has(capacityFile)
                    ? files.number(capacityFile)
                    : efficient.contains(number) ? EFFICIENCY_CAPACITY : FULL_CAPACITY;
            cpus.put(number, new Cpu(number, siblings.and(online), cacheSharers.and(online), capacity));
        }
        return new CpuTopology(cpus);
    }

    /** Reads the first of the files that exists: the names changed over the years, and not all machines have all. */
    private static CpuSet group(SystemFiles files, int cpu, String... names) throws SystemFileException {
        String name = names[0];
        for (int i = 1; i < names.length && !files.has(name); i++) {
            name = names[i];
        }
        CpuSet group = files.list(name);
        if (!group.contains(cpu)) {
            throw files.problem(name, "found \"" + group + "\", expected a list that contains CPU " + cpu);
        }
        return group;
    }

    private static CpuTopology flat(CpuSet allowed) {
        Map<Integer, Cpu> cpus = new TreeMap<>();
        allowed.stream().forEach(number -> cpus.put(number,
                new Cpu(number, CpuSet.of(number), allowed, FULL_CAPACITY)));
        return new CpuTopology(cpus);
    }

    /**
     * Returns the CPUs that are online.
     *
     * @return at least one
     */
    public CpuSet online() {
        return online;
    }

    /**
     * Describes one CPU.
     *
     * @param number number of an online CPU
     * @return its core, cache and capacity
     * @throws IllegalArgumentException if the CPU is not online
     */
    public Cpu cpu(int number) {
        Cpu cpu = cpus.get(number);
        if (cpu == null) {
            throw new IllegalArgumentException("CPU " + number + " is not online, expected one of " + online);
        }
        return cpu;
    }

    /**
     * Returns the number of physical cores.
     *
     * @return at least 1
     */
    public int cores() {
        return (int) cpus.values().stream().map(cpu -> cpu.siblings().first()).distinct().count();
    }

    /**
     * Returns the number of groups of CPUs that share a level-3 cache.
     *
     * @return at least 1
     */
    public int cacheGroups() {
        return (int) cpus.values().stream().map(cpu -> cpu.cacheSharers().first()).distinct().count();
    }
}
