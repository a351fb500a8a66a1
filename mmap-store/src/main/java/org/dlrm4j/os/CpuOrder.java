package org.dlrm4j.os;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The orders in which pinned threads take CPUs. CPUs fall into tiers: first SMT threads of the fastest cores, of slower
 * cores, then second SMT threads likewise. Each tier is used up before the next, and ordered by node and cache.
 */
final class CpuOrder {
    private final CpuTopology cpus;
    private final NumaTopology nodes;
    private final Collection<List<Integer>> tiers;
    private final List<Integer> nodeOrder;

    private record Tier(int smtRank, int capacity) {}

    CpuOrder(CpuTopology cpus, NumaTopology nodes, CpuSet usable) {
        this.cpus = cpus;
        this.nodes = nodes;
        TreeMap<Tier, List<Integer>> byTier = new TreeMap<>(
                Comparator.comparingInt(Tier::smtRank).thenComparing(Tier::capacity, Comparator.reverseOrder()));
        usable.stream().forEach(number -> {
            CpuTopology.Cpu cpu = cpus.cpu(number);
            // Rank among the usable siblings: a cpuset may leave only the second thread of a core.
            int rank = (int) cpu.siblings().and(usable).stream().filter(sibling -> sibling < number).count();
            byTier.computeIfAbsent(new Tier(rank, cpu.capacity()), tier -> new ArrayList<>()).add(number);
        });
        this.tiers = byTier.values();
        this.nodeOrder = nodeOrder(byTier.firstEntry().getValue());
    }

    /** Starts with the node that has most cores of the best tier, and goes on with those nearest to it. */
    private List<Integer> nodeOrder(List<Integer> best) {
        Map<Integer, List<Integer>> byNode = new TreeMap<>();
        for (int tierCpu : best) {
            byNode.computeIfAbsent(nodes.nodeOf(tierCpu), node -> new ArrayList<>()).add(tierCpu);
        }
        int start = largestFirst(byNode.entrySet()).getFirst().getKey();
        List<Integer> order = new ArrayList<>();
        order.add(start);
        nodes.nodes().stream().map(NumaTopology.Node::number).filter(node -> node != start)
                .sorted(Comparator.comparingInt(node -> nodes.distance(start, node))).forEach(order::add);
        if (start != -1) {
            order.add(-1);
        }
        return order;
    }

    private static List<Map.Entry<Integer, List<Integer>>> largestFirst(
            Collection<Map.Entry<Integer, List<Integer>>> groups) {
        return groups.stream().sorted(
                Comparator.comparing((Map.Entry<Integer, List<Integer>> group) -> -group.getValue().size())
                        .thenComparing(Map.Entry::getKey))
                .toList();
    }

    List<Integer> compact() {
        List<Integer> order = new ArrayList<>();
        for (List<Integer> tier : tiers) {
            byNodeAndCache(tier).forEach(node -> node.forEach(order::addAll));
        }
        return order;
    }

    List<Integer> spread() {
        List<Integer> order = new ArrayList<>();
        for (List<Integer> tier : tiers) {
            order.addAll(inTurn(byNodeAndCache(tier).stream().map(CpuOrder::inTurn).toList()));
        }
        return order;
    }

    /** Returns the CPUs of a tier, of each node in order, of each cache from that with most CPUs. */
    private List<List<List<Integer>>> byNodeAndCache(List<Integer> tier) {
        Map<Integer, Map<Integer, List<Integer>>> groups = new LinkedHashMap<>();
        nodeOrder.forEach(node -> groups.put(node, new TreeMap<>()));
        for (int tierCpu : tier) {
            groups.get(nodes.nodeOf(tierCpu))
                    .computeIfAbsent(cpus.cpu(tierCpu).cacheSharers().first(), cache -> new ArrayList<>()).add(tierCpu);
        }
        return groups.values().stream()
                .map(caches -> largestFirst(caches.entrySet()).stream().map(Map.Entry::getValue).toList()).toList();
    }

    /** Returns the first of each list, then the second of each, and so on. */
    private static List<Integer> inTurn(List<List<Integer>> lists) {
        List<Integer> merged = new ArrayList<>();
        int longest = lists.stream().mapToInt(List::size).max().orElse(0);
        for (int i = 0; i < longest; i++) {
            for (List<Integer> list : lists) {
                if (i < list.size()) {
                    merged.add(list.get(i));
                }
            }
        }
        return merged;
    }
}
