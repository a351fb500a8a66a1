package org.dlrm4j.kernels;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the kernels compute, written as plainly as possible: once in double precision, the judge of accuracy, and once in
 * float in the promised order of operations, the judge of bits. Rows are contiguous.
 */
final class References {
    private References() {}

    static float[] sls(Bags b, float[] table) {
        final float[] out = new float[b.bags() * b.dim()];
        for (int bag = 0; bag < b.bags(); bag++) {
            for (int j = 0; j < b.dim(); j++) {
                float sum = 0;
                for (int p = b.offsets()[bag]; p < b.offsets()[bag + 1]; p++) {
                    sum = Math.fma(b.weight(p), table[(int) b.indices()[p] * b.dim() + j], sum);
                }
                final boolean mean = b.pooling() == Pooling.MEAN && b.length(bag) > 0;
                out[bag * b.dim() + j] = mean ? sum * (1f / b.length(bag)) : sum;
            }
        }
        return out;
    }

    /** Per element the exact value, and behind them per element the sum of magnitudes. */
    static double[][] slsDouble(Bags b, float[] table) {
        final double[] out = new double[b.bags() * b.dim()];
        final double[] magnitude = new double[out.length];
        for (int bag = 0; bag < b.bags(); bag++) {
            final double divisor = b.pooling() == Pooling.MEAN ? Math.max(1, b.length(bag)) : 1;
            for (int p = b.offsets()[bag]; p < b.offsets()[bag + 1]; p++) {
                for (int j = 0; j < b.dim(); j++) {
                    final double x = (double) b.weight(p) * table[(int) b.indices()[p] * b.dim() + j] / divisor;
                    out[bag * b.dim() + j] += x;
                    magnitude[bag * b.dim() + j] += Math.abs(x);
                }
            }
        }
        return new double[][]{out, magnitude};
    }

    static void sparseSgd(Bags b, float[] table, float[] grad, float learningRate) {
        for (int bag = 0; bag < b.bags(); bag++) {
            for (int p = b.offsets()[bag]; p < b.offsets()[bag + 1]; p++) {
                for (int j = 0; j < b.dim(); j++) {
                    final int at = (int) b.indices()[p] * b.dim() + j;
                    table[at] = Math.fma(-learningRate * b.scale(bag, p), grad[bag * b.dim() + j], table[at]);
                }
            }
        }
    }

    /** The summed gradient of each distinct row. */
    static Map<Integer, float[]> rowGradients(Bags b, float[] grad) {
        final Map<Integer, float[]> sums = new LinkedHashMap<>();
        for (int bag = 0; bag < b.bags(); bag++) {
            for (int p = b.offsets()[bag]; p < b.offsets()[bag + 1]; p++) {
                final float[] sum = sums.computeIfAbsent((int) b.indices()[p], row -> new float[b.dim()]);
                for (int j = 0; j < b.dim(); j++) {
                    sum[j] = Math.fma(b.scale(bag, p), grad[bag * b.dim() + j], sum[j]);
                }
            }
        }
        return sums;
    }

    static void sparseAdagrad(Bags b, float[] table, float[] state, float[] grad, float learningRate, float epsilon) {
        rowGradients(b, grad).forEach((row, g) -> {
            for (int j = 0; j < b.dim(); j++) {
                final int at = row * b.dim() + j;
                state[at] = Math.fma(g[j], g[j], state[at]);
                table[at] -= learningRate * g[j] / ((float) Math.sqrt(state[at]) + epsilon);
            }
        });
    }

    static void rowWiseAdagrad(Bags b, float[] table, float[] state, float[] grad, float learningRate, float epsilon) {
        rowGradients(b, grad).forEach((row, g) -> {
            state[row] += treeOfSquares(g) / b.dim();
            for (int j = 0; j < b.dim(); j++) {
                table[row * b.dim() + j] -= learningRate * g[j] / ((float) Math.sqrt(state[row]) + epsilon);
            }
        });
    }

    private static float treeOfSquares(float[] g) {
        final float[] partial = new float[16];
        for (int j = 0; j < g.length; j++) {
            partial[j % 16] = Math.fma(g[j], g[j], partial[j % 16]);
        }
        for (int width = 8; width > 0; width /= 2) {
            for (int lane = 0; lane < width; lane++) {
                partial[lane] += partial[lane + width];
            }
        }
        return partial[0];
    }

    /** Output of one sample. */
    static float[] interaction(float[] t, int features, int dim, boolean itself) {
        final List<Float> out = new ArrayList<>();
        for (int k = 0; k < dim; k++) {
            out.add(t[k]);
        }
        for (int i = 0; i < features; i++) {
            for (int j = 0; j < (itself ? i + 1 : i); j++) {
                float sum = 0;
                for (int k = 0; k < dim; k++) {
                    sum = Math.fma(t[i * dim + k], t[j * dim + k], sum);
                }
                out.add(sum);
            }
        }
        final float[] array = new float[out.size()];
        for (int i = 0; i < array.length; i++) {
            array[i] = out.get(i);
        }
        return array;
    }

    /** Gradient of one sample's input. */
    static float[] interactionBackward(float[] t, float[] dOut, int features, int dim, boolean itself) {
        final float[][] g = new float[features][features];
        int at = dim;
        for (int i = 0; i < features; i++) {
            for (int j = 0; j < (itself ? i + 1 : i); j++) {
                g[i][j] += dOut[at];
                g[j][i] += dOut[at];
                at++;
            }
        }
        final float[] dT = new float[features * dim];
        for (int i = 0; i < features; i++) {
            for (int k = 0; k < dim; k++) {
                float sum = 0;
                for (int j = 0; j < features; j++) {
                    sum = Math.fma(g[i][j], t[j * dim + k], sum);
                }
                dT[i * dim + k] = i == 0 ? sum + dOut[k] : sum;
            }
        }
        return dT;
    }

    static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    static double loss(LossFunction function, double p, double t, double weight) {
        final double crossEntropy = -(t * Math.max(Math.log(p), -100) + (1 - t) * Math.max(Math.log(1 - p), -100));
        return switch (function) {
            case MSE -> (p - t) * (p - t);
            case BCE -> crossEntropy;
            case WBCE -> weight * crossEntropy;
        };
    }
}
