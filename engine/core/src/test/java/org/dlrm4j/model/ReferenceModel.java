package org.dlrm4j.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlrm4j.data.Batch;
import org.dlrm4j.kernels.LossFunction;
import org.dlrm4j.kernels.Pooling;
import org.dlrm4j.store.EmbeddingTable;

/** All models' predictions and loss in double precision, written from their definitions: the oracle. */
public final class ReferenceModel {
    private static final BigInteger WORD = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);

    private final ModelConfig config;
    private final Map<String, Integer> places = new HashMap<>();
    /** Tables row by row, then the other parameters in the network's order. */
    public final double[] parameters;

    /** What dropout multiplies units of hidden layers by, all by 1 unless a test says otherwise. */
    public Thinning thinning = (layer, sample, unit) -> 1;

    private int sampleAtWork;

    /** Dropout's factor of a unit. */
    @FunctionalInterface
    public interface Thinning {
        /** Returns 0 for a unit that is left out. */
        double factor(String layer, int sample, int unit);
    }

    /** Copies a network's parameters. */
    public ReferenceModel(Network network) {
        config = network.config();
        parameters = flatten(network);
        int at = 0;
        for (EmbeddingTable table : network.tables()) {
            places.put(table.name(), at);
            at += (int) table.rows() * table.dim();
        }
        for (Parameter parameter : network.parameters()) {
            places.put(parameter.name(), at);
            at += (int) parameter.count();
        }
    }

    /** Returns a network's parameters in this class's order. */
    public static double[] flatten(Network network) {
        final double[] flat = new double[Math.toIntExact(
                network.config().sparseParameters() + network.config().denseParameters())];
        int at = 0;
        for (EmbeddingTable table : network.tables()) {
            final int first = at;
            TableRows.read(table, 0, table.rows(), (row, floats, offset) -> {
                for (int i = 0; i < table.dim(); i++) {
                    flat[first + (int) row * table.dim() + i] = floats.get(ValueLayout.JAVA_FLOAT, offset + 4L * i);
                }
            });
            at += (int) table.rows() * table.dim();
        }
        for (Parameter parameter : network.parameters()) {
            final MemorySegment values = parameter.values();
            for (long i = 0; i < parameter.count(); i++) {
                flat[at++] = values.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            }
        }
        return flat;
    }

    /** Returns the prediction for a sample. */
    public double predict(Batch batch, int sample) {
        sampleAtWork = sample;
        final double[] x = new double[config.denseFeatures()];
        for (int i = 0; i < x.length; i++) {
            x[i] = batch.dense().get(ValueLayout.JAVA_FLOAT, sample * batch.denseStrideBytes() + 4L * i);
        }
        return 1 / (1 + Math.exp(-switch (config.architecture()) {
            case Dlrm dlrm -> dlrm(dlrm, x, vectors(dlrm.embeddings(), batch, sample));
            case Dcn dcn -> dcn(dcn, concatenate(x, concatenate(pooled("table", config.dim(), batch, sample))));
            case DcnV2 dcn -> dcnV2(dcn, x, concatenate(pooled("table", config.dim(), batch, sample)));
            case WideDeep wideDeep -> wideDeep(wideDeep, x, batch, sample);
            case LogisticRegression _ -> linearPart(x, batch, sample);
            case FactorizationMachine _ -> linearPart(x, batch, sample) + pairs(x, batch, sample);
        }));
    }

    private double dlrm(Dlrm dlrm, double[] x, double[][] embeddings) {
        final double[][] t = new double[1 + embeddings.length][];
        t[0] = mlp("bot_l", x, dlrm.bottom().length - 1, true);
        System.arraycopy(embeddings, 0, t, 1, embeddings.length);
        double[] r;
        if (dlrm.interaction() == Interaction.CAT) {
            r = concatenate(t);
        } else if (dlrm.interaction() == Interaction.PROJECTION) {
            r = projection(dlrm, t);
        } else {
            r = t[0];
            for (int i = 0; i < t.length; i++) {
                for (int j = 0; j < i + (dlrm.itself() ? 1 : 0); j++) {
                    r = concatenate(r, new double[]{dot(t[i], t[j])});
                }
            }
        }
        return mlp("top_l", r, dlrm.top().length, false)[0];
    }

    private double[] projection(Dlrm dlrm, double[][] vectors) {
        final double[] y = mlp("branch1", concatenate(vectors), dlrm.branch1().length, true);
        final double[] z = mlp("branch2", concatenate(vectors), dlrm.branch2().length, true);
        final int dim = vectors[0].length;
        final int columns = z.length / dim;
        double[] r = vectors[0];
        for (int i = 0; i < y.length / dim; i++) {
            for (int j = 0; j < columns; j++) {
                double product = 0;
                for (int k = 0; k < dim; k++) {
                    product += y[i * dim + k] * z[k * columns + j];
                }
                r = concatenate(r, new double[]{product});
            }
        }
        return r;
    }

    private double dcn(Dcn dcn, double[] x0) {
        double[] x = x0;
        for (int l = 0; l < dcn.crossLayers(); l++) {
            final double[] y = new double[x.length];
            final int weight = places.get("cross." + l + ".weight");
            double product = 0;
            for (int i = 0; i < x.length; i++) {
                product += x[i] * parameters[weight + i];
            }
            for (int i = 0; i < x.length; i++) {
                y[i] = x0[i] * product + parameters[places.get("cross." + l + ".bias") + i] + x[i];
            }
            x = y;
        }
        return linear("final", concatenate(x, mlp("deep", x0, dcn.deep().length, true)), 1)[0];
    }

    private double dcnV2(DcnV2 dcn, double[] dense, double[] embeddings) {
        final double[] x0 = concatenate(
                dcn.bottom().length == 0 ? dense : mlp("bottom", dense, dcn.bottom().length - 1, true), embeddings);
        double[] x = x0;
        for (int l = 0; l < dcn.crossLayers(); l++) {
            final double[] z = dcn.rank() == 0
                    ? linear("cross." + l, x, x.length)
                    : linear("cross." + l + ".u", linear("cross." + l + ".v", x, dcn.rank()), x.length);
            final double[] y = new double[x.length];
            for (int i = 0; i < x.length; i++) {
                y[i] = x0[i] * z[i] + x[i];
            }
            x = y;
        }
        final int layers = dcn.deep().length;
        return linear("final", dcn.structure() == CrossStructure.STACKED
                ? mlp("deep", x, layers, true)
                : concatenate(x, mlp("deep", x0, layers, true)), 1)[0];
    }

    private double wideDeep(WideDeep model, double[] x, Batch batch, int sample) {
        double z = model.wideDense() ? linearPart(x, batch, sample) : sparseLinearPart(batch, sample);
        for (int c = 0; c < model.crosses().size(); c++) {
            final FeatureCross cross = model.crosses().get(c);
            final List<BigInteger> hashes = hashes(cross.features(), 0, BigInteger.ZERO, batch, sample);
            for (BigInteger hash : hashes) {
                final int row = hash.multiply(BigInteger.valueOf(cross.rows())).shiftRight(64).intValueExact();
                z += parameters[places.get(String.format("cross-%02d", c)) + row]
                        / (config.pooling() == Pooling.MEAN ? hashes.size() : 1);
            }
        }
        final double[] input = concatenate(x, concatenate(pooled("table", config.dim(), batch, sample)));
        return z + linear("final", mlp("deep", input, model.deep().length, true), 1)[0];
    }

    /** As the definition says, in numbers that do not wrap around by themselves. */
    private static List<BigInteger> hashes(int[] features, int from, BigInteger hash, Batch batch, int sample) {
        if (from == features.length) {
            return List.of(hash);
        }
        final List<BigInteger> hashes = new ArrayList<>();
        for (long row : bag(batch, features[from], sample)) {
            BigInteger z = hash.add(BigInteger.valueOf(row)).add(new BigInteger("9e3779b97f4a7c15", 16)).and(WORD);
            z = z.xor(z.shiftRight(30)).multiply(new BigInteger("bf58476d1ce4e5b9", 16)).and(WORD);
            z = z.xor(z.shiftRight(27)).multiply(new BigInteger("94d049bb133111eb", 16)).and(WORD);
            hashes.addAll(hashes(features, from + 1, z.xor(z.shiftRight(31)), batch, sample));
        }
        return hashes;
    }

    private static long[] bag(Batch batch, int feature, int sample) {
        final int from = batch.offsets(feature).getAtIndex(ValueLayout.JAVA_INT, sample);
        final int to = batch.offsets(feature).getAtIndex(ValueLayout.JAVA_INT, sample + 1);
        return batch.indices(feature).asSlice(8L * from, 8L * (to - from)).toArray(ValueLayout.JAVA_LONG);
    }

    private double linearPart(double[] x, Batch batch, int sample) {
        return linear("linear", x, 1)[0] + sparseLinearPart(batch, sample);
    }

    private double sparseLinearPart(Batch batch, int sample) {
        double z = 0;
        for (double[] weight : pooled("wide", 1, batch, sample)) {
            z += weight[0];
        }
        return z;
    }

    /** Each product by itself, as the definition says, not by way of squares. */
    private double pairs(double[] x, Batch batch, int sample) {
        final double[][] e = pooled("table", config.dim(), batch, sample);
        double sum = 0;
        for (int f = 0; f < e.length; f++) {
            for (int g = 0; g < f; g++) {
                sum += dot(e[f], e[g]);
            }
            for (int i = 0; i < x.length; i++) {
                for (int d = 0; d < config.dim(); d++) {
                    sum += x[i] * parameters[places.get("latent.weight") + d * x.length + i] * e[f][d];
                }
            }
        }
        return sum;
    }

    private double[][] pooled(String tables, int dim, Batch batch, int sample) {
        final double[][] pooled = new double[config.sparseFeatures()][];
        for (int f = 0; f < pooled.length; f++) {
            pooled[f] = pooled(String.format("%s-%02d", tables, f), dim, bag(batch, f, sample));
        }
        return pooled;
    }

    private double[] pooled(String table, int dim, long[] rows) {
        final double[] pooled = new double[dim];
        for (long row : rows) {
            for (int i = 0; i < dim; i++) {
                pooled[i] += parameters[places.get(table) + (int) row * dim + i]
                        / (config.pooling() == Pooling.MEAN ? rows.length : 1);
            }
        }
        return pooled;
    }

    private double[][] vectors(EmbeddingScheme scheme, Batch batch, int sample) {
        final double[][] vectors = new double[config.sparseFeatures()][];
        for (int f = 0; f < vectors.length; f++) {
            final String table = String.format("table-%02d", f);
            final long values = config.rows()[f];
            final long[] bag = bag(batch, f, sample);
            vectors[f] = switch (scheme) {
                case PlainEmbeddings _ -> pooled(table, config.dim(), bag);
                case MixedDimensions mixed -> {
                    final int width = mixed.widths(config.rows(), config.dim())[f];
                    final double[] pooled = pooled(table, width, bag);
                    yield width == config.dim() ? pooled : linear("emb_l." + f + ".proj", pooled, config.dim());
                }
                case WeightedPooling _ -> weighted(table, bag);
                case QuotientRemainder split -> quotientRemainder(split, table, values, bag);
            };
        }
        return vectors;
    }

    private double[] weighted(String table, long[] bag) {
        final double[] sum = new double[config.dim()];
        for (long row : bag) {
            final double weight = parameters[places.get(table + "-weights") + (int) row];
            for (int i = 0; i < sum.length; i++) {
                sum[i] += weight * parameters[places.get(table) + (int) row * sum.length + i]
                        / (config.pooling() == Pooling.MEAN ? bag.length : 1);
            }
        }
        return sum;
    }

    private double[] quotientRemainder(QuotientRemainder split, String table, long values, long[] bag) {
        final int dim = config.dim();
        final boolean concat = split.operation() == QuotientRemainder.Operation.CONCAT;
        if (values <= split.threshold()) {
            return pooled(table, concat ? 2 * dim : dim, bag);
        }
        final double[] q = pooled(table + "-quotient", dim,
                Arrays.stream(bag).map(value -> value / split.collisions()).toArray());
        final double[] r = pooled(table + "-remainder", dim,
                Arrays.stream(bag).map(value -> value % split.collisions()).toArray());
        if (concat) {
            return concatenate(q, r);
        }
        final double[] combined = new double[dim];
        for (int i = 0; i < dim; i++) {
            combined[i] = split.operation() == QuotientRemainder.Operation.ADD ? q[i] + r[i] : q[i] * r[i];
        }
        return combined;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static double[] concatenate(double[]... parts) {
        double[] all = {};
        for (double[] part : parts) {
            final double[] longer = Arrays.copyOf(all, all.length + part.length);
            System.arraycopy(part, 0, longer, all.length, part.length);
            all = longer;
        }
        return all;
    }

    private double[] mlp(String name, double[] input, int layers, boolean reluAfterLast) {
        double[] x = input;
        for (int l = 0; l < layers; l++) {
            final String layer = name + "." + 2 * l;
            final int out = (places.get(layer + ".bias") - places.get(layer + ".weight")) / x.length;
            x = linear(layer, x, out);
            for (int o = 0; o < out && (reluAfterLast || l < layers - 1); o++) {
                x[o] = Math.max(0, x[o]) * thinning.factor(layer, sampleAtWork, o);
            }
        }
        return x;
    }

    private double[] linear(String name, double[] x, int out) {
        final int weight = places.get(name + ".weight");
        final Integer bias = places.get(name + ".bias");
        final double[] y = new double[out];
        for (int o = 0; o < out; o++) {
            y[o] = bias == null ? 0 : parameters[bias + o];
            for (int i = 0; i < x.length; i++) {
                y[o] += parameters[weight + o * x.length + i] * x[i];
            }
        }
        return y;
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
