package org.dlrm4j.model;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.dlrm4j.os.MemoryPolicy;
import org.dlrm4j.os.NumaMemory;
import org.dlrm4j.os.NumaTopology;
import org.dlrm4j.os.PagePlacement;
import org.dlrm4j.store.EmbeddingTable;
import org.dlrm4j.store.Prefault;

/**
 * On which NUMA nodes the memory of a model's tables lies. A plan: {@link TableStorage#anonymous(TablePlacement)} and
 * {@link #prefault} carry it out, {@link #check} asks the kernel what came of it. Immutable and thread-safe.
 *
 * <p>Interleaved tables lie on all nodes, page by page: every lookup has the bandwidth of the whole machine, and most of
 * them go to another node. Bound tables lie on one node each, and pinned threads of that node look them up.
 */
public final class TablePlacement {
    /** Pages lie on the node of the thread that first writes or reads them. */
    public static final TablePlacement DEFAULT = new TablePlacement(MemoryPolicy.DEFAULT, Map.of());

    private static final System.Logger LOGGER = System.getLogger(TablePlacement.class.getName());
    private static final int SAMPLES_PER_TABLE = 1_000;

    private final MemoryPolicy common;
    private final Map<String, MemoryPolicy> policies;

    /**
     * Where sampled pages of tables lie.
     *
     * @param pagesByNode number of pages on each node that has any, by ascending node number
     * @param misplacedPages pages that are on another node than planned
     * @param absentPages pages that are not in memory
     */
    public record Check(Map<Integer, Integer> pagesByNode, int misplacedPages, int absentPages) {
        /**
         * Makes a result.
         *
         * @param pagesByNode number of pages on each node that has any
         * @param misplacedPages pages that are on another node than planned
         * @param absentPages pages that are not in memory
         */
        public Check {
            pagesByNode = Collections.unmodifiableMap(new TreeMap<>(pagesByNode));
        }
    }

    private TablePlacement(MemoryPolicy common, Map<String, MemoryPolicy> policies) {
        this.common = common;
        this.policies = Map.copyOf(policies);
    }

    /**
     * Plans for this machine: over all nodes that have both memory and CPUs and that the process may use. If there is only
     * one, or if the kernel or a container forbids to place memory, the plan is {@link #DEFAULT}, with one line in the log.
     *
     * @param mode whether to leave the tables to the kernel, to interleave them, or to bind each to a node
     * @param config the model's tables
     * @return the plan
     */
    public static TablePlacement of(MemoryPolicy.Mode mode, ModelConfig config) {
        if (mode == MemoryPolicy.Mode.DEFAULT) {
            return DEFAULT;
        }
        // Refused, the question has its line in the log already.
        return NumaMemory.system().allowedNodes().map(allowed -> of(mode, bytesOf(config),
                NumaTopology.ofThisMachine(), allowed, message -> LOGGER.log(System.Logger.Level.WARNING, message)))
                .orElse(DEFAULT);
    }

    static TablePlacement of(MemoryPolicy.Mode mode, Map<String, Long> tableBytes, NumaTopology topology,
            List<Integer> allowed, Consumer<String> warn) {
        final List<Integer> withMemory = topology.memoryNodes();
        // A node without CPUs is slow memory, and nobody would be near a table that is bound to it.
        final List<Integer> usable = topology.nodes().stream().filter(node -> !node.cpus().isEmpty())
                .map(NumaTopology.Node::number).filter(withMemory::contains).filter(allowed::contains).toList();
        if (usable.size() < 2) {
            warn.accept(
                    "tables are not placed: the NUMA nodes with CPUs and memory that this process may use are " + usable
                            + ", expected two or more; memory lies where it is first touched");
            return DEFAULT;
        }
        return switch (mode) {
            case DEFAULT -> DEFAULT;
            case INTERLEAVE -> interleave(usable);
            case BIND -> bind(tableBytes, usable);
        };
    }

    private static Map<String, Long> bytesOf(ModelConfig config) {
        final Map<String, Long> bytes = new LinkedHashMap<>();
        for (TableSpec table : config.tables()) {
            bytes.put(table.name(), EmbeddingTable.bytes(table.rows(), table.dim()));
        }
        return bytes;
    }

    /**
     * Plans to spread every table over nodes.
     *
     * @param nodes numbers of nodes that have memory, at least one
     * @return the plan
     */
    public static TablePlacement interleave(List<Integer> nodes) {
        return new TablePlacement(MemoryPolicy.interleave(nodes), Map.of());
    }

    /**
     * Plans to put every table on one node: the largest first, each on the node that has the fewest bytes so far.
     *
     * @param tableBytes size of each table by its name; other tables are not placed
     * @param nodes numbers of nodes that have memory, at least one
     * @return the plan
     * @throws IllegalArgumentException if there is no node
     */
    public static TablePlacement bind(Map<String, Long> tableBytes, List<Integer> nodes) {
        if (nodes.isEmpty()) {
            throw new IllegalArgumentException("no nodes to bind tables to, expected at least one");
        }
        final List<Map.Entry<String, Long>> largestFirst = new ArrayList<>(tableBytes.entrySet());
        largestFirst.sort(Map.Entry.<String, Long>comparingByValue().reversed()
                .thenComparing(Map.Entry.comparingByKey()));
        final long[] bytes = new long[nodes.size()];
        final Map<String, MemoryPolicy> policies = new HashMap<>();
        for (Map.Entry<String, Long> table : largestFirst) {
            int least = 0;
            for (int i = 1; i < bytes.length; i++) {
                if (bytes[i] < bytes[least]) {
                    least = i;
                }
            }
            bytes[least] += table.getValue();
            policies.put(table.getKey(), MemoryPolicy.bind(nodes.get(least)));
        }
        return new TablePlacement(MemoryPolicy.DEFAULT, policies);
    }

