package org.dlrm4j.os;

import java.util.List;
import java.util.stream.Collectors;

/**
 * On which NUMA nodes the kernel shall place the pages of a range of memory when they are first touched.
 *
 * @param mode how nodes are chosen
 * @param nodes the nodes to choose from, ascending; empty for {@link Mode#DEFAULT}
 */
public record MemoryPolicy(Mode mode, List<Integer> nodes) {
    /** On the node of the CPU that first touches a page. */
    public static final MemoryPolicy DEFAULT = new MemoryPolicy(Mode.DEFAULT, List.of());

    private static final int MAX_NODES = 1024;

    /** Ways to choose a page's node. */
    public enum Mode {
        /** The node of the CPU that touches the page first, or another if that is full. */
        DEFAULT(0),
        /**
         * Nodes in turn, page by page: the bandwidth of all nodes for a table that all threads read. A node that is full is
         * skipped.
         */
        INTERLEAVE(3),
        /** Only the given nodes: if they are full, the kernel reclaims and at last kills, instead of going elsewhere. */
        BIND(2);

        private final int number;

        Mode(int number) {
            this.number = number;
        }

        /** The kernel's MPOL_ number. */
        int number() {
            return number;
        }
    }

    /**
     * Checks and sorts the nodes.
     *
     * @param mode how nodes are chosen
     * @param nodes node numbers, 0 to 1023; none for {@link Mode#DEFAULT}, else at least one
     * @throws IllegalArgumentException if the nodes do not fit the mode or a number is out of range
     */
    public MemoryPolicy {
        nodes = nodes.stream().sorted().distinct().toList();
        if (nodes.isEmpty() != (mode == Mode.DEFAULT)) {
            throw new IllegalArgumentException("memory policy " + mode + " with nodes " + nodes + ", expected "
                    + (mode == Mode.DEFAULT ? "none" : "at least one"));
        }
        for (int node : nodes) {
            if (node < 0 || node >= MAX_NODES) {
                throw new IllegalArgumentException("NUMA node " + node + ", expected 0 to " + (MAX_NODES - 1));
            }
        }
    }

    /**
     * Places pages on nodes in turn.
     *
     * @param nodes node numbers, at least one; {@link NumaTopology#memoryNodes()} for the whole machine
     * @return the policy
     * @throws IllegalArgumentException if there are none or a number is out of range
     */
    public static MemoryPolicy interleave(List<Integer> nodes) {
        return new MemoryPolicy(Mode.INTERLEAVE, nodes);
    }

    /**
     * Places all pages on one node.
     *
     * @param node number of a node that has memory
     * @return the policy
     * @throws IllegalArgumentException if the number is out of range
     */
    public static MemoryPolicy bind(int node) {
        return new MemoryPolicy(Mode.BIND, List.of(node));
    }

    /** Returns the policy that the kernel describes so, or {@code null} if it is of another kind. */
    static MemoryPolicy ofKernel(int modeNumber, long[] nodeMask) {
        List<Integer> nodes = CpuSet.ofMask(nodeMask).stream().boxed().toList();
        for (Mode mode : Mode.values()) {
            if (mode.number == modeNumber && nodes.isEmpty() == (mode == Mode.DEFAULT)) {
                return new MemoryPolicy(mode, nodes);
            }
        }
        return null;
    }

    /** Returns the nodes as the kernel takes them. */
    long[] nodeMask() {
        return CpuSet.of(nodes.stream().mapToInt(Integer::intValue).toArray()).toMask(0);
    }

    /** A mask that holds every node the kernel can have. */
    static long[] emptyNodeMask() {
        return new long[MAX_NODES / Long.SIZE];
    }

    /**
     * Returns the policy in words.
     *
     * @return for example {@code interleave over nodes 0,1}
     */
    @Override
    public String toString() {
        String list = nodes.stream().map(String::valueOf).collect(Collectors.joining(","));
        return switch (mode) {
            case DEFAULT -> "default";
            case INTERLEAVE -> "interleave over nodes " + list;
            case BIND -> "bind to node " + list;
        };
    }
}
