package org.dlrm4j.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import org.dlrm4j.data.Batch;
import org.dlrm4j.model.DlrmForward;
import org.dlrm4j.model.Linear;
import org.dlrm4j.model.Mlp;
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

    private static double at(MemorySegment segment, long byteOffset) {
        return segment.get(ValueLayout.JAVA_FLOAT, byteOffset);
    }

    @ParameterizedTest
    @CsvSource({"13x512, 1", "367x512, 5", "512x256, 16", "256x1, 4", "64x16, 7"})
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

    private static double[][] contents(EmbeddingTable table) {
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
    @ValueSource(strings = {"27x16", "27x128", "9x32"})
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
        final DlrmBenchmark dlrm = dlrm(130);
        final DlrmForward forward = dlrm.forward();
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
        final DlrmBenchmark dlrm = dlrm(4);
        final Batch batch = dlrm.batches[0];
        final double loss = loss(dlrm, batch);
        assertEquals(loss, dlrm.trainingStep(), 1e-5);
        final double after = loss(dlrm, batch);
        assertTrue(after < loss, "loss before " + loss + ", after " + after);
        dlrm.tearDown();
    }

    private static DlrmBenchmark dlrm(int m) {
        final DlrmBenchmark dlrm = new DlrmBenchmark();
        dlrm.m = m;
        dlrm.maxRows = 50;
        dlrm.setUp();
        return dlrm;
    }

    private static double loss(DlrmBenchmark dlrm, Batch batch) {
        double sum = 0;
        for (int s = 0; s < dlrm.m; s++) {
            final double p = score(dlrm, batch, s);
            sum -= Math.log(at(batch.targets(), 4L * s) == 1 ? p : 1 - p);
        }
        return sum / dlrm.m;
    }

    private static double score(DlrmBenchmark dlrm, Batch batch, int sample) {
        final double[] dense = new double[DlrmBenchmark.BOTTOM[0]];
        for (int d = 0; d < dense.length; d++) {
            dense[d] = at(batch.dense(), sample * batch.denseStrideBytes() + 4L * d);
        }
        final double[][] vectors = new double[dlrm.model.config().vectors()][DlrmBenchmark.DIM];
        vectors[0] = mlp(dlrm.model.bottom(), dense);
        for (int f = 1; f < vectors.length; f++) {
            final EmbeddingTable table = dlrm.model.tables().get(f - 1);
            final long row = batch.indices(f - 1).getAtIndex(ValueLayout.JAVA_LONG, sample);
            for (int d = 0; d < DlrmBenchmark.DIM; d++) {
                vectors[f][d] = at(table.segment(), table.rowOffset(row) + 4L * d);
            }
        }
        final double[] interacted = new double[dlrm.model.config().interactionWidth()];
        System.arraycopy(vectors[0], 0, interacted, 0, DlrmBenchmark.DIM);
        int pair = DlrmBenchmark.DIM;
        for (int i = 0; i < vectors.length; i++) {
            for (int j = 0; j < i; j++) {
                for (int d = 0; d < DlrmBenchmark.DIM; d++) {
                    interacted[pair] += vectors[i][d] * vectors[j][d];
                }
                pair++;
            }
        }
        return mlp(dlrm.model.top(), interacted)[0];
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

    /** All accumulators converge to f / (1 - f) = 1 exactly. */
    @ParameterizedTest
    @ValueSource(ints = {128, 256, 512})
    void fma(int bits) {
        final MachineLimits.Registers registers = new MachineLimits.Registers();
        registers.setUp();
        final MachineLimits limits = new MachineLimits();
        final float sum = switch (bits) {
            case 128 -> limits.fma128(registers);
            case 256 -> limits.fma256(registers);
            default -> limits.fma512(registers);
        };
        assertEquals(MachineLimits.FMA_ACCUMULATORS * bits / Float.SIZE, sum, 1e-4);
        registers.tearDown();
    }

    @ParameterizedTest
    @ValueSource(longs = {4096, 1 << 20})
    void sequentialRead(long sizeBytes) {
        final MachineLimits.Sequence sequence = new MachineLimits.Sequence();
        sequence.sizeBytes = sizeBytes;
        sequence.setUp();
        double sum = 0;
        for (long i = 0; i < sizeBytes; i += 4) {
            sum += at(sequence.memory.segment(), i);
        }
        assertEquals(sum * sequence.passes(), new MachineLimits().sequentialRead(sequence));
        sequence.tearDown();
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 128, 256, 512})
    void randomRows(int rowBytes) {
        final MachineLimits.RandomRows rows = new MachineLimits.RandomRows();
        rows.rowBytes = rowBytes;
        rows.prepare(1 << 20);
        final EmbeddingTable table = rows.lookups.table();
        final int vectorBytes = FloatVector.SPECIES_PREFERRED.vectorByteSize();
        double sum = 0;
        for (int p = 0; p < rows.lookups.batchIndices(); p++) {
            final long row = rows.lookups.indices().getAtIndex(ValueLayout.JAVA_LONG, p);
            for (int i = 0; i < rowBytes; i += 4) {
                // A vector narrower than a cache line reads the beginning of each.
                sum += i % 64 < vectorBytes ? at(table.segment(), table.rowOffset(row) + i) : 0;
            }
        }
        assertEquals(sum, new MachineLimits().randomRows(rows));
        rows.tearDown();
    }

    /** The most popular row gets the share 1 / sum of k^-1.05, and every index is a row. */
    @ParameterizedTest
    @EnumSource(IndexDistribution.class)
    void distribution(IndexDistribution distribution) {
        final int rows = 1024;
        try (Lookups lookups = new Lookups(rows * 64L, 16, 128, 128, distribution)) {
            final int[] counts = new int[rows];
            final int n = lookups.totalIndices();
            for (int i = 0; i < n; i++) {
                counts[(int) lookups.indices().getAtIndex(ValueLayout.JAVA_LONG, i)]++;
            }
            double norm = 0;
            for (int k = 1; k <= rows; k++) {
                norm += Math.pow(k, -ZipfSampler.EXPONENT);
            }
            int most = 0;
            for (int count : counts) {
                most = Math.max(most, count);
            }
            final double share = distribution == IndexDistribution.ZIPF ? 1 / norm : 1.0 / rows;
            // The largest of 1024 Poisson counts lies within five standard deviations of its mean.
            assertEquals(share, (double) most / n, 5 * Math.sqrt(share / n));
        }
    }
}
