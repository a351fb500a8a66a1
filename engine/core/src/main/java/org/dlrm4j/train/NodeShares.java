package org.dlrm4j.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.dlrm4j.model.Lookup;
import org.dlrm4j.model.Network;
import org.dlrm4j.os.MemoryPolicy;
import org.dlrm4j.store.EmbeddingTable;

/**
 * Which threads take which tables: those of a node the tables that are bound to it. Tables that are bound to no node, or to
 * one without threads, are shared by all threads. Used by the pool's caller, who begins each round, and by its threads.
 */
final class NodeShares {
    /** Tables and the threads that share them. */
    private record Group(int[] tables, int[] threads, AtomicInteger nextItem) {}

    /** Takes samples of a table. */
    @FunctionalInterface
    interface TableRange {
        void run(int table, int from, int to, int thread);
    }

    /** Takes a part of a table. */
    @FunctionalInterface
    interface TablePart {
        void run(int table, int part, int thread);
    }

    private final List<Group> groups = new ArrayList<>();
    /** Groups of each thread: its node's, then that of all. */
    private final Group[][] ofThread;

    private NodeShares(int[] tableNodes, List<Integer> threadNodes) {
        final int threads = threadNodes.size();
        ofThread = new Group[threads][];
        Arrays.setAll(ofThread, t -> new Group[0]);
        for (int node : threadNodes.stream().distinct().sorted().toList()) {
            add(indices(tableNodes.length, f -> tableNodes[f] == node),
                    indices(threads, t -> threadNodes.get(t) == node));
        }
        add(indices(tableNodes.length, f -> !threadNodes.contains(tableNodes[f])), indices(threads, t -> true));
    }

    private static int[] indices(int end, IntPredicate wanted) {
        return IntStream.range(0, end).filter(wanted).toArray();
    }

    private void add(int[] tables, int[] threads) {
        if (tables.length == 0) {
            return;
        }
        final Group group = new Group(tables, threads, new AtomicInteger());
        groups.add(group);
        for (int t : threads) {
            ofThread[t] = Arrays.copyOf(ofThread[t], ofThread[t].length + 1);
            ofThread[t][ofThread[t].length - 1] = group;
        }
    }

    /**
     * Returns the shares, or null if it makes no difference who takes a table: if threads or tables are not on at least two
     * nodes.
     *
     * @param tableNodes node of each table, -1 for none
     * @param threadNodes node of each thread, empty if threads are not pinned
     */
    static NodeShares of(int[] tableNodes, List<Integer> threadNodes) {
        final long nodes = Arrays.stream(tableNodes).filter(threadNodes::contains).distinct().count();
        return nodes < 2 ? null : new NodeShares(tableNodes, threadNodes);
    }

    /** Returns the node that the table of each lookup is bound to, -1 for none. */
    static int[] nodesOf(Network network) {
        return nodesOf(network.lookups().stream().map(Lookup::table).toList());
    }

    /** Returns the node that each table is bound to, -1 for none. */
    static int[] nodesOf(List<EmbeddingTable> tables) {
        return tables.stream().map(EmbeddingTable::memoryPolicy)
                .mapToInt(policy -> policy.mode() == MemoryPolicy.Mode.BIND ? policy.nodes().getFirst() : -1).toArray();
    }

    /** Takes a thread's share of the lookups of {@code m} samples, always the same one. */
    void lookups(int m, int thread, TableRange lookup) {
        for (Group group : ofThread[thread]) {
            final int rank = Arrays.binarySearch(group.threads, thread);
            final long items = (long) group.tables.length * m;
            long at = items * rank / group.threads.length;
            final long end = items * (rank + 1) / group.threads.length;
            while (at < end) {
                final int table = (int) (at / m);
                final int from = (int) (at % m);
                final int to = (int) Math.min(m, from + end - at);
                lookup.run(group.tables[table], from, to, thread);
                at += to - from;
            }
        }
    }

    /** Begins a round of {@link #parts}. */
    void beginParts() {
        groups.forEach(group -> group.nextItem.set(0));
    }

    /** Takes parts of a thread's tables until none is left. */
    void parts(int partsPerTable, int thread, TablePart update) {
        for (Group group : ofThread[thread]) {
            final int items = group.tables.length * partsPerTable;
            for (int item = group.nextItem.getAndIncrement(); item < items; item = group.nextItem
                    .getAndIncrement()) {
                update.run(group.tables[item / partsPerTable], item % partsPerTable, thread);
            }
        }
    }
}
