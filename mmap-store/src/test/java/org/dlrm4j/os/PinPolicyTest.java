package org.dlrm4j.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PinPolicyTest {
    @TempDir(factory = MemoryTempDir.class)
    private Path root;
    private SystemTree tree;

    @BeforeEach
    void emptyTree() {
        tree = new SystemTree(root);
    }

    private List<Integer> choose(PinPolicy policy, String allowed, int threads) {
        return policy.choose(tree.cpus(allowed), tree.nodes(allowed), CpuSet.parse(allowed), threads);
    }

    private void assertChoice(PinPolicy policy, String allowed, Integer... expected) {
        assertEquals(List.of(expected), choose(policy, allowed, expected.length));
    }

    @Test
    void noneChoosesNothingAndNobodySharesACpu() {
        Machines.oneNode(tree);
        assertEquals(List.of(), choose(PinPolicy.NONE, "0-7", 2));
        for (PinPolicy policy : List.of(PinPolicy.COMPACT, PinPolicy.SPREAD)) {
            assertEquals(8, choose(policy, "0-7", 8).size());
            assertEquals(List.of(), choose(policy, "0-7", 9));
            // allowed but offline
            assertEquals(List.of(), choose(policy, "7-9", 2));
            assertThrows(IllegalArgumentException.class, () -> choose(policy, "0-7", 0));
        }
    }

    @Test
    void coresComeBeforeSmtSiblings() {
        Machines.oneNode(tree);
        assertChoice(PinPolicy.COMPACT, "0-7", 0, 1, 2, 3, 4, 5, 6, 7);
        tree.cores(List.of("0-1", "2-3", "4-5", "6-7"));
        assertChoice(PinPolicy.COMPACT, "0-7", 0, 2, 4, 6, 1, 3, 5, 7);
        assertChoice(PinPolicy.SPREAD, "0-7", 0, 2, 4, 6, 1, 3, 5, 7);
        // Of the first core only the second thread is allowed: then that is the core's first.
        assertChoice(PinPolicy.COMPACT, "1-3", 1, 2, 3);
    }

    @Test
    void compactFillsANodeThenTheNext() {
        Machines.twoNodes(tree);
        assertChoice(PinPolicy.COMPACT, "0-15", 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        assertChoice(PinPolicy.COMPACT, "3-7,11-15", 4, 5, 6, 7, 3, 12, 13, 14, 15, 11);
    }

    @Test
    void spreadTakesNodesInTurn() {
        Machines.twoNodes(tree);
        assertChoice(PinPolicy.SPREAD, "0-15", 0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15);
        assertChoice(PinPolicy.SPREAD, "0-4", 0, 4, 1, 2, 3);
    }

    @Test
    void compactFillsOneCacheBeforeTheNextAndNearNodesBeforeFar() {
        Machines.epyc(tree);
        List<Integer> all = choose(PinPolicy.COMPACT, "0-255", 256);
        assertEquals(IntStream.range(0, 256).boxed().toList(), all);
        // Node 5 has most CPUs; 4 is as near to it as 6, 0 is far.
        assertChoice(PinPolicy.COMPACT, "0-1,64,80-82,96", 80, 81, 82, 64, 96, 0, 1);
        // Of node 0 the second cache has more CPUs.
        assertChoice(PinPolicy.COMPACT, "0,8-9", 8, 9, 0);
    }

    @Test
    void spreadUsesEveryCacheBeforeAnyTwice() {
        Machines.epyc(tree);
        CpuTopology cpus = tree.cpus("0-255");
        List<Integer> chosen = choose(PinPolicy.SPREAD, "0-255", 16);
        assertEquals(List.of(0, 16, 32, 48, 64, 80, 96, 112, 8, 24, 40, 56, 72, 88, 104, 120), chosen);
        assertEquals(16, chosen.stream().map(cpu -> cpus.cpu(cpu).cacheSharers()).distinct().count());
        assertEquals(128, choose(PinPolicy.SPREAD, "0-255", 128).stream().map(cpu -> cpus.cpu(cpu).siblings())
                .collect(Collectors.toSet()).size());
    }

    @Test
    void clustersOfOneSocketAreNearerThanTheOtherSocket() {
        Machines.subNumaClusters(tree);
        assertEquals(IntStream.range(0, 32).boxed().toList(), choose(PinPolicy.COMPACT, "0-31", 32));
        assertChoice(PinPolicy.SPREAD, "0-31", 0, 4, 8, 12, 16, 20, 24, 28, 1);
        // Start on socket 1: its clusters first, although socket 0 has smaller numbers.
        assertChoice(PinPolicy.COMPACT, "0-1,20-22,28", 20, 21, 22, 28, 0, 1);
    }

    @Test
    void fastCoresComeBeforeEfficientOnesAndThoseBeforeSiblings() {
        Machines.hybrid(tree);
        assertChoice(PinPolicy.COMPACT, "0-7", 0, 2, 4, 5, 6, 7, 1, 3);
        assertChoice(PinPolicy.SPREAD, "0-7", 0, 2, 4, 5, 6, 7, 1, 3);
    }

    @Test
    void nodesWithoutCpusAreLeftOut() {
        Machines.memoryExpander(tree);
        assertChoice(PinPolicy.SPREAD, "0-3", 0, 1, 2, 3);
        assertChoice(PinPolicy.COMPACT, "2-3", 2, 3);
    }

    @Test
    void topologiesThatDisagreeStillGiveEveryCpuOnce() {
        Machines.twoNodes(tree);
        tree.file(SystemFiles.NODES + "node1/cpulist", "4-5\n");
        for (PinPolicy policy : List.of(PinPolicy.COMPACT, PinPolicy.SPREAD)) {
            List<Integer> chosen = choose(policy, "0-15", 16);
            assertEquals(16, new HashSet<>(chosen).size());
        }
        assertChoice(PinPolicy.COMPACT, "14-15", 14, 15);
    }

    @Test
    void withoutAnyFilesTheAllowedCpusAreTakenInOrder() {
        assertChoice(PinPolicy.COMPACT, "2,4,9", 2, 4, 9);
        assertChoice(PinPolicy.SPREAD, "2,4,9", 2, 4, 9);
        assertTrue(tree.warnings().getFirst().contains("no such file"));
    }
}
