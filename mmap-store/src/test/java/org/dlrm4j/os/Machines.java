package org.dlrm4j.os;

import static org.dlrm4j.os.SystemTree.plainCores;
import static org.dlrm4j.os.SystemTree.smtCores;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Machines that several tests use. */
final class Machines {
    private Machines() {}

    /** Four cores with two threads each. */
    static SystemTree oneNode(SystemTree tree) {
        return tree.cpus("0-7", "0-7").cores(smtCores(0, 4, 4)).caches(List.of("0-7")).node(0, "0-7", 16 << 10, "10");
    }

    /** Two sockets of four cores with two threads each; 0-3 and 8-11 on the first. */
    static SystemTree twoNodes(SystemTree tree) {
        return tree.cpus("0-15", "0-15").cores(smtCores(0, 8, 8)).caches(List.of("0-3,8-11", "4-7,12-15"))
                .node(0, "0-3,8-11", 1024, "10 21").node(1, "4-7,12-15", 1024, "21 10");
    }

    /** Two sockets of four clusters (SNC-4) of four CPUs. */
    static SystemTree subNumaClusters(SystemTree tree) {
        tree.cpus("0-31", "0-31").cores(plainCores(0, 32)).caches(List.of("0-15", "16-31"));
        for (int node = 0; node < 8; node++) {
            int from = node;
            String distances = IntStream.range(0, 8).map(to -> to == from ? 10 : to / 4 == from / 4 ? 12 : 21)
                    .mapToObj(String::valueOf).collect(Collectors.joining(" "));
            tree.node(node, 4 * node + "-" + (4 * node + 3), 1024, distances);
        }
        return tree;
    }

    /** Eight nodes of two level-3 caches of eight cores with two threads each. */
    static SystemTree epyc(SystemTree tree) {
        List<String> caches = new ArrayList<>();
        tree.cpus("0-255", "0-255").cores(smtCores(0, 128, 128));
        for (int node = 0; node < 8; node++) {
            int first = 16 * node;
            caches.add(first + "-" + (first + 7) + "," + (first + 128) + "-" + (first + 135));
            caches.add(first + 8 + "-" + (first + 15) + "," + (first + 136) + "-" + (first + 143));
            int from = node;
            tree.node(node, first + "-" + (first + 15) + "," + (first + 128) + "-" + (first + 143), 32 << 10,
                    IntStream.range(0, 8).map(to -> to == from ? 10 : to / 4 == from / 4 ? 12 : 32)
                            .mapToObj(String::valueOf).collect(Collectors.joining(" ")));
        }
        return tree.caches(caches);
    }

    /** One node of four CPUs, and one that is only memory (CXL). */
    static SystemTree memoryExpander(SystemTree tree) {
        return tree.cpus("0-3", "0-3").cores(plainCores(0, 4)).caches(List.of("0-3")).node(0, "0-3", 1024, "10 24")
                .node(1, "", 256 << 10, "24 10");
    }

    /** Two fast cores with two threads each, 0-1 and 2-3, and four efficient ones, 4-7. */
    static SystemTree hybrid(SystemTree tree) {
        return tree.cpus("0-7", "0-7").cores(List.of("0-1", "2-3", "4", "5", "6", "7")).caches(List.of("0-7"))
                .file("sys/devices/cpu_core/cpus", "0-3\n").file("sys/devices/cpu_atom/cpus", "4-7\n")
                .node(0, "0-7", 1024, "10");
    }
}
