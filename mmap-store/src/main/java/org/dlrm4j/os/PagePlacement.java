package org.dlrm4j.os;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where sampled pages of a range of memory lie: a histogram over NUMA nodes.
 *
 * @param pagesByNode number of sampled pages on each node that has any, by ascending node number
 * @param absentPages number of sampled pages that are in no node: not touched yet, only read from so far (the kernel's
 *     common page of zeros), or paged out
 */
public record PagePlacement(Map<Integer, Integer> pagesByNode, int absentPages) {
    /**
     * Makes a histogram.
     *
     * @param pagesByNode number of pages on each node
     * @param absentPages number of pages on no node
     */
    public PagePlacement {
        pagesByNode = Collections.unmodifiableMap(new TreeMap<>(pagesByNode));
    }

    /** Counts what the kernel reported: a node number, or {@code -errno} for a page that is not there. */
    static PagePlacement of(int[] status) {
        Map<Integer, Integer> pagesByNode = new TreeMap<>();
        int absentPages = 0;
        for (int node : status) {
            if (node >= 0) {
                pagesByNode.merge(node, 1, Integer::sum);
            } else {
                absentPages++;
            }
        }
        return new PagePlacement(pagesByNode, absentPages);
    }

    /**
     * Returns the number of pages that were looked at.
     *
     * @return at least 1
     */
    public int sampledPages() {
        return absentPages + pagesByNode.values().stream().mapToInt(Integer::intValue).sum();
    }
}
