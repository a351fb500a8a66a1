package org.dlrm4j.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.os.MemoryPolicy;
import org.dlrm4j.os.NumaMemory;
import org.dlrm4j.os.NumaTopology;
import org.dlrm4j.store.EmbeddingTable;
import org.dlrm4j.train.FakeMachine;
import org.dlrm4j.train.Optimizer;
import org.dlrm4j.train.OptimizerKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TablePlacementTest {
    private static final ModelConfig CONFIG = ModelConfig.of(4, new long[]{3_000, 20, 500}, 16,
            Dlrm.of(new int[]{4, 16}, new int[]{1}));
    private static final int NODE = NumaTopology.ofThisMachine().memoryNodes().getFirst();

    @TempDir
    private Path root;
    private final List<String> warnings = new ArrayList<>();

    private static void assumePermitted() {
        assumeTrue(NumaMemory.system().allowedNodes().isPresent(), "the kernel refuses to place memory");
    }

    @Test
    void theLargestTableGoesToTheEmptiestNode() {
        final TablePlacement plan = TablePlacement.bind(Map.of("a", 10L, "b", 40L, "c", 30L, "d", 15L, "e", 5L),
                List.of(2, 5));
        assertEquals(Map.of("b", 2, "c", 5, "d", 5, "a", 2, "e", 5), nodes(plan, List.of("a", "b", "c", "d", "e")));
        assertEquals("node 2: 2 tables, node 5: 3 tables", plan.toString());
        assertEquals(MemoryPolicy.DEFAULT, plan.policy("another"));
        assertFalse(plan.isDefault());
        assertThrows(IllegalArgumentException.class, () -> TablePlacement.bind(Map.of("a", 1L), List.of()));
    }

    private static Map<String, Integer> nodes(TablePlacement plan, List<String> tables) {
        final Map<String, Integer> nodes = new HashMap<>();
        tables.forEach(table -> nodes.put(table, plan.policy(table).nodes().getFirst()));
        return nodes;
    }

    @Test
    void nodesDifferByNoMoreThanTheSmallestTableOfTheFullest() {
        final Random random = new Random(Long.getLong("dlrm4j.test.seed", 3));
        for (int round = 0; round < 100; round++) {
            final Map<String, Long> bytes = new HashMap<>();
            for (int t = 1 + random.nextInt(40); t > 0; t--) {
                bytes.put("t" + t, 1 + (long) Math.exp(20 * random.nextDouble()));
            }
            final List<Integer> numbers = List.of(0, 1, 2, 3);
            final TablePlacement plan = TablePlacement.bind(bytes, numbers);
            final long[] sums = new long[4];
            final long[] smallest = {Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE};
            bytes.forEach((table, size) -> {
                final int node = plan.policy(table).nodes().getFirst();
                sums[node] += size;
                smallest[node] = Math.min(smallest[node], size);
            });
            for (int a = 0; a < 4; a++) {
                for (int b = 0; b < 4; b++) {
                    assertTrue(sums[a] == 0 || sums[a] - smallest[a] <= sums[b], bytes.toString());
                }
            }
        }
    }

    @Test
    void nodesWithoutCpusAndForbiddenOnesAreLeftOut() {
        final NumaTopology topology = new FakeMachine(root).withMemoryExpander().nodes();
        final Map<String, Long> bytes = Map.of("a", 1L, "b", 2L, "c", 3L);
        final TablePlacement interleaved = TablePlacement.of(MemoryPolicy.Mode.INTERLEAVE, bytes, topology,
                List.of(0, 1, 2), warnings::add);
        assertEquals(MemoryPolicy.interleave(List.of(0, 1)), interleaved.policy("a"));
        assertEquals("interleave over nodes 0,1", interleaved.toString());
        assertEquals("node 0: 1 table, node 1: 2 tables", TablePlacement.of(MemoryPolicy.Mode.BIND, bytes, topology,
                List.of(0, 1, 2), warnings::add).toString());
        assertEquals(List.of(), warnings);
        assertTrue(TablePlacement.of(MemoryPolicy.Mode.BIND, bytes, topology, List.of(1, 2), warnings::add)
                .isDefault());
        assertEquals(1, warnings.size());
        assertTrue(warnings.getFirst().contains("may use are [1], expected two or more"), warnings::toString);
    }

    @ParameterizedTest
    @EnumSource(MemoryPolicy.Mode.class)
    void thisMachineGetsAPlanThatItCanCarryOut(MemoryPolicy.Mode mode) {
        final TablePlacement plan = TablePlacement.of(mode, CONFIG);
        try (Network model = Network.create(CONFIG, new NumpyRandom(1), TableStorage.anonymous(plan))) {
            plan.check(model.tables()).ifPresent(check -> {
                assertEquals(0, check.misplacedPages());
                assertEquals(0, check.absentPages());
            });
        }
    }

    @Test
    void tablesAndTheirOptimizerStateAreBound() {
        assumePermitted();
        final TablePlacement plan = TablePlacement.bind(Map.of("table-00", 2L, "table-02", 1L), List.of(NODE));
        try (Network model = Network.create(CONFIG, new NumpyRandom(1), TableStorage.anonymous(plan));
                Optimizer optimizer = new Optimizer(OptimizerKind.ADAGRAD, model, 1)) {
            for (List<EmbeddingTable> tables : List.of(model.tables(), optimizer.tableStates())) {
                for (int f : new int[]{0, 2}) {
                    assertEquals(MemoryPolicy.bind(NODE), tables.get(f).memoryPolicy());
                    assertEquals(MemoryPolicy.bind(NODE),
                            NumaMemory.system().policyOf(tables.get(f).segment()).orElseThrow());
                }
                assertEquals(MemoryPolicy.DEFAULT, tables.get(1).memoryPolicy());
            }
            final TablePlacement.Check check = plan.check(model.tables()).orElseThrow();
            // 3,000 and 500 rows of 64 bytes on pages of 4,096, and one page of 20 rows.
            assertEquals(Map.of(NODE, 47 + 8 + 1), check.pagesByNode());
            assertEquals(0, check.misplacedPages());
        }
    }

    @Test
    void pagesThatAreNotWherePlannedAreCounted() {
        assumePermitted();
        try (EmbeddingTable table = EmbeddingTable.anonymous("t", 640, 16)) {
            final TablePlacement elsewhere = TablePlacement.bind(Map.of("t", 1L), List.of(NODE + 1));
            assertEquals(new TablePlacement.Check(Map.of(), 0, 10), elsewhere.check(List.of(table)).orElseThrow());
            table.segment().fill((byte) 1);
            assertEquals(new TablePlacement.Check(Map.of(NODE, 10), 10, 0),
                    elsewhere.check(List.of(table)).orElseThrow());
            assertEquals(0, TablePlacement.DEFAULT.check(List.of(table)).orElseThrow().misplacedPages());
        }
    }

    @Test
    void tablesInFilesAreReadUnderThePlan() {
        assumePermitted();
        final Path file = root.resolve("t");
        try (EmbeddingTable table = EmbeddingTable.create(file, "t", 64_000, 16)) {
            table.segment().asSlice(table.dataOffset()).fill((byte) 1);
            table.seal();
        }
        try (EmbeddingTable table = EmbeddingTable.openReadOnly(file)) {
            final TablePlacement plan = TablePlacement.interleave(List.of(NODE));
            assertEquals(new TablePlacement.Check(Map.of(), 0, 1000), plan.check(List.of(table)).orElseThrow());
            plan.prefault(List.of(table));
            assertEquals(MemoryPolicy.interleave(List.of(NODE)), table.memoryPolicy());
            assertEquals(new TablePlacement.Check(Map.of(NODE, 1000), 0, 0), plan.check(List.of(table)).orElseThrow());
        }
    }

    @Test
    void smallTablesAreCopiedWholeAndLargeOnesShareTheRest() {
        final List<EmbeddingTable> tables = new ArrayList<>();
        try (EmbeddingTable anonymous = EmbeddingTable.anonymous("anonymous", 100_000, 16);
                EmbeddingTable tiny = sealed("tiny", 100);
                EmbeddingTable small = sealed("small", 40_000);
                EmbeddingTable large = sealed("large", 200_000);
                EmbeddingTable larger = sealed("larger", 400_000)) {
            tables.addAll(List.of(larger, anonymous, small, tiny, large));
            final long budget = small.fileBytes() + (11L << 20);
            // Rounded down to huge pages; what is left goes to the last.
            assertEquals(small.fileBytes() + (4L << 20) + (6L << 20),
                    TablePlacement.DEFAULT.copyHotRows(tables, budget));
            for (EmbeddingTable table : List.of(tiny, small, large, larger)) {
                for (long row = 0; row < table.rows(); row += 99) {
                    assertEquals(row, table.segment().get(ValueLayout.JAVA_FLOAT, table.rowOffset(row)));
                }
                table.verify();
            }
            assertEquals(0, TablePlacement.DEFAULT.copyHotRows(tables, 0));
            assertEquals(small.fileBytes() + large.fileBytes() + larger.fileBytes(),
                    TablePlacement.DEFAULT.copyHotRows(tables, Long.MAX_VALUE));
            assertThrows(IllegalArgumentException.class, () -> TablePlacement.DEFAULT.copyHotRows(tables, -1));
        }
    }

    private EmbeddingTable sealed(String name, long rows) {
        final Path file = root.resolve(name);
        try (EmbeddingTable table = EmbeddingTable.create(file, name, rows, 16)) {
            for (long row = 0; row < rows; row++) {
                table.segment().set(ValueLayout.JAVA_FLOAT, table.rowOffset(row), row);
            }
            table.seal();
        }
        return EmbeddingTable.openReadOnly(file);
    }
}
