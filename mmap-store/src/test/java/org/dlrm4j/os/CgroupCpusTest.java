package org.dlrm4j.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupCpusTest {
    private static final String V1 = "9:name=systemd:/\n5:devices:/job\n3:%s:%s\n1:cpu:/\n0::/other\n";

    @TempDir(factory = MemoryTempDir.class)
    private Path root;
    private SystemTree tree;
    private final List<String> warnings = new ArrayList<>();

    @BeforeEach
    void emptyTree() {
        tree = new SystemTree(root);
    }

    private void assertCpus(String expected) {
        assertEquals(Optional.ofNullable(expected).map(CpuSet::parse), CgroupCpus.read(tree.files(), warnings::add));
        assertEquals(List.of(), warnings);
    }

    @Test
    void version2NearestLevelWithTheControllerCounts() {
        tree.file("proc/self/cgroup", "0::/batch/job:7/step\n");
        tree.file("sys/fs/cgroup/cgroup.controllers", "cpuset cpu\n");
        assertCpus(null);
        tree.file("sys/fs/cgroup/batch/cpuset.cpus.effective", "0-7\n");
        assertCpus("0-7");
        tree.file("sys/fs/cgroup/batch/job:7/cpuset.cpus.effective", "2,4\n");
        assertCpus("2,4");
        tree.file("sys/fs/cgroup/batch/job:7/step/cpuset.cpus.effective", "4\n");
        assertCpus("4");
        tree.file("sys/fs/cgroup/batch/job:7/step/cpuset.cpus.effective", "\n");
        assertCpus("2,4");
    }

    @Test
    void version1HasAHierarchyOfItsOwn() {
        tree.file("proc/self/cgroup", V1.formatted("cpuset", "/docker/abc"));
        tree.file("sys/fs/cgroup/cpuset/cpuset.effective_cpus", "0-31\n");
        tree.file("sys/fs/cgroup/cpuset.cpus.effective", "0\n");
        assertCpus("0-31");
        tree.file("sys/fs/cgroup/cpuset/docker/abc/cpuset.cpus", "8-11\n");
        assertCpus("8-11");
        tree.file("sys/fs/cgroup/cpuset/docker/abc/cpuset.effective_cpus", "8-9\n");
        assertCpus("8-9");
    }

    @Test
    void version1ControllersMayShareAHierarchy() {
        tree.file("proc/self/cgroup", V1.formatted("cpu,cpuset,cpuacct", "/a"));
        tree.file("sys/fs/cgroup/cpuset/a/cpuset.effective_cpus", "1-2\n");
        assertCpus("1-2");
    }

    @Test
    void pathsAboveTheNamespaceEndAtTheMount() {
        tree.file("proc/self/cgroup", "0::/../../elsewhere\n");
        tree.file("sys/fs/cgroup/cpuset.cpus.effective", "3\n");
        assertCpus("3");
    }

    @Test
    void noControlGroups() {
        assertCpus(null);
        tree.file("proc/self/cgroup", "");
        assertCpus(null);
    }

    @Test
    void garbledFilesAreNamedAndIgnored() {
        tree.file("proc/self/cgroup", "nonsense\n");
        assertEquals(Optional.empty(), CgroupCpus.read(tree.files(), warnings::add));
        assertTrue(warnings.getFirst().startsWith(root.resolve("proc/self/cgroup") + ": found \"nonsense\", expected"),
                warnings::toString);
        tree.file("proc/self/cgroup", "0::/\n").file("sys/fs/cgroup/cpuset.cpus.effective", "0-?\n");
        assertEquals(Optional.empty(), CgroupCpus.read(tree.files(), warnings::add));
        assertTrue(warnings.get(1).startsWith(root.resolve("sys/fs/cgroup/cpuset.cpus.effective") + ": column 3 of"),
                warnings::toString);
        assertEquals(2, warnings.size());
    }
}
