package org.dlrm4j.train;

import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;
import org.dlrm4j.data.Batch;
import org.dlrm4j.model.Lookup;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.ParameterGroup;
import org.dlrm4j.model.ReferenceModel;
import org.dlrm4j.store.EmbeddingTable;

/** Optimizers in double precision, written from their definitions, on gradients by central differences. */
final class OptimizerReference {
    /** Small, so that hardly ever a ReLU's kink lies between the two sides of a difference. */
    private static final double H = 1e-8;

    final ReferenceModel model;
    private final OptimizerSettings settings;
    private final double learningRate;
    private final ParameterGroup[] groups;
    /** The first value of the row that a value of a table is in, or -1. */
    private final int[] rowStarts;
    private final int[] dims;
    private final Map<String, Integer> tables = new HashMap<>();
    private final Network network;
    private final double[] first;
    private final double[] second;
    private int step;

    OptimizerReference(Network network, OptimizerSettings settings, double learningRate) {
        this.network = network;
        this.settings = settings;
        this.learningRate = learningRate;
        model = new ReferenceModel(network);
        final int count = model.parameters.length;
        groups = new ParameterGroup[count];
        rowStarts = new int[count];
        dims = new int[count];
        first = new double[count];
        second = new double[count];
        int at = 0;
        for (EmbeddingTable table : network.tables()) {
            tables.put(table.name(), at);
            final ParameterGroup group = network.lookups().stream().filter(l -> l.table() == table).findFirst()
                    .orElseThrow().group();
            for (int i = 0; i < table.rows() * table.dim(); i++) {
                groups[at + i] = group;
                rowStarts[at + i] = at + i - i % table.dim();
                dims[at + i] = table.dim();
            }
            at += (int) table.rows() * table.dim();
        }
        for (; at < count; at++) {
            groups[at] = ParameterGroup.DENSE;
            rowStarts[at] = -1;
        }
        for (int i = 0; i < count; i++) {
            final GroupSettings s = settings.of(groups[i]);
            first[i] = s.initialAccumulator();
            if (s.kind() == OptimizerKind.FTRL) {
                final double w = model.parameters[i];
                second[i] = -w * ((s.epsilon() + Math.sqrt(first[i])) / rate(s) + 2 * s.l2())
                        - Math.signum(w) * s.l1();
            }
        }
    }

    private double rate(GroupSettings s) {
        return learningRate * s.learningRateFactor();
    }

    /** Takes a step; returns the norm of the gradient. */
    double step(Batch batch) {
        step++;
        final double[] w = model.parameters;
        final double[] g = new double[w.length];
        double squares = 0;
        for (int i = 0; i < w.length; i++) {
            final double before = w[i];
            w[i] = before + H;
            final double up = model.loss(batch);
            w[i] = before - H;
            g[i] = (up - model.loss(batch)) / (2 * H);
            w[i] = before;
            squares += g[i] * g[i];
        }
        final double norm = Math.sqrt(squares);
        final double limit = settings.maxGradientNorm();
        final double factor = limit > 0 ? Math.min(1, limit / (norm + 1e-6)) : 1;
        final boolean[] used = used(batch);
        final double[] meanSquares = new double[w.length];
        for (int i = 0; i < w.length; i++) {
            g[i] = g[i] * factor + settings.of(groups[i]).weightDecay() * (decaysGradient(i) ? w[i] : 0);
            if (rowStarts[i] >= 0) {
                meanSquares[rowStarts[i]] += g[i] * g[i] / dims[i];
            }
        }
        for (int i = 0; i < w.length; i++) {
            if (used[i]) {
                update(i, g[i], rowStarts[i] >= 0 ? meanSquares[rowStarts[i]] : 0);
            }
        }
        return norm;
    }

    private boolean decaysGradient(int i) {
        return settings.of(groups[i]).kind() != OptimizerKind.ADAMW;
    }

    private boolean[] used(Batch batch) {
        final boolean[] used = new boolean[groups.length];
        for (int i = 0; i < used.length; i++) {
            used[i] = groups[i] == ParameterGroup.DENSE;
        }
        for (Lookup lookup : network.lookups()) {
            final int dim = lookup.table().dim();
            for (int p = 0; p < batch.indexCount(lookup.feature()); p++) {
                final int row = (int) batch.indices(lookup.feature()).getAtIndex(ValueLayout.JAVA_LONG, p);
                for (int i = 0; i < dim; i++) {
                    used[tables.get(lookup.table().name()) + row * dim + i] = true;
                }
            }
        }
        return used;
    }

    private void update(int i, double g, double rowMeanSquare) {
        final GroupSettings s = settings.of(groups[i]);
        final double[] w = model.parameters;
        final double rate = rate(s);
        switch (s.kind()) {
            case SGD -> {
                first[i] = s.momentum() * first[i] + g;
                w[i] -= rate * (s.nesterov() ? g + s.momentum() * first[i] : first[i]);
            }
            case ADAGRAD, ROW_WISE_ADAGRAD -> {
                first[i] += s.kind() == OptimizerKind.ADAGRAD ? g * g : rowMeanSquare;
                w[i] -= rate * g / (Math.sqrt(first[i]) + s.epsilon());
            }
            case ADAM, ADAMW -> {
                if (s.kind() == OptimizerKind.ADAMW) {
                    w[i] *= 1 - rate * s.weightDecay();
                }
                first[i] = s.beta1() * first[i] + (1 - s.beta1()) * g;
                second[i] = s.beta2() * second[i] + (1 - s.beta2()) * g * g;
                final double mean = first[i] / (1 - Math.pow(s.beta1(), step));
                final double correction = 1 - Math.pow(s.beta2(), step);
                // SparseAdam adds epsilon before the correction.
                final double root = groups[i] == ParameterGroup.DENSE
                        ? Math.sqrt(second[i] / correction) + s.epsilon()
                        : (Math.sqrt(second[i]) + s.epsilon()) / Math.sqrt(correction);
                w[i] -= rate * mean / root;
            }
            case FTRL -> {
                final double before = first[i];
                first[i] += g * g;
                second[i] += g - (Math.sqrt(first[i]) - Math.sqrt(before)) / rate * w[i];
                final double z = second[i];
                w[i] = Math.abs(z) <= s.l1()
                        ? 0
                        : (Math.signum(z) * s.l1() - z) / ((s.epsilon() + Math.sqrt(first[i])) / rate + 2 * s.l2());
            }
        }
    }
}
