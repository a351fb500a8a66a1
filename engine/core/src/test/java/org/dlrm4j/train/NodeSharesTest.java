package org.dlrm4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.model.Dlrm;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.ModelExamples;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.ReferenceModel;
import org.dlrm4j.model.TableStorage;
import org.dlrm4j.os.MemoryPolicy;
import org.dlrm4j.os.NumaMemory;
import org.dlrm4j.os.NumaTopology;
import org.dlrm4j.os.PinPolicy;
import org.dlrm4j.store.EmbeddingTable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Two sockets are invented: threads are then not pinned in truth, but what they take is what they would. */
class NodeSharesTest {
    private static final ModelConfig CONFIG = ModelConfig.of(4, new long[]{300, 20, 500, 7, 1000}, 16,
            Dlrm.of(new int[]{4, 24, 16}, new int[]{20, 1}));
    private static final int[] NODES = {0, 1, 1, -1, 0};

    @TempDir
    private Path root;

    private WorkerPool pool(int threads) {
        return new WorkerPool(
                WorkerPoolOptions.of(threads).withPinPolicy(PinPolicy.SPREAD).withMinSharedWork(0),
                new FakeMachine(root).machine());
    }

    @Test
    void aSpreadPoolKnowsTheNodesOfItsThreads() {
        try (WorkerPool pool = pool(5); WorkerPool unpinned = new WorkerPool(2)) {
            assertEquals(List.of(0, 4, 1, 5, 2), pool.cpus());
            assertEquals(List.of(0, 1, 0, 1, 0), pool.nodes());
            assertEquals(List.of(), unpinned.nodes());
        }
    }

    @Test
    void oneNodeOrNoBindingNeedsNoShares() {
        assertNull(NodeShares.of(NODES, List.of()));
        assertNull(NodeShares.of(NODES, List.of(0, 0, 0)));
        assertNull(NodeShares.of(new int[]{-1, -1}, List.of(0, 1)));
        assertNull(NodeShares.of(new int[]{1, 1}, List.of(0, 1)));
        assertNotNull(NodeShares.of(NODES, List.of(0, 1)));
    }

    @Test
    void nodesAreThoseOfBoundTables() {
        final int node = NumaTopology.ofThisMachine().memoryNodes().getFirst();
        try (EmbeddingTable free = EmbeddingTable.anonymous("a", 1, 1);
                EmbeddingTable spread = EmbeddingTable.anonymous("b", 1, 1, RowFormat.F32,
                        MemoryPolicy.interleave(List.of(node)));
                EmbeddingTable bound = EmbeddingTable.anonymous("c", 1, 1, RowFormat.F32, MemoryPolicy.bind(node))) {
            // Where the kernel refuses to bind, nothing is bound.
            final int expected = bound.memoryPolicy().mode() == MemoryPolicy.Mode.BIND ? node : -1;
            assertArrayEquals(new int[]{-1, -1, expected}, NodeShares.nodesOf(List.of(free, spread, bound)));
        }
    }

    @Test
    void everySampleOfEveryTableIsTakenOnceByItsNode() {
        for (List<Integer> threads : List.of(List.of(0, 1), List.of(0, 1, 0), List.of(1, 0, 0, 1, 1, 2, 0))) {
            final NodeShares shares = NodeShares.of(NODES, threads);
            for (int m : new int[]{1, 2, 7, 100}) {
                final int[][] taken = new int[NODES.length][m];
                for (int t = 0; t < threads.size(); t++) {
                    final int node = threads.get(t);
                    shares.lookups(m, t, (table, from, to, _) -> {
                        assertTrue(NODES[table] == node || NODES[table] == -1, "table " + table + " on node " + node);
                        assertTrue(from < to);
                        for (int s = from; s < to; s++) {
                            taken[table][s]++;
                        }
                    });
                }
                for (int[] samples : taken) {
                    for (int count : samples) {
                        assertEquals(1, count);
                    }
                }
            }
            for (int round = 0; round < 2; round++) {
                shares.beginParts();
                final int[] parts = new int[NODES.length * 3];
                for (int t = threads.size() - 1; t >= 0; t--) {
                    final int node = threads.get(t);
                    shares.parts(3, t, (table, part, thread) -> {
                        assertTrue(NODES[table] == node || NODES[table] == -1, "table " + table + " on node " + node);
                        parts[table * 3 + part]++;
                    });
                }
                for (int count : parts) {
                    assertEquals(1, count);
                }
            }
        }
    }

