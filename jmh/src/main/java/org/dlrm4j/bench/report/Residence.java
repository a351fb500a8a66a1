package org.dlrm4j.bench.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which part of each table's rows is found where. Caches keep what is used most: levels are filled from the fastest on by the
 * tables in the order of their uses a byte, a table that fits in part being there in part. Rows of a table are used equally
 * often; where they are not, more of the uses hit. The first cache and half of the others are left to activations.
 */
final class Residence {
    private static final double CACHE_SHARE = 0.5;

    private final List<MemoryTier> tiers;
    private final double[][] shares;

    private Residence(List<MemoryTier> tiers, double[][] shares) {
        this.tiers = tiers;
        this.shares = shares;
    }

    /**
     * Places tables in a machine.
     *
     * @param tableBytes size of each
     * @param tableRows uses of rows of each
     * @param machine the machine; what does not fit into it is counted to its last memory
     */
    static Residence of(double[] tableBytes, double[] tableRows, Machine machine) {
        final List<MemoryTier> tiers = new ArrayList<>(machine.caches().subList(1, machine.caches().size()));
        final int caches = tiers.size();
        tiers.addAll(machine.memory());
        final double[][] shares = new double[tableBytes.length][tiers.size()];
        final double[] room = tiers.stream().mapToDouble(MemoryTier::bytes).toArray();
        for (int c = 0; c < caches; c++) {
            room[c] *= CACHE_SHARE;
        }
        room[room.length - 1] = Double.POSITIVE_INFINITY;
        final List<Integer> order = IntStream.range(0, tableBytes.length).boxed()
                .sorted(Comparator.comparingDouble(t -> -tableRows[t] / tableBytes[t])).toList();
        int tier = 0;
        for (int table : order) {
            double left = tableBytes[table];
            while (left > 0) {
                final double here = Math.min(left, room[tier]);
                shares[table][tier] += here / tableBytes[table];
                room[tier] -= here;
                left -= here;
                if (left > 0) {
                    tier++;
                }
            }
        }
        return new Residence(List.copyOf(tiers), shares);
    }

    /** Levels that hold rows, the fastest first. */
    List<MemoryTier> tiers() {
        return tiers;
    }

    /** Returns the part of a table's rows that a level holds. */
    double share(int table, int tier) {
        return shares[table][tier];
    }
}
