package org.dlrm4j.bench.report;

/**
 * What joins the nodes of a cluster, in the α-β model (Hockney, Parallel Computing 20(3), 1994): a message of {@code m} bytes
 * takes {@code α + m / β}. Each node sends and receives at the same time; the network between them has no bottleneck.
 *
 * @param latencyMicros {@code α}, with the software on both sides
 * @param gigabytesPerSecond {@code β}, GB/s of one node in each direction
 */
record Interconnect(double latencyMicros, double gigabytesPerSecond) {
    private static double log2(int nodes) {
        return Math.ceil(Math.log(nodes) / Math.log(2));
    }

    private double nanos(double messages, double bytes) {
        return messages * latencyMicros * 1e3 + bytes / gigabytesPerSecond;
    }

    /**
     * Returns the time in which every node gives each other one its part: the better of the exchange in pairs,
     * {@code (n − 1)·α + (n − 1)/n · m/β}, and Bruck's, {@code ⌈log₂ n⌉·(α + m/2β)} (Thakur, Rabenseifner, Gropp, Int. J. High
     * Performance Computing Applications 19(1), 2005).
     *
     * @param bytes {@code m}, what a node has for all of them, itself included
     */
    double allToAllNanos(int nodes, double bytes) {
        if (nodes == 1) {
            return 0;
        }
        final double pairs = nanos(nodes - 1, bytes * (nodes - 1) / nodes);
        final double bruck = nanos(log2(nodes), log2(nodes) * bytes / 2);
        return Math.min(pairs, bruck);
    }

    /**
     * Returns the time in which all nodes get the sum of their vectors, by halving and doubling:
     * {@code 2·⌈log₂ n⌉·α + 2·(n − 1)/n · m/β} (Rabenseifner's algorithm, same source). A ring moves as many bytes in
     * {@code 2·(n − 1)} messages; a hierarchy lies between.
     *
     * @param bytes {@code m}, the size of the vector
     */
    double allReduceNanos(int nodes, double bytes) {
        return nodes == 1 ? 0 : nanos(2 * log2(nodes), 2 * bytes * (nodes - 1) / nodes);
    }
}
