package org.dlrm4j.os;

import java.util.List;

/**
 * How the threads of a pool are distributed over the CPUs. A policy is a pure function of the machine's topology, the
 * allowed CPUs and the number of threads.
 *
 * <p>Every policy uses each physical core once before it uses the second SMT thread of any: two threads that fill the
 * vector units gain nothing from sharing them. Of hybrid processors it takes the fast cores first, since a step waits
 * for its slowest thread.
 */
public enum PinPolicy {
    /** Threads are not pinned; the scheduler places them. */
    NONE,
    /**
     * Neighbours close together: fill one level-3 cache, then the next of the same node, then the nearest node. For
     * threads that share data, and to leave the other nodes to other processes.
     */
    COMPACT,
    /**
     * Neighbours far apart: take nodes in turn and, within a node, level-3 caches in turn. For the memory bandwidth and
     * cache of the whole machine with few threads.
     */
    SPREAD;

    /**
     * Chooses a CPU for each thread.
     *
     * @param cpus the machine's cores and caches
     * @param nodes the machine's NUMA nodes
     * @param allowed the CPUs that this process may use, see {@link Affinity#allowed()}
     * @param threads number of threads, at least 1
     * @return the CPU of each thread, all different; empty for {@link #NONE}, and if there are more threads than allowed
     *     CPUs, because the scheduler cannot separate two threads pinned to one CPU
     * @throws IllegalArgumentException if {@code threads} is less than 1
     */
    public List<Integer> choose(CpuTopology cpus, NumaTopology nodes, CpuSet allowed, int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads: " + threads + ", expected at least 1");
        }
        CpuSet usable = allowed.and(cpus.online());
        if (this == NONE || threads > usable.size()) {
            return List.of();
        }
        CpuOrder order = new CpuOrder(cpus, nodes, usable);
        return List.copyOf((this == COMPACT ? order.compact() : order.spread()).subList(0, threads));
    }
}
