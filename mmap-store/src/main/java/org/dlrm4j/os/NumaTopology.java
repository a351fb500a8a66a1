package org.dlrm4j.os;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The NUMA nodes: their CPUs, memory and distances, read from {@code /sys/devices/system/node}. Node numbers may have
 * gaps; a node may lack CPUs (memory expanders) or memory. Immutable and thread-safe.
 *
 * <p>If a file is missing or garbled, one line in the log names it and the machine counts as one node that has all
 * allowed CPUs.
 */
public final class NumaTopology {
    /** Distance between nodes of which the kernel does not tell one: its own value for "unreachable". */
    public static final int UNKNOWN_DISTANCE = 255;

    private static final int LOCAL_DISTANCE = 10;
    private static final Pattern MEM_TOTAL = Pattern.compile("Node\\s+\\d+\\s+MemTotal:\\s+(\\d{1,15})\\s+kB");

    private final List<Node> nodes;

    /**
     * One online node.
     *
     * @param number the node's number, as in {@code /sys/devices/system/node/node<number>}
     * @param cpus its online CPUs, empty for a node that is only memory
     * @param memoryBytes its memory, 0 for a node that is only CPUs
     * @param distances to each node of {@link #nodes()} in that order; 10 is local, 20 takes twice as long
     */
    public record Node(int number, CpuSet cpus, long memoryBytes, List<Integer> distances) {
        /**
         * Makes a node.
         *
         * @param number the node's number
         * @param cpus its online CPUs
         * @param memoryBytes its memory
         * @param distances to each node
         */
        public Node {
            distances = List.copyOf(distances);
        }
    }

    private NumaTopology(List<Node> nodes) {
        this.nodes = List.copyOf(nodes);
    }

    /**
     * Reads this machine's nodes.
     *
     * @return a new snapshot
     */
    public static NumaTopology ofThisMachine() {
        return read(Path.of("/"), Affinity.system().allowed());
    }

    /**
     * Reads the nodes from a tree of files.
     *
     * @param root directory that contains {@code sys/devices/system/node}, for this machine {@code /}
     * @param allowed the CPUs of the one node that is assumed if the files do not give any
     * @return the topology
     */
    public static NumaTopology read(Path root, CpuSet allowed) {
        return read(new SystemFiles(root), allowed, Log::warn);
    }

    static NumaTopology read(SystemFiles files, CpuSet allowed, Consumer<String> warn) {
        try {
            return read(files);
        } catch (SystemFileException e) {
            warn.accept(e.getMessage() + "; one NUMA node with CPUs " + allowed + " is assumed");
            return new NumaTopology(List.of(new Node(0, allowed, 0, List.of(LOCAL_DISTANCE))));
        }
    }

    private static NumaTopology read(SystemFiles files) throws SystemFileException {
        CpuSet online = files.nonEmptyList(SystemFiles.NODES + "online");
        List<Node> nodes = new ArrayList<>();
        CpuSet seen = CpuSet.EMPTY;
        for (int number : online.stream().toArray()) {
            String directory = SystemFiles.NODES + "node" + number + '/';
            CpuSet cpus = files.list(directory + "cpulist");
            if (!cpus.and(seen).isEmpty()) {
                throw files.problem(directory + "cpulist", "CPUs " + cpus.and(seen) + " are in another node already");
            }
            seen = seen.or(cpus);
            nodes.add(new Node(number, cpus, memoryBytes(files, directory + "meminfo"),
                    distances(files, directory + "distance", online.size())));
        }
        return new NumaTopology(nodes);
    }

    private static long memoryBytes(SystemFiles files, String file) throws SystemFileException {
        Matcher total = MEM_TOTAL.matcher(files.text(file));
        if (!total.find()) {
            throw files.problem(file, "found no line \"Node <number> MemTotal: <number> kB\"");
        }
        return Long.parseLong(total.group(1)) << 10;
    }

    private static List<Integer> distances(SystemFiles files, String file, int count) throws SystemFileException {
        String text = files.text(file).strip();
        List<Integer> distances = new ArrayList<>();
        for (String word : text.split("\\s+")) {
            if (!word.matches("\\d{1,3}")) {
                throw files.problem(file, "found \"" + word + "\", expected a distance, 10 to 255");
            }
            distances.add(Integer.parseInt(word));
        }
        if (distances.size() != count) {
            throw files.problem(file, "found " + distances.size() + " distances, expected one for each of " + count
                    + " online nodes");
        }
        return distances;
    }

    /**
     * Returns the nodes.
     *
     * @return at least one, by ascending number
     */
    public List<Node> nodes() {
        return nodes;
    }

    /**
     * Returns the numbers of the nodes that have memory: what {@link MemoryPolicy#interleave} takes to spread a table
     * over the whole machine.
     *
     * @return ascending; all nodes if the memory is not known
     */
    public List<Integer> memoryNodes() {
        List<Integer> withMemory = nodes.stream().filter(node -> node.memoryBytes() > 0).map(Node::number).toList();
        return withMemory.isEmpty() ? nodes.stream().map(Node::number).toList() : withMemory;
    }

    /**
     * Returns the node that a CPU belongs to.
     *
     * @param cpu a CPU number
     * @return number of the node, or -1 if no node has this CPU
     */
    public int nodeOf(int cpu) {
        for (Node node : nodes) {
            if (node.cpus().contains(cpu)) {
                return node.number();
            }
        }
        return -1;
    }

    /**
     * Returns how far memory of one node is from the CPUs of another.
     *
     * @param from number of the CPUs' node
     * @param to number of the memory's node
     * @return 10 for local memory, in proportion for others; 255 if either is not an online node
     */
    public int distance(int from, int to) {
        int source = indexOf(from);
        int target = indexOf(to);
        return source < 0 || target < 0 ? UNKNOWN_DISTANCE : nodes.get(source).distances().get(target);
    }

    private int indexOf(int number) {
        for (int i = 0; i < nodes.size(); i++) {
            if (nodes.get(i).number() == number) {
                return i;
            }
        }
        return -1;
    }
}
