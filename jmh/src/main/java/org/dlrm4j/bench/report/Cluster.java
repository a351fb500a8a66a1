package org.dlrm4j.bench.report;

import java.util.ArrayList;
import java.util.List;

/**
 * Steps on many nodes, by the model: tables divided among them (model parallel), MLPs on each (data parallel), as DLRM is
 * trained (Naumov et al., arXiv 1906.00091; Mudigere et al., arXiv 2104.05158).
 *
 * <p>Each node looks up its part of the tables for all {@code G} samples; an all-to-all of {@code G·Σdim·4/n} bytes a node brings
 * pooled rows to the samples' nodes, another brings their gradients back; an all-reduce sums the MLPs' gradients. Tables are
 * taken to be divided evenly, by rows where there are fewer tables than nodes, so that all nodes have equal work and none of a
 * bag is exchanged twice.
 *
 * <p>What overlaps: the first all-to-all with the bottom MLP, whose result is not needed before; the second with the gradients of
 * the MLPs' weights; the all-reduce with what is left of these and with the updates of tables. Only what is longer than that
 * counts.
 */
final class Cluster {
    private final OperatorModel model;
    private final Machine node;

    /**
     * Makes a cluster of a machine, which has a network.
     *
     * @param model fitted operators
     * @param node one of the nodes
     */
    Cluster(OperatorModel model, Machine node) {
        if (node.network() == null) {
            throw new IllegalArgumentException(
                    node.name() + " has no network; describe it in the machine's field \"network\"");
        }
        this.model = model;
        this.node = node;
    }

    /**
     * Predicts steps on more and more nodes.
     *
     * @param work a step on one node with a thread a core
     * @param nodes numbers of nodes
     * @param weak whether each node keeps the batch, instead of all sharing it
     */
    List<ClusterPoint> predict(StepWork work, int[] nodes, boolean weak) {
        final List<ClusterPoint> points = new ArrayList<>();
        for (int n : nodes) {
            points.add(predict(work, n, weak));
        }
        return points;
    }

    private ClusterPoint predict(StepWork work, int nodes, boolean weak) {
        final double globalBatch = work.samples() * (weak ? nodes : 1);
        final double share = weak ? 1 : 1.0 / nodes;
        double dense = 0;
        double lookups = 0;
        double updates = 0;
        double bottom = 0;
        double weights = 0;
        boolean pooled = false;
        for (Prediction part : model.predict(work.onNode(share, 1.0 / nodes), node)) {
            final double millis = part.nanos() * 1e-6;
            switch (part.item().stage()) {
                case DATA -> {
                    // Readers are other machines.
                }
                case TABLES -> updates += millis;
                case FORWARD -> {
                    if (!part.item().tables().isEmpty()) {
                        lookups += millis;
                        pooled = true;
                    } else {
                        dense += millis;
                        bottom += pooled ? 0 : millis;
                    }
                }
                case WEIGHTS -> {
                    dense += millis;
                    weights += millis;
                }
                default -> dense += millis;
            }
        }
        final double exchange = node.network().allToAllNanos(nodes, globalBatch / nodes * work.pooledBytes()) * 1e-6;
        final double forward = Math.max(0, exchange - bottom);
        final double backward = Math.max(0, exchange - weights);
        final double hidden = Math.max(0, weights - exchange) + updates;
        final double sum = Math.max(0, node.network().allReduceNanos(nodes, work.denseBytes()) * 1e-6 - hidden);
        return new ClusterPoint(nodes, globalBatch, dense, lookups, updates, forward + backward, sum,
                work.allTableBytes() / nodes <= node.memoryBytes());
    }
}