    /**
     * Returns where a table's pages shall lie.
     *
     * @param table the table's name
     * @return the policy for its memory
     */
    public MemoryPolicy policy(String table) {
        return policies.getOrDefault(table, common);
    }

    /**
     * Returns whether the kernel places the tables as it likes.
     *
     * @return true for {@link #DEFAULT}
     */
    public boolean isDefault() {
        return policies.isEmpty() && common.mode() == MemoryPolicy.Mode.DEFAULT;
    }

    /**
     * Reads tables in files into memory, placed by this plan; pages that are in memory already stay where they are. Does
     * nothing to anonymous tables, whose policy was set when they were created.
     *
     * @param tables the tables
     * @throws org.dlrm4j.store.StoreException if the device cannot supply a page
     * @throws IllegalStateException if this is not {@link #DEFAULT} and the calling thread is virtual
     */
    public void prefault(List<EmbeddingTable> tables) {
        prefault(tables, new Prefault(Prefault.NO_LIMIT, done -> {}));
    }

    /**
     * Reads tables in files into memory as {@link #prefault(List)} does, at a pace.
     *
     * @param tables the tables
     * @param pace rate and progress
     * @throws org.dlrm4j.store.StoreException if the device cannot supply a page, or the thread is interrupted
     * @throws IllegalStateException if this is not {@link #DEFAULT} and the calling thread is virtual
     */
    public void prefault(List<EmbeddingTable> tables, Prefault pace) {
        tables.forEach(table -> table.prefault(policy(table.name()), pace));
    }

    /**
     * Copies the first rows of tables in files into huge pages, placed by this plan, see {@link EmbeddingTable#copyFirstRows}. No table has
     * more than another unless that is copied whole.
     *
     * @param tables the tables
     * @param maxBytes of all copies together, 0 or more
     * @return bytes that were copied
     * @throws IllegalArgumentException if {@code maxBytes} is negative
     * @throws org.dlrm4j.store.StoreException if the device cannot supply a page, or memory is refused
     */
    public long copyHotRows(List<EmbeddingTable> tables, long maxBytes) {
        if (maxBytes < 0) {
            throw new IllegalArgumentException("copies of hot rows: " + maxBytes + " bytes, expected 0 or more");
        }
        final List<EmbeddingTable> ascending = tables.stream()
                .sorted(Comparator.comparingLong(EmbeddingTable::fileBytes)).toList();
        long left = maxBytes;
        for (int i = 0; i < ascending.size(); i++) {
            final EmbeddingTable table = ascending.get(i);
            left -= table.copyFirstRows(left / (ascending.size() - i), policy(table.name()));
        }
        return maxBytes - left;
    }

    /**
     * Asks the kernel where pages of the tables lie, by samples.
     *
     * @param tables the tables
     * @return what was found; empty if the kernel does not tell
     */
    public Optional<Check> check(List<EmbeddingTable> tables) {
        final Map<Integer, Integer> pagesByNode = new TreeMap<>();
        int misplaced = 0;
        int absent = 0;
        for (EmbeddingTable table : tables) {
            final MemorySegment rows = table.segment().asSlice(table.dataOffset(),
                    table.rows() * table.rowStrideBytes());
            final Optional<PagePlacement> found = NumaMemory.system().placement(rows, SAMPLES_PER_TABLE);
            if (found.isEmpty()) {
                return Optional.empty();
            }
            final MemoryPolicy planned = policy(table.name());
            absent += found.get().absentPages();
            for (Map.Entry<Integer, Integer> node : found.get().pagesByNode().entrySet()) {
                pagesByNode.merge(node.getKey(), node.getValue(), Integer::sum);
                if (planned.mode() != MemoryPolicy.Mode.DEFAULT && !planned.nodes().contains(node.getKey())) {
                    misplaced += node.getValue();
                }
            }
        }
        return Optional.of(new Check(pagesByNode, misplaced, absent));
    }

    /**
     * Returns the plan in words.
     *
     * @return for example {@code interleave over nodes 0,1} or {@code node 0: 14 tables, node 1: 12 tables}
     */
    @Override
    public String toString() {
        if (policies.isEmpty()) {
            return common.toString();
        }
        final Map<Integer, Integer> tablesByNode = new TreeMap<>();
        policies.values().forEach(policy -> tablesByNode.merge(policy.nodes().getFirst(), 1, Integer::sum));
        final StringBuilder text = new StringBuilder();
        tablesByNode.forEach((node, tables) -> text.append(text.isEmpty() ? "" : ", ").append("node ").append(node)
                .append(": ").append(tables).append(tables == 1 ? " table" : " tables"));
        return text.toString();
    }
}
