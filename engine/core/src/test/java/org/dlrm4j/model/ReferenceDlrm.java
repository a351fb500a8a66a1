package org.dlrm4j.model;

import java.lang.foreign.ValueLayout;
import org.dlrm4j.data.Batch;
import org.dlrm4j.kernels.Activation;
import org.dlrm4j.kernels.LossFunction;
import org.dlrm4j.kernels.Pooling;
import org.dlrm4j.store.EmbeddingTable;

/** DLRM's forward pass and loss in double precision, written from its definition: the oracle. Parameters are a flat array. */
public final class ReferenceDlrm {
    private final ModelConfig config;
    private final Dlrm dlrm;
    /** Tables row by row, then of each layer, bottom MLP first, weights and bias. */
    public final double[] parameters;

    /** Copies a model's parameters. */
    public ReferenceDlrm(Network model) {
        config = model.config();
        dlrm = (Dlrm) config.architecture();
        parameters = flatten(model);
    }

    /** Returns a model's parameters in this class's order. */
    public static double[] flatten(Network model) {
        final double[] flat = new double[Math.toIntExact(
                model.config().sparseParameters() + model.config().denseParameters())];
        int at = 0;
        for (EmbeddingTable table : model.tables()) {
            for (long r = 0; r < table.rows(); r++) {
                for (int i = 0; i < table.dim(); i++) {
                    flat[at++] = table.segment().get(ValueLayout.JAVA_FLOAT, table.rowOffset(r) + 4L * i);
                }
            }
        }
        for (Mlp mlp : new Mlp[]{model.mlp("bot_l"), model.mlp("top_l")}) {
            for (Linear layer : mlp.layers()) {
                for (long i = 0; i < (long) layer.in() * layer.out(); i++) {
                    flat[at++] = layer.weights().getAtIndex(ValueLayout.JAVA_FLOAT, i);
                }
                for (long i = 0; i < layer.out(); i++) {
                    flat[at++] = layer.bias().getAtIndex(ValueLayout.JAVA_FLOAT, i);
                }
            }
        }
        return flat;
    }

    /** Returns the prediction for a sample. */
    public double predict(Batch batch, int sample) {
        final int d = config.dim();
        final int vectors = dlrm.vectors(config.sparseFeatures());
        final double[] x = new double[config.denseFeatures()];
        for (int i = 0; i < x.length; i++) {
            x[i] = batch.dense().get(ValueLayout.JAVA_FLOAT, sample * batch.denseStrideBytes() + 4L * i);
        }
        int layerAt = Math.toIntExact(config.sparseParameters());
        final double[] dense = mlp(dlrm.bottom(), x, layerAt, Activation.RELU);
        for (int l = 1; l < dlrm.bottom().length; l++) {
            layerAt += (dlrm.bottom()[l - 1] + 1) * dlrm.bottom()[l];
        }
        final double[][] t = new double[vectors][];
        t[0] = dense;
        int tableAt = 0;
        for (int f = 0; f < config.sparseFeatures(); f++) {
            final double[] e = new double[d];
            final int from = batch.offsets(f).getAtIndex(ValueLayout.JAVA_INT, sample);
            final int to = batch.offsets(f).getAtIndex(ValueLayout.JAVA_INT, sample + 1);
            for (int p = from; p < to; p++) {
                final int row = (int) batch.indices(f).getAtIndex(ValueLayout.JAVA_LONG, p);
                for (int i = 0; i < d; i++) {
                    e[i] += parameters[tableAt + row * d + i] / (config.pooling() == Pooling.MEAN ? to - from : 1);
                }
            }
            t[f + 1] = e;
            tableAt += (int) config.rows()[f] * d;
        }
        final double[] r = new double[dlrm.interactionWidth(config.sparseFeatures())];
        int at = 0;
        if (dlrm.interaction() == Interaction.CAT) {
            for (double[] v : t) {
                for (double value : v) {
                    r[at++] = value;
                }
            }
        } else {
            for (double value : dense) {
                r[at++] = value;
            }
            for (int i = 0; i < vectors; i++) {
                for (int j = 0; j < i + (dlrm.itself() ? 1 : 0); j++) {
                    double dot = 0;
                    for (int k = 0; k < d; k++) {
                        dot += t[i][k] * t[j][k];
                    }
                    r[at++] = dot;
                }
            }
        }
        return mlp(dlrm.topWithInput(config.sparseFeatures()), r, layerAt, Activation.SIGMOID)[0];
    }

    private double[] mlp(int[] widths, double[] input, int parametersAt, Activation last) {
        double[] x = input;
        int at = parametersAt;
        for (int l = 1; l < widths.length; l++) {
            final double[] y = new double[widths[l]];
            for (int o = 0; o < y.length; o++) {
                double z = parameters[at + widths[l - 1] * widths[l] + o];
                for (int i = 0; i < x.length; i++) {
                    z += parameters[at + o * x.length + i] * x[i];
                }
                y[o] = l == widths.length - 1 && last == Activation.SIGMOID ? 1 / (1 + Math.exp(-z)) : Math.max(0, z);
            }
            at += (widths[l - 1] + 1) * widths[l];
            x = y;
        }
        return x;
    }

    /** Returns the mean loss of a batch. */
    public double loss(Batch batch) {
        double sum = 0;
        for (int s = 0; s < batch.size(); s++) {
            double p = predict(batch, s);
            final double t = batch.targets().getAtIndex(ValueLayout.JAVA_FLOAT, s);
            if (config.lossThreshold() > 0) {
                p = Math.clamp(p, config.lossThreshold(), 1 - (double) config.lossThreshold());
            }
            final double bce = -(t * Math.log(p) + (1 - t) * Math.log(1 - p));
            sum += switch (config.loss()) {
                case LossFunction.MSE -> (p - t) * (p - t);
                case LossFunction.BCE -> bce;
                case LossFunction.WBCE -> config.lossWeights()[(int) t] * bce;
            };
        }
        return sum / batch.size();
    }
}
