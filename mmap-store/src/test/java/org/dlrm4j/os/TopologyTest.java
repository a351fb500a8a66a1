package org.dlrm4j.os;

import static org.dlrm4j.os.SystemTree.plainCores;
import static org.dlrm4j.os.SystemTree.smtCores;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TopologyTest {
    @TempDir(factory = MemoryTempDir.class)
    private Path root;
    private SystemTree tree;

    @BeforeEach
    void emptyTree() {
        tree = new SystemTree(root);
    }

    @Test
    void oneNodeWithSmt() {
        Machines.oneNode(tree);
        NumaTopology nodes = tree.nodes("0-7");
        CpuTopology cpus = tree.cpus("0-7");
        assertEquals(List.of(new NumaTopology.Node(0, CpuSet.parse("0-7"), 16L << 30, List.of(10))), nodes.nodes());
        assertEquals(4, cpus.cores());
        assertEquals(1, cpus.cacheGroups());
        assertEquals(new CpuTopology.Cpu(5, CpuSet.of(1, 5), CpuSet.parse("0-7"), 1024), cpus.cpu(5));
        assertEquals(List.of(), tree.warnings());
    }

    @Test
    void twoNodes() {
        Machines.twoNodes(tree);
        NumaTopology nodes = tree.nodes("0-15");
        assertEquals(List.of(0, 1), nodes.memoryNodes());
        assertEquals(0, nodes.nodeOf(8));
        assertEquals(1, nodes.nodeOf(15));
        assertEquals(-1, nodes.nodeOf(16));
        assertEquals(10, nodes.distance(1, 1));
        assertEquals(21, nodes.distance(0, 1));
        assertEquals(NumaTopology.UNKNOWN_DISTANCE, nodes.distance(0, 2));
        assertEquals(8, tree.cpus("0-15").cores());
        assertEquals(List.of(), tree.warnings());
    }

    @Test
    void subNumaClustersShareTheSocketsCache() {
        Machines.subNumaClusters(tree);
        NumaTopology nodes = tree.nodes("0-31");
        assertEquals(8, nodes.nodes().size());
        assertEquals(12, nodes.distance(0, 3));
        assertEquals(21, nodes.distance(0, 4));
        CpuTopology cpus = tree.cpus("0-31");
        assertEquals(2, cpus.cacheGroups());
        assertEquals(CpuSet.parse("16-31"), cpus.cpu(20).cacheSharers());
        assertEquals(List.of(), tree.warnings());
    }

    @Test
    void epycNodesWithSplitLists() {
        Machines.epyc(tree);
        NumaTopology nodes = tree.nodes("0-255");
        assertEquals(8, nodes.nodes().size());
        assertEquals("0-15,128-143", nodes.nodes().getFirst().cpus().toString());
        assertEquals(7, nodes.nodeOf(255));
        CpuTopology cpus = tree.cpus("0-255");
        assertEquals(128, cpus.cores());
        assertEquals(16, cpus.cacheGroups());
        assertEquals(CpuSet.parse("8-15,136-143"), cpus.cpu(140).cacheSharers());
        assertEquals(List.of(), tree.warnings());
    }

    @Test
    void sparseNodeNumbers() {
        tree.cpus("0-3", "0-3").cores(plainCores(0, 4)).caches(List.of("0-1", "2-3"));
        tree.node(0, "0-1", 1024, "10 40").node(2, "2-3", 1024, "40 10");
        NumaTopology nodes = tree.nodes("0-3");
        assertEquals(List.of(0, 2), nodes.memoryNodes());
        assertEquals(40, nodes.distance(0, 2));
        assertEquals(NumaTopology.UNKNOWN_DISTANCE, nodes.distance(0, 1));
        assertEquals(2, nodes.nodeOf(3));
        assertEquals(List.of(), tree.warnings());
    }

    @Test
    void memoryOnlyNode() {
        Machines.memoryExpander(tree);
        NumaTopology nodes = tree.nodes("0-3");
        assertEquals(CpuSet.EMPTY, nodes.nodes().get(1).cpus());
        assertEquals(256L << 30, nodes.nodes().get(1).memoryBytes());
        assertEquals(List.of(0, 1), nodes.memoryNodes());
        assertEquals(List.of(), tree.warnings());
    }

    @Test
    void cpuOnlyNode() {
        tree.cpus("0-3", "0-3").cores(plainCores(0, 4)).caches(List.of("0-3"));
        tree.node(0, "0-1", 1024, "10 20").node(1, "2-3", 0, "20 10");
        assertEquals(List.of(0), tree.nodes("0-3").memoryNodes());
        assertEquals(List.of(), tree.warnings());
    }

    @Test
    void offlineCpusDoNotCount() {
        // CPU 5, sibling of 1, is offline; some kernels leave it in its sibling's list.
        tree.cpus("0-4,6-7", "0-7").cores(smtCores(0, 4, 4)).caches(List.of("0-7"));
        tree.node(0, "0-4,6-7", 1024, "10");
        CpuTopology cpus = tree.cpus("0-7");
        assertEquals("0-4,6-7", cpus.online().toString());
        assertEquals(CpuSet.of(1), cpus.cpu(1).siblings());
        assertEquals("0-4,6-7", cpus.cpu(0).cacheSharers().toString());
        assertTrue(assertThrows(IllegalArgumentException.class, () -> cpus.cpu(5)).getMessage()
                .contains("CPU 5 is not online, expected one of 0-4,6-7"));
        assertEquals(List.of(), tree.warnings());
    }

    @Test
    void smtSwitchedOff() {
        tree.cpus("0-3", "0-7").cores(plainCores(0, 4)).caches(List.of("0-3")).node(0, "0-3", 1024, "10");
        assertEquals(4, tree.cpus("0-3").cores());
        assertEquals(List.of(), tree.warnings());
    }

    @Test
    void moreThan1024Cpus() {
        tree.cpus("0-1151", "0-2047").cores(plainCores(0, 1152)).caches(List.of("0-575", "576-1151"));
        tree.node(0, "0-575", 1024, "10 32").node(1, "576-1151", 1024, "32 10");
        CpuTopology cpus = tree.cpus("0-1151");
        assertEquals(1152, cpus.cores());
        assertEquals(CpuSet.parse("576-1151"), cpus.cpu(1151).cacheSharers());
        assertEquals(1, tree.nodes("0-1151").nodeOf(1151));
        assertEquals(List.of(), tree.warnings());
    }

    @Test
    void hybridCores() {
        Machines.hybrid(tree);
        CpuTopology cpus = tree.cpus("0-7");
        assertEquals(1024, cpus.cpu(0).capacity());
        assertTrue(cpus.cpu(7).capacity() < 1024);
        assertEquals(6, cpus.cores());
        assertEquals(List.of(), tree.warnings());
    }

    @Test
    void armCapacitiesAndOldFileNamesWithoutLevel3() {
        tree.cpus("0-3", "0-3").groups("topology/thread_siblings_list", plainCores(0, 4))
                .groups("topology/core_siblings_list", List.of("0-3")).node(0, "0-3", 1024, "10");
        for (int cpu = 0; cpu < 4; cpu++) {
            tree.file(SystemFiles.CPUS + "cpu" + cpu + "/cpu_capacity", cpu < 2 ? "446\n" : "1024\n");
        }
        CpuTopology cpus = tree.cpus("0-3");
        assertEquals(446, cpus.cpu(1).capacity());
        assertEquals(1024, cpus.cpu(2).capacity());
        assertEquals(CpuSet.parse("0-3"), cpus.cpu(2).cacheSharers());
        assertEquals(List.of(), tree.warnings());
    }

    @Test
    void nothingThereMeansOneNodeOfTheAllowedCpus() {
        NumaTopology nodes = tree.nodes("2,4");
        CpuTopology cpus = tree.cpus("2,4");
        assertEquals(List.of(new NumaTopology.Node(0, CpuSet.of(2, 4), 0, List.of(10))), nodes.nodes());
        assertEquals(List.of(0), nodes.memoryNodes());
        assertEquals(CpuSet.of(2, 4), cpus.online());
        assertEquals(2, cpus.cores());
        assertEquals(1, cpus.cacheGroups());
        assertEquals(2, tree.warnings().size());
        assertTrue(tree.warnings().get(0).equals(root.resolve("sys/devices/system/node/online")
                + ": no such file; one NUMA node with CPUs 2,4 is assumed"), tree.warnings().get(0));
        assertTrue(tree.warnings().get(1).startsWith(root.resolve("sys/devices/system/cpu/online") + ": no such file;"),
                tree.warnings().get(1));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"online|0-x|column 3", "online||empty list", "node1/cpulist|8-3|column 3",
            "node1/cpulist|0-3|already", "node1/meminfo|MemTotal: lots|MemTotal", "node1/distance|10|found 1 distances",
            "node0/distance|10 far|\"far\"", "node0/distance|10 99999|\"99999\""})
    void garbledNodeFilesAreNamedOnce(String name, String text, String problem) {
        Machines.twoNodes(tree);
        tree.file(SystemFiles.NODES + name, (text == null ? "" : text) + '\n');
        NumaTopology nodes = tree.nodes("0-15");
        assertEquals(List.of(CpuSet.parse("0-15")), nodes.nodes().stream().map(NumaTopology.Node::cpus).toList());
        assertWarning(SystemFiles.NODES + name, problem);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"online|\u00ff\u00fe|column 1",
            "cpu3/topology/core_cpus_list|4|contains CPU 3",
            "cpu3/cache/index3/shared_cpu_list|0-,3|column 3", "cpu3/cpu_capacity|-1|0 or more",
            "cpu3/cpu_capacity|fast|\"fast\""})
    void garbledCpuFilesAreNamedOnce(String name, String text, String problem) {
        Machines.twoNodes(tree);
        tree.file(SystemFiles.CPUS + name, text + '\n');
        CpuTopology cpus = tree.cpus("0-15");
        assertEquals(16, cpus.cores());
        assertEquals(1, cpus.cacheGroups());
        assertWarning(SystemFiles.CPUS + name, problem);
    }

    @Test
    void missingFilesAreNamedOnce() {
        Machines.twoNodes(tree);
        tree.remove(SystemFiles.NODES + "node1/meminfo");
        assertEquals(1, tree.nodes("0-15").nodes().size());
        assertWarning(SystemFiles.NODES + "node1/meminfo", "no such file");
        tree.warnings().clear();
        tree.remove(SystemFiles.CPUS + "cpu9/topology/core_cpus_list");
        assertEquals(16, tree.cpus("0-15").cores());
        assertWarning(SystemFiles.CPUS + "cpu9/topology/thread_siblings_list", "no such file");
    }

    private void assertWarning(String file, String problem) {
        assertEquals(1, tree.warnings().size(), tree.warnings()::toString);
        String warning = tree.warnings().getFirst();
        assertTrue(warning.startsWith(root.resolve(file) + ": "), warning);
        assertTrue(warning.contains(problem), warning);
    }

    @Test
    void thisMachineHasItsAllowedCpusOnItsNodes() {
        CpuSet allowed = Affinity.system().allowed();
        CpuTopology cpus = CpuTopology.ofThisMachine();
        NumaTopology nodes = NumaTopology.ofThisMachine();
        assertEquals(allowed, allowed.and(cpus.online()));
        allowed.stream().forEach(cpu -> assertTrue(nodes.nodeOf(cpu) >= 0));
    }
}
