package org.dlrm4j.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.dlrm4j.data.Batch;
import org.dlrm4j.kernels.LossFunction;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.kernels.WeightFormat;
import org.dlrm4j.model.ForwardPass;
import org.dlrm4j.model.Linear;
import org.dlrm4j.model.Mlp;
import org.dlrm4j.os.NativeMemory;
import org.dlrm4j.store.EmbeddingTable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each benchmark's answer against a plain loop in double precision. Operands are small integers, so that single products
 * and lookups must agree exactly; where floats round, the tolerance is the sum's length times half an ulp.
 */
class BenchmarkCorrectnessTest {
    private static final double EPSILON = Math.ulp(1f);

    static double at(MemorySegment segment, long byteOffset) {
        return segment.get(ValueLayout.JAVA_FLOAT, byteOffset);
    }

    @ParameterizedTest
    @CsvSource({"13x512, 1", "367x512, 5", "512x256, 16", "256x1, 4", "64x16, 7", "68x64, 3", "128x32, 16"})
    void gemm(String layer, int m) {
        final GemmBenchmark gemm = new GemmBenchmark();
        gemm.layer = layer;
        gemm.m = m;
        gemm.setUp();
        // y is the forward pass's output and the backward passes' input: those first.
        final MemorySegment dx = gemm.dgrad();
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < gemm.in; j++) {
                double sum = 0;
                for (int o = 0; o < gemm.out; o++) {
                    sum += y(gemm, i, o) * weight(gemm, o, j);
                }
                assertEquals(sum, at(dx, i * gemm.xStrideBytes + 4L * j), "dx[" + i + "][" + j + "]");
            }
        }
        final MemorySegment dw = gemm.wgrad();
        for (int o = 0; o < gemm.out; o++) {
            for (int j = 0; j < gemm.in; j++) {
                double sum = 0;
                for (int i = 0; i < m; i++) {
                    sum += y(gemm, i, o) * x(gemm, i, j);
                }
                assertEquals(sum, at(dw, 4L * (o * gemm.in + j)), "dW[" + o + "][" + j + "]");
            }
        }
        gemm.forward();
        for (int i = 0; i < m; i++) {
            for (int o = 0; o < gemm.out; o++) {
                double sum = at(gemm.bias.segment(), 4L * o);
                for (int j = 0; j < gemm.in; j++) {
                    sum += x(gemm, i, j) * weight(gemm, o, j);
                }
                assertEquals(Math.max(0, sum), y(gemm, i, o), "y[" + i + "][" + o + "]");
            }
        }
        gemm.tearDown();
    }

    /** Weights are whole numbers within 3 of 0: exact in bfloat16; in bytes they are half a step off. */
    @ParameterizedTest
    @CsvSource({"F32, 0", "BF16, 0", "I8, 0.012"})
    void compactGemm(WeightFormat format, double weightError) {
        for (final int m : new int[]{1, 4, 16}) {
            final CompactGemmBenchmark gemm = new CompactGemmBenchmark();
            gemm.format = format;
            gemm.layer = "512x256";
            gemm.m = m;
            gemm.setUp();
            final MemorySegment y = gemm.forward();
            for (int i = 0; i < m; i++) {
                for (int o = 0; o < gemm.out; o++) {
                    double sum = at(gemm.bias.segment(), 4L * o);
                    double inputs = 0;
                    for (int j = 0; j < gemm.in; j++) {
                        final double x = at(gemm.x.segment(), i * gemm.xStrideBytes + 4L * j);
                        sum += x * at(gemm.weights.segment(), 4L * (o * gemm.in + j));
                        inputs += Math.abs(x);
                    }
                    assertEquals(Math.max(0, sum), at(y, i * gemm.yStrideBytes + 4L * o), inputs * weightError,
                            "y[" + i + "][" + o + "]");
                }
            }
            gemm.tearDown();
        }
    }

    private static double x(GemmBenchmark gemm, int i, int j) {
        return at(gemm.x.segment(), i * gemm.xStrideBytes + 4L * j);
    }

    private static double y(GemmBenchmark gemm, int i, int o) {
        return at(gemm.y.segment(), i * gemm.yStrideBytes + 4L * o);
    }

    private static double weight(GemmBenchmark gemm, int o, int j) {
        return at(gemm.weights.segment(), 4L * (o * gemm.in + j));
    }

    @ParameterizedTest
    @CsvSource({"16, 1, UNIFORM", "64, 32, UNIFORM", "128, 3, ZIPF"})
    void sls(int dim, int pooling, IndexDistribution distribution) {
        final SlsBenchmark sls = new SlsBenchmark();
        sls.dim = dim;
        sls.pooling = pooling;
        sls.distribution = distribution;
        sls.prepare(1 << 16);
        final EmbeddingTable table = sls.lookups.table();
        // Two calls: the second batch must be the one that follows the first.
        for (int call = 0; call < 2; call++) {
            final MemorySegment pooled = sls.forward();
            for (int b = 0; b < SlsBenchmark.BAGS; b++) {
                for (int d = 0; d < dim; d++) {
                    double sum = 0;
                    for (int p = 0; p < pooling; p++) {
                        final long position = ((long) call * SlsBenchmark.BAGS + b) * pooling + p;
                        final long row = sls.lookups.indices()
                                .getAtIndex(ValueLayout.JAVA_LONG, position % sls.lookups.totalIndices());
                        sum += at(table.segment(), table.rowOffset(row) + 4L * d);
                    }
                    assertEquals(sum, at(pooled, b * sls.pooledStrideBytes + 4L * d), "bag " + b + " column " + d);
                }
            }
        }
        sls.tearDown();
    }

    /** Elements are whole numbers within 3 of 0: exact in floats of any width, half a step off in the others. */
    @ParameterizedTest
    @CsvSource({"F32, 0", "F16, 0", "BF16, 0", "I8, 0.013", "I4, 0.22"})
    void compactSls(RowFormat format, double elementError) {
        final CompactSlsBenchmark sls = new CompactSlsBenchmark();
        sls.format = format;
        sls.dim = 64;
        sls.pooling = 3;
        sls.prepare(1 << 16);
        final MemorySegment pooled = sls.forward();
        for (int b = 0; b < CompactSlsBenchmark.BAGS; b++) {
            for (int d = 0; d < sls.dim; d++) {
                double sum = 0;
                for (int p = 0; p < sls.pooling; p++) {
                    final long row = sls.lookups.indices().getAtIndex(ValueLayout.JAVA_LONG, b * 3 + p);
                    sum += at(sls.lookups.table().segment(), sls.lookups.table().rowOffset(row) + 4L * d);
                }
                assertEquals(sum, at(pooled, b * sls.pooledStrideBytes + 4L * d), 3 * elementError,
                        "bag " + b + " column " + d);
            }
        }
        sls.tearDown();
    }

    private static SparseUpdateBenchmark sparseUpdate() {
        final SparseUpdateBenchmark update = new SparseUpdateBenchmark();
        update.dim = 16;
        update.pooling = 2;
        update.distribution = IndexDistribution.ZIPF;
        update.prepare(1 << 14);
        return update;
    }

    /** Sums the first batch's gradients by row: the update's only input. */
    private static double[][] rowGradients(SparseUpdateBenchmark update) {
        final double[][] gradients = new double[(int) update.lookups.table().rows()][];
        for (int p = 0; p < update.lookups.batchIndices(); p++) {
            final int row = (int) update.lookups.indices().getAtIndex(ValueLayout.JAVA_LONG, p);
            if (gradients[row] == null) {
                gradients[row] = new double[update.dim];
            }
            for (int d = 0; d < update.dim; d++) {
                gradients[row][d] += at(update.grad.segment(), p / update.pooling * update.gradStrideBytes + 4L * d);
            }
        }
        return gradients;
    }

    static double[][] contents(EmbeddingTable table) {
        final double[][] rows = new double[(int) table.rows()][table.dim()];
        for (int r = 0; r < rows.length; r++) {
            for (int d = 0; d < table.dim(); d++) {
                rows[r][d] = at(table.segment(), table.rowOffset(r) + 4L * d);
            }
        }
        return rows;
    }

    /** The three optimizers' rules; null stands for a row that is not in the batch and must keep its value. */
    @ParameterizedTest
    @ValueSource(strings = {"sgd", "adagrad", "rowWiseAdagrad"})
    void sparseUpdate(String method) {
        final SparseUpdateBenchmark update = sparseUpdate();
        final double[][] gradients = rowGradients(update);
        final double[][] before = contents(update.lookups.table());
        switch (method) {
            case "sgd" -> update.sgd();
            case "adagrad" -> update.adagrad();
            default -> update.rowWiseAdagrad();
        }
        final double[][] after = contents(update.lookups.table());
        int changed = 0;
        for (int r = 0; r < after.length; r++) {
            double meanSquare = 0;
            for (int d = 0; d < update.dim && gradients[r] != null; d++) {
                meanSquare += gradients[r][d] * gradients[r][d] / update.dim;
            }
            for (int d = 0; d < update.dim; d++) {
                double expected = before[r][d];
                if (gradients[r] != null) {
                    final double g = gradients[r][d];
                    expected -= SparseUpdateBenchmark.LEARNING_RATE * switch (method) {
                        case "sgd" -> g;
                        case "adagrad" -> g / (Math.abs(g) + SparseUpdateBenchmark.EPSILON);
                        default -> g / (Math.sqrt(meanSquare) + SparseUpdateBenchmark.EPSILON);
                    };
                }
                assertEquals(expected, after[r][d], 4 * EPSILON, "row " + r + " column " + d);
                changed += after[r][d] == before[r][d] ? 0 : 1;
            }
        }
        assertTrue(changed > update.dim, changed + " elements changed");
        update.tearDown();
    }

    @ParameterizedTest
    @ValueSource(strings = {"27x16", "27x64", "27x128", "9x32", "33x64", "11x32"})
    void interaction(String shape) {
        final InteractionBenchmark interaction = new InteractionBenchmark();
        interaction.shape = shape;
        interaction.m = 5;
        interaction.setUp();
        final int dim = interaction.dim;
        final MemorySegment dt = interaction.backward();
        for (int s = 0; s < interaction.m; s++) {
            final double[][] expected = new double[interaction.features][dim];
            for (int d = 0; d < dim; d++) {
                expected[0][d] = at(interaction.out.segment(), s * interaction.outStrideBytes + 4L * d);
            }
            int pair = dim;
            for (int i = 0; i < interaction.features; i++) {
                for (int j = 0; j < i; j++) {
                    final double g = at(interaction.out.segment(), s * interaction.outStrideBytes + 4L * pair++);
                    for (int d = 0; d < dim; d++) {
                        expected[i][d] += g * vector(interaction, s, j, d);
                        expected[j][d] += g * vector(interaction, s, i, d);
                    }
                }
            }
            for (int i = 0; i < interaction.features; i++) {
                for (int d = 0; d < dim; d++) {
                    assertEquals(expected[i][d], at(dt, s * interaction.tStrideBytes + 4L * (i * dim + d)));
                }
            }
        }
        final MemorySegment out = interaction.forward();
        for (int s = 0; s < interaction.m; s++) {
            int pair = dim;
            for (int i = 0; i < interaction.features; i++) {
                for (int j = 0; j < i; j++) {
                    double sum = 0;
                    for (int d = 0; d < dim; d++) {
                        sum += vector(interaction, s, i, d) * vector(interaction, s, j, d);
                    }
                    assertEquals(sum, at(out, s * interaction.outStrideBytes + 4L * pair++), i + "·" + j);
                }
            }
            for (int d = 0; d < dim; d++) {
                assertEquals(vector(interaction, s, 0, d), at(out, s * interaction.outStrideBytes + 4L * d));
            }
        }
        interaction.tearDown();
    }

    private static double vector(InteractionBenchmark interaction, int sample, int feature, int d) {
        return at(interaction.t.segment(),
                sample * interaction.tStrideBytes + 4L * (feature * interaction.dim + d));
    }

    /** A batch of more samples than slots, so that the pieces' places are checked, too. */
    @Test
    void dlrmForward() {
        final ModelBenchmark dlrm = dlrm(130);
        final ForwardPass forward = dlrm.forward();
        final Batch batch = dlrm.batches[0];
        // The last piece, two samples, is what the slots hold at the end.
        for (int slot = 0; slot < 2; slot++) {
            final double expected = score(dlrm, batch, 128 + slot);
            assertEquals(expected, at(forward.predictions(), 4L * slot), 1e-5, "slot " + slot);
        }
        dlrm.tearDown();
    }

    /** The loss that the step returns is that of the scores before it, and the step lowers it. */
    @Test
    void dlrmTrainingStep() {
        final ModelBenchmark dlrm = dlrm(4);
        final Batch batch = dlrm.batches[0];
        final double loss = loss(dlrm, batch);
        assertEquals(loss, dlrm.trainingStep(), 1e-5);
        final double after = loss(dlrm, batch);
        assertTrue(after < loss, "loss before " + loss + ", after " + after);
        dlrm.tearDown();
    }

    private static ModelBenchmark dlrm(int m) {
        final ModelBenchmark dlrm = new ModelBenchmark();
        dlrm.kind = ModelBenchmark.Kind.DLRM;
        dlrm.m = m;
        dlrm.maxRows = 50;
        dlrm.setUp();
        return dlrm;
    }

    private static double loss(ModelBenchmark dlrm, Batch batch) {
        double sum = 0;
        for (int s = 0; s < dlrm.m; s++) {
            final double p = score(dlrm, batch, s);
            sum -= Math.log(at(batch.targets(), 4L * s) == 1 ? p : 1 - p);
        }
        return sum / dlrm.m;
    }

    private static double score(ModelBenchmark dlrm, Batch batch, int sample) {
        final double[] dense = new double[ModelBenchmark.BOTTOM[0]];
        for (int d = 0; d < dense.length; d++) {
            dense[d] = at(batch.dense(), sample * batch.denseStrideBytes() + 4L * d);
        }
        final double[][] vectors = new double[dlrm.model.config().sparseFeatures() + 1][ModelBenchmark.DIM];
        vectors[0] = mlp(dlrm.model.mlp("bot_l"), dense);
        for (int f = 1; f < vectors.length; f++) {
            final EmbeddingTable table = dlrm.model.tables().get(f - 1);
            final long row = batch.indices(f - 1).getAtIndex(ValueLayout.JAVA_LONG, sample);
            for (int d = 0; d < ModelBenchmark.DIM; d++) {
                vectors[f][d] = at(table.segment(), table.rowOffset(row) + 4L * d);
            }
        }
        final double[] interacted = new double[dlrm.model.mlp("top_l").layers().getFirst().in()];
        System.arraycopy(vectors[0], 0, interacted, 0, ModelBenchmark.DIM);
        int pair = ModelBenchmark.DIM;
        for (int i = 0; i < vectors.length; i++) {
            for (int j = 0; j < i; j++) {
                for (int d = 0; d < ModelBenchmark.DIM; d++) {
                    interacted[pair] += vectors[i][d] * vectors[j][d];
                }
                pair++;
            }
        }
        return mlp(dlrm.model.mlp("top_l"), interacted)[0];
    }

    private static double[] mlp(Mlp mlp, double[] input) {
        double[] x = input;
        for (Linear layer : mlp.layers()) {
            final double[] y = new double[layer.out()];
            for (int o = 0; o < y.length; o++) {
                double sum = at(layer.bias(), 4L * o);
                for (int i = 0; i < x.length; i++) {
                    sum += x[i] * at(layer.weights(), 4L * (o * x.length + i));
                }
                y[o] = switch (layer.activation()) {
                    case NONE -> sum;
                    case RELU -> Math.max(0, sum);
                    case SIGMOID -> 1 / (1 + Math.exp(-sum));
                };
            }
            x = y;
        }
        return x;
    }

    @ParameterizedTest
    @CsvSource({"1, 5", "16, 1", "33, 3"})
    void elementwise(int n, int m) {
        final ElementwiseBenchmark elementwise = new ElementwiseBenchmark();
        elementwise.n = n;
        elementwise.m = m;
        elementwise.setUp();
        assertEquals(-1, elementwise.firstNonFinite());
        final double[] sums = new double[n];
        final double[][] x = matrix(elementwise, elementwise.x);
        final double[][] y = matrix(elementwise, elementwise.y);
        final double[][] dy = matrix(elementwise, elementwise.dy);
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                sums[j] += dy[i][j];
            }
        }
        final MemorySegment columnSums = elementwise.columnSums();
        for (int j = 0; j < n; j++) {
            assertEquals(sums[j], at(columnSums, 4L * j), "column " + j);
        }
        elementwise.reluBackward();
        final double[][] relu = matrix(elementwise, elementwise.dy);
        elementwise.sigmoidBackward();
        final double[][] both = matrix(elementwise, elementwise.dy);
        elementwise.sigmoid();
        final double[][] sigmoid = matrix(elementwise, elementwise.x);
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                final String where = "row " + i + " column " + j;
                assertEquals(x[i][j] > 0 ? dy[i][j] : 0, relu[i][j], where);
                assertEquals(relu[i][j] * y[i][j] * (1 - y[i][j]), both[i][j], where);
                assertEquals(1 / (1 + Math.exp(-x[i][j])), sigmoid[i][j], 4 * EPSILON, where);
            }
        }
        elementwise.tearDown();
    }

    private static double[][] matrix(ElementwiseBenchmark elementwise, NativeMemory memory) {
        final double[][] rows = new double[elementwise.m][elementwise.n];
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < elementwise.n; j++) {
                rows[i][j] = at(memory.segment(), i * elementwise.strideBytes + 4L * j);
            }
        }
        return rows;
    }

    @ParameterizedTest
    @EnumSource(LossFunction.class)
    void loss(LossFunction function) {
        final LossBenchmark benchmark = new LossBenchmark();
        benchmark.function = function;
        benchmark.m = 128;
        benchmark.setUp();
        final MemorySegment loss = benchmark.sigmoidLoss();
        for (int i = 0; i < benchmark.m; i++) {
            final double p = at(benchmark.p.segment(), 4L * i);
            final double t = at(benchmark.t.segment(), 4L * i);
            final double weight = function != LossFunction.WBCE
                    ? 1
                    : t == 1 ? LossBenchmark.WEIGHT1 : LossBenchmark.WEIGHT0;
            final boolean square = function == LossFunction.MSE;
            final double expected = square ? (p - t) * (p - t) : -weight * Math.log(t == 1 ? p : 1 - p);
            final double slope = (p - t) * (square ? 2 * p * (1 - p) : weight);
            assertEquals(expected, at(loss, 4L * i), 1e-5, "sample " + i);
            assertEquals(LossBenchmark.SCALE * slope, at(benchmark.dz.segment(), 4L * i), 1e-5, "sample " + i);
        }
        benchmark.tearDown();
    }

    @Test
    void denseOptimizers() {
        final DenseOptimizerBenchmark benchmark = new DenseOptimizerBenchmark();
        benchmark.count = 77;
        benchmark.setUp();
        final float[] before = benchmark.p.segment().toArray(ValueLayout.JAVA_FLOAT);
        final float[] after = benchmark.sgd().toArray(ValueLayout.JAVA_FLOAT);
        final float[] last = benchmark.adagrad().toArray(ValueLayout.JAVA_FLOAT);
        for (int i = 0; i < benchmark.count; i++) {
            final double g = at(benchmark.g.segment(), 4L * i);
            assertEquals(before[i] - DenseOptimizerBenchmark.LEARNING_RATE * g, after[i], "weight " + i);
            final double step = g / (Math.abs(g) + DenseOptimizerBenchmark.EPSILON);
            assertEquals(after[i] - DenseOptimizerBenchmark.LEARNING_RATE * step, last[i], 4 * EPSILON, "weight " + i);
        }
        benchmark.tearDown();
    }
}