    @Test
    void tablesOfNodesWithoutThreadsAreSharedByAll() {
        final NodeShares shares = NodeShares.of(new int[]{0, 1, 7}, List.of(0, 1));
        final List<String> taken = new ArrayList<>();
        for (int t = 0; t < 2; t++) {
            shares.lookups(10, t,
                    (table, from, to, thread) -> taken.add(thread + ": " + table + " " + from + "-" + to));
        }
        assertEquals(List.of("0: 0 0-10", "0: 2 0-5", "1: 1 0-10", "1: 2 5-10"), taken);
    }

    private static double[] train(OptimizerKind kind, int size, WorkerPool pool, int[] nodes) {
        return train(CONFIG, kind, size, pool, nodes);
    }

    private static double[] train(ModelConfig config, OptimizerKind kind, int size, WorkerPool pool, int[] nodes) {
        try (Network model = Network.create(config, new NumpyRandom(5), TableStorage.anonymous());
                Optimizer optimizer = new Optimizer(kind, model, pool.threads());
                TrainingStep step = new TrainingStep(model, optimizer, size, pool, nodes)) {
            for (int i = 0; i < 3; i++) {
                try (Batch batch = ModelExamples.batch(config, size, i)) {
                    step.run(batch, 0.1f, "batch " + i);
                }
            }
            return ReferenceModel.flatten(model);
        }
    }

    @Test
    void trainingGivesTheSameBitsWhereverTablesAre() {
        for (OptimizerKind kind : OptimizerKind.values()) {
            for (int size : new int[]{5, 700}) {
                final double[] expected;
                try (WorkerPool one = new WorkerPool(1)) {
                    expected = train(kind, size, one, new int[]{-1, -1, -1, -1, -1});
                }
                for (int threads : new int[]{2, 5}) {
                    try (WorkerPool pool = pool(threads)) {
                        for (int[] nodes : new int[][]{NODES, {1, 1, 0, 0, 1}, {0, 0, 0, 0, 0}, {0, 1, 3, 3, 3}}) {
                            assertArrayEquals(expected, train(kind, size, pool, nodes),
                                    kind + ", batch " + size + ", threads " + threads);
                        }
                    }
                }
            }
        }
    }

    /** Tables are counted, not features: some models have two tables a feature, in layers of their own. */
    @ParameterizedTest
    @MethodSource("org.dlrm4j.model.ModelExamples#all")
    void everyArchitectureIsTrainedByNode(ModelConfig config) {
        final int tables = config.tables().size();
        final int[] nodes = IntStream.range(0, tables).map(table -> table % 2).toArray();
        assertNotNull(NodeShares.of(nodes, List.of(0, 1)));
        try (WorkerPool one = new WorkerPool(1); WorkerPool three = pool(3)) {
            assertArrayEquals(train(config, OptimizerKind.ROW_WISE_ADAGRAD, 70, one, new int[tables]),
                    train(config, OptimizerKind.ROW_WISE_ADAGRAD, 70, three, nodes));
        }
    }

    @Test
    void predictionsAreTheSameBitsWhereverTablesAre() {
        try (Network model = Network.create(CONFIG, new NumpyRandom(5));
                WorkerPool one = new WorkerPool(1);
                WorkerPool many = pool(5);
                Batch batch = ModelExamples.batch(CONFIG, 333, 1);
                ParallelForward expected = new ParallelForward(model, 333, one);
                ParallelForward found = new ParallelForward(model, 333, many, NODES)) {
            assertNotNull(found.shares());
            NumaMemory.system().placement(found.predictions(), 1)
                    .ifPresent(pages -> assertEquals(0, pages.absentPages(), "touched by its threads"));
            final Random random = new Random(1);
            for (int round = 0; round < 20; round++) {
                final int from = random.nextInt(333);
                final int m = 1 + random.nextInt(333 - from);
                expected.run(batch, from, m);
                found.run(batch, from, m);
                final long bytes = (long) m * Float.BYTES;
                assertEquals(-1, expected.predictions().asSlice(0, bytes)
                        .mismatch(found.predictions().asSlice(0, bytes)));
            }
        }
    }
}
