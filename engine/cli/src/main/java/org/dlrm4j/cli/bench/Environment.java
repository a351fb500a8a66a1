package org.dlrm4j.cli.bench;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlrm4j.kernels.KernelInfo;
import org.dlrm4j.os.Affinity;
import org.dlrm4j.os.CpuTopology;
import org.dlrm4j.os.NumaTopology;

/** What measurements depend on beside the program: machine, kernel and JVM. Holds no name of a host or a path. */
final class Environment {
    private static final String CACHES = "sys/devices/system/cpu/cpu0/cache/index";
    private static final String HUGE_PAGES = "sys/kernel/mm/transparent_hugepage/";

    private Environment() {}

    /** Describes this process and its machine. */
    static Map<String, Object> describe(MachineFiles files) {
        final Map<String, Object> environment = new LinkedHashMap<>();
        final String commit = System.getenv("DLRM_COMMIT");
        if (commit != null && commit.matches("[0-9a-f]{7,64}(-dirty)?")) {
            environment.put("commit", commit);
        }
        environment.put("kernels", KernelInfo.description());
        environment.put("cpu", cpu(files));
        environment.put("caches", caches(files));
        environment.put("numaNodes", NumaTopology.ofThisMachine().nodes().stream().map(Environment::node).toList());
        environment.put("memory", memory(files));
        environment.put("os", os(files));
        environment.put("jvm", jvm());
        return environment;
    }

    private static Map<String, Object> cpu(MachineFiles files) {
        final Map<String, String> info = files.fields("proc/cpuinfo");
        final CpuTopology topology = CpuTopology.ofThisMachine();
        final Map<String, Object> cpu = new LinkedHashMap<>();
        cpu.put("architecture", System.getProperty("os.arch"));
        for (String field : List.of("vendor_id", "model name", "cpu family", "model", "stepping")) {
            if (info.containsKey(field)) {
                cpu.put(field, info.get(field));
            }
        }
        cpu.put("online", topology.online().size());
        cpu.put("allowed", Affinity.system().allowed().size());
        cpu.put("cores", topology.cores());
        cpu.put("cacheGroups", topology.cacheGroups());
        files.text("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
                .ifPresent(governor -> cpu.put("governor", governor));
        return cpu;
    }

    /** Lists the caches of the first CPU, the nearest first. */
    private static List<Map<String, Object>> caches(MachineFiles files) {
        final List<Map<String, Object>> caches = new ArrayList<>();
        for (int index = 0; files.text(CACHES + index + "/size").isPresent(); index++) {
            final Map<String, Object> cache = new LinkedHashMap<>();
            for (String property : List.of("level", "type", "size", "shared_cpu_list", "coherency_line_size")) {
                final int number = index;
                files.text(CACHES + number + '/' + property).ifPresent(text -> cache.put(property, text));
            }
            caches.add(cache);
        }
        return caches;
    }

    private static Map<String, Object> node(NumaTopology.Node node) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("number", node.number());
        json.put("cpus", node.cpus().toString());
        json.put("memoryBytes", node.memoryBytes());
        json.put("distances", node.distances());
        return json;
    }

    private static Map<String, Object> memory(MachineFiles files) {
        final Map<String, Object> memory = new LinkedHashMap<>();
        files.memory("MemTotal").ifPresent(bytes -> memory.put("totalBytes", bytes));
        files.availableBytes().ifPresent(bytes -> memory.put("availableBytes", bytes));
        files.text(HUGE_PAGES + "enabled").ifPresent(text -> memory.put("transparentHugePages", text));
        files.text(HUGE_PAGES + "defrag").ifPresent(text -> memory.put("hugePageDefragmentation", text));
        files.memory("Hugepagesize").ifPresent(bytes -> memory.put("hugePageBytes", bytes));
        return memory;
    }

    private static Map<String, Object> os(MachineFiles files) {
        final Map<String, Object> os = new LinkedHashMap<>();
        os.put("name", System.getProperty("os.name"));
        os.put("release", System.getProperty("os.version"));
        files.text("sys/devices/system/clocksource/clocksource0/current_clocksource")
                .ifPresent(source -> os.put("clockSource", source));
        return os;
    }

    private static Map<String, Object> jvm() {
        final Map<String, Object> jvm = new LinkedHashMap<>();
        jvm.put("version", Runtime.version().toString());
        jvm.put("vendor", System.getProperty("java.vm.vendor"));
        jvm.put("name", System.getProperty("java.vm.name"));
        jvm.put("maxHeapBytes", Runtime.getRuntime().maxMemory());
        jvm.put("processors", Runtime.getRuntime().availableProcessors());
        // What names a place on this machine says nothing to others. --add-opens=java.base/… is no path.
        jvm.put("flags", ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(flag -> flag.startsWith("--add-") || flag.indexOf('/') < 0).toList());
        return jvm;
    }
}
